//! Loops from 0 over lists, which begin at 1.

use semantic::{
    Constant, Init,
    flow::{Kinds, Site, TableType},
};
use syntax::{BinaryOp, ExprId, ExprKind, StmtKind, TableField, UnaryOp};
use text::TextRange;

use crate::rule::declare_rule;
use crate::{
    Context, Edit, Sink,
    helpers::{returns, values},
};

declare_rule! {
    /// ## What it does
    /// Reports `for i = 0, …`, and loops with a condition whose counter begins at 0, where the counter is the index of KEYS, ARGV,
    /// a reply or a list that the script appends to.
    ///
    /// ## Why it is bad
    /// The first element of a list is at 1: at 0 there is nil, and a loop to `#list - 1` leaves the last element out.
    ///
    /// ## Example
    /// ```lua
    /// for i = 0, #KEYS - 1 do
    ///   redis.call('DEL', KEYS[i])
    /// end
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// for i = 1, #KEYS do
    ///   redis.call('DEL', KEYS[i])
    /// end
    /// ```
    code: "loop-from-zero",
    group: Suspicious,
    level: Warning,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let (script, tree) = (context.script, context.tree());
    for (_, stmt) in tree.stmts() {
        if let StmtKind::While { cond, body } | StmtKind::Repeat { body, cond } = stmt.kind {
            by_condition(context, sink, cond, tree[body].range);
        }
    }
    for (id, stmt) in tree.stmts() {
        let StmtKind::NumericFor(it) = &stmt.kind else { continue };
        let is_zero = |expr: ExprId| matches!(script.constant(expr), Some(Constant::Number(0.0)));
        let step = it.step.map_or(1.0, |step| match script.constant(step) {
            Some(Constant::Number(step)) => step,
            _ => 0.0,
        });
        let (at_zero, upwards) = match step {
            step if step > 0.0 && is_zero(it.start) => (it.start, true),
            step if step < 0.0 && is_zero(it.end) => (it.end, false),
            _ => continue,
        };
        let Some((counter, _)) = script.scopes.locals().find(|(_, local)| local.stmt == Some(id)) else { continue };
        let read = script.scopes[counter].reads.iter().find_map(|&read| as_index(context, read));
        let Some((index, list)) = read.filter(|&(index, _)| !is_asked_for(context, index)) else { continue };
        let shown = context.shown(context.range(list));
        let finding = sink
            .report(
                context.range(at_zero),
                format!("`{shown}` begins at 1: `{}` is nil at 0", context.shown(context.range(index))),
            )
            .related(context.range(index), "the counter is the index here");
        let mut edits = vec![Edit::replace(context.range(at_zero), "1")];
        if let Some(end) = upwards.then(|| shortened(context, it.end)).flatten() {
            edits.push(Edit::replace(context.range(it.end), end));
        }
        finding.fix("Count from 1", edits);
    }
}

/// Returns the element of a list that a counter is the index of, and the list.
fn as_index(context: &Context<'_>, read: ExprId) -> Option<(ExprId, ExprId)> {
    let tree = context.tree();
    let index = values::user(context, read).1?;
    match tree[index].kind {
        ExprKind::Index { base, key } if tree.unparen(key) == read && is_list(context, base) => Some((index, base)),
        _ => None,
    }
}

/// Reports `local i = 0 while i < #list do … list[i] … i = i + 1 end`.
fn by_condition(context: &Context<'_>, sink: &mut Sink<'_>, cond: ExprId, body: TextRange) {
    let (script, tree) = (context.script, context.tree());
    let ExprKind::Binary { op, lhs, rhs, .. } = tree[tree.unparen(cond)].kind else { return };
    let Some(counter) = script.scopes.local_of(tree.unparen(lhs)).or_else(|| script.scopes.local_of(tree.unparen(rhs)))
    else {
        return;
    };
    let local = &script.scopes[counter];
    let (Init::Expr(start), [write]) = (local.init, &*local.writes) else { return };
    let step = context.range(write.target).start;
    let is_zero = matches!(script.constant(start), Some(Constant::Number(0.0)));
    if !(op.is_order() || op.is_equality()) || !is_zero || !body.contains(step) {
        return;
    }
    // Behind `i = i + 1` the first index is 1.
    let before = local.reads.iter().filter(|&&read| {
        let range = context.range(read);
        body.contains(range.start) && range.start < step
    });
    let read = before.copied().find_map(|read| as_index(context, read));
    let Some((index, list)) = read.filter(|&(index, _)| !is_asked_for(context, index)) else { return };
    let shown = context.shown(context.range(list));
    let finding = sink
        .report(
            context.range(start),
            format!("`{shown}` begins at 1: `{}` is nil at 0", context.shown(context.range(index))),
        )
        .related(context.range(index), "the counter is the index here");
    let is_length = matches!(tree[tree.unparen(rhs)].kind, ExprKind::Unary { op: UnaryOp::Len, .. });
    if op == BinaryOp::Lt && is_length {
        let operator = TextRange::new(context.range(lhs).end, context.range(rhs).start);
        let edits = vec![Edit::replace(context.range(start), "1"), Edit::replace(operator, " <= ")];
        finding.fix("Count from 1", edits);
    }
}

