//! Calls of functions that their own comments call deprecated.

use syntax::ExprKind;

use crate::rule::declare_rule;
use crate::{Context, Sink, Tag};

declare_rule! {
    /// ## What it does
    /// Points out calls of functions of the script, of its includes and of joined files that have an annotation
    /// `---@deprecated` above them.
    ///
    /// ## Why it is bad
    /// Whoever wrote the function asks for another one to be called. Editors strike the name out.
    ///
    /// ## Example
    /// ```lua
    /// ---@deprecated use `take_many`
    /// local function take(key) return redis.call('DECR', key) end
    /// return take(KEYS[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local function take_many(key, count) return redis.call('DECRBY', key, count) end
    /// return take_many(KEYS[1], 1)
    /// ```
    code: "deprecated-function",
    group: Unused,
    level: Hint,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let (script, tree) = (context.script, context.tree());
    let is_elsewhere = script.environment.given().any(|(_, definition)| definition.deprecated.is_some());
    if script.annotations().is_empty() && !is_elsewhere {
        return;
    }
    for (id, expr) in tree.calls() {
        let ExprKind::Call(call) = &expr.kind else { continue };
        let given = script.environment_of(call.callee);
        let flow = || script.flow().of(call.callee)?.function;
        let words = match given {
            Some(definition) => definition.deprecated.as_deref(),
            None => script.called_function(id).or_else(flow).and_then(|function| script.deprecated(function)),
        };
        let Some(words) = words else { continue };
        let range = match tree[call.callee].kind {
            ExprKind::Field { name, .. } => name.range,
            _ => context.range(call.callee),
        };
        let finding = sink.report(range, format!("`{}` is deprecated", context.shown(context.range(call.callee))));
        let finding = finding.tag(Tag::Deprecated);
        if !words.is_empty() {
            finding.help(words);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn by_their_annotations() {
        check(
            "deprecated-function",
            "
---@deprecated use `many`
local function take(key) return redis.call('DECR', key) end
local M = {}
---@deprecated
function M.put(key) return redis.call('INCR', key) end
---@param key string
local function many(key) return redis.call('DECRBY', key, 2) end
local a = take(KEYS[1])
        --^^^^ hint[deprecated-function]: `take` is deprecated
local b = M.put(KEYS[1])
          --^^^ hint[deprecated-function]: `M.put` is deprecated
return {a, b, many(KEYS[1])}
",
        );
        check("deprecated-function", "-- @deprecated\nlocal function take() end\ntake(KEYS[1])\n");
    }
}
