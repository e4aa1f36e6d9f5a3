//! Variables that never get a value.

use semantic::{Init, Local, LocalKind, flow::Kinds};
use syntax::{BinaryOp, ExprId, ExprKind, StmtKind, Tree};

use crate::rule::declare_rule;
use crate::{
    Context, Sink,
    helpers::{loops, values},
};

declare_rule! {
    /// ## What it does
    /// Reports locals that are declared without a value, and read though they are never assigned, or in the very sum that is the
    /// first to be assigned to them: `total = total + n`.
    ///
    /// ## Why it is bad
    /// They are always nil: an assignment is missing, or another variable of the same name got it.
    ///
    /// ## Example
    /// ```lua
    /// local total
    /// for _, key in ipairs(KEYS) do
    ///   local total = redis.call('INCR', key)
    /// end
    /// return total
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local total
    /// for _, key in ipairs(KEYS) do
    ///   total = redis.call('INCR', key)
    /// end
    /// return total
    /// ```
    code: "uninitialized-variable",
    group: Names,
    level: Warning,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    if !context.script.parse.errors.is_empty() {
        return;
    }
    for (id, local) in context.script.scopes.locals() {
        let declared_alone = local.stmt.is_some_and(
            |stmt| matches!(&context.tree()[stmt].kind, syntax::StmtKind::Local { values, .. } if values.is_empty()),
        );
        if local.kind == LocalKind::Variable
            && local.init == Init::Nothing
            && declared_alone
            && local.writes.is_empty()
            && let Some(&read) = local.reads.first()
            // An included file may assign it.
            && context.script.includes.is_empty()
            && !context.script.is_fragment()
        {
            sink.report(
                context.range(read),
                format!("`{}` never gets a value: it is always nil", context.script.name(id)),
            )
            .related(local.name.range, "declared here");
        } else if local.kind == LocalKind::Variable
            && local.init == Init::Nothing
            && declared_alone
            && context.script.includes.is_empty()
            && !context.script.is_fragment()
            && let Some(read) = added_to(context, local)
        {
            let name = context.script.name(id);
            sink.report(
                context.range(read),
                format!("`{name}` has no value yet the first time: arithmetic on nil stops the script"),
            )
            .related(local.name.range, "declared here, without a value")
            .help(format!("`local {name} = 0`, or `''` for text"));
        }
    }
}

/// The first read of a local, if it is an operand of its own first assignment, in a loop: `total = total + n`. It is
/// evaluated whenever the loop is entered.
fn added_to(context: &Context<'_>, local: &Local) -> Option<ExprId> {
    let (script, tree) = (context.script, context.tree());
    let scopes = &script.scopes;
    let read = *local.reads.iter().min_by_key(|&&read| context.range(read).start)?;
    let stmt = scopes.stmt_of(read);
    let StmtKind::Assign { values, .. } = &tree[stmt].kind else { return None };
    let is_operand = values.iter().any(|&value| operands(tree, value).contains(&read));
    let is_first = local.writes.iter().all(|write| {
        context.range(write.target).start >= tree[stmt].range.start
            && scopes.function_of(write.target) == local.function
    });
    if !is_operand || !is_first || scopes.function_of(read) != local.function {
        return None;
    }
    let around = scopes.stmt_of_block(scopes.block_of(stmt))?;
    let body = loops::body(tree, around)?;
    // A statement before it may end the first turn.
    let before = loops::statements(tree, body).into_iter().filter(|&it| tree[it].range.start < tree[stmt].range.start);
    let ends = before.into_iter().any(|it| matches!(tree[it].kind, StmtKind::Break | StmtKind::Return(_)));
    let protected = values::protected(context).iter().any(|function| function.contains_range(context.range(read)));
    (local.stmt.is_some() && !ends && !protected && script.flow().of(read).is_some_and(|of| of.kinds.has(Kinds::NIL)))
        .then_some(read)
}

/// The expressions that arithmetic and `..` at an expression always evaluate.
fn operands(tree: &Tree, expr: ExprId) -> Vec<ExprId> {
    let (mut found, mut left) = (Vec::new(), vec![(expr, false)]);
    while let Some((expr, is_operand)) = left.pop() {
        match &tree[expr].kind {
            ExprKind::Binary { op, lhs, rhs, .. } if op.is_arithmetic() || *op == BinaryOp::Concat => {
                left.extend([(*lhs, true), (*rhs, true)]);
            }
            ExprKind::Paren(inner) => left.push((*inner, is_operand)),
            _ if is_operand => found.push(expr),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn declared_and_read() {
        check(
            "uninitialized-variable",
            "
local a
local b
b = 1
return a, b
     --^ warning[uninitialized-variable]: `a` never gets a value: it is always nil
",
        );
    }

    #[test]
    fn sums_without_a_beginning() {
        check(
            "uninitialized-variable",
            "
local total, text
for i = 1, 3 do
  total = total + i
        --^^^^^ warning[uninitialized-variable]: `total` has no value yet the first time: arithmetic on nil stops the script
  text = 'x' .. (text .. i)
               --^^^^ warning[uninitialized-variable]: `text` has no value yet the first time: arithmetic on nil stops the script
end
return {total, text}
",
        );
        for silent in [
            "total = (total or 0) + i",
            "if total then total = total + i else total = i end",
            "if i == 1 then total = 0 end total = total + i",
            "if i == 1 then total = 0 break end total = total + i",
            "repeat if i == 1 then break end total = total + i until true",
            "total = f(total) + i",
            "total = total and total + i",
        ] {
            check(
                "uninitialized-variable",
                &format!("\nlocal total\nfor i = 1, #KEYS do {silent} end\nreturn total\n"),
            );
        }
        check(
            "uninitialized-variable",
            "\nlocal total\nlocal function f() total = 1 end\nf()\nfor i = 1, 3 do total = total + i end\nreturn total\n",
        );
    }
}
