//! Conditions that are always the same.

use syntax::{ExprId, ExprKind, StmtKind};

use crate::rule::declare_rule;
use crate::{Context, Sink};

declare_rule! {
    /// ## What it does
    /// Reports conditions made of literals: `if true then`, `if 'x' then`, `while false do`.
    ///
    /// ## Why it is bad
    /// One branch never runs. `while true do` is a loop and left alone.
    ///
    /// ## Example
    /// ```lua
    /// if 0 then
    ///   return redis.call('GET', KEYS[1])
    /// end
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// if ARGV[1] ~= '0' then
    ///   return redis.call('GET', KEYS[1])
    /// end
    /// ```
    code: "constant-condition",
    group: Suspicious,
    level: Warning,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (_, stmt) in context.tree().stmts() {
        match &stmt.kind {
            StmtKind::If(stmt) => stmt.arms.iter().for_each(|(cond, _)| condition(context, sink, *cond)),
            StmtKind::While { cond, .. } if !is_endless(context, *cond) => {
                condition(context, sink, *cond);
            }
            _ => {}
        }
    }
}

/// Returns true if a loop is endless on purpose: `while true`, `while 1`.
fn is_endless(context: &Context<'_>, cond: ExprId) -> bool {
    match &context.tree()[context.tree().unparen(cond)].kind {
        ExprKind::True => true,
        ExprKind::Number(number) => *number != 0.0,
        ExprKind::Unary { op: syntax::UnaryOp::Not, operand, .. } => {
            matches!(context.tree()[context.tree().unparen(*operand)].kind, ExprKind::False | ExprKind::Nil)
        }
        _ => false,
    }
}

fn condition(context: &Context<'_>, sink: &mut Sink<'_>, cond: ExprId) {
    let always = match literal(context, cond) {
        Some(truth) => truth,
        None => return,
    };
    let finding = sink.report(context.range(cond), format!("this is always {}", if always { "true" } else { "false" }));
    if always && let ExprKind::Number(_) | ExprKind::String = context.tree()[cond].kind {
        finding.help("in Lua only nil and false are false: 0 and '' are true");
    }
}

/// Truth of an expression of literals; none for others.
fn literal(context: &Context<'_>, expr: ExprId) -> Option<bool> {
    match &context.tree()[expr].kind {
        ExprKind::True | ExprKind::Number(_) | ExprKind::String | ExprKind::Table(_) | ExprKind::Function(_) => {
            Some(true)
        }
        ExprKind::False | ExprKind::Nil => Some(false),
        ExprKind::Paren(inner) => literal(context, *inner),
        ExprKind::Unary { op: syntax::UnaryOp::Not, operand, .. } => Some(!literal(context, *operand)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn literals_only() {
        check(
            "constant-condition",
            "
local debug = false
if debug then return 1 end
if 0 then return 2 end
 --^ warning[constant-condition]: this is always true
while true do return 3 end
while 1 do return 4 end
while (not false) do return 5 end
while 0 do return 6 end
    --^ warning[constant-condition]: this is always true
",
        );
    }
}
