//! Values of expressions: their types, the commands they come from, and the conditions that test them.

use commands::reply::Shape;
use semantic::{
    ApiPath, CommandCall, Init,
    flow::{Kinds, Source, TableType, Type},
};
use syntax::{BinaryOp, ExprId, ExprKind, StmtKind, UnaryOp};
use text::TextRange;

use crate::{Context, Edit};

/// Returns the type of an expression that is reached, if the flow knows it to the end.
pub(crate) fn of<'a>(context: &Context<'a>, expr: ExprId) -> Option<&'a Type> {
    context.script.flow().of(expr).filter(|of| of.is_known() && !of.kinds.is_empty())
}

/// Returns the table constructor whose table an expression surely is.
pub(crate) fn built<'a>(context: &Context<'a>, expr: ExprId) -> Option<&'a semantic::flow::Site> {
    let of = of(context, expr).filter(|of| of.is(Kinds::TABLE))?;
    match of.the_table()? {
        semantic::flow::TableType::Built(site) => context.script.flow().site(*site),
        _ => None,
    }
}

/// The functions that `pcall` is given, as ranges: the errors in them may be meant.
pub(crate) fn protected(context: &Context<'_>) -> Vec<TextRange> {
    let mut found = Vec::new();
    for (_, expr) in context.tree().calls() {
        if let ExprKind::Call(call) = &expr.kind
            && matches!(context.script.api(call.callee), Some(ApiPath::Global("pcall" | "xpcall")))
            && let Some(&function) = call.args.first()
            && matches!(context.tree()[function].kind, ExprKind::Function(_))
        {
            found.push(context.range(function));
        }
    }
    found
}

/// Returns true if a method that is called on an expression is one of strings: it is text where it is anything.
pub(crate) fn is_text(context: &Context<'_>, expr: ExprId) -> bool {
    of(context, expr)
        .is_some_and(|of| of.kinds.has(Kinds::STRING) && of.is(Kinds::STRING | Kinds::ANY_NIL | Kinds::FALSE))
}

/// The expression that a value is, through locals that are given it once, also as the first of several.
pub(crate) fn origin(context: &Context<'_>, expr: ExprId) -> ExprId {
    let script = context.script;
    let resolved = script.resolve(expr);
    let local = script.scopes.local_of(resolved);
    match local.and_then(|local| script.scopes.fixed(local)) {
        Some(Init::Nth(call, 0)) => call,
        _ => resolved,
    }
}

/// The command call at an expression.
pub(crate) fn command<'a>(context: &Context<'a>, call: ExprId) -> Option<&'a CommandCall> {
    // The calls are in the order of the source.
    let calls = &context.script.calls;
    let start = context.range(call).start;
    let first = calls.partition_point(|known| context.range(known.call).start < start);
    calls[first..].iter().take_while(|known| context.range(known.call).start == start).find(|known| known.call == call)
}

/// The command call whose reply a value is.
pub(crate) fn replied<'a>(context: &Context<'a>, of: &Type) -> Option<&'a CommandCall> {
    match of.source {
        Source::Reply(call) => command(context, call),
        _ => None,
    }
}

/// The name of the command at an expression; "the command" if unknown.
pub(crate) fn name(context: &Context<'_>, call: ExprId) -> &'static str {
    command(context, call).and_then(CommandCall::name).unwrap_or("the command")
}

/// An integer reply: whether it is 0 or 1 always. `None` for any other.
pub(crate) fn integer(call: &CommandCall) -> Option<bool> {
    // It counts keys.
    if call.name() == Some("EXISTS") && call.words.len() == 2 && call.binding.keys().count() == 1 {
        return Some(true);
    }
    let mut shapes = call.replies.iter().flat_map(|case| case.resp2.alternatives()).peekable();
    shapes.peek()?;
    let mut binary = true;
    for shape in shapes {
        match shape {
            Shape::IntIs(0 | 1) => {}
            Shape::Int | Shape::IntIs(_) => binary = false,
            _ => return None,
        }
    }
    Some(binary)
}

/// The command whose integer reply an expression surely is.
pub(crate) fn integer_reply<'a>(context: &Context<'a>, expr: ExprId) -> Option<(&'a CommandCall, bool)> {
    let of = of(context, expr).filter(|of| of.is(Kinds::NUMBER))?;
    let call = replied(context, of)?;
    Some((call, integer(call)?))
}

