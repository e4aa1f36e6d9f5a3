//! The rules, one a file; the order is that of their codes.

pub(crate) mod almost_swapped;
pub(crate) mod argument_as_key;
pub(crate) mod argument_count;
pub(crate) mod argument_out_of_range;
pub(crate) mod arithmetic_on_missing;
pub(crate) mod bad_argument;
pub(crate) mod bad_escape;
pub(crate) mod bad_pattern;
pub(crate) mod blocking_command;
pub(crate) mod boolean_comparison;
pub(crate) mod call_arity;
pub(crate) mod call_in_loop;
pub(crate) mod cjson_empty_array;
pub(crate) mod cjson_null;
pub(crate) mod cjson_number;
pub(crate) mod command_arity;
pub(crate) mod command_not_allowed;
pub(crate) mod command_syntax;
pub(crate) mod command_unavailable;
pub(crate) mod compare_nan;
pub(crate) mod concat_missing;
pub(crate) mod constant_condition;
pub(crate) mod cross_slot;
pub(crate) mod debug_left_in;
pub(crate) mod deprecated_api;
pub(crate) mod deprecated_command;
pub(crate) mod deprecated_function;
pub(crate) mod divide_by_zero;
pub(crate) mod duplicate_key;
pub(crate) mod empty_block;
pub(crate) mod error_reply_code;
pub(crate) mod error_table;
pub(crate) mod evalsha_without_load;
pub(crate) mod field_of_flat_reply;
pub(crate) mod float_argument;
pub(crate) mod forbidden_library;
pub(crate) mod fraction_argument;
pub(crate) mod full_scan;
pub(crate) mod function_registration;
pub(crate) mod global_assignment;
pub(crate) mod glued_time;
pub(crate) mod header_mismatch;
pub(crate) mod impossible_operation;
pub(crate) mod impossible_reply;
pub(crate) mod include_not_found;
pub(crate) mod index_missing;
pub(crate) mod integer_as_boolean;
pub(crate) mod integer_precision;
pub(crate) mod interpolated_script;
pub(crate) mod json_round_trip;
pub(crate) mod key_as_value;
pub(crate) mod key_out_of_range;
pub(crate) mod keys_command;
pub(crate) mod keys_in_function;
pub(crate) mod large_reply;
pub(crate) mod library_header;
pub(crate) mod library_method;
pub(crate) mod load_time_call;
pub(crate) mod loop_from_zero;
pub(crate) mod method_without_self;
pub(crate) mod missing_as_text;
pub(crate) mod missing_no_writes;
pub(crate) mod mixed_table;
pub(crate) mod negated_comparison;
pub(crate) mod nested_brackets;
pub(crate) mod never_equal;
pub(crate) mod never_read_value;
pub(crate) mod nil_comparison;
pub(crate) mod nondeterministic_write;
pub(crate) mod pattern_from_data;
pub(crate) mod pointless_argument;
pub(crate) mod quoted_argument;
pub(crate) mod readonly_table;
pub(crate) mod redefined_variable;
pub(crate) mod refused_call;
pub(crate) mod rethrown_error;
pub(crate) mod return_extra_values;
pub(crate) mod return_float;
pub(crate) mod return_hole;
pub(crate) mod return_map;
pub(crate) mod reversed_loop;
pub(crate) mod same_branches;
pub(crate) mod score_as_member;
pub(crate) mod script_in_loop;
pub(crate) mod self_assignment;
pub(crate) mod shadowed_variable;
pub(crate) mod status_comparison;
pub(crate) mod string_number_equality;
pub(crate) mod string_number_order;
pub(crate) mod swallowed_value;
pub(crate) mod syntax_error;
pub(crate) mod table_as_boolean;
pub(crate) mod time_call;
pub(crate) mod time_unit;
pub(crate) mod unbalanced_assignment;
pub(crate) mod unbounded_loop;
pub(crate) mod unchecked_pcall;
pub(crate) mod undeclared_key;
pub(crate) mod undefined_global;
pub(crate) mod uninitialized_variable;
pub(crate) mod unknown_command;
pub(crate) mod unknown_function;
pub(crate) mod unknown_member;
pub(crate) mod unknown_subcommand;
pub(crate) mod unpack_empty;
pub(crate) mod unpack_limit;
pub(crate) mod unreachable_code;
pub(crate) mod unseeded_random;
pub(crate) mod unused_argument;
pub(crate) mod unused_function;
pub(crate) mod unused_key;
pub(crate) mod unused_parameter;
pub(crate) mod unused_suppression;
pub(crate) mod unused_variable;
pub(crate) mod write_in_read_only;
pub(crate) mod wrong_api_arity;
pub(crate) mod wrong_argument_type;
pub(crate) mod wrong_type_sequence;
pub(crate) mod zero_time_to_live;

