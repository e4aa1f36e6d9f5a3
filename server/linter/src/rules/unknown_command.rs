//! Names that no server knows as a command.

use commands::bind::ProblemKind;

use crate::rule::declare_rule;
use crate::{Context, Sink, helpers::command_problems};

declare_rule! {
    /// ## What it does
    /// Reports the name of a command that no known server has.
    ///
    /// ## Why it is bad
    /// The call fails whenever the line runs: `Unknown Redis command called from script`.
    ///
    /// ## Example
    /// ```lua
    /// return redis.call('GTE', KEYS[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return redis.call('GET', KEYS[1])
    /// ```
    code: "unknown-command",
    group: Commands,
    level: Error,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    command_problems::report(context, sink, |kind| matches!(kind, ProblemKind::UnknownCommand { .. }));
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn through_aliases_wrappers_and_constants() {
        check(
            "unknown-command",
            "
redis.call('GTE', KEYS[1])
         --^^^^^ error[unknown-command]: no server has a command `GTE`: did you mean GET?
local rcall = redis.call
rcall('hgte', KEYS[1], 'f')
    --^^^^^^ error[unknown-command]: no server has a command `hgte`: did you mean HGET?
local name = 'FROB' .. 'NICATE'
redis.pcall(name)
          --^^^^ error[unknown-command]: no server has a command `FROBNICATE`
redis.call(ARGV[1], KEYS[1])
redis.call('get', KEYS[1])
",
        );
        check(
            "unknown-command",
            "
redis.call('HGET user name')
         --^^^^^^^^^^^^^^^^ error[unknown-command]: no server has a command `HGET user name`: each word is an argument of its own
",
        );
        assert_eq!(fixed("unknown-command", "redis.call('GET x')"), "redis.call('GET', 'x')");
        assert_eq!(fixed("unknown-command", "redis.call('gte', KEYS[1])"), "redis.call('get', KEYS[1])");
    }
}
