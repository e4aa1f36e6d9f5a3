//! Scopes and uses of locals.

use semantic::LocalId;

use crate::Context;

/// Returns true if only this file uses a local: nothing shares it through an include.
pub(crate) fn is_ours(context: &Context<'_>, id: LocalId) -> bool {
    let script = context.script;
    let name = script.name(id);
    if name.starts_with('_') || name == "self" || script.is_used_elsewhere(id) {
        return false;
    }
    let shared = script.is_fragment()
        || script.is_definitions()
        || script.environment.incomplete
        || !script.parse.errors.is_empty();
    !(shared && script.scopes.top_level().contains(&id))
}

/// Returns true if two locals are declared in the same block.
pub(crate) fn same_block(context: &Context<'_>, a: LocalId, b: LocalId) -> bool {
    let scopes = &context.script.scopes;
    match (scopes[a].stmt, scopes[b].stmt) {
        (Some(a), Some(b)) => scopes.block_of(a) == scopes.block_of(b),
        _ => false,
    }
}
