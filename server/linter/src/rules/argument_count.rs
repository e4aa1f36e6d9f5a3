//! Calls of the script's own functions with too many arguments, or without one that the function needs.

use semantic::LocalId;
use syntax::{BinaryOp, ExprId, ExprKind, FunctionId, StmtKind, UnaryOp};

use crate::rule::declare_rule;
use crate::{Context, Sink, values};

declare_rule! {
    /// ## What it does
    /// Reports calls of the script's own functions that give more arguments than there are parameters, or that leave out one
    /// that the function computes with, joins, indexes or calls wherever it reads it.
    ///
    /// ## Why it is bad
    /// What is too much is thrown away. What is left out is nil: the function stops the script where it uses it.
    ///
    /// ## Example
    /// ```lua
    /// local function bucket(time, size)
    ///   return time - time % size
    /// end
    /// return bucket(ARGV[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local function bucket(time, size)
    ///   return time - time % size
    /// end
    /// return bucket(ARGV[1], 60)
    /// ```
    "argument-count", Warning, None, check
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let (script, tree) = (context.script, context.tree());
    for (id, expr) in tree.exprs() {
        let (callee, args) = match &expr.kind {
            ExprKind::Call(call) => (call.callee, &call.args),
            _ => continue,
        };
        let Some(function) = script.called_function(id) else { continue };
        let params = script.scopes.params(function);
        // A method that is called with a dot is another rule's matter.
        if tree[function].method {
            continue;
        }
        let open = args.last().is_some_and(|&last| script.may_be_several(last));
        let name = context.shown(context.range(callee));
        if !tree[function].vararg && args.len() > params.len() && !(open && args.len() == params.len() + 1) {
            let text = match params.len() {
                0 => format!("`{name}` takes no arguments: this one is thrown away"),
                1 => format!("`{name}` takes 1 argument: this one is thrown away"),
                count => format!("`{name}` takes {count} arguments: this one is thrown away"),
            };
            sink.report(context.range(args[params.len()]), text);
        } else if !open
            && let Some(&param) = params.iter().skip(args.len()).find(|&&param| is_needed(context, function, param))
        {
            let missing = script.name(param);
            sink.report(context.range(callee), format!("`{name}` needs `{missing}`, which is not given: it is nil there"))
                .related(script.scopes[param].name.range, "this parameter");
        }
    }
}

/// Tells if a function computes with a parameter wherever it reads it, and never asks if it is there.
fn is_needed(context: &Context<'_>, function: FunctionId, param: LocalId) -> bool {
    let local = &context.script.scopes[param];
    local.writes.is_empty()
        && !local.reads.is_empty()
        && local.reads.iter().all(|&read| context.script.scopes.function_of(read) == function && fails(context, read))
}

/// Tells if nil at a place stops the script.
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
    fn own_functions_have_their_arguments() {
        check(
            "argument-count",
            "
local function bucket(time, size) return time - time % size end
local a = bucket(ARGV[1])
        --^^^^^^ warning[argument-count]: `bucket` needs `size`, which is not given: it is nil there
local b = bucket(ARGV[1], 60, 'x')
                            --^^^ warning[argument-count]: `bucket` takes 2 arguments: this one is thrown away
local function save(key, value, ttl) if ttl then return 1 end return redis.call('SET', key, value) end
local c = save(KEYS[1])
        --^^^^ warning[argument-count]: `save` needs `value`, which is not given: it is nil there
local d = save(KEYS[1], 1)
local e = bucket(unpack(ARGV))
local function all(...) return select('#', ...) end
return all(a, b, c, d, e)
",
        );
    }
}
