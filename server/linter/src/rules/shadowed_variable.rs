//! Locals that hide others.

use semantic::{Init, Local, LocalId, LocalKind};
use syntax::{ExprId, ExprKind, StmtKind};

use crate::rule::declare_rule;
use crate::{
    Context, Sink,
    helpers::{locals, loops},
};

declare_rule! {
    /// ## What it does
    /// Points out a local with the name of one outside of its block that begins with a value such as nil, 0 or `{}` and is read
    /// after the block.
    ///
    /// ## Why it is bad
    /// What is assigned inside stays inside: the outer variable keeps its first value, and `local` was most likely not meant.
    ///
    /// ## Example
    /// ```lua
    /// local id = nil
    /// if #KEYS > 0 then
    ///   local id = redis.call('GET', KEYS[1])
    /// end
    /// return id
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local id = nil
    /// if #KEYS > 0 then
    ///   id = redis.call('GET', KEYS[1])
    /// end
    /// return id
    /// ```
    code: "shadowed-variable",
    group: Suspicious,
    level: Hint,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let scopes = &context.script.scopes;
    for (id, local) in scopes.locals() {
        let Some(outer) = hidden(context, id) else { continue };
        let name = context.script.name(id);
        sink.report(local.name.range, format!("this `{name}` hides another one"))
            .related(scopes[outer].name.range, "the other one");
    }
}

/// The local that another one hides by mistake.
pub(super) fn hidden(context: &Context<'_>, id: LocalId) -> Option<LocalId> {
    let scopes = &context.script.scopes;
    let local = &scopes[id];
    let outer = local.shadows?;
    // A parameter with the name of a variable outside hides it on purpose.
    let named = matches!(local.kind, LocalKind::Variable | LocalKind::Function);
    if !named || context.script.name(id).starts_with('_') || locals::same_block(context, id, outer) {
        return None;
    }
    // `local queue = Queue.new(queue)`: the new one is made of the other and takes its place.
    if let Init::Expr(value) | Init::Nth(value, _) = local.init
        && scopes[outer].reads.iter().any(|&read| context.range(value).contains_range(context.range(read)))
    {
        return None;
    }
    let is_ours = !scopes[outer].name.range.is_empty() && scopes[outer].function == local.function;
    (is_ours
        && is_placeholder(context, &scopes[outer])
        && scopes[outer].reads.iter().any(|&read| may_follow(context, local, &scopes[outer], read)))
    .then_some(outer)
}

/// Returns true if a local begins with a value that another one is to replace.
fn is_placeholder(context: &Context<'_>, local: &Local) -> bool {
    match local.init {
        Init::Nothing => true,
        Init::Expr(value) => match &context.tree()[value].kind {
            ExprKind::Nil | ExprKind::True | ExprKind::False | ExprKind::Number(_) | ExprKind::String => true,
            ExprKind::Table(fields) => fields.is_empty(),
            _ => false,
        },
        _ => false,
    }
}

/// Returns true if a read of the outer local may come after the block of the inner one: it is behind it and in no other branch,
/// or before it in a loop around it.
fn may_follow(context: &Context<'_>, inner: &Local, outer: &Local, read: ExprId) -> bool {
    let (tree, scopes) = (context.tree(), &context.script.scopes);
    let place = context.range(read);
    if inner.scope.contains_range(place) {
        return false;
    }
    let Some(mut stmt) = inner.stmt else { return false };
    let mut is_excluded = false;
    while let Some(around) = scopes.stmt_of_block(scopes.block_of(stmt)) {
        let block = tree[scopes.block_of(stmt)].range;
        let range = tree[around].range;
        if loops::body(tree, around).is_some() && range.contains_range(place) {
            return outer.name.range.start < range.start;
        }
        let is_branch = matches!(tree[around].kind, StmtKind::If(_)) && !block.contains_range(place);
        is_excluded |= is_branch && range.contains_range(place);
        stmt = around;
    }
    !is_excluded && place.start >= inner.scope.end
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn inner_blocks() {
        check(
            "shadowed-variable",
            "
local a = 1
do
  local a = 2
      --^ hint[shadowed-variable]: this `a` hides another one
end
local function f(a) return a end
if f(a) then
  local a = tonumber(a)
  return a
end
return f(a)
",
        );
    }

    #[test]
    fn only_where_the_outer_one_is_taken_for_the_inner_one() {
        check(
            "shadowed-variable",
            "
local state = redis.call('GET', KEYS[1])
local last
for _, id in ipairs(KEYS) do
  if last then return last end
  local state = redis.call('GET', id)
  if state then
    local last = id
        --^^^^ hint[shadowed-variable]: this `last` hides another one
    redis.call('DEL', last)
  end
end
local found = {}
if state then
  local found = { KEYS[1] }
  return found
else
  return found, state
end
",
        );
        check(
            "shadowed-variable",
            "
local found = {}
if #KEYS > 1 then
  local found = redis.call('MGET', unpack(KEYS))
      --^^^^^ hint[shadowed-variable]: this `found` hides another one
  redis.call('DEL', found[1] or '')
end
return found
",
        );
    }
}
