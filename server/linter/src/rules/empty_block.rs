//! Blocks without a statement.

use crate::{Context, Sink};
use crate::rule::declare_rule;

declare_rule! {
    /// ## What it does
    /// Points out `if`, loops and `do` blocks that hold nothing, not even a comment.
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
    "empty-block", Hint, None, check
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    for (id, block) in context.tree().blocks() {
        let Some(stmt) = script.scopes.stmt_of_block(id).filter(|_| block.stmts.is_empty()) else { continue };
        let range = context.tree()[stmt].range;
        let told = script.parse.comments.iter().any(|comment| range.contains_range(comment.range));
        if !told && script.parse.errors.is_empty() {
            sink.report(range, "this block is empty");
        }
    }
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
",
        );
    }
}
