//! Assignments with more values than names.

use syntax::{ExprId, ExprKind, StmtKind};

use crate::rule::declare_rule;
use crate::{Context, Level, Sink};

declare_rule! {
    /// ## What it does
    /// Reports assignments that have more values than names, and as a hint those that have fewer.
    ///
    /// ## Why it is bad
    /// A value too many is computed and thrown away; a name too many is nil.
    ///
    /// ## Example
    /// ```lua
    /// local first, second = 1, 2, 3
    /// return first + second
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local first, second = 1, 2
    /// return first + second
    /// ```
    code: "unbalanced-assignment",
    group: Suspicious,
    level: Warning,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    if !context.script.parse.errors.is_empty() {
        return;
    }
    for (_, stmt) in context.tree().stmts() {
        let (names, values): (usize, &[ExprId]) = match &stmt.kind {
            StmtKind::Local { names, values } => (names.len(), values),
            StmtKind::Assign { targets, values } => (targets.len(), values),
            _ => continue,
        };
        let Some(&last) = values.last() else { continue };
        if values.len() > names {
            sink.report(context.range(values[names]), format!("{} values for {names} names", values.len()));
        } else if values.len() < names && !context.tree().is_multi(last) && context.tree()[last].kind != ExprKind::Nil {
            sink.report(stmt.range, format!("{} values for {names} names: the rest is nil", values.len()))
                .level(Level::Hint);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn more_and_fewer() {
        check(
            "unbalanced-assignment",
            "
local a, b = 1, 2, 3
                 --^ warning[unbalanced-assignment]: 3 values for 2 names
local c, d = 1
--<^^^^^^^^^^^^^^ hint[unbalanced-assignment]: 1 values for 2 names: the rest is nil
local e, f = unpack(KEYS)
local g, h = nil
",
        );
    }
}
