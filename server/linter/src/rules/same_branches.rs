//! Branches with the same code.

use syntax::{BlockId, StmtKind};

use crate::{Context, Sink};
use crate::rule::declare_rule;

declare_rule! {
    /// ## What it does
    /// Reports neighbouring branches of an `if` that hold the same statements.
    ///
    /// ## Why it is bad
    /// The condition decides nothing: one of them was meant to differ.
    ///
    /// ## Example
    /// ```lua
    /// if ARGV[1] == 'up' then
    ///   redis.call('INCR', KEYS[1])
    /// else
    ///   redis.call('INCR', KEYS[1])
    /// end
    /// return 1
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// if ARGV[1] == 'up' then
    ///   redis.call('INCR', KEYS[1])
    /// else
    ///   redis.call('DECR', KEYS[1])
    /// end
    /// return 1
    /// ```
    "same-branches", Warning, None, check
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let tree = context.tree();
    for (_, stmt) in tree.stmts() {
        let StmtKind::If(stmt) = &stmt.kind else { continue };
        let blocks: Vec<BlockId> = stmt.arms.iter().map(|(_, block)| *block).chain(stmt.otherwise).collect();
        for pair in blocks.windows(2) {
            let (first, second) = (tree[pair[0]].range, tree[pair[1]].range);
            if !first.is_empty() && context.script.text_of(first) == context.script.text_of(second) {
                sink.report(second, "this branch does what the one above does").related(first, "the branch above");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn neighbours() {
        check(
            "same-branches",
            "
if a then
  b = 1
else
  b = 1
--^^^^^ warning[same-branches]: this branch does what the one above does
end
",
        );
    }
}
