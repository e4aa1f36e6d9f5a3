//! Commands that scripts may not call.

use commands::bind::ProblemKind;

use crate::rule::declare_rule;
use crate::{Context, Sink, helpers::command_problems};

declare_rule! {
    /// ## What it does
    /// Reports commands that the server refuses to scripts: transactions, subscriptions, administration, `BLOCK` of
    /// `XREAD` on older servers.
    ///
    /// ## Why it is bad
    /// The call fails whenever the line runs: `This Redis command is not allowed from script`.
    ///
    /// ## Example
    /// ```lua
    /// redis.call('MULTI')
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// -- A script is atomic as it is.
    /// redis.call('INCR', KEYS[1])
    /// ```
    code: "command-not-allowed",
    group: Commands,
    level: Error,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    command_problems::report(context, sink, |kind| matches!(kind, ProblemKind::NotAllowedFromScript { .. }));
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn by_version() {
        let options = crate::Options {
            targets: vec![commands::Target::redis(7, 0), commands::Target::redis(7, 2)],
            ..Default::default()
        };
        check_with(
            "command-not-allowed",
            "
redis.call('SUBSCRIBE', 'c')
         --^^^^^^^^^^^ error[command-not-allowed]: scripts may not call SUBSCRIBE
redis.call('BLPOP', KEYS[1], 0)
         --^^^^^^^ error[command-not-allowed]: scripts may not call BLPOP on redis 7.0
redis.call('CONFIG', 'GET', 'maxmemory')
                   --^^^^^ error[command-not-allowed]: scripts may not call CONFIG GET
redis.call('PUBLISH', 'c', 'm')
redis.call('XREAD', 'COUNT', 1, 'BLOCK', 0, 'STREAMS', KEYS[1], '0')
                              --^^^^^^^ error[command-not-allowed]: scripts may not call XREAD with BLOCK
redis.call('XREADGROUP', 'GROUP', 'BLOCK', 'c', 'STREAMS', 'BLOCK', '>')
",
            &options,
            None,
        );
    }
}
