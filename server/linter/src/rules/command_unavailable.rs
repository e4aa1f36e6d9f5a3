//! Commands and options that a target server has not.

use commands::bind::ProblemKind;

use crate::rule::declare_rule;
use crate::{Context, Sink, helpers::command_problems};

declare_rule! {
    /// ## What it does
    /// Reports commands and options that are newer than a target, of the other server family, or of a module.
    ///
    /// ## Why it is bad
    /// The call fails on that server. Set `target` in redlua.toml to the servers that the script is meant for.
    ///
    /// ## Example
    /// ```lua,target-redis-6.2
    /// return redis.call('LMPOP', 1, KEYS[1], 'LEFT')
    /// ```
    ///
    /// ## Use instead
    /// ```lua,target-redis-7.0
    /// return redis.call('LMPOP', 1, KEYS[1], 'LEFT')
    /// ```
    code: "command-unavailable",
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
            ProblemKind::Unavailable { .. }
                | ProblemKind::ModuleCommand { .. }
                | ProblemKind::NewerCommand { .. }
                | ProblemKind::OptionUnavailable { .. }
        )
    });
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn versions_families_modules() {
        let options = crate::Options {
            targets: vec![commands::Target::redis(6, 2), commands::Target::valkey(8, 0)],
            ..Default::default()
        };
        check_with(
            "command-unavailable",
            "
redis.call('LMPOP', 1, KEYS[1], 'LEFT')
         --^^^^^^^ error[command-unavailable]: LMPOP is not there on redis 6.2: it came with Redis 7.0 and the first Valkey
redis.call('BITCOUNT', KEYS[1], 0, -1, 'BIT')
                                     --^^^^^ error[command-unavailable]: BITCOUNT has no BIT on redis 6.2: it came with Redis 7.0
redis.call('SET', KEYS[1], ARGV[1], 'IFEQ', ARGV[2])
                                  --^^^^^^ error[command-unavailable]: SET has no IFEQ on redis 6.2 and valkey 8.0: it came with Redis 8.4 and Valkey 8.1
redis.call('JSON.GET', KEYS[1])
         --^^^^^^^^^^ warning[command-unavailable]: `JSON.GET` is a command of the JSON module, not of the server itself
redis.call('arlen', KEYS[1])
         --^^^^^^^ error[command-unavailable]: ARLEN came with Redis 8.8, which is newer than every target
redis.call('GCRA', KEYS[1], 1, 1, 1)
         --^^^^^^ error[command-unavailable]: GCRA is in no release of Redis: it was held out of 8.8
redis.call('GET', KEYS[1])
",
            &options,
            None,
        );
    }
}
