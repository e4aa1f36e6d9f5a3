//! Calls of the script's own functions with too many arguments, or without one that the function needs.

use syntax::ExprKind;

use crate::rule::declare_rule;
use crate::{Context, Sink, helpers::missing_arguments};

declare_rule! {
    /// ## What it does
    /// Reports calls of the script's own functions that give more arguments than there are parameters, or that leave out one
    /// that the function computes with, joins, indexes or calls wherever it reads it.
    ///
    /// ## Why it is bad
    /// What is too much is thrown away. What is left out is nil: the function stops the script where it uses it.
    ///
    /// ## Example
    /// ```lua
    /// local function bucket(time, size)
    ///   return time - time % size
    /// end
    /// return bucket(ARGV[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local function bucket(time, size)
    ///   return time - time % size
    /// end
    /// return bucket(ARGV[1], 60)
    /// ```
    code: "argument-count",
    group: Suspicious,
    level: Warning,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let (script, tree) = (context.script, context.tree());
    for (id, expr) in tree.calls() {
        let ExprKind::Call(call) = &expr.kind else { continue };
        let Some(function) = script.called_function(id).filter(|&function| !tree[function].method) else { continue };
        let (params, args) = (script.scopes.params(function), &call.args);
        let open = args.last().is_some_and(|&last| script.may_be_several(last));
        let name = context.shown(context.range(call.callee));
        if !tree[function].vararg && args.len() > params.len() && !(open && args.len() == params.len() + 1) {
            let takes = match params.len() {
                0 => "no arguments".to_owned(),
                1 => "1 argument".to_owned(),
                count => format!("{count} arguments"),
            };
            sink.report(context.range(args[params.len()]), format!("`{name}` takes {takes}: this one is thrown away"));
        } else if let Some(param) = missing_arguments::left_out(context, id) {
            let missing = script.name(param);
            sink.report(
                context.range(call.callee),
                format!("`{name}` needs `{missing}`, which is not given: it is nil there, and stops the script"),
            )
            .related(script.scopes[param].name.range, "this parameter");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn own_functions_have_their_arguments() {
        check(
            "argument-count",
            "
local function bucket(time, size) return time - time % size end
local a = bucket(ARGV[1])
        --^^^^^^ warning[argument-count]: `bucket` needs `size`, which is not given: it is nil there, and stops the script
local b = bucket(ARGV[1], 60, 'x')
                            --^^^ warning[argument-count]: `bucket` takes 2 arguments: this one is thrown away
local function save(key, value, ttl) if ttl then return 1 end return redis.call('SET', key, value) end
local c = save(KEYS[1])
        --^^^^ warning[argument-count]: `save` needs `value`, which is not given: it is nil there, and stops the script
local d = save(KEYS[1], 1)
local e = bucket(unpack(ARGV))
local function all(...) return select('#', ...) end
local M = { half = function(n) return n / 2 end }
function M.sum(x, y) return x + y end
local f = M.sum(1)
        --^^^^^ warning[argument-count]: `M.sum` needs `y`, which is not given: it is nil there, and stops the script
local g = M.half(1, 2)
                  --^ warning[argument-count]: `M.half` takes 1 argument: this one is thrown away
return all(a, b, c, d, e, f, g)
",
        );
    }
}
