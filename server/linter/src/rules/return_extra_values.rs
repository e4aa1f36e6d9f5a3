//! Values behind the first of a script's `return`.

use syntax::{ExprId, ExprKind, StmtKind};

use crate::rule::declare_rule;
use crate::{
    Context, Edit, Sink,
    helpers::{loops, reachability},
};

declare_rule! {
    /// ## What it does
    /// Reports `return a, b` of a script itself or of a registered function.
    ///
    /// ## Why it is bad
    /// The client gets the first value; the others are dropped without a word. Functions that the script itself calls may
    /// return as many as they like.
    ///
    /// ## Example
    /// ```lua
    /// local taken = redis.call('INCR', KEYS[1])
    /// return taken, redis.call('TTL', KEYS[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local taken = redis.call('INCR', KEYS[1])
    /// return {taken, redis.call('TTL', KEYS[1])}
    /// ```
    code: "return-extra-values",
    group: Client,
    level: Warning,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    // The text of a fragment may end up inside of a function.
    if script.is_fragment() || script.is_definitions() || script.environment.incomplete {
        return;
    }
    let tree = context.tree();
    for function in reachability::answering(context) {
        for stmt in loops::statements(tree, tree[function].body) {
            let StmtKind::Return(values) = &tree[stmt].kind else { continue };
            let [first, second, ..] = **values else { continue };
            let last = values.last().copied().unwrap_or(second);
            let range = context.range(second).cover(context.range(last));
            let dropped = if values.len() == 2 { "this value" } else { "these values" };
            let finding =
                sink.report(range, format!("the client gets the first value only: {dropped} will be dropped"));
            // An array ends at its first nil, and what several values are put into it is not known.
            let nil = |value: &ExprId| matches!(tree[tree.unparen(*value)].kind, ExprKind::Nil);
            if !script.may_be_several(last) && !values.iter().any(nil) {
                let (start, end) = (context.range(first).start, context.range(last).end);
                finding.fix("Return an array", vec![Edit::insert(start, "{"), Edit::insert(end, "}")]);
            } else {
                finding.help("to return several values, return them in a table");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn values_that_nobody_gets() {
        check(
            "return-extra-values",
            "
local function window(key) return redis.call('GET', key), redis.call('PTTL', key) end
local count, left = window(KEYS[1])
if not count then return 0, 'new' end
                          --^^^^^ warning[return-extra-values]: the client gets the first value only: this value will be dropped
return count, left, ARGV[1]
            --^^^^^^^^^^^^^ warning[return-extra-values]: the client gets the first value only: these values will be dropped
",
        );
        check(
            "return-extra-values",
            "#!lua name=limits
local function helper(k, n) return n, k end
local function both(keys, args) return helper(keys[1], args[1]) end
local function ask(keys, args)
  return false, 'no such limit'
              --^^^^^^^^^^^^^^^ warning[return-extra-values]: the client gets the first value only: this value will be dropped
end
redis.register_function('both', both)
redis.register_function('ask', ask)
",
        );
    }

    #[test]
    fn the_array() {
        assert_eq!(fixed("return-extra-values", "return 1, ARGV[1]"), "return {1, ARGV[1]}");
        assert_eq!(fixed("return-extra-values", "return nil, 'gone'"), "return nil, 'gone'");
    }
}
