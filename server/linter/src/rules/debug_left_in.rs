//! Debugging code that is still in the script.

use semantic::{ApiPath, Constant};
use syntax::ExprKind;

use crate::rule::declare_rule;
use crate::{Context, Sink, helpers::edits::remove};

declare_rule! {
    /// ## What it does
    /// Points out `redis.breakpoint()`, `redis.debug(…)`, and `redis.log` at the levels `LOG_DEBUG` and `LOG_VERBOSE`.
    ///
    /// ## Why it is bad
    /// The first two do something in a debugging session only, and are missing in functions. A server logs from the level
    /// notice on unless it is told otherwise, so nobody sees the lines, but each run builds their text.
    ///
    /// ## Example
    /// ```lua
    /// redis.log(redis.LOG_DEBUG, 'taking ' .. ARGV[1])
    /// return redis.call('DECRBY', KEYS[1], ARGV[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return redis.call('DECRBY', KEYS[1], ARGV[1])
    /// ```
    code: "debug-left-in",
    group: Unused,
    level: Hint,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    for (id, expr) in context.tree().calls() {
        let ExprKind::Call(call) = &expr.kind else { continue };
        let message = match script.api(call.callee) {
            Some(ApiPath::Member("redis" | "server", "breakpoint")) => "a break point was left in",
            Some(ApiPath::Member("redis" | "server", "debug")) => {
                "redis.debug shows something in a debugging session only"
            }
            Some(ApiPath::Member("redis" | "server", "log")) => {
                let Some(&level) = call.args.first() else { continue };
                match (script.api(script.resolve(level)), script.constant(level)) {
                    (Some(ApiPath::Member("redis" | "server", "LOG_DEBUG" | "LOG_VERBOSE")), _) => {}
                    (_, Some(Constant::Number(0.0 | 1.0))) => {}
                    _ => continue,
                }
                "this line is below the level that servers log by default"
            }
            _ => continue,
        };
        let finding = sink.report(expr.range, message);
        if let Some(edit) = remove(context, id) {
            finding.fix("Remove the call", vec![edit]);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn calls_for_debugging_only() {
        check(
            "debug-left-in",
            "
local log = redis.log
log(redis.LOG_VERBOSE, 'n=', ARGV[1])
--<^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ hint[debug-left-in]: this line is below the level that servers log by default
log(redis.LOG_WARNING, 'no lock for ' .. KEYS[1])
if ARGV[2] then redis.breakpoint() end
              --^^^^^^^^^^^^^^^^^^ hint[debug-left-in]: a break point was left in
redis.debug(KEYS[1])
--<^^^^^^^^^^^^^^^^^^^^ hint[debug-left-in]: redis.debug shows something in a debugging session only
",
        );
        assert_eq!(fixed("debug-left-in", "redis.breakpoint()\nreturn 1\n"), "return 1\n");
    }
}
