//! Loops that count down without a step.

use semantic::Constant;
use syntax::{ExprKind, StmtKind, UnaryOp};

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink};

declare_rule! {
    /// ## What it does
    /// Reports `for i = #list, 1 do` and constant bounds that go down without a negative step.
    ///
    /// ## Why it is bad
    /// The body never runs, or once for a list of one.
    ///
    /// ## Example
    /// ```lua
    /// for i = #KEYS, 1 do
    ///   redis.call('DEL', KEYS[i])
    /// end
    /// return 1
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// for i = #KEYS, 1, -1 do
    ///   redis.call('DEL', KEYS[i])
    /// end
    /// return 1
    /// ```
    code: "reversed-loop",
    group: Suspicious,
    level: Warning,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (_, stmt) in context.tree().stmts() {
        let StmtKind::NumericFor(stmt) = &stmt.kind else { continue };
        if stmt.step.is_some() {
            continue;
        }
        let Some(Constant::Number(end)) = context.script.constant(stmt.end) else { continue };
        let down = match (context.script.constant(stmt.start), &context.tree()[stmt.start].kind) {
            (Some(Constant::Number(start)), _) => start > end,
            (_, ExprKind::Unary { op: UnaryOp::Len, .. }) => end <= 1.0,
            _ => false,
        };
        if down {
            let range = context.range(stmt.start).cover(context.range(stmt.end));
            sink.report(range, "this counts down, but the step is 1")
                .fix("Add the step -1", vec![Edit::insert(range.end, ", -1")]);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn downwards() {
        check(
            "reversed-loop",
            "
for i = #KEYS, 1 do f(i) end
      --^^^^^^^^ warning[reversed-loop]: this counts down, but the step is 1
for i = 10, 1, -1 do f(i) end
for i = 1, #KEYS do f(i) end
",
        );
        assert_eq!(fixed("reversed-loop", "for i = 3, 1 do end"), "for i = 3, 1, -1 do end");
    }
}
