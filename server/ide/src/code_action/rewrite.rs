//! Small rewritings: extract to a local, inline a local, `tonumber(…)`, `redis.call` and `redis.pcall`.

use linter::Edit;
use semantic::{ApiPath, CommandCall, LocalId, Script};
use syntax::{BinaryOp, ExprId, ExprKind, StmtId, StmtKind};
use text::TextRange;

use super::{Action, ActionKind};
use crate::{File, at};

pub(super) fn actions(file: &File, range: TextRange, found: &mut Vec<Action>) {
    found.extend(extract(file, range));
    found.extend(inline(file, range.start));
    found.extend(to_number(file, range));
    found.extend(call_form(file, range.start));
}

fn action(title: String, kind: ActionKind, edits: Vec<Edit>) -> Action {
    Action { title, kind, edits, finding: None, preferred: false }
}

/// Moves the selected expression into a local above its statement.
fn extract(file: &File, range: TextRange) -> Option<Action> {
    let script = &file.script;
    if range.is_empty() || !script.parse.errors.is_empty() {
        return None;
    }
    let tree = script.tree();
    let (expr, it) = tree.exprs().find(|(_, expr)| expr.range == range)?;
    if matches!(it.kind, ExprKind::Vararg | ExprKind::Function(_) | ExprKind::Missing)
        || !script.may_be_computed_first(expr)
    {
        return None;
    }
    let stmt = script.scopes.stmt_of(expr);
    let start = tree[stmt].range.start;
    let line = file.lines.line_start(file.lines.line(start));
    let before = TextRange::new(line, start).slice(file.source());
    // A statement behind another one on its line has no line of its own above.
    let (indent, ending) = if before.iter().all(u8::is_ascii_whitespace) {
        let crlf = memchr::memmem::find(file.source(), b"\r\n").is_some();
        (String::from_utf8_lossy(before).into_owned(), if crlf { "\r\n" } else { "\n" })
    } else {
        (String::new(), " ")
    };
    let name = free_name(script, suggested(file, expr));
    let text = file.text(range);
    // A parenthesis at the start of the statement would call the value.
    let end = if begins_with_paren(file, stmt) { ";" } else { "" };
    let edits =
        vec![Edit::insert(start, format!("local {name} = {text}{end}{ending}{indent}")), Edit::replace(range, name)];
    Some(action("Extract to a local".to_owned(), ActionKind::Extract, edits))
}

fn begins_with_paren(file: &File, stmt: StmtId) -> bool {
    file.source().get(file.script.tree()[stmt].range.start as usize) == Some(&b'(')
}

/// A name for the value of an expression.
fn suggested(file: &File, expr: ExprId) -> String {
    let script = &file.script;
    if let Some(element) = at::element(script, expr) {
        return if element.is_key { "key" } else { "arg" }.to_owned();
    }
    match script.command_call(expr).and_then(CommandCall::name) {
        Some(name) if name.starts_with("GET") || name.ends_with("GET") => "value".to_owned(),
        Some(name) if name.ends_with("LEN") || name.ends_with("CARD") => "count".to_owned(),
        Some(_) => "reply".to_owned(),
        None => "value".to_owned(),
    }
}

fn free_name(script: &Script, name: String) -> String {
    let taken = |name: &str| {
        script.scopes.locals().any(|(id, _)| script.name(id) == name)
            || script.scopes.globals().iter().any(|global| global.name.as_str(&script.source) == name)
    };
    if !taken(&name) {
        return name;
    }
    (2..).map(|nth| format!("{name}{nth}")).find(|name| !taken(name)).unwrap_or(name)
}

