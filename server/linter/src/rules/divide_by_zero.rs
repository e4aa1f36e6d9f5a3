//! Divisions by a constant zero.

use semantic::Constant;
use syntax::{BinaryOp, ExprKind};

use crate::rule::declare_rule;
use crate::{Context, Sink};

declare_rule! {
    /// ## What it does
    /// Reports `x / 0` and `x % 0`. Infinity and NaN written as constants (`1 / 0`, `0 / 0`) are left alone.
    ///
    /// ## Why it is bad
    /// The result is infinity or NaN, which commands refuse and replies turn into nonsense.
    ///
    /// ## Example
    /// ```lua
    /// return redis.call('INCR', KEYS[1]) % 0
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return redis.call('INCR', KEYS[1]) % 10
    /// ```
    code: "divide-by-zero",
    group: Types,
    level: Warning,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (id, expr) in context.tree().binaries() {
        let ExprKind::Binary { op: BinaryOp::Div | BinaryOp::Mod, lhs, rhs, .. } = expr.kind else { continue };
        let zero = context.script.constant(rhs) == Some(Constant::Number(0.0));
        if zero && context.script.constant(lhs).is_none() {
            sink.report(context.range(id), "this divides by zero");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn constants_are_idioms() {
        check(
            "divide-by-zero",
            "
local inf = 1 / 0
return ARGV[1] / 0, inf
     --^^^^^^^^^^^ warning[divide-by-zero]: this divides by zero
",
        );
    }
}