/// Returns true if two expressions are the same variable, or are written alike.
pub(crate) fn same(context: &Context<'_>, a: ExprId, b: ExprId) -> bool {
    let tree = context.tree();
    let (a, b) = (tree.unparen(a), tree.unparen(b));
    let scopes = &context.script.scopes;
    match (scopes.local_of(a), scopes.local_of(b)) {
        (Some(a), Some(b)) => a == b,
        (None, None) => {
            let word = |expr| context.script.text(expr).iter().filter(|byte| !byte.is_ascii_whitespace());
            std::mem::discriminant(&tree[a].kind) == std::mem::discriminant(&tree[b].kind) && word(a).eq(word(b))
        }
        _ => false,
    }
}

/// Returns the expression with its parentheses, and the one that it is a direct part of.
pub(crate) fn user(context: &Context<'_>, mut expr: ExprId) -> (ExprId, Option<ExprId>) {
    while let Some(parent) = context.script.parent(expr) {
        if !matches!(context.tree()[parent].kind, ExprKind::Paren(_)) {
            return (expr, Some(parent));
        }
        expr = parent;
    }
    (expr, None)
}

/// Returns true if only the truth of an expression is used. `x or y` as a value uses x itself, `x and y` only its truth.
pub(crate) fn is_condition(context: &Context<'_>, expr: ExprId) -> bool {
    decides(context, expr, false)
}

/// Returns true if the truth of an expression decides anything.
pub(crate) fn is_tested(context: &Context<'_>, expr: ExprId) -> bool {
    decides(context, expr, true)
}

fn decides(context: &Context<'_>, expr: ExprId, with_defaults: bool) -> bool {
    let (expr, parent) = user(context, expr);
    let tree = context.tree();
    let Some(parent) = parent else { return heads(context, expr) };
    match tree[parent].kind {
        ExprKind::Unary { op: UnaryOp::Not, .. } => true,
        ExprKind::Binary { op: BinaryOp::And, lhs, .. } if lhs == expr => true,
        ExprKind::Binary { op: BinaryOp::Or, lhs, .. } if lhs == expr && with_defaults => true,
        ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, .. } => decides(context, parent, with_defaults),
        _ => false,
    }
}

/// Returns true if an expression is the whole condition of an `if` or a loop.
fn heads(context: &Context<'_>, expr: ExprId) -> bool {
    match &context.tree()[context.script.scopes.stmt_of(expr)].kind {
        StmtKind::If(stmt) => stmt.arms.iter().any(|(cond, _)| *cond == expr),
        StmtKind::While { cond, .. } | StmtKind::Repeat { cond, .. } => *cond == expr,
        _ => false,
    }
}

/// Returns true if the conditions that decide together with `expr` (its whole chain of `and` and `or`, and the other arms of its
/// `if`) look at `value` once more, in a way that `how` takes.
pub(crate) fn looks_again(
    context: &Context<'_>,
    expr: ExprId,
    value: ExprId,
    how: impl Fn(&Context<'_>, ExprId) -> bool,
) -> bool {
    let tree = context.tree();
    let mut root = expr;
    while let Some(parent) = context.script.parent(root) {
        let chained = matches!(
            tree[parent].kind,
            ExprKind::Paren(_)
                | ExprKind::Unary { op: UnaryOp::Not, .. }
                | ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, .. }
        );
        if !chained {
            break;
        }
        root = parent;
    }
    let mut roots = vec![context.range(root)];
    if heads(context, root)
        && let StmtKind::If(stmt) = &tree[context.script.scopes.stmt_of(root)].kind
    {
        roots.extend(stmt.arms.iter().map(|(cond, _)| context.range(*cond)));
    }
    let own = context.range(expr);
    tree.exprs().any(|(id, other)| {
        roots.iter().any(|root| root.contains_range(other.range))
            && !own.contains_range(other.range)
            && same(context, id, value)
            && how(context, id)
    })
}