/// Replaces the reads of a local by its value.
fn inline(file: &File, offset: u32) -> Option<Action> {
    let script = &file.script;
    let tree = script.tree();
    let id = local_at(script, offset)?;
    let local = &script.scopes[id];
    let stmt = local.stmt?;
    let StmtKind::Local { names, values } = &tree[stmt].kind else { return None };
    let ([_], [value]) = (&names[..], &values[..]) else { return None };
    if !local.writes.is_empty() || local.reads.is_empty() || script.is_used_elsewhere(id) {
        return None;
    }
    if !script.may_stand_for(*value, id) {
        return None;
    }
    let range = tree[*value].range;
    let text = file.text(range);
    let atom = !matches!(tree[*value].kind, ExprKind::Binary { .. } | ExprKind::Unary { .. } | ExprKind::Number(_));
    // A statement that begins with a parenthesis would be taken for a call of what is before it.
    let stmts = &tree[script.scopes.block_of(stmt)].stmts;
    let next = stmts.iter().position(|&it| it == stmt).and_then(|at| stmts.get(at + 1));
    if next.is_some_and(|&next| begins_with_paren(file, next)) {
        return None;
    }
    // Nor may a statement begin with one now.
    let mut edits: Vec<Edit> = local
        .reads
        .iter()
        .map(|&read| {
            let bare = atom && !(is_literal(&tree[*value].kind) && is_base(script, read));
            let alone = script
                .parent(read)
                .is_none_or(|parent| matches!(&tree[parent].kind, ExprKind::Call(call) if call.callee != read));
            let text = if bare || alone { text.to_string() } else { format!("({text})") };
            let begins =
                text.starts_with('(') && tree[script.scopes.stmt_of(read)].range.start == tree[read].range.start;
            (!begins).then(|| Edit::replace(tree[read].range, text))
        })
        .collect::<Option<_>>()?;
    // The declaration goes with its line, where nothing else is on it.
    let whole = tree[stmt].range;
    let line = file.lines.line(whole.start);
    let on_line = file.lines.line_range(file.source(), file.lines.line(whole.end));
    let lead = TextRange::new(file.lines.line_start(line), whole.start).slice(file.source());
    let rest = TextRange::new(whole.end, on_line.end).slice(file.source());
    let gone = if lead.iter().all(u8::is_ascii_whitespace) && rest.iter().all(u8::is_ascii_whitespace) {
        TextRange::new(file.lines.line_start(line), file.lines.line_start(file.lines.line(whole.end) + 1))
    } else {
        whole
    };
    edits.push(Edit::replace(gone, String::new()));
    Some(action(format!("Inline `{}`", script.name(id)), ActionKind::Inline, edits))
}

fn is_literal(kind: &ExprKind) -> bool {
    matches!(kind, ExprKind::String | ExprKind::Nil | ExprKind::True | ExprKind::False)
}

fn is_base(script: &Script, read: ExprId) -> bool {
    script.parent(read).is_some_and(|parent| match &script.tree()[parent].kind {
        ExprKind::Index { base, .. } | ExprKind::Field { base, .. } => *base == read,
        ExprKind::MethodCall(call) => call.base == read,
        ExprKind::Call(call) => call.callee == read,
        _ => false,
    })
}

fn local_at(script: &Script, offset: u32) -> Option<LocalId> {
    let on = |range: TextRange| range.start <= offset && offset <= range.end && !range.is_empty();
    let declared = script.scopes.locals().find(|(_, local)| on(local.name.range)).map(|(id, _)| id);
    declared.or_else(|| script.scopes.local_of(at::expr_at(script, offset)?))
}

/// `tonumber(…)` around an argument, a reply or a local of one, where a number is wanted.
fn to_number(file: &File, range: TextRange) -> Option<Action> {
    let script = &file.script;
    let tree = script.tree();
    let mut expr = at::expr_at(script, range.start)?;
    if !range.is_empty() {
        expr = tree.exprs().find(|(_, expr)| expr.range == range).map_or(expr, |(id, _)| id);
    }
    // From `ARGV` and from its index to the element.
    while let Some(parent) = script.parent(expr).filter(|&parent| matches!(&tree[parent].kind, ExprKind::Index { .. }))
    {
        expr = parent;
    }
    let parent = script.parent(expr);
    let computes = parent.is_some_and(|parent| {
        matches!(&tree[parent].kind, ExprKind::Binary { op, .. } if op.is_arithmetic() || op.is_order() || matches!(op, BinaryOp::Eq | BinaryOp::Ne))
    });
    let source = script.resolve(expr);
    let is_text = at::element(script, source).is_some() || script.command_call(source).is_some();
    let done = parent.is_some_and(|parent| {
        matches!(&tree[parent].kind, ExprKind::Call(call) if script.api(call.callee) == Some(ApiPath::Global("tonumber")))
    });
    if done || !is_text || !(computes || parent.is_none() && !script.is_statement(expr)) {
        return None;
    }
    let whole = tree[expr].range;
    let edits = vec![Edit::insert(whole.start, "tonumber("), Edit::insert(whole.end, ")")];
    Some(action("Wrap in tonumber(…)".to_owned(), ActionKind::Rewrite, edits))
}

/// `redis.call` to `redis.pcall`, and back.
fn call_form(file: &File, offset: u32) -> Option<Action> {
    let script = &file.script;
    let expr = at::expr_at(script, offset)?;
    let ExprKind::Field { name, .. } = &script.tree()[expr].kind else { return None };
    let (table, other) = match script.api(expr)? {
        ApiPath::Member(table @ ("redis" | "server"), "call") => (table, "pcall"),
        ApiPath::Member(table @ ("redis" | "server"), "pcall") => (table, "call"),
        _ => return None,
    };
    Some(action(format!("Change to {table}.{other}"), ActionKind::Rewrite, vec![Edit::replace(name.range, other)]))
}
