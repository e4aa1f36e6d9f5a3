//! Tables from the server: replies, KEYS and ARGV, which are there however little is in them.

use semantic::{
    ApiPath, IndexUse, TableUse,
    flow::{Kinds, Source, TableType, Type},
};
use syntax::{BinaryOp, ExprId, ExprKind, StmtKind, UnaryOp};

use crate::{
    Context, Edit, Finding, Sink,
    helpers::{loops, values},
};

/// A table of the server in words; `None` for any that the script makes or that is not known.
pub(crate) fn described(context: &Context<'_>, of: &Type) -> Option<String> {
    let what = |table: &TableType| match table {
        TableType::List(_) => Some("a list"),
        TableType::Status(_) => Some("a status, `{ok = …}`"),
        TableType::Error => Some("an error reply, `{err = …}`"),
        TableType::Map(_) => Some("a map, `{map = …}`"),
        TableType::Set(_) => Some("a set, `{set = …}`"),
        TableType::Double => Some("a table, `{double = …}`"),
        TableType::Keys => Some("the list of keys"),
        TableType::Argv => Some("the list of arguments"),
        _ => None,
    };
    let first = what(of.tables.first()?)?;
    if of.tables.iter().any(|table| what(table).is_none()) {
        return None;
    }
    Some(match of.source {
        Source::Reply(call) => format!("{first}, the reply of {}", values::name(context, call)),
        _ => first.to_owned(),
    })
}

/// Returns true if a table can be nothing but a list of the server.
pub(crate) fn is_list(of: &Type) -> bool {
    of.is(Kinds::TABLE)
        && of.tables.iter().all(|table| matches!(table, TableType::List(_) | TableType::Keys | TableType::Argv))
}

/// Returns true if the script asks anywhere how much is in a table: then it knows that the table itself is always there.
pub(crate) fn is_measured(context: &Context<'_>, of: &Type) -> bool {
    let same = |expr: ExprId| {
        let other = context.script.flow().of(expr);
        other.is_some_and(|other| other.tables.iter().any(|table| of.tables.contains(table)))
    };
    context.tree().exprs().any(|(id, expr)| match &expr.kind {
        ExprKind::Unary { op: UnaryOp::Len, operand, .. } => is_kept(context, id) && same(*operand),
        ExprKind::Call(call) => {
            matches!(
                context.script.api(call.callee),
                Some(ApiPath::Global("next" | "type") | ApiPath::Member("table", "getn" | "maxn"))
            ) && is_kept(context, id)
                && call.args.first().is_some_and(|&table| same(table))
        }
        ExprKind::Index { base, .. } | ExprKind::Field { base, .. } => {
            (values::is_tested(context, id) || values::compared(context, id).is_some()) && same(*base)
        }
        _ => false,
    })
}

/// Returns true if a value is compared, tested or put into a variable.
fn is_kept(context: &Context<'_>, expr: ExprId) -> bool {
    let (whole, parent) = values::user(context, expr);
    let stmt = &context.tree()[context.script.scopes.stmt_of(whole)].kind;
    values::compared(context, expr).is_some()
        || values::is_tested(context, expr)
        || parent.is_none() && matches!(stmt, StmtKind::Local { .. } | StmtKind::Assign { .. })
}

/// Returns true if nothing depends on the outcome of a condition but that what follows is done: an `if` without `else` and `return`,
/// asked without `not`.
pub(crate) fn is_mere_guard(context: &Context<'_>, expr: ExprId) -> bool {
    let tree = context.tree();
    let (mut at, mut parent) = values::user(context, expr);
    while let Some(outer) = parent {
        if !matches!(tree[outer].kind, ExprKind::Binary { op: BinaryOp::And, .. }) {
            return false;
        }
        (at, parent) = values::user(context, outer);
    }
    let StmtKind::If(stmt) = &tree[context.script.scopes.stmt_of(at)].kind else { return false };
    let [(_, body)] = &*stmt.arms else { return false };
    stmt.otherwise.is_none()
        && loops::statements(tree, *body)
            .iter()
            .all(|&inner| !matches!(tree[inner].kind, StmtKind::Return(_) | StmtKind::Break))
}

/// Offers to test the length of a list in place of an expression; `test` is the comparison with the length.
pub(crate) fn length_fix(context: &Context<'_>, finding: Finding<'_>, whole: ExprId, list: ExprId, test: &str) {
    if values::is_prefix(context, list) {
        let text = format!("#{} {test}", context.script.text_of(context.range(list)));
        finding.fix("Ask for its length", vec![Edit::replace(context.range(whole), text)]);
    }
}

/// Returns the element of KEYS or ARGV that a text reads as, or has in it.
pub(crate) fn quoted_element(text: &[u8]) -> Option<&str> {
    // Most texts have no bracket, and every literal of a script is asked about.
    memchr::memchr(b'[', text)?;
    let text = std::str::from_utf8(text).ok()?;
    ["KEYS[", "ARGV["].iter().find_map(|table| {
        let at = text.find(table)?;
        let index = text[at + table.len()..].split_once(']')?.0;
        let is_number = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
        (is_number || index == "i").then(|| &text[at..at + table.len() + index.len() + 1])
    })
}

/// Reports the uses of KEYS or ARGV that no call can fill.
pub(crate) fn report_out_of_range(
    context: &Context<'_>,
    sink: &mut Sink<'_>,
    table: &str,
    uses: &TableUse,
    given: Option<&(u32, String)>,
) {
    for &IndexUse { index, expr } in &uses.indices {
        let range = context.range(expr);
        if is_assigned(context, expr) {
            continue;
        }
        if index < 1.0 || index.fract() != 0.0 {
            let help = if index < 0.0 {
                format!("the last one is `{table}[#{table}]`")
            } else {
                "Lua counts from 1".to_owned()
            };
            sink.report(range, format!("there is no `{}`: the first is `{table}[1]`", context.shown(range))).help(help);
        } else if let Some((count, why)) = given
            && index > f64::from(*count)
        {
            sink.report(range, format!("there is no `{}`: {why}", context.shown(range)));
        }
    }
}

fn is_assigned(context: &Context<'_>, expr: ExprId) -> bool {
    match &context.tree()[context.script.scopes.stmt_of(expr)].kind {
        StmtKind::Assign { targets, .. } => targets.contains(&expr),
        _ => false,
    }
}
