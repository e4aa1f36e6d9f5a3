//! Code that never runs on a server: it follows a test that `redis`, `KEYS` or `ARGV` is missing, for programs that load the
//! file elsewhere.

use commands::api;
use semantic::{ApiPath, Constant};
use syntax::{BinaryOp, ExprId, ExprKind, StmtKind, UnaryOp};
use text::TextRange;

use crate::{Context, Diagnostic};

/// Drops the findings in such code.
pub(crate) fn drop_findings(context: &Context<'_>, findings: &mut Vec<Diagnostic>) {
    if findings.is_empty() {
        return;
    }
    let never = never_run(context);
    findings.retain(|finding| {
        finding.code == "syntax-error" || !never.iter().any(|range| range.contains_range(finding.range))
    });
}

/// The code that no server runs.
fn never_run(context: &Context<'_>) -> Vec<TextRange> {
    let tree = context.tree();
    let mut found = Vec::new();
    for (_, stmt) in tree.stmts() {
        let StmtKind::If(it) = &stmt.kind else { continue };
        let mut decided = false;
        for &(cond, block) in &it.arms {
            match truth(context, cond) {
                _ if decided => found.push(tree[block].range),
                Some(true) => decided = true,
                Some(false) => found.push(tree[block].range),
                None => {}
            }
        }
        if decided && let Some(block) = it.otherwise {
            found.push(tree[block].range);
        }
    }
    for (_, expr) in tree.binaries() {
        let ExprKind::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), lhs, rhs, .. } = expr.kind else { continue };
        if truth(context, lhs) == Some(op == BinaryOp::Or) {
            found.push(tree[rhs].range);
        }
    }
    found
}

/// Truth of a condition on every server, if it tests for what servers have; none if it is not known.
fn truth(context: &Context<'_>, expr: ExprId) -> Option<bool> {
    let tree = context.tree();
    match &tree[expr].kind {
        ExprKind::Paren(inner) => truth(context, *inner),
        ExprKind::Unary { op: UnaryOp::Not, operand, .. } => truth(context, *operand).map(|holds| !holds),
        ExprKind::Binary { op: BinaryOp::And, lhs, rhs, .. } => match (truth(context, *lhs), truth(context, *rhs)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), rhs) => rhs,
            _ => None,
        },
        ExprKind::Binary { op: BinaryOp::Or, lhs, rhs, .. } => match (truth(context, *lhs), truth(context, *rhs)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), rhs) => rhs,
            _ => None,
        },
        ExprKind::Binary { op: op @ (BinaryOp::Eq | BinaryOp::Ne), lhs, rhs, .. } => {
            let equal = equals(context, *lhs, *rhs).or_else(|| equals(context, *rhs, *lhs))?;
            Some(equal == (*op == BinaryOp::Eq))
        }
        _ => is_of_server(context, expr).then_some(true),
    }
}

/// Result of `redis == nil` or `type(redis) == 'table'` on every server; none if it is not known.
fn equals(context: &Context<'_>, asked: ExprId, with: ExprId) -> Option<bool> {
    let with = context.script.constant(with)?;
    if is_of_server(context, asked) {
        return (with == Constant::Nil).then_some(false);
    }
    let ExprKind::Call(call) = &context.tree()[context.tree().unparen(asked)].kind else { return None };
    let [of] = *call.args else { return None };
    let is_type = context.script.api(call.callee) == Some(ApiPath::Global("type"));
    match with {
        Constant::String(text) if is_type && is_of_server(context, of) => Some(&*text == b"table"),
        _ => None,
    }
}

/// True if an expression is a table that every target gives to scripts.
fn is_of_server(context: &Context<'_>, expr: ExprId) -> bool {
    let script = context.script;
    let name = match script.api(expr) {
        Some(ApiPath::Global(name)) => name,
        _ => return false,
    };
    let scripts_have =
        matches!(name, "KEYS" | "ARGV") && script.library.is_none() && script.environment_of(expr).is_none();
    scripts_have
        || api::TABLES.contains(&name)
            && context.targets.iter().all(|&target| api::has_global(name, target, api::Context::Eval))
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn tests_for_the_server_are_not_judged() {
        for source in [
            "local json = cjson\nif not redis then json = require('cjson') end\nreturn json.encode(ARGV)\n",
            "if redis == nil then print('x') else return 1 end\n",
            "if type(redis) ~= 'table' then os.exit(1) end\nreturn 1\n",
            "if KEYS and ARGV then return 1 else os.exit(1) end\n",
            "local r = redis or require('fake')\nreturn r.call('TIME')\n",
            "if not (KEYS and ARGV) then print(1) end\nreturn 1\n",
        ] {
            check("forbidden-library", source);
        }
        check(
            "forbidden-library",
            "
if redis then print('x') end
            --^^^^^ error[forbidden-library]: scripts have no `print`
if ARGV[1] then print('y') end
              --^^^^^ error[forbidden-library]: scripts have no `print`
if not redis or ARGV[2] then print('z') end
                           --^^^^^ error[forbidden-library]: scripts have no `print`
",
        );
    }
}
