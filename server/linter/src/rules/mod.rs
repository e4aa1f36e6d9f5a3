//! The rules, one a file; the order is that of their codes.

use crate::Rule;

macro_rules! rules {
    ($($name:ident),* $(,)?) => {
        $(mod $name;)*

        pub(crate) static ALL: &[&Rule] = &[$(&$name::RULE),*];
    };
}

rules! {
    almost_swapped,
    argument_as_key,
    argument_out_of_range,
    bad_escape,
    blocking_command,
    command_arity,
    command_not_allowed,
    command_syntax,
    command_unavailable,
    compare_nan,
    constant_condition,
    cross_slot,
    deprecated_command,
    divide_by_zero,
    duplicate_key,
    empty_block,
    float_argument,
    forbidden_library,
    function_registration,
    global_assignment,
    header_mismatch,
    key_out_of_range,
    keys_in_function,
    library_header,
    load_time_call,
    mixed_table,
    never_read_value,
    readonly_table,
    redefined_variable,
    reversed_loop,
    same_branches,
    self_assignment,
    shadowed_variable,
    swallowed_value,
    syntax_error,
    unbalanced_assignment,
    undeclared_key,
    undefined_global,
    uninitialized_variable,
    unknown_command,
    unknown_member,
    unknown_subcommand,
    unreachable_code,
    unused_argument,
    unused_function,
    unused_key,
    unused_variable,
    wrong_api_arity,
    wrong_argument_type,
    wrong_type_sequence,
}
