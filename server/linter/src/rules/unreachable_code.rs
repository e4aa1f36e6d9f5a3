//! Code that nothing reaches.

use semantic::ApiPath;
use syntax::{BlockId, ExprKind, StmtId, StmtKind};

use crate::rule::declare_rule;
use crate::{Context, Sink, Tag};

declare_rule! {
    /// ## What it does
    /// Reports statements after `error(…)`, after `do return end` and after a loop without an end.
    ///
    /// ## Why it is bad
    /// They never run.
    ///
    /// ## Example
    /// ```lua
    /// if not KEYS[1] then
    ///   error('no key')
    ///   redis.call('DEL', KEYS[1])
    /// end
    /// return 1
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// if not KEYS[1] then
    ///   error('no key')
    /// end
    /// return 1
    /// ```
    code: "unreachable-code",
    group: Suspicious,
    level: Warning,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let tree = context.tree();
    for (_, block) in tree.blocks() {
        for pair in block.stmts.windows(2) {
            // `error(…) return` is how some make plain that nothing follows.
            if ends(context, pair[0]) && !matches!(tree[pair[1]].kind, StmtKind::Return(_) | StmtKind::Break) {
                sink.report(tree[pair[1]].range, "this is never reached")
                    .tag(Tag::Unused)
                    .related(tree[pair[0]].range, "nothing goes past this");
                break;
            }
        }
    }
}

/// True if the script never goes on behind a statement.
fn ends(context: &Context<'_>, stmt: StmtId) -> bool {
    let tree = context.tree();
    match &tree[stmt].kind {
        StmtKind::Call(call) => match &tree[*call].kind {
            ExprKind::Call(call) => context.script.api(call.callee) == Some(ApiPath::Global("error")),
            _ => false,
        },
        StmtKind::Do(body) => tree[*body].stmts.last().is_some_and(|&last| returns(context, last)),
        StmtKind::While { cond, body } => tree[*cond].kind == ExprKind::True && !breaks(context, *body),
        StmtKind::If(stmt) => {
            let all = |block: BlockId| tree[block].stmts.last().is_some_and(|&last| returns(context, last));
            stmt.otherwise.is_some_and(all) && stmt.arms.iter().all(|(_, block)| all(*block))
        }
        _ => false,
    }
}

fn returns(context: &Context<'_>, stmt: StmtId) -> bool {
    matches!(context.tree()[stmt].kind, StmtKind::Return(_)) || ends(context, stmt)
}

/// True if a block has a `break` of its loop.
fn breaks(context: &Context<'_>, block: BlockId) -> bool {
    let tree = context.tree();
    tree[block].stmts.iter().any(|&stmt| match &tree[stmt].kind {
        StmtKind::Break => true,
        StmtKind::Do(body) => breaks(context, *body),
        StmtKind::If(stmt) => {
            stmt.arms.iter().any(|(_, block)| breaks(context, *block))
                || stmt.otherwise.is_some_and(|block| breaks(context, block))
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn behind_what_ends() {
        check(
            "unreachable-code",
            "
local function f(a)
  if a then return 1 else error('x') end
  a = 2
--^^^^^ warning[unreachable-code]: this is never reached
end
while true do
  if f() then break end
end
return f(1)
",
        );
    }
}
