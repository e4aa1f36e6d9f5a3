//! Replies that are lists, which have no fields by name.

use semantic::flow::{Kinds, Source, TableType, Type};
use syntax::{ExprId, ExprKind};

use crate::{Context, helpers::values};

/// Returns the type of a value and the command that replied it, where the reply can be nothing but a list (or missing).
pub(crate) fn command<'a>(context: &Context<'a>, base: ExprId) -> Option<(&'a Type, &'static str)> {
    let of = values::of(context, base)?;
    let lists = !of.tables.is_empty() && of.tables.iter().all(|table| matches!(table, TableType::List(_)));
    if !lists || !of.is(Kinds::TABLE | Kinds::FALSE | Kinds::ANY_NIL) {
        return None;
    }
    match of.source {
        Source::Reply(call) => Some((of, values::name(context, call))),
        _ => None,
    }
}

/// Returns true if an expression is a field by a constant name that the rule `field-of-flat-reply` reports.
pub(crate) fn is_reported(context: &Context<'_>, expr: ExprId) -> bool {
    let tree = context.tree();
    let base = match tree[tree.unparen(expr)].kind {
        ExprKind::Field { base, .. } => base,
        ExprKind::Index { base, key } if context.script.constant_string(key).is_some() => base,
        _ => return false,
    };
    context.is_active("field-of-flat-reply") && command(context, base).is_some()
}
