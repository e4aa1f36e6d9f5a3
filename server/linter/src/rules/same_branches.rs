//! Branches with the same code.

use syntax::{BlockId, StmtKind};

use crate::rule::declare_rule;
use crate::{Context, Level, Sink};

declare_rule! {
    /// ## What it does
    /// Reports an `else` that holds the same statements as the branch above it, and points out an `elseif` that holds the same
    /// two or more.
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
    code: "same-branches",
    group: Suspicious,
    level: Warning,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let tree = context.tree();
    for (_, stmt) in tree.stmts() {
        let StmtKind::If(stmt) = &stmt.kind else { continue };
        let blocks: Vec<BlockId> = stmt.arms.iter().map(|(_, block)| *block).chain(stmt.otherwise).collect();
        for (nth, pair) in blocks.windows(2).enumerate() {
            let (first, second) = (tree[pair[0]].range, tree[pair[1]].range);
            if !first.is_empty() && context.script.text_of(first) == context.script.text_of(second) {
                // With a condition of its own the second branch only spells out an `or`.
                let decides = nth + 1 < stmt.arms.len();
                if decides && tree[pair[1]].stmts.len() < 2 {
                    continue;
                }
                sink.report(second, "this branch does what the one above does")
                    .level(if decides { Level::Hint } else { Level::Warning })
                    .related(first, "the branch above");
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
if a then
  b = 1
elseif c then
  b = 1
end
if a then
  b = 1 c = 2
elseif c then
  b = 1 c = 2
--^^^^^^^^^^^ hint[same-branches]: this branch does what the one above does
end
",
        );
    }
}
