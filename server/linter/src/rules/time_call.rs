//! Repeated calls of `TIME` in one run.

use commands::{Family, Target, Version};
use semantic::{CallForm, Script};
use syntax::ExprId;

use crate::rule::declare_rule;
use crate::{
    Context, Sink,
    helpers::{loops, reachability},
};

declare_rule! {
    /// ## What it does
    /// Points out `TIME` in a loop, and `TIME` after an earlier `TIME` of the same run, also where a function of the script
    /// asks for it.
    ///
    /// ## Why it is bad
    /// Since Redis 7.2 the clock stands still while a script runs: every call gives the same time, so it measures nothing,
    /// and a loop that waits for a time never ends. Before 7.2 the calls differ, and one run works with two times. A single
    /// `TIME` is left alone, for it gives all clients one clock; a time that the client passes in ARGV is easier to test.
    ///
    /// ## Example
    /// ```lua
    /// for _, key in ipairs(KEYS) do
    ///   redis.call('HSET', key, 'seen', redis.call('TIME')[1])
    /// end
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local now = redis.call('TIME')[1]
    /// for _, key in ipairs(KEYS) do
    ///   redis.call('HSET', key, 'seen', now)
    /// end
    /// ```
    code: "time-call",
    group: Cost,
    level: Hint,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let moves = |target: &Target| target.family == Family::Redis && target.version < Version::new(7, 2);
    let (again, turn) = if context.targets.iter().all(moves) {
        ("TIME again: before Redis 7.2 this is another time than that of the first call", "another one each time")
    } else {
        (
            "TIME again: the clock stands still while a script runs, this is the time of the first call",
            "always the same",
        )
    };
    let sites = sites(context.script);
    for (at, &site) in sites.iter().enumerate() {
        if loops::around(context, site).is_some() {
            sink.report(context.range(site), format!("TIME at every turn of a loop: it is {turn} while a script runs"))
                .help("ask for the time once, before the loop, or take it from ARGV");
        } else if let Some(&first) = sites[..at].iter().find(|&&first| reachability::runs_before(context, first, site))
        {
            sink.report(context.range(site), again)
                .related(context.range(first), "the first call")
                .help("keep the time in a local, or take it from ARGV");
        }
    }
}

/// Calls of `TIME`, and of functions that call it.
fn sites(script: &Script) -> Vec<ExprId> {
    let mut sites: Vec<ExprId> = Vec::new();
    for call in &script.calls {
        if call.name() != Some("TIME") || matches!(call.form, CallForm::Wrapper(_)) {
            continue;
        }
        sites.push(call.call);
        sites.extend(script.calls_of(script.scopes.function_of(call.call)).unwrap_or_default());
    }
    sites.sort_by_key(|&site| script.tree()[site].range.start);
    sites.dedup();
    sites
}

#[cfg(test)]
mod tests {
    use commands::Target;

    use crate::{Options, test_support::*};

    #[test]
    fn once_is_enough() {
        check(
            "time-call",
            "
local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
local started = now()
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, 9)) do
  redis.call('ZADD', KEYS[2], now(), id)
                            --^^^^^ hint[time-call]: TIME at every turn of a loop: it is always the same while a script runs
end
redis.call('SET', KEYS[3], now() - started)
                         --^^^^^ hint[time-call]: TIME again: the clock stands still while a script runs, this is the time of the first call
",
        );
        check("time-call", "if ARGV[1] then return redis.call('TIME') else return redis.call('TIME')[1] end\n");
    }

    #[test]
    fn the_clock_moved_before_7_2() {
        let old = Options { targets: vec![Target::redis(6, 2), Target::redis(7, 0)], ..Options::default() };
        check_with(
            "time-call",
            "
local seconds = redis.call('TIME')[1]
return seconds .. redis.call('TIME')[2]
                --^^^^^^^^^^^^^^^^^^ hint[time-call]: TIME again: before Redis 7.2 this is another time than that of the first call
",
            &old,
            None,
        );
    }
}
