//! Lists given to `unpack`: how they are filled, and who watches their length.

use semantic::{ApiPath, Init, LocalId, flow::TableType};
use syntax::{BlockId, ExprId, ExprKind, StmtId, StmtKind, UnaryOp};
use text::TextRange;

use crate::{Context, helpers::returns::Store};

/// The table of `unpack(table)`; none where bounds are given.
pub(crate) fn unpacked(context: &Context<'_>, expr: ExprId) -> Option<ExprId> {
    let ExprKind::Call(call) = &context.tree()[context.tree().unparen(expr)].kind else { return None };
    match (context.script.api(call.callee), &*call.args) {
        (Some(ApiPath::Global("unpack")), [table]) => Some(*table),
        _ => None,
    }
}

/// The statements around an expression within its function, the innermost first, each with the block that holds it.
pub(crate) fn around(context: &Context<'_>, expr: ExprId) -> Vec<(StmtId, BlockId)> {
    let scopes = &context.script.scopes;
    let mut found = Vec::new();
    let mut at = Some(scopes.stmt_of(expr));
    while let Some(stmt) = at {
        let block = scopes.block_of(stmt);
        at = scopes.stmt_of_block(block);
        if let Some(outer) = at {
            found.push((outer, block));
        }
    }
    found
}

/// The list that a loop goes through: `for … in ipairs(list)`, `for i = 1, #list`.
pub(crate) fn looped(context: &Context<'_>, stmt: StmtId) -> Option<ExprId> {
    let tree = context.tree();
    match &tree[stmt].kind {
        StmtKind::GenericFor { values, .. } => {
            let ExprKind::Call(call) = &tree[*values.first()?].kind else { return None };
            match (context.script.api(call.callee), &*call.args) {
                (Some(ApiPath::Global("ipairs" | "pairs")), [table]) => Some(*table),
                _ => None,
            }
        }
        StmtKind::NumericFor(stmt) => match tree[tree.unparen(stmt.end)].kind {
            ExprKind::Unary { op: UnaryOp::Len, operand, .. } => Some(operand),
            _ => None,
        },
        _ => None,
    }
}

/// Returns true if `stmt` runs again and again for tables that the constructor `site` made before it.
pub(crate) fn is_after(context: &Context<'_>, stmt: StmtId, site: ExprId) -> bool {
    !context.tree()[stmt].range.contains_range(context.range(site))
}

/// Returns true if two expressions may be the same table.
pub(crate) fn is_same_table(context: &Context<'_>, a: ExprId, b: ExprId) -> bool {
    let flow = context.script.flow();
    let (Some(a), Some(b)) = (flow.of(a), flow.of(b)) else { return false };
    a.tables.iter().any(|table| match table {
        TableType::Built(_) => b.tables.contains(table),
        TableType::List(list) => {
            b.tables.iter().any(|other| matches!(other, TableType::List(other) if other.call == list.call))
        }
        _ => false,
    })
}

/// Locals from which a script may know the size of a table: the table itself, values computed from it, locals that change
/// where it is filled, and replies about the key from which it was read.
pub(crate) fn watchers(context: &Context<'_>, table: ExprId, fills: &[Store]) -> Vec<LocalId> {
    let (script, tree) = (context.script, context.tree());
    let mut found: Vec<LocalId> = script.scopes.local_of(tree.unparen(table)).into_iter().collect();
    let own = found.clone();
    let key = key_of(context, table);
    let blocks: Vec<BlockId> =
        fills.iter().map(|fill| script.scopes.block_of(script.scopes.stmt_of(fill.place))).collect();
    for (id, local) in script.scopes.locals() {
        let changed = local
            .writes
            .iter()
            .any(|write| blocks.contains(&script.scopes.block_of(script.scopes.stmt_of(write.target))));
        let made = [local.init].into_iter().chain(local.writes.iter().map(|write| write.value)).any(|value| {
            let (Init::Expr(value) | Init::Nth(value, _)) = value else { return false };
            let range = context.range(value);
            mentions(context, range, &own) || key.is_some_and(|key| asks(context, range, key))
        });
        if (changed || made) && !found.contains(&id) {
            found.push(id);
        }
    }
    found
}

/// The source of the key that a reply was read from.
pub(crate) fn key_of<'a>(context: &Context<'a>, table: ExprId) -> Option<&'a [u8]> {
    let call = context.script.flow().of(table)?.list()?.call;
    let call = context.script.command_call(call)?;
    let (at, _) = call.binding.keys().next()?;
    Some(context.script.text(*call.words.get(at)?))
}

/// Returns true if a part of the script asks something of a key.
pub(crate) fn asks(context: &Context<'_>, range: TextRange, key: &[u8]) -> bool {
    // The calls are in the order of the source.
    let calls = &context.script.calls;
    let first = calls.partition_point(|call| context.range(call.call).start < range.start);
    let inside = calls[first..].iter().take_while(|call| context.range(call.call).start < range.end);
    inside.filter(|call| range.contains_range(context.range(call.call))).any(|call| {
        call.binding.keys().any(|(at, _)| call.words.get(at).is_some_and(|&word| context.script.text(word) == key))
    })
}

/// Returns true if one of the locals is read in a part of the script.
pub(crate) fn mentions(context: &Context<'_>, range: TextRange, locals: &[LocalId]) -> bool {
    locals
        .iter()
        .any(|&local| context.script.scopes[local].reads.iter().any(|&read| range.contains_range(context.range(read))))
}
