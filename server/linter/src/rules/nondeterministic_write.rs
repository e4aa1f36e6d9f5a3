//! Writes after a random command where a server replicates the text of scripts.

use commands::{Flags, Target};
use semantic::{ApiPath, CommandCall};
use syntax::ExprId;

use crate::rule::declare_rule;
use crate::{
    Context, Edit, Sink,
    helpers::{command_problems::word_range, reachability},
};

declare_rule! {
    /// ## What it does
    /// Reports, on a 6.2 target, a write after a command such as `TIME` or `SRANDMEMBER`, in a script that calls
    /// `redis.replicate_commands()` too late: after a write, or not before this one.
    ///
    /// ## Why it is bad
    /// Where `lua-replicate-commands` is off, Redis 6.2 sends the text of a script to its replicas, and refuses what could
    /// come out differently there: `Write commands not allowed after non deterministic commands`. The call that ends this
    /// has no effect once something was written. With the default, and always since 7.0, the effects are sent and nothing is
    /// refused, so a script that does not call `replicate_commands` is left alone: nothing shows that it meets such a server.
    ///
    /// ## Example
    /// ```lua,target-redis-6.2
    /// redis.call('INCR', KEYS[1])
    /// redis.replicate_commands()
    /// local now = redis.call('TIME')
    /// redis.call('SET', KEYS[2], now[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua,target-redis-6.2
    /// redis.replicate_commands()
    /// redis.call('INCR', KEYS[1])
    /// local now = redis.call('TIME')
    /// redis.call('SET', KEYS[2], now[1])
    /// ```
    code: "nondeterministic-write",
    group: Time,
    level: Warning,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

const OLD: Target = Target::redis(6, 2);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    if !context.targets.contains(&OLD) || script.is_fragment() || !script.includes.is_empty() {
        return;
    }
    let mut switches: Vec<ExprId> = context
        .tree()
        .calls()
        .map(|(id, _)| id)
        .filter(|&id| matches!(script.called_api(id), Some(ApiPath::Member("redis" | "server", "replicate_commands"))))
        .collect();
    switches.sort_by_key(|&id| context.range(id).start);
    let Some(&switch) = switches.first() else { return };
    let with = |flag: Flags| {
        let has = move |call: &&CommandCall| call.binding.spec.is_some_and(|spec| spec.flags(OLD).has(flag));
        script.calls.iter().filter(has)
    };
    let before = |a: ExprId, b: ExprId| reachability::runs_before(context, a, b);
    // A switch that comes after a write has no effect, so those that matter are the ones that do not surely.
    let too_late = |switch: ExprId| with(Flags::WRITE).find(|write| before(write.call, switch));
    let idle = switches.iter().all(|&switch| too_late(switch).is_some());
    for write in with(Flags::WRITE) {
        let Some(random) = with(Flags::RANDOM).find(|random| before(random.call, write.call)) else { continue };
        let follows = before(write.call, switch);
        if !idle && !follows {
            continue;
        }
        let (Some(name), Some(first)) = (write.name(), random.name()) else { continue };
        let word = name.split(' ').count() - 1;
        let finding = sink
            .report(
                word_range(context, write, word),
                format!("{name} is refused after {first} on {OLD} where lua-replicate-commands is off"),
            )
            .related(context.range(random.call), format!("{first} may answer something else on a replica"))
            .related(context.range(switch), "this comes too late to allow it");
        let finding = finding.help("call redis.replicate_commands() first of all");
        if switches.len() == 1
            && let Some(removal) = crate::helpers::edits::remove(context, switch)
            && script.shebang.is_none()
        {
            finding.fix(
                "Move the call of replicate_commands to the top",
                vec![Edit::insert(0, "redis.replicate_commands()\n"), removal],
            );
        }
        return;
    }
}

#[cfg(test)]
mod tests {
    use commands::Target;

    use crate::{Options, test_support::*};

    #[test]
    fn a_switch_that_comes_too_late() {
        let old = Options { targets: vec![Target::redis(6, 2), Target::redis(7, 2)], ..Options::default() };
        let check = |source| check_with("nondeterministic-write", source, &old, None);
        check(
            "
local winner = redis.call('SRANDMEMBER', KEYS[1])
redis.call('SREM', KEYS[1], winner)
         --^^^^^^ warning[nondeterministic-write]: SREM is refused after SRANDMEMBER on redis 6.2 where lua-replicate-commands is off
redis.replicate_commands()
return winner
",
        );
        check("local now = redis.call('TIME')\nredis.replicate_commands()\nredis.call('SET', KEYS[1], now[1])\n");
        check("local now = redis.call('TIME')\nredis.call('SET', KEYS[1], now[1])\n");
        check(
            "redis.replicate_commands()\nlocal now = redis.call('TIME')\nredis.call('SET', KEYS[1], now[1])\n
if now[2] == '0' then redis.replicate_commands() end\nredis.call('SET', KEYS[2], 1)\n",
        );
    }
}
