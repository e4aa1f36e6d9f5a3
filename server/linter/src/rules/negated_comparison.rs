//! `not a == b`, which negates `a` alone.

use semantic::flow::Kinds;
use syntax::{BinaryOp, ExprKind, UnaryOp};
use text::TextRange;

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink, helpers::values};

declare_rule! {
    /// ## What it does
    /// Reports `not a == b` where `b` is no truth value.
    ///
    /// ## Why it is bad
    /// `not` binds closer than `==`: `true` or `false` is compared with `b`, and equals no text and no number.
    ///
    /// ## Example
    /// ```lua
    /// if not ARGV[1] == 'all' then
    ///   return redis.call('DEL', KEYS[1])
    /// end
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// if ARGV[1] ~= 'all' then
    ///   return redis.call('DEL', KEYS[1])
    /// end
    /// ```
    code: "negated-comparison",
    group: Types,
    level: Warning,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (id, expr) in context.tree().binaries() {
        let ExprKind::Binary { op, lhs, rhs, op_range, .. } = expr.kind else { continue };
        let ExprKind::Unary { op: UnaryOp::Not, operand, .. } = context.tree()[lhs].kind else { continue };
        if !op.is_equality() || values::of(context, rhs).is_none_or(|of| of.kinds.has(Kinds::BOOLEAN)) {
            continue;
        }
        let (outcome, meant) = if op == BinaryOp::Eq { ("never", "~=") } else { ("always", "==") };
        let message = format!("`not` negates its operand before `{}` compares: this is {outcome} true", op_text(op));
        let not = context.range(lhs);
        let start = context.range(operand).start;
        let edits = vec![Edit::replace(TextRange { start: not.start, end: start }, ""), Edit::replace(op_range, meant)];
        sink.report(context.range(id), message).fix(format!("Compare with `{meant}`"), edits);
    }
}

fn op_text(op: BinaryOp) -> &'static str {
    if op == BinaryOp::Eq { "==" } else { "~=" }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn not_binds_closer() {
        check(
            "negated-comparison",
            "
local mode = ARGV[1]
if not mode == 'all' then return 1 end
 --^^^^^^^^^^^^^^^^^ warning[negated-comparison]: `not` negates its operand before `==` compares: this is never true
if not redis.call('EXISTS', KEYS[1]) ~= 1 then return 2 end
 --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[negated-comparison]: `not` negates its operand before `~=` compares: this is always true
local known = redis.call('GET', KEYS[2]) == 'yes'
if not mode == known or not (mode == 'all') or not mode == (not known) then return 3 end
",
        );
        assert_eq!(
            fixed("negated-comparison", "if not ARGV[1] == 'all' then return 1 end"),
            "if ARGV[1] ~= 'all' then return 1 end"
        );
    }
}
