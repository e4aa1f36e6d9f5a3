//! Functions of the server's tables called as methods.

use commands::api;
use semantic::ApiPath;
use syntax::ExprKind;
use text::TextRange;

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink};

declare_rule! {
    /// ## What it does
    /// Reports `redis:call(…)`, `cjson:encode(…)`, `string:sub(…)`: functions of a table of the server with a colon before them.
    ///
    /// ## Why it is bad
    /// The colon passes the table itself as the first argument, and the function refuses it.
    ///
    /// ## Example
    /// ```lua
    /// return redis:call('GET', KEYS[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return redis.call('GET', KEYS[1])
    /// ```
    code: "library-method",
    group: Names,
    level: Error,
    fix: Safe,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (_, expr) in context.tree().method_calls() {
        let ExprKind::MethodCall(call) = &expr.kind else { continue };
        let Some(ApiPath::Global(table)) = context.script.api(call.base) else { continue };
        let member = call.name.as_str(context.source());
        if api::member(table, member).is_none() {
            continue;
        }
        let start = call.name.range.start;
        let finding = sink.report(
            TextRange::new(expr.range.start, call.name.range.end),
            format!("the colon passes `{table}` itself as the first argument of `{member}`"),
        );
        if start > 0 && context.source().get(start as usize - 1) == Some(&b':') {
            let colon = TextRange::new(start - 1, start);
            finding.safe_fix(format!("Write `{table}.{member}`"), vec![Edit::replace(colon, ".")]);
        } else {
            finding.help(format!("write `{table}.{member}`"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn tables_of_the_server_only() {
        check(
            "library-method",
            "
local v = redis:call('GET', KEYS[1])
        --^^^^^^^^^^ error[library-method]: the colon passes `redis` itself as the first argument of `call`
local M = {}
function M:call(x) return x end
return M:call(v), v:sub(1), ('x'):rep(2)
",
        );
        assert_eq!(fixed("library-method", "return cjson:encode(ARGV)"), "return cjson.encode(ARGV)");
    }
}
