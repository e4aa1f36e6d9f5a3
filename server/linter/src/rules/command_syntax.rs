//! Option words and literals that a command does not take.

use commands::bind::ProblemKind;

use crate::rule::declare_rule;
use crate::{Context, Sink, helpers::command_problems};

declare_rule! {
    /// ## What it does
    /// Reports option words that the command does not have, options without their operand, options that exclude each other,
    /// and literals that must be numbers and are not.
    ///
    /// ## Why it is bad
    /// The server refuses the call: `ERR syntax error`, `ERR value is not an integer or out of range`.
    ///
    /// ## Example
    /// ```lua
    /// return redis.call('SET', KEYS[1], ARGV[1], 'EXX', 10)
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return redis.call('SET', KEYS[1], ARGV[1], 'EX', 10)
    /// ```
    code: "command-syntax",
    group: Commands,
    level: Error,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    command_problems::report(context, sink, |kind| {
        matches!(
            kind,
            ProblemKind::UnknownOption { .. }
                | ProblemKind::MissingOperand { .. }
                | ProblemKind::ExclusiveOptions { .. }
                | ProblemKind::NotAnInteger { .. }
                | ProblemKind::NotAFloat { .. }
        )
    });
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn options_and_numbers() {
        check(
            "command-syntax",
            "
redis.call('SET', KEYS[1], 'v', 'EXX', 10)
                              --^^^^^ error[command-syntax]: SET has no option `EXX` here: did you mean EX?
redis.call('SET', KEYS[1], 'v', 'NX', 'XX')
                                    --^^^^ error[command-syntax]: NX and XX exclude each other
redis.call('SET', KEYS[1], 'v', 'EX')
                              --^^^^ error[command-syntax]: EX needs a value after it: seconds
redis.call('EXPIRE', KEYS[1], 0.5)
                            --^^^ error[command-syntax]: EXPIRE wants an integer for seconds, `0.5` is none
redis.call('ZADD', KEYS[1], 'high', 'member')
                          --^^^^^^ error[command-syntax]: ZADD wants a number for score, `high` is none
redis.call('SET', KEYS[1], 'v', ARGV[1], 10)
redis.call('zadd', KEYS[1], '+inf', 'member')
",
        );
    }
}
