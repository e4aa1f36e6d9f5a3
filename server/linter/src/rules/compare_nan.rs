//! Comparisons with NaN.

use semantic::Constant;
use syntax::ExprKind;

use crate::rule::declare_rule;
use crate::{Context, Sink};

declare_rule! {
    /// ## What it does
    /// Reports `x == 0 / 0` and `x ~= 0 / 0`.
    ///
    /// ## Why it is bad
    /// NaN equals nothing, not even itself: the comparison has always the same outcome.
    ///
    /// ## Example
    /// ```lua
    /// local n = tonumber(ARGV[1])
    /// return n == 0 / 0
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local n = tonumber(ARGV[1])
    /// return n ~= n
    /// ```
    code: "compare-nan",
    group: Types,
    level: Warning,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let is_nan = |expr| matches!(context.script.constant(expr), Some(Constant::Number(number)) if number.is_nan());
    for (id, expr) in context.tree().binaries() {
        let ExprKind::Binary { op, lhs, rhs, .. } = expr.kind else { continue };
        if op.is_equality() && (is_nan(lhs) || is_nan(rhs)) {
            sink.report(context.range(id), "NaN equals nothing, not even itself").help("write `x ~= x` to find NaN");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn either_side() {
        check(
            "compare-nan",
            "
return 0/0 == x
     --^^^^^^^^ warning[compare-nan]: NaN equals nothing, not even itself
",
        );
    }
}
