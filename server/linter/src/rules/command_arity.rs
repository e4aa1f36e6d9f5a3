//! Commands with too few or too many words.

use commands::bind::ProblemKind;

use crate::rule::declare_rule;
use crate::{Context, Sink, helpers::command_problems};

declare_rule! {
    /// ## What it does
    /// Reports a call with fewer or more words than the command takes, with a group of arguments that is not whole
    /// (`HSET key field`), or with a count of keys that does not fit the keys.
    ///
    /// ## Why it is bad
    /// The server refuses the call: `Wrong number of args calling Redis command from script`. Calls that end in
    /// `unpack(…)`, `...` or a function that may give several values are left alone.
    ///
    /// ## Example
    /// ```lua
    /// return redis.call('HSET', KEYS[1], 'field')
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return redis.call('HSET', KEYS[1], 'field', ARGV[1])
    /// ```
    code: "command-arity",
    group: Commands,
    level: Error,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    command_problems::report(context, sink, |kind| {
        matches!(
            kind,
            ProblemKind::TooFewArguments { .. }
                | ProblemKind::TooManyArguments { .. }
                | ProblemKind::UnpairedArgument { .. }
                | ProblemKind::CountMismatch { .. }
                | ProblemKind::CountInvalid { .. }
        )
    });
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn counts_and_groups() {
        check(
            "command-arity",
            "
redis.call('GET')
         --^^^^^ error[command-arity]: GET takes 1 argument, here none is given
redis.call('GET', KEYS[1], KEYS[2])
                         --^^^^^^^ error[command-arity]: GET takes 1 argument, here 2 are given
redis.call('HSET', KEYS[1], 'a', '1', 'b')
                                    --^^^ error[command-arity]: the last group of HSET's arguments is not whole: value is missing
redis.call('ZUNION', 3, KEYS[1], KEYS[2])
                               --^^^^^^^ error[command-arity]: ZUNION is told of 3 keys, but 2 follow
redis.call('DEL', unpack(KEYS))
redis.call('HSET', KEYS[1], unpack(ARGV))
local function f(...) return redis.call('GET', ...) end
return f(KEYS[1], 2)
                --^ error[command-arity]: GET takes 1 argument, here 2 are given
",
        );
    }
}
