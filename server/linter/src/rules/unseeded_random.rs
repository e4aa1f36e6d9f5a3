//! Random numbers that are the same again.

use commands::{Family, Target, Version};
use semantic::ApiPath;

use crate::rule::declare_rule;
use crate::{Context, Sink, context::on_targets, helpers::command_problems::targets_where};

declare_rule! {
    /// ## What it does
    /// Points out the first `math.random` of a script that never calls `math.randomseed`.
    ///
    /// ## Why it is bad
    /// Redis 6.2 seeds the generator with 0 before every script, so each run draws the same numbers. Since 7.0 it is not
    /// seeded at all: its numbers go on from script to script, but begin with the same one whenever the server starts, and
    /// on every server.
    ///
    /// ## Example
    /// ```lua
    /// local at = math.random(redis.call('LLEN', KEYS[1]))
    /// return redis.call('LINDEX', KEYS[1], at - 1)
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// math.randomseed(tonumber(ARGV[1]))
    /// local at = math.random(redis.call('LLEN', KEYS[1]))
    /// return redis.call('LINDEX', KEYS[1], at - 1)
    /// ```
    code: "unseeded-random",
    group: Time,
    level: Hint,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    if memchr::memmem::find(context.source(), b"random").is_none() {
        return;
    }
    // Another file may seed.
    if script.is_fragment() || !script.includes.is_empty() || script.environment.incomplete {
        return;
    }
    let mut first = None;
    for (id, expr) in context.tree().exprs() {
        match script.api(id) {
            Some(ApiPath::Member("math", "randomseed")) => return,
            Some(ApiPath::Member("math", "random")) => {
                let before = first.is_none_or(|range: text::TextRange| expr.range.start < range.start);
                if before && script.call_by_callee(id).is_some() {
                    first = Some(expr.range);
                }
            }
            _ => {}
        }
    }
    let Some(range) = first else { return };
    let reseeds = |target: Target| target.family == Family::Redis && target.version < Version::new(7, 0);
    let message = match targets_where(context, reseeds) {
        Some(targets) => format!("without a seed each run draws the same numbers{}", on_targets(&targets)),
        None => {
            "without a seed the numbers are the same after each start of the server, and on every server".to_owned()
        }
    };
    sink.report(range, message).help("call math.randomseed with a value of the client's");
}

#[cfg(test)]
mod tests {
    use commands::Target;

    use crate::{Options, test_support::*};

    #[test]
    fn the_first_draw_without_a_seed() {
        check(
            "unseeded-random",
            "
local random = math.random
local jitter = random(100)
             --^^^^^^ hint[unseeded-random]: without a seed the numbers are the same after each start of the server, and on every server
return jitter + random(10)
",
        );
        check("unseeded-random", "math.randomseed(ARGV[1])\nreturn math.random(10)\n");
        let old = Options { targets: vec![Target::redis(6, 2), Target::redis(7, 2)], ..Options::default() };
        check_with(
            "unseeded-random",
            "
return math.random(10)
     --^^^^^^^^^^^ hint[unseeded-random]: without a seed each run draws the same numbers on redis 6.2
",
            &old,
            None,
        );
    }
}
