//! Loops around an expression, and their bounds.

use semantic::{ApiPath, CommandCall, LocalId};
use syntax::{BlockId, ExprId, ExprKind, StmtId, StmtKind, Tree};

use crate::Context;

/// The body of a loop.
pub(crate) fn body(tree: &Tree, stmt: StmtId) -> Option<BlockId> {
    match &tree[stmt].kind {
        StmtKind::While { body, .. } | StmtKind::Repeat { body, .. } | StmtKind::GenericFor { body, .. } => Some(*body),
        StmtKind::NumericFor(stmt) => Some(stmt.body),
        _ => None,
    }
}

/// The innermost loop that an expression is evaluated in, once a turn.
pub(crate) fn around(context: &Context<'_>, expr: ExprId) -> Option<StmtId> {
    let scopes = &context.script.scopes;
    scopes.loop_around(context.tree(), scopes.stmt_of(expr))
}

/// The statements of a block and of the blocks inside it, but not those of functions.
pub(crate) fn statements(tree: &Tree, block: BlockId) -> Vec<StmtId> {
    let mut found = Vec::new();
    let mut left = vec![block];
    while let Some(block) = left.pop() {
        for &stmt in &tree[block].stmts {
            found.push(stmt);
            match &tree[stmt].kind {
                StmtKind::Do(body) => left.push(*body),
                StmtKind::If(stmt) => left.extend(stmt.arms.iter().map(|(_, block)| *block).chain(stmt.otherwise)),
                _ => left.extend(self::body(tree, stmt)),
            }
        }
    }
    found
}

/// The statements by which a loop is left before its condition says so: its own `break`, and `return`.
pub(crate) fn exits(context: &Context<'_>, stmt: StmtId) -> Vec<StmtId> {
    let tree = context.tree();
    let Some(body) = body(tree, stmt) else { return Vec::new() };
    let mut found = statements(tree, body);
    found.retain(|&inner| match tree[inner].kind {
        StmtKind::Return(_) => true,
        StmtKind::Break => context.script.scopes.loop_around(tree, inner) == Some(stmt),
        _ => false,
    });
    found
}

/// The command calls in a loop, its head included.
pub(crate) fn calls<'a>(context: &Context<'a>, stmt: StmtId) -> impl Iterator<Item = &'a CommandCall> {
    let range = context.tree()[stmt].range;
    let script = context.script;
    script.calls.iter().filter(move |call| range.contains_range(script.tree()[call.call].range))
}

/// Returns true if a call's function is not part of the API: nothing is known of functions in other files.
pub(crate) fn is_foreign(context: &Context<'_>, call: ExprId) -> bool {
    match context.script.called_api(call) {
        Some(ApiPath::Global(name)) => !context.has_global(name, commands::api::Context::Eval),
        Some(ApiPath::Member(..)) => false,
        None => true,
    }
}

/// Returns true if a local that is declared outside of a loop keeps its value while the loop runs.
pub(crate) fn keeps(context: &Context<'_>, local: LocalId, stmt: StmtId) -> bool {
    let range = context.tree()[stmt].range;
    let local = &context.script.scopes[local];
    !range.contains_range(local.name.range)
        && local.writes.iter().all(|write| {
            // What another function assigns may be assigned by whatever the loop calls.
            !range.contains_range(context.range(write.target))
                && context.script.scopes.function_of(write.target) == local.function
        })
}

/// Returns true if an expression surely has the same value at every turn of a loop.
pub(crate) fn is_same(context: &Context<'_>, expr: ExprId, stmt: StmtId) -> bool {
    let script = context.script;
    match &context.tree()[expr].kind {
        ExprKind::Nil | ExprKind::True | ExprKind::False | ExprKind::Number(_) | ExprKind::String => true,
        ExprKind::Name(_) => script.scopes.local_of(expr).is_some_and(|local| keeps(context, local, stmt)),
        ExprKind::Paren(inner)
        | ExprKind::Unary { operand: inner, op: syntax::UnaryOp::Neg | syntax::UnaryOp::Not, .. } => {
            is_same(context, *inner, stmt)
        }
        ExprKind::Binary { lhs, rhs, .. } => is_same(context, *lhs, stmt) && is_same(context, *rhs, stmt),
        ExprKind::Index { base, key } => {
            (script.is_keys(*base) || script.is_argv(*base)) && is_same(context, *key, stmt)
        }
        ExprKind::Call(call) => {
            matches!(script.api(call.callee), Some(ApiPath::Global("tonumber" | "tostring")))
                && call.args.iter().all(|&arg| is_same(context, arg, stmt))
        }
        _ => false,
    }
}
