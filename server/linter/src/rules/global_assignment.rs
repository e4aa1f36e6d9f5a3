//! Writes to globals.

use commands::api;
use syntax::{StmtKind, Tree};

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink};

declare_rule! {
    /// ## What it does
    /// Reports assignments to global names and functions without `local`.
    ///
    /// ## Why it is bad
    /// The table of globals is read-only: `Attempt to modify a readonly table`. Most of the time `local` is missing.
    ///
    /// ## Example
    /// ```lua
    /// total = redis.call('INCR', KEYS[1])
    /// return total
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local total = redis.call('INCR', KEYS[1])
    /// return total
    /// ```
    code: "global-assignment",
    group: Names,
    level: Error,
    fix: Safe,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    let mut seen: Vec<&str> = Vec::new();
    for global in script.scopes.globals() {
        let Some(write) = global.write else { continue };
        let name = global.name.as_str(context.source());
        if script.environment_of(global.expr).is_some() {
            continue;
        }
        let first = !seen.contains(&name);
        seen.push(name);
        let range = global.name.range;
        let known = api::global(name).is_some();
        let message = if known {
            format!("the global `{name}` cannot be replaced: globals are read-only")
        } else {
            format!("`{name}` is written as a global: globals are read-only, `local` is missing")
        };
        let finding = sink.report(range, message);
        let stmt = &context.tree()[write.stmt];
        let at_top =
            global.function == Tree::CHUNK && context.tree()[context.tree().root()].stmts.contains(&write.stmt);
        let single = match &stmt.kind {
            StmtKind::Assign { targets, .. } => targets.len() == 1,
            StmtKind::Function { .. } => true,
            _ => false,
        };
        // At the top level, the first assignment becomes the declaration of all that follow.
        if first && single && !known && at_top && !is_read_above(context, name, stmt.range.start) {
            finding.safe_fix("Add `local`", vec![Edit::insert(stmt.range.start, "local ")]);
        } else if !known {
            finding.help("declare it with `local` above its first use");
        }
    }
}

/// True if the name is used before `offset`, where a local declared there is not seen.
fn is_read_above(context: &Context<'_>, name: &str, offset: u32) -> bool {
    let mut uses = context.script.scopes.globals().iter();
    uses.any(|global| global.name.range.start < offset && global.name.as_str(context.source()) == name)
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn local_is_missing() {
        check(
            "global-assignment",
            "
count = 1
--<^^^^^ error[global-assignment]: `count` is written as a global: globals are read-only, `local` is missing
local function f()
  found = true
--^^^^^ error[global-assignment]: `found` is written as a global: globals are read-only, `local` is missing
end
function g() end
       --^ error[global-assignment]: `g` is written as a global: globals are read-only, `local` is missing
KEYS = {}
--<^^^^ error[global-assignment]: the global `KEYS` cannot be replaced: globals are read-only
local n
n = 2
",
        );
        assert_eq!(fixed("global-assignment", "x = 1\nx = x + 1\n"), "local x = 1\nx = x + 1\n");
        assert_eq!(fixed("global-assignment", "function f() end\n"), "local function f() end\n");
    }
}