use crate::Rule;

pub(crate) static ALL: &[&Rule] = &[
    &almost_swapped::RULE,
    &argument_as_key::RULE,
    &argument_count::RULE,
    &argument_out_of_range::RULE,
    &arithmetic_on_missing::RULE,
    &bad_argument::RULE,
    &bad_escape::RULE,
    &bad_pattern::RULE,
    &blocking_command::RULE,
    &boolean_comparison::RULE,
    &call_arity::RULE,
    &call_in_loop::RULE,
    &cjson_empty_array::RULE,
    &cjson_null::RULE,
    &cjson_number::RULE,
    &command_arity::RULE,
    &command_not_allowed::RULE,
    &command_syntax::RULE,
    &command_unavailable::RULE,
    &compare_nan::RULE,
    &concat_missing::RULE,
    &constant_condition::RULE,
    &cross_slot::RULE,
    &debug_left_in::RULE,
    &deprecated_api::RULE,
    &deprecated_command::RULE,
    &deprecated_function::RULE,
    &divide_by_zero::RULE,
    &duplicate_key::RULE,
    &empty_block::RULE,
    &error_reply_code::RULE,
    &error_table::RULE,
    &evalsha_without_load::RULE,
    &field_of_flat_reply::RULE,
    &float_argument::RULE,
    &forbidden_library::RULE,
    &fraction_argument::RULE,
    &full_scan::RULE,
    &function_registration::RULE,
    &global_assignment::RULE,
    &glued_time::RULE,
    &header_mismatch::RULE,
    &impossible_operation::RULE,
    &impossible_reply::RULE,
    &include_not_found::RULE,
    &index_missing::RULE,
    &integer_as_boolean::RULE,
    &integer_precision::RULE,
    &interpolated_script::RULE,
    &json_round_trip::RULE,
    &key_as_value::RULE,
    &key_out_of_range::RULE,
    &keys_command::RULE,
    &keys_in_function::RULE,
    &large_reply::RULE,
    &library_header::RULE,
    &library_method::RULE,
    &load_time_call::RULE,
    &loop_from_zero::RULE,
    &method_without_self::RULE,
    &missing_as_text::RULE,
    &missing_no_writes::RULE,
    &mixed_table::RULE,
    &negated_comparison::RULE,
    &nested_brackets::RULE,
    &never_equal::RULE,
    &never_read_value::RULE,
    &nil_comparison::RULE,
    &nondeterministic_write::RULE,
    &pattern_from_data::RULE,
    &pointless_argument::RULE,
    &quoted_argument::RULE,
    &readonly_table::RULE,
    &redefined_variable::RULE,
    &refused_call::RULE,
    &rethrown_error::RULE,
    &return_extra_values::RULE,
    &return_float::RULE,
    &return_hole::RULE,
    &return_map::RULE,
    &reversed_loop::RULE,
    &same_branches::RULE,
    &score_as_member::RULE,
    &script_in_loop::RULE,
    &self_assignment::RULE,
    &shadowed_variable::RULE,
    &status_comparison::RULE,
    &string_number_equality::RULE,
    &string_number_order::RULE,
    &swallowed_value::RULE,
    &syntax_error::RULE,
    &table_as_boolean::RULE,
    &time_call::RULE,
    &time_unit::RULE,
    &unbalanced_assignment::RULE,
    &unbounded_loop::RULE,
    &unchecked_pcall::RULE,
    &undeclared_key::RULE,
    &undefined_global::RULE,
    &uninitialized_variable::RULE,
    &unknown_command::RULE,
    &unknown_function::RULE,
    &unknown_member::RULE,
    &unknown_subcommand::RULE,
    &unpack_empty::RULE,
    &unpack_limit::RULE,
    &unreachable_code::RULE,
    &unseeded_random::RULE,
    &unused_argument::RULE,
    &unused_function::RULE,
    &unused_key::RULE,
    &unused_parameter::RULE,
    &unused_suppression::RULE,
    &unused_variable::RULE,
    &write_in_read_only::RULE,
    &wrong_api_arity::RULE,
    &wrong_argument_type::RULE,
    &wrong_type_sequence::RULE,
    &zero_time_to_live::RULE,
];
