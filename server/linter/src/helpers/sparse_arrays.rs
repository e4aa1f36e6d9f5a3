//! Lists with so few elements for their length that `cjson.encode` refuses them.

use rustc_hash::FxHashSet;
use semantic::{Constant, Init, flow::Kinds};
use syntax::{ExprId, ExprKind, StmtId, StmtKind, TableField};

use crate::{
    Context,
    helpers::{returns, values},
};

/// Highest index up to which a list may have any holes.
const SAFE_LENGTH: f64 = 10.0;

/// Maximum ratio of a longer list's highest index to its number of elements.
const RATIO: f64 = 2.0;

/// The largest index of the list that a value surely is, and the most elements that it may have, if that is too thin a list: a
/// local that is made by a constructor, and then given elements at constant indices, all of them seen.
pub(crate) fn find(context: &Context<'_>, value: ExprId) -> Option<(f64, usize)> {
    let (script, tree) = (context.script, context.tree());
    let local = script.scopes.local_of(tree.unparen(value))?;
    let Some(Init::Expr(made)) = script.scopes.fixed(local) else { return None };
    let ExprKind::Table(fields) = &tree[made].kind else { return None };
    let site = values::built(context, value)?;
    let is_list = !site.escaped && !site.shrinks && site.fields.is_empty() && site.rest.is_none();
    if !is_list || !script.flow().get(site.other).kinds.is_empty() {
        return None;
    }
    if !fields.iter().all(|field| matches!(field, TableField::Item(_))) {
        return None;
    }
    let block = script.scopes.block_of(script.scopes[local].stmt?);
    let call = script.scopes.stmt_of(value);
    let mut indices: FxHashSet<u64> = (1..=fields.len() as u64).collect();
    let mut largest = 0.0_f64;
    for store in returns::stores(context).remove(&made).unwrap_or_default() {
        let ExprKind::Index { key, .. } = tree[store.place].kind else { return None };
        let Some(Constant::Number(index)) = script.constant(key) else { return None };
        if index < 1.0 || index.fract() != 0.0 {
            return None;
        }
        indices.insert(index as u64);
        let is_surely_made = {
            let stmt = script.scopes.stmt_of(store.place);
            script.scopes.block_of(stmt) == block && tree[stmt].range.end <= context.range(value).start
        };
        let is_value = values::of(context, store.value).is_some_and(|of| !of.kinds.has(Kinds::ANY_NIL));
        if is_surely_made && is_value && is_below(context, call, block) {
            largest = largest.max(index);
        }
    }
    (largest > SAFE_LENGTH && largest > indices.len() as f64 * RATIO).then_some((largest, indices.len()))
}

/// True if a statement is in a block or in one inside it, in the same function.
fn is_below(context: &Context<'_>, stmt: StmtId, block: syntax::BlockId) -> bool {
    let scopes = &context.script.scopes;
    let mut at = scopes.block_of(stmt);
    while at != block {
        let Some(outer) = scopes.stmt_of_block(at) else { return false };
        at = scopes.block_of(outer);
    }
    !matches!(context.tree()[stmt].kind, StmtKind::Break)
}
