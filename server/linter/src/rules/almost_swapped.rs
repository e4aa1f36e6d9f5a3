//! Two assignments that were meant to swap.

use syntax::{StmtId, StmtKind};

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink};

declare_rule! {
    /// ## What it does
    /// Reports `a = b` followed by `b = a`.
    ///
    /// ## Why it is bad
    /// Both end with the same value.
    ///
    /// ## Example
    /// ```lua
    /// local low, high = tonumber(ARGV[1]), tonumber(ARGV[2])
    /// if low > high then
    ///   low = high
    ///   high = low
    /// end
    /// return high - low
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local low, high = tonumber(ARGV[1]), tonumber(ARGV[2])
    /// if low > high then
    ///   low, high = high, low
    /// end
    /// return high - low
    /// ```
    code: "almost-swapped",
    group: Suspicious,
    level: Warning,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let tree = context.tree();
    for (_, block) in tree.blocks() {
        for pair in block.stmts.windows(2) {
            let (Some((a, b)), Some((c, d))) = (single(context, pair[0]), single(context, pair[1])) else { continue };
            if a == d && b == c && a != b {
                let range = tree[pair[0]].range.cover(tree[pair[1]].range);
                sink.report(range, format!("this does not swap `{a}` and `{b}`: both end as the old `{b}`"))
                    .fix("Swap them in one assignment", vec![Edit::replace(range, format!("{a}, {b} = {b}, {a}"))]);
            }
        }
    }
}

/// The sides of an assignment with one of each.
fn single<'a>(context: &Context<'a>, stmt: StmtId) -> Option<(std::borrow::Cow<'a, str>, std::borrow::Cow<'a, str>)> {
    match &context.tree()[stmt].kind {
        StmtKind::Assign { targets, values } if targets.len() == 1 && values.len() == 1 => {
            Some((context.script.text_of(context.range(targets[0])), context.script.text_of(context.range(values[0]))))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn mended() {
        assert_eq!(fixed("almost-swapped", "local a, b\na = b; b = a\n"), "local a, b\na, b = b, a\n");
        check("almost-swapped", "local a, b\na = b\nb = 1\n");
    }
}