/// The other side where an expression is compared.
pub(crate) fn compared(context: &Context<'_>, expr: ExprId) -> Option<(BinaryOp, ExprId)> {
    let (expr, parent) = user(context, expr);
    match context.tree()[parent?].kind {
        ExprKind::Binary { op, lhs, rhs, .. } if op.is_equality() || op.is_order() => {
            Some((op, if lhs == expr { rhs } else { lhs }))
        }
        _ => None,
    }
}

/// The call of a global function of Lua that an expression is an argument of.
pub(crate) fn argument_of<'a>(context: &Context<'a>, expr: ExprId) -> Option<(ApiPath<'a>, ExprId)> {
    let (expr, parent) = user(context, expr);
    let parent = parent?;
    match &context.tree()[parent].kind {
        ExprKind::Call(call) if call.callee != expr => Some((context.script.api(call.callee)?, parent)),
        _ => None,
    }
}

/// An expression as the subject of a sentence: its text where that is short, else "this".
pub(crate) fn subject(context: &Context<'_>, expr: ExprId) -> String {
    let tree = context.tree();
    match tree[tree.unparen(expr)].kind {
        ExprKind::Name(_) | ExprKind::Field { .. } | ExprKind::Index { .. } => {
            let range = context.range(tree.unparen(expr));
            let text = context.shown(range);
            if text.len() <= 32 { format!("`{text}`") } else { "this".to_owned() }
        }
        _ => "this".to_owned(),
    }
}

/// "GET", or "GET on line 3" where that is another line than that of `at`.
pub(crate) fn name_and_line(context: &Context<'_>, call: ExprId, at: ExprId) -> String {
    let line = context.line(context.range(call).start);
    let name = name(context, call);
    if line == context.line(context.range(at).start) { name.to_owned() } else { format!("{name} on line {line}") }
}

/// Returns the range of the command's name in a call.
pub(crate) fn place(context: &Context<'_>, call: ExprId) -> TextRange {
    command(context, call)
        .map_or(context.range(call), |known| crate::helpers::command_problems::word_range(context, known, 0))
}

/// Returns true if an index, a field or a comparison can follow the text of an expression directly.
pub(crate) fn is_prefix(context: &Context<'_>, expr: ExprId) -> bool {
    matches!(
        context.tree()[expr].kind,
        ExprKind::Name(_)
            | ExprKind::Field { .. }
            | ExprKind::Index { .. }
            | ExprKind::Call(_)
            | ExprKind::MethodCall(_)
            | ExprKind::Paren(_)
    )
}

/// Edits that put an expression between two texts.
pub(crate) fn around(context: &Context<'_>, expr: ExprId, before: &str, after: &str) -> Vec<Edit> {
    let range = context.range(expr);
    vec![Edit::insert(range.start, before), Edit::insert(range.end, after)]
}

/// Returns the kinds of a value in words: "text or nil".
pub(crate) fn kinds(of: &Type) -> String {
    let names = [
        (Kinds::TABLE, "a table"),
        (Kinds::FUNCTION, "a function"),
        (Kinds::NUMBER, "a number"),
        (Kinds::STRING, "text"),
        (Kinds::BOOLEAN, "a boolean"),
        (Kinds::ANY_NIL, "nil"),
    ];
    let kinds: Vec<&str> = names.iter().filter(|(kinds, _)| of.kinds.has(*kinds)).map(|(_, name)| *name).collect();
    kinds.join(" or ")
}

/// Returns the command whose status reply a value is, where it can be nothing else but missing or an error.
pub(crate) fn status_reply<'a>(context: &Context<'a>, of: &Type) -> Option<&'a CommandCall> {
    let is_status = of.is(Kinds::TABLE | Kinds::FALSE | Kinds::NIL)
        && of.tables.iter().any(|table| matches!(table, TableType::Status(_)))
        && of.tables.iter().all(|table| matches!(table, TableType::Status(_) | TableType::Error));
    replied(context, of).filter(|_| is_status)
}