/// Returns true if a value is a list of the server, or one that the script makes without an element at 0.
fn is_list(context: &Context<'_>, base: ExprId) -> bool {
    let Some(of) = values::of(context, base) else { return false };
    let begins_at_one = |table: &TableType| match table {
        TableType::List(_) | TableType::Keys | TableType::Argv => true,
        TableType::Built(site) => {
            let is_listed = match &context.tree()[*site].kind {
                ExprKind::Table(fields) => fields.iter().all(|field| matches!(field, TableField::Item(_))),
                _ => false,
            };
            is_listed
                && context.script.flow().site(*site).is_some_and(Site::is_list)
                && returns::is_appended_to(context, *site)
        }
        _ => false,
    };
    !of.tables.is_empty() && of.tables.iter().all(begins_at_one) && of.is(Kinds::TABLE | Kinds::FALSY)
}

/// Returns true if an element that may be nil is tested.
fn is_asked_for(context: &Context<'_>, index: ExprId) -> bool {
    values::is_tested(context, index)
        || values::compared(context, index)
            .is_some_and(|(_, other)| values::of(context, other).is_some_and(|of| of.kinds.has(Kinds::FALSY)))
}

/// Returns `#list` for `#list - 1`.
fn shortened(context: &Context<'_>, end: ExprId) -> Option<String> {
    let ExprKind::Binary { op: BinaryOp::Sub, lhs, rhs, .. } = context.tree()[end].kind else { return None };
    let is_length = matches!(context.tree()[lhs].kind, ExprKind::Unary { op: UnaryOp::Len, .. });
    let by_one = matches!(context.script.constant(rhs), Some(Constant::Number(1.0)));
    (is_length && by_one).then(|| context.script.text_of(context.range(lhs)).into_owned())
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn lists_begin_at_one() {
        check(
            "loop-from-zero",
            "
for i = 0, #KEYS - 1 do redis.call('DEL', KEYS[i]) end
      --^ warning[loop-from-zero]: `KEYS` begins at 1: `KEYS[i]` is nil at 0
local ids = redis.call('LRANGE', KEYS[1], 0, -1)
local out = ''
for i = 0, #ids do out = out .. ids[i] end
      --^ warning[loop-from-zero]: `ids` begins at 1: `ids[i]` is nil at 0
for at = #ARGV, 0, -1 do redis.call('DEL', ARGV[at]) end
              --^ warning[loop-from-zero]: `ARGV` begins at 1: `ARGV[at]` is nil at 0
local parts = { 'a' }
for part in string.gmatch(ARGV[1], '[^,]+') do table.insert(parts, part) end
for i = 0, #parts - 1 do redis.call('DEL', parts[i]) end
      --^ warning[loop-from-zero]: `parts` begins at 1: `parts[i]` is nil at 0
return out
",
        );
        check(
            "loop-from-zero",
            "
for i = 0, #KEYS - 1 do redis.call('DEL', KEYS[i + 1]) end
for i = 0, 5 do if ARGV[i] then redis.call('DEL', ARGV[i]) end end
local mine = {}
for i = 0, 5 do mine[i] = i end
for i = 0, 5 do redis.call('DEL', mine[i]) end
for i = 1, #KEYS do redis.call('DEL', KEYS[i]) end
local names = { [0] = 'a', 'b' }
for i = 0, #names do redis.call('DEL', names[i]) end
",
        );
        check(
            "loop-from-zero",
            "
local i = 0
        --^ warning[loop-from-zero]: `KEYS` begins at 1: `KEYS[i]` is nil at 0
while i < #KEYS do
  redis.call('DEL', KEYS[i])
  i = i + 1
end
local n = 0
        --^ warning[loop-from-zero]: `ARGV` begins at 1: `ARGV[n]` is nil at 0
repeat
  redis.call('SADD', KEYS[1], ARGV[n])
  n = n + 1
until n > #ARGV
local j = 0
while j < #KEYS do
  j = j + 1
  redis.call('DEL', KEYS[j])
end
local k = 0
while k < #KEYS do
  redis.call('DEL', KEYS[k + 1])
  k = k + 1
end
",
        );
        assert_eq!(
            fixed("loop-from-zero", "local i = 0 while i < #KEYS do redis.call('DEL', KEYS[i]) i = i + 1 end"),
            "local i = 1 while i <= #KEYS do redis.call('DEL', KEYS[i]) i = i + 1 end"
        );
        assert_eq!(
            fixed("loop-from-zero", "for i = 0, #KEYS - 1 do redis.call('DEL', KEYS[i]) end"),
            "for i = 1, #KEYS do redis.call('DEL', KEYS[i]) end"
        );
    }
}
