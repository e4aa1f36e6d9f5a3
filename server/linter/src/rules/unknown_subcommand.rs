//! Names that a container command does not know as a subcommand.

use commands::bind::ProblemKind;

use crate::rule::declare_rule;
use crate::{Context, Sink, helpers::command_problems};

declare_rule! {
    /// ## What it does
    /// Reports the subcommand of a container (`OBJECT`, `XINFO`, `MEMORY`, …) that no known server has.
    ///
    /// ## Why it is bad
    /// The call fails whenever the line runs.
    ///
    /// ## Example
    /// ```lua
    /// return redis.call('OBJECT', 'ENCODNIG', KEYS[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return redis.call('OBJECT', 'ENCODING', KEYS[1])
    /// ```
    code: "unknown-subcommand",
    group: Commands,
    level: Error,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    command_problems::report(context, sink, |kind| matches!(kind, ProblemKind::UnknownSubcommand { .. }));
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn the_name_that_was_meant() {
        check(
            "unknown-subcommand",
            "
redis.call('XINFO', 'STREAMS', KEYS[1])
                  --^^^^^^^^^ error[unknown-subcommand]: XINFO has no subcommand `STREAMS`: did you mean STREAM?
redis.call('XINFO', ARGV[1], KEYS[1])
",
        );
    }
}
