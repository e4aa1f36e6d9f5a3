//! Assignments of a variable to itself.

use syntax::{ExprKind, StmtKind};

use crate::rule::declare_rule;
use crate::{Context, Sink};

declare_rule! {
    /// ## What it does
    /// Reports `x = x` and `t.a = t.a`.
    ///
    /// ## Why it is bad
    /// It does nothing; another name was meant.
    ///
    /// ## Example
    /// ```lua
    /// local limit = 10
    /// limit = limit
    /// return limit
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local limit = 10
    /// limit = limit * 2
    /// return limit
    /// ```
    code: "self-assignment",
    group: Suspicious,
    level: Warning,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (_, stmt) in context.tree().stmts() {
        let StmtKind::Assign { targets, values } = &stmt.kind else { continue };
        for (&target, &value) in targets.iter().zip(values) {
            let plain = matches!(
                context.tree()[value].kind,
                ExprKind::Name(_) | ExprKind::Field { .. } | ExprKind::Index { .. }
            );
            let text = context.script.text(value);
            if plain && context.script.text(target) == text && !text.contains(&b'(') {
                sink.report(stmt.range, format!("`{}` is assigned to itself", context.shown(context.range(target))));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn names_and_fields() {
        check(
            "self-assignment",
            "
local t = {}
t.a = t.a
--<^^^^^^^^^ warning[self-assignment]: `t.a` is assigned to itself
t.a = t.b
local x = t
x = t[f()]
",
        );
    }
}
