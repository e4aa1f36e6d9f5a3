//! Blocks without a statement.

use syntax::{BlockId, StmtId, StmtKind};

use crate::rule::declare_rule;
use crate::{Context, Sink};

declare_rule! {
    /// ## What it does
    /// Points out `if`, loops and `do` blocks that hold nothing, not even a comment. An empty branch before one that does
    /// something is left alone.
    ///
    /// ## Why it is bad
    /// The condition decides nothing: a statement is missing, or the block is a left-over.
    ///
    /// ## Example
    /// ```lua
    /// if redis.call('EXISTS', KEYS[1]) == 1 then
    /// end
    /// return 1
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// if redis.call('EXISTS', KEYS[1]) == 1 then
    ///   return 0
    /// end
    /// return 1
    /// ```
    code: "empty-block",
    group: Unused,
    level: Hint,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    for (id, block) in context.tree().blocks() {
        let Some(stmt) = script.scopes.stmt_of_block(id).filter(|_| block.stmts.is_empty()) else { continue };
        let range = context.tree()[stmt].range;
        let told = script.parse.comments.iter().any(|comment| range.contains_range(comment.range));
        if !told && !is_other_case(context, stmt, id) && script.parse.errors.is_empty() {
            sink.report(range, "this block is empty");
        }
    }
}

/// Returns true if a block is a branch of an `if` in which a later branch has statements.
fn is_other_case(context: &Context<'_>, stmt: StmtId, block: BlockId) -> bool {
    let tree = context.tree();
    let StmtKind::If(it) = &tree[stmt].kind else { return false };
    let blocks = it.arms.iter().map(|(_, block)| *block).chain(it.otherwise);
    blocks.skip_while(|&other| other != block).any(|other| !tree[other].stmts.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn comments_count() {
        check(
            "empty-block",
            "
if a then end
--<^^^^^^^^^^^^^ hint[empty-block]: this block is empty
for i = 1, 2 do -- wait
end
if a then else b = 1 end
if a then b = 1 else end
--<^^^^^^^^^^^^^^^^^^^^^^^^ hint[empty-block]: this block is empty
",
        );
    }
}
