//! The rules, one a file; the order is that of their codes.

use crate::Rule;

macro_rules! rules {
    ($($name:ident),* $(,)?) => {
        $(mod $name;)*

        pub(crate) static ALL: &[&Rule] = &[$(&$name::RULE),*];
    };
}

rules! {
    argument_as_key,
    argument_out_of_range,
    blocking_command,
    command_arity,
    command_not_allowed,
    command_syntax,
    command_unavailable,
    cross_slot,
    deprecated_command,
    float_argument,
    forbidden_library,
    function_registration,
    global_assignment,
    header_mismatch,
    key_out_of_range,
    keys_in_function,
    library_header,
    load_time_call,
    readonly_table,
    syntax_error,
    undeclared_key,
    undefined_global,
    unknown_command,
    unknown_member,
    unknown_subcommand,
    unused_argument,
    unused_key,
    wrong_api_arity,
    wrong_argument_type,
}
