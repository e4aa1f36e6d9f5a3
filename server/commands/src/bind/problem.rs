//! Problems in a call that a server would refuse.

use crate::{CommandSpec, ModuleFamily, NewerCommand, Target, Version};

/// A problem that makes a server refuse a call.
#[derive(Clone, PartialEq, Debug)]
pub struct Problem {
    /// Kind of problem.
    pub kind: ProblemKind,
    /// The word it is about; the count of words for the end of the call.
    pub word: usize,
    /// The targets that refuse it, or none if all do.
    pub targets: Vec<Target>,
}

/// The kinds of problem.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum ProblemKind {
    /// No server has the command.
    UnknownCommand {
        /// Similar name that exists, if any.
        suggestion: Option<&'static str>,
    },
    /// The container has no such subcommand.
    UnknownSubcommand {
        /// The container.
        container: &'static str,
        /// Similar name that exists, if any.
        suggestion: Option<&'static str>,
    },
    /// The targets do not have the command.
    Unavailable {
        /// The command.
        spec: &'static CommandSpec,
    },
    /// A command of a module.
    ModuleCommand {
        /// The module's family.
        family: &'static ModuleFamily,
    },
    /// A command newer than every server known here.
    NewerCommand {
        /// The command.
        command: &'static NewerCommand,
    },
    /// Scripts may not call it.
    NotAllowedFromScript {
        /// With this option, if it is one that they may not use.
        option: Option<&'static str>,
    },
    /// Words are missing.
    TooFewArguments {
        /// The command.
        spec: &'static CommandSpec,
        /// Number of arguments there must be, at least or exactly.
        wanted: usize,
        /// Number of them.
        given: usize,
        /// True if more are refused too.
        exact: bool,
    },
    /// There are too many words.
    TooManyArguments {
        /// The command.
        spec: &'static CommandSpec,
        /// Number of arguments there must be.
        wanted: usize,
        /// Number of them.
        given: usize,
    },
    /// The last group is incomplete.
    UnpairedArgument {
        /// The name of the missing part.
        missing: &'static str,
    },
    /// A count does not fit the words that follow.
    CountMismatch {
        /// Name of the counted thing, in the singular: `key`, `field`, `number`.
        of: &'static str,
        /// The count that is written.
        stated: usize,
        /// Number of words that follow.
        given: usize,
    },
    /// The word where a count belongs is not one.
    CountInvalid {
        /// Name of the counted thing, in the singular: `key`, `field`, `number`.
        of: &'static str,
    },
    /// A word in place of an option that is not an option.
    UnknownOption {
        /// Similar option that exists, if any.
        suggestion: Option<&'static str>,
    },
    /// An option without its operand.
    MissingOperand {
        /// The option.
        token: &'static str,
        /// Name of the missing operand.
        operand: &'static str,
    },
    /// Two options that exclude each other.
    ExclusiveOptions {
        /// The earlier one.
        first: &'static str,
        /// The later one.
        second: &'static str,
    },
    /// An option that the targets do not have yet.
    OptionUnavailable {
        /// The option.
        token: &'static str,
        /// The first Redis that has it, if that is known.
        redis: Option<Version>,
        /// The first Valkey.
        valkey: Option<Version>,
    },
    /// A word that must be an integer and is not.
    NotAnInteger {
        /// The name of the argument.
        argument: &'static str,
    },
    /// A word that must be a number and is not.
    NotAFloat {
        /// The name of the argument.
        argument: &'static str,
    },
}
