//! Arguments that calls of the script's own functions leave out: where one is nil for that, the call is the mistake.

use semantic::{LocalId, LocalKind};
use syntax::{BinaryOp, ExprId, ExprKind, FunctionId, StmtKind, UnaryOp};

use crate::{Context, helpers::values};

/// Returns the parameter that a call leaves out, though its function stops the script wherever it reads it as nil.
pub(crate) fn left_out(context: &Context<'_>, call: ExprId) -> Option<LocalId> {
    let (script, tree) = (context.script, context.tree());
    let ExprKind::Call(it) = &tree[call].kind else { return None };
    let function = script.called_function(call)?;
    // A method that is called with a dot is another mistake.
    if tree[function].method || it.args.last().is_some_and(|&last| script.may_be_several(last)) {
        return None;
    }
    let lacking = script.scopes.params(function).iter().skip(it.args.len());
    lacking.copied().find(|&param| is_needed(context, function, param))
}

/// The calls with a dot of functions that were written with a colon and read `self`, where the table is not the first argument.
pub(crate) fn by_dot(context: &Context<'_>) -> Vec<(ExprId, FunctionId)> {
    let (script, tree) = (context.script, context.tree());
    let table = |expr: ExprId| script.scopes.local_of(tree.unparen(expr));
    let calls = tree.calls().filter_map(|(id, expr)| {
        let ExprKind::Call(call) = &expr.kind else { return None };
        let ExprKind::Field { .. } = tree[call.callee].kind else { return None };
        let function = script.called_function(id).filter(|&function| tree[function].method)?;
        let params = script.scopes.params(function);
        if params.first().is_none_or(|&this| script.scopes[this].reads.is_empty()) {
            return None;
        }
        // `job.data({id = 1})` of `function job:data()`: another table in the place of `self`, as there is one argument more.
        let has_more = call.args.len() >= params.len();
        let gives_self = call.args.first().is_some_and(|&first| {
            let is_object = matches!(tree[tree.unparen(first)].kind, ExprKind::Table { .. } | ExprKind::Field { .. });
            table(first).is_some() || script.may_be_several(first) || has_more && is_object
        });
        (!gives_self).then_some((id, function))
    });
    calls.collect()
}

/// Returns true if a finding at a call already explains why a value is nil: the call leaves out the parameter it comes from.
pub(crate) fn is_told_at_call(context: &Context<'_>, expr: ExprId) -> bool {
    let (script, tree) = (context.script, context.tree());
    let mut base = tree.unparen(expr);
    while let ExprKind::Field { base: of, .. } | ExprKind::Index { base: of, .. } = tree[base].kind {
        base = tree.unparen(of);
    }
    let Some(local) = script.scopes.local_of(base) else { return false };
    let it = &script.scopes[local];
    if !matches!(it.kind, LocalKind::Parameter(_) | LocalKind::Implicit) {
        return false;
    }
    if tree[it.function].method {
        return context.is_active("method-without-self")
            && by_dot(context).iter().any(|(_, function)| *function == it.function);
    }
    let calls = script.calls_of(it.function).unwrap_or_default();
    context.is_active("argument-count") && calls.into_iter().any(|call| left_out(context, call) == Some(local))
}

/// Returns true if a function computes with a parameter wherever it reads it, and never asks if it is there.
fn is_needed(context: &Context<'_>, function: FunctionId, param: LocalId) -> bool {
    let local = &context.script.scopes[param];
    local.writes.is_empty()
        && !local.reads.is_empty()
        && local.reads.iter().all(|&read| context.script.scopes.function_of(read) == function && fails(context, read))
}

/// Returns true if nil at a place stops the script.
fn fails(context: &Context<'_>, read: ExprId) -> bool {
    let tree = context.tree();
    let Some(parent) = context.script.parent(read) else {
        return matches!(tree[context.script.scopes.stmt_of(read)].kind, StmtKind::NumericFor(_));
    };
    match &tree[parent].kind {
        ExprKind::Binary { op, .. } => op.is_arithmetic() || op.is_order() || *op == BinaryOp::Concat,
        ExprKind::Unary { op: UnaryOp::Neg | UnaryOp::Len, .. } => true,
        ExprKind::Index { base, .. } | ExprKind::Field { base, .. } => *base == read,
        ExprKind::MethodCall(call) => call.base == read,
        ExprKind::Call(call) => {
            let is_command = values::command(context, parent).is_some();
            call.callee == read || is_command && call.args.contains(&read)
        }
        ExprKind::Paren(_) => fails(context, parent),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn one_mistake_is_told_once() {
        let by_dot = "
local queue = { items = {} }
function queue:push(item) self.items[#self.items + 1] = item end
queue.push(KEYS[1])
";
        check("index-missing", by_dot);
        check("impossible-operation", by_dot);
        let left_out = "
local function bucket(time, size) return time - time % size end
return bucket(ARGV[1])
";
        check("arithmetic-on-missing", left_out);
        check("impossible-operation", left_out);
    }
}
