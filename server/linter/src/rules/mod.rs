//! The rules, one a file; the order is that of their codes.

use crate::Rule;

macro_rules! rules {
    ($($name:ident),* $(,)?) => {
        $(mod $name;)*

        pub(crate) static ALL: &[&Rule] = &[$(&$name::RULE),*];
    };
}

rules! {
    blocking_command,
    command_arity,
    command_not_allowed,
    command_syntax,
    command_unavailable,
    deprecated_command,
    float_argument,
    syntax_error,
    unknown_command,
    unknown_subcommand,
    wrong_argument_type,
}
