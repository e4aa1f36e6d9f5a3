//! Shared by the rules on tables from the server: replies, KEYS and ARGV, which are there however little is in them.

use semantic::{
    ApiPath,
    flow::{Kinds, Source, TableType, Type},
};
use syntax::{BinaryOp, ExprId, ExprKind, StmtKind, UnaryOp};

use crate::{Context, Edit, Finding, loops, values};

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

/// Tells if a table can be nothing but a list of the server.
pub(crate) fn is_list(of: &Type) -> bool {
    of.is(Kinds::TABLE)
        && of.tables.iter().all(|table| matches!(table, TableType::List(_) | TableType::Keys | TableType::Argv))
}

/// Tells if the script asks anywhere how much is in a table: then it knows that the table itself is always there.
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

/// Tells if a value is compared, tested or put into a variable.
fn is_kept(context: &Context<'_>, expr: ExprId) -> bool {
    let (whole, parent) = values::user(context, expr);
    let stmt = &context.tree()[context.script.scopes.stmt_of(whole)].kind;
    values::compared(context, expr).is_some()
        || values::is_tested(context, expr)
        || parent.is_none() && matches!(stmt, StmtKind::Local { .. } | StmtKind::Assign { .. })
}

/// Tells if nothing depends on the outcome of a condition but that what follows is done: an `if` without `else` and `return`,
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

/// Offers to ask for the length of a list where an expression asks for something else; `test` is what is asked of it.
pub(crate) fn length_fix(context: &Context<'_>, finding: Finding<'_>, whole: ExprId, list: ExprId, test: &str) {
    if values::is_prefix(context, list) {
        let text = format!("#{} {test}", context.script.text_of(context.range(list)));
        finding.fix("Ask for its length", vec![Edit::replace(context.range(whole), text)]);
    }
}
