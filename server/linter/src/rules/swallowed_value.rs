//! Results that are thrown away.

use semantic::ApiPath;
use syntax::{ExprKind, StmtKind};

use crate::rule::declare_rule;
use crate::{Context, Sink};

declare_rule! {
    /// ## What it does
    /// Reports calls of functions that do nothing but give a value, where nobody takes the value: `tonumber(x)`,
    /// `string.upper(s)`, and `redis.error_reply('…')` without `return`.
    ///
    /// ## Why it is bad
    /// The call does nothing. An error reply that is not returned never reaches the client.
    ///
    /// ## Example
    /// ```lua
    /// if #KEYS == 0 then
    ///   redis.error_reply('ERR no key')
    /// end
    /// return 1
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// if #KEYS == 0 then
    ///   return redis.error_reply('ERR no key')
    /// end
    /// return 1
    /// ```
    code: "swallowed-value",
    group: Suspicious,
    level: Warning,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (_, stmt) in context.tree().stmts() {
        let StmtKind::Call(id) = stmt.kind else { continue };
        let ExprKind::Call(call) = &context.tree()[id].kind else { continue };
        let Some(path) = context.script.api(call.callee) else { continue };
        let help = match path {
            ApiPath::Member("redis" | "server", "error_reply" | "status_reply") => "write `return` before it",
            ApiPath::Member("redis" | "server", "sha1hex")
            | ApiPath::Member("string" | "bit" | "struct", _)
            | ApiPath::Member("table", "concat" | "getn" | "maxn")
            | ApiPath::Member("cmsgpack", "pack")
            | ApiPath::Global("tonumber" | "tostring" | "type" | "rawget" | "rawequal") => {
                "take its value, or remove it"
            }
            ApiPath::Member("math", name) if name != "randomseed" && name != "random" => "take its value, or remove it",
            _ => continue,
        };
        sink.report(context.range(id), format!("`{path}` only gives a value, and nobody takes it")).help(help);
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn statements_only() {
        check(
            "swallowed-value",
            "
tonumber(ARGV[1])
--<^^^^^^^^^^^^^^^^^ warning[swallowed-value]: `tonumber` only gives a value, and nobody takes it
local fail = redis.error_reply
fail('ERR x')
--<^^^^^^^^^^^^^ warning[swallowed-value]: `redis.error_reply` only gives a value, and nobody takes it
pcall(cjson.decode, ARGV[1])
table.sort(KEYS)
",
        );
    }
}
