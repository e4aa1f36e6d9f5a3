//! Values that are missing where the key, field or argument is, and who looks whether they are there.

use semantic::{
    ApiPath,
    flow::{Kinds, TableType},
};
use syntax::{BinaryOp, ExprId, ExprKind, Stmt, StmtKind, UnaryOp};

use crate::{
    Context, Edit, Level, Sink,
    helpers::{flat_replies, grouping, missing_arguments, values},
};

/// Characters of an expression that a title has.
const MAX_TITLE: usize = 40;

/// A value that may be missing where an operation needs it.
pub(crate) struct Missing {
    /// The call whose reply lacks it; none where the value is nothing at all, whatever the reply.
    pub call: Option<ExprId>,
    /// Its value then: `false`, `nil`.
    pub what: &'static str,
    /// True if it is never anything else.
    pub always: bool,
}

/// Returns how an operand may be missing, unless the script tests for it before.
pub(crate) fn missing(context: &Context<'_>, operand: ExprId) -> Option<Missing> {
    let of = context.script.flow().of(operand).filter(|of| !of.kinds.is_empty())?;
    let always = of.is(Kinds::NIL | Kinds::FALSE);
    let call = of.may_be_missing();
    if call.is_none() && !always {
        return None;
    }
    // A field of a list that has none is another rule's matter.
    if call.is_none() && flat_replies::is_reported(context, operand) {
        return None;
    }
    // A local that nothing was ever put into is another rule's matter.
    if call.is_none() && context.script.constant(operand).is_some() {
        return None;
    }
    if call.is_some_and(|call| {
        is_asked_for(context, call) && (has_parts(context, call) || is_conditional(context, operand))
    }) {
        return None;
    }
    if call.is_some_and(|call| of.kinds.has(Kinds::NIL) && is_measured(context, operand, call)) {
        return None;
    }
    // What `pcall` is given may fail.
    let range = context.range(operand);
    if values::protected(context).iter().any(|function| function.contains_range(range)) {
        return None;
    }
    let what = match (of.kinds.has(Kinds::FALSE), of.kinds.has(Kinds::NIL)) {
        (true, true) => "`false` or nil",
        (true, false) => "`false`",
        _ => "nil",
    };
    Some(Missing { call, what, always })
}

/// Returns true if the script asks anywhere if the reply lacks something: the author has thought of it, and may know by another
/// value that it is there.
pub(crate) fn is_asked_for(context: &Context<'_>, call: ExprId) -> bool {
    let flow = context.script.flow();
    context.tree().exprs().any(|(id, _)| {
        let lacks = flow.of(id).is_some_and(|of| of.may_be_missing() == Some(call));
        lacks && (values::is_condition(context, id) || is_compared_with_nothing(context, id))
    })
}

/// True if the script tests the length of the list that a call returns, or the operand is in a loop over it.
fn is_measured(context: &Context<'_>, operand: ExprId, call: ExprId) -> bool {
    let (script, tree) = (context.script, context.tree());
    let is_list = |expr: ExprId| {
        let of = script.flow().of(expr);
        of.is_some_and(|of| {
            of.tables
                .iter()
                .any(|table| matches!(table, TableType::List(list) if list.call == call && list.may_be_empty))
        })
    };
    if !is_list(call) {
        return false;
    }
    let at = context.range(operand);
    let goes_through = |stmt: &Stmt| match &stmt.kind {
        StmtKind::GenericFor { values, .. } => values.iter().any(|&value| match &tree[value].kind {
            ExprKind::Call(call) => call.args.iter().any(|&arg| is_list(arg)),
            _ => false,
        }),
        _ => false,
    };
    tree.exprs().any(|(_, expr)| match &expr.kind {
        ExprKind::Unary { op: UnaryOp::Len, operand, .. } => is_list(*operand),
        ExprKind::Call(call) => {
            matches!(script.api(call.callee), Some(ApiPath::Global("next") | ApiPath::Member("table", "getn" | "maxn")))
                && call.args.first().is_some_and(|&table| is_list(table))
        }
        _ => false,
    }) || tree.stmts().any(|(_, stmt)| stmt.range.contains_range(at) && goes_through(stmt))
}

fn is_compared_with_nothing(context: &Context<'_>, expr: ExprId) -> bool {
    values::compared(context, expr)
        .is_some_and(|(op, other)| op.is_equality() && values::of(context, other).is_some_and(|of| of.is(Kinds::FALSY)))
}

/// Returns true if the reply has several parts, which are there or missing together as a rule.
fn has_parts(context: &Context<'_>, call: ExprId) -> bool {
    context.script.flow().of(call).is_some_and(|of| of.kinds.has(Kinds::TABLE))
}

/// Returns true if a condition decides whether an expression is evaluated, or its value.
fn is_conditional(context: &Context<'_>, expr: ExprId) -> bool {
    let scopes = &context.script.scopes;
    if scopes.local_of(context.tree().unparen(expr)).is_some_and(|local| !scopes[local].writes.is_empty()) {
        return true;
    }
    if scopes.stmt_of_block(scopes.block_of(scopes.stmt_of(expr))).is_some() {
        return true;
    }
    let mut at = expr;
    while let Some(parent) = context.script.parent(at) {
        if matches!(context.tree()[parent].kind, ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, rhs, .. } if rhs == at)
        {
            return true;
        }
        at = parent;
    }
    false
}

/// Reports that an operand may be nothing; `doing` is what fails then: "arithmetic".
pub(crate) fn report(
    context: &Context<'_>,
    sink: &mut Sink<'_>,
    operand: ExprId,
    found: &Missing,
    doing: &str,
    default: Option<&str>,
) {
    report_all(context, sink, &[operand], found, doing, default);
}

/// Reports the operands of one operation that may be nothing for the same reason, at the first of them.
pub(crate) fn report_all(
    context: &Context<'_>,
    sink: &mut Sink<'_>,
    operands: &[ExprId],
    found: &Missing,
    doing: &str,
    default: Option<&str>,
) {
    let Some(&operand) = operands.first() else { return };
    if found.call.is_none() && missing_arguments::is_told_at_call(context, operand) {
        return;
    }
    let subjects: Vec<String> = operands.iter().map(|&operand| values::subject(context, operand)).collect();
    let subject = grouping::listed(&subjects);
    let may_be = match (found.always, subjects.len()) {
        (false, _) => "may be",
        (true, 1) => "is",
        (true, _) => "are",
    };
    let why = match found.call {
        Some(call) => {
            let lacks = if values::name(context, call) == "SET" { "does nothing" } else { "finds nothing" };
            format!(", when {} {lacks}", values::name_and_line(context, call, operand))
        }
        None => String::new(),
    };
    let finding = sink
        .report(
            context.range(operand),
            format!("{subject} {may_be} {}{why}: {doing} stops the script then", found.what),
        )
        .level(Level::Warning);
    let finding = match found.call {
        Some(call) if context.line(context.range(call).start) != context.line(context.range(operand).start) => {
            finding.related(values::place(context, call), "the reply is from here")
        }
        _ => finding,
    };
    if let Some(default) = default.filter(|_| !found.always) {
        let range = context.range(operand);
        let edits = vec![Edit::insert(range.start, "("), Edit::insert(range.end, format!(" or {default})"))];
        let text = context.script.text_of(range);
        let title = match text.chars().count() <= MAX_TITLE && !text.contains('\n') {
            true => format!("Use `{text} or {default}`"),
            false => format!("Use {default} where there is nothing"),
        };
        finding.fix(title, edits);
    }
}
