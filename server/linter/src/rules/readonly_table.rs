//! Writes into the tables of the sandbox.

use commands::api;
use semantic::ApiPath;
use syntax::{ExprId, ExprKind, StmtKind};

use crate::rule::declare_rule;
use crate::{Context, Sink};

declare_rule! {
    /// ## What it does
    /// Reports writes into `redis`, `string`, `table`, `math`, `cjson` and the other tables of the server, and into `_G`.
    ///
    /// ## Why it is bad
    /// They are read-only since 7.0 and in patched older servers: `Attempt to modify a readonly table`.
    ///
    /// ## Example
    /// ```lua
    /// function string.trim(s)
    ///   return (string.gsub(s, '^%s+', ''))
    /// end
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local function trim(s)
    ///   return (string.gsub(s, '^%s+', ''))
    /// end
    /// return trim(ARGV[1])
    /// ```
    code: "readonly-table",
    group: Names,
    level: Error,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let tree = context.tree();
    for (_, stmt) in tree.stmts() {
        match &stmt.kind {
            StmtKind::Assign { targets, .. } => targets.iter().for_each(|&target| write(context, sink, target)),
            StmtKind::Function { target, .. } => write(context, sink, *target),
            _ => {}
        }
    }
    for (id, expr) in tree.calls() {
        let ExprKind::Call(call) = &expr.kind else { continue };
        let Some(ApiPath::Global("rawset" | "setmetatable") | ApiPath::Member("table", "insert")) =
            context.script.api(call.callee)
        else {
            continue;
        };
        if let Some(&table) = call.args.first()
            && let Some(name) = protected(context, table)
        {
            sink.report(context.range(id), format!("`{name}` is read-only")).help("keep it in a local table");
        }
    }
}

fn write(context: &Context<'_>, sink: &mut Sink<'_>, target: ExprId) {
    let (ExprKind::Field { base, .. } | ExprKind::Index { base, .. }) = context.tree()[target].kind else { return };
    let Some(name) = protected(context, base) else { return };
    let help = if name == "_G" { "keep it in a local variable" } else { "make it a local function or a local table" };
    sink.report(context.range(target), format!("`{name}` is read-only")).help(help);
}

/// The name of the sandbox's table that `expr` is.
fn protected<'a>(context: &Context<'a>, expr: ExprId) -> Option<&'a str> {
    match context.script.api(expr)? {
        ApiPath::Global(name) if name == "_G" || api::TABLES.contains(&name) => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn tables_of_the_server() {
        check(
            "readonly-table",
            "
function string.trim(s) end
       --^^^^^^^^^^^ error[readonly-table]: `string` is read-only
_G.total = 1
--<^^^^^^^^ error[readonly-table]: `_G` is read-only
local t = table
t.copy = nil
--<^^^^^^ error[readonly-table]: `table` is read-only
rawset(_G, 'x', 1)
--<^^^^^^^^^^^^^^^^^^ error[readonly-table]: `_G` is read-only
KEYS[1] = 'a'
local string = {}
string.trim = 1
",
        );
    }
}
