//! Parameters that are never read.

use semantic::{Init, LocalId, LocalKind};
use syntax::{ExprKind, FunctionId, StmtKind};

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink, Tag, helpers::locals};

declare_rule! {
    /// ## What it does
    /// Points out parameters that the function never reads. Names that begin with `_` say that this is meant. Functions whose
    /// parameters others decide on are left out: callbacks, functions that are passed on, those with an empty body, and fields
    /// of tables that share the parameter with other functions there.
    ///
    /// ## Why it is bad
    /// Callers compute a value that nobody reads, or the function reads another name by mistake.
    ///
    /// ## Example
    /// ```lua
    /// local function take(key, count)
    ///   return redis.call('DECR', key)
    /// end
    /// return take(KEYS[1], ARGV[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local function take(key, count)
    ///   return redis.call('DECRBY', key, count)
    /// end
    /// return take(KEYS[1], ARGV[1])
    /// ```
    code: "unused-parameter",
    group: Unused,
    level: Hint,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let (script, tree) = (context.script, context.tree());
    let fields = field_functions(context);
    for function in named_functions(context) {
        let is_callback = script.library.as_ref().is_some_and(|library| library.is_callback(function));
        if is_callback || tree[tree[function].body].stmts.is_empty() {
            continue;
        }
        for &id in script.scopes.params(function) {
            let local = &script.scopes[id];
            let is_read = !local.reads.is_empty() || !local.writes.is_empty();
            if is_read || !matches!(local.kind, LocalKind::Parameter(_)) || !locals::is_ours(context, id) {
                continue;
            }
            if is_shared(context, &fields, function, id) {
                continue;
            }
            let (name, range) = (script.name(id), local.name.range);
            let edit = Edit { range, text: format!("_{name}") };
            sink.report(range, format!("the parameter `{name}` is never read"))
                .help(format!("name it `_{name}` if that is meant"))
                .tag(Tag::Unused)
                .fix(format!("Name it `_{name}`"), vec![edit]);
        }
    }
}

/// The functions that are called by name, and not used otherwise as far as the file shows.
fn named_functions(context: &Context<'_>) -> Vec<FunctionId> {
    let script = context.script;
    let locals = script.scopes.locals().filter_map(|(id, local)| match local.init {
        Init::Function(function) => {
            let is_called = |&read: &syntax::ExprId| script.call_by_callee(read).is_some();
            let only_called = local.writes.is_empty() && local.reads.iter().all(is_called);
            (only_called && !script.is_used_elsewhere(id)).then_some(function)
        }
        _ => None,
    });
    let fields = field_functions(context).into_iter().filter_map(|(_, name, function)| {
        // The server's Lua calls these.
        (!name.starts_with(b"__")).then_some(function)
    });
    locals.chain(fields).collect()
}

/// The functions that are written as fields of tables: the table's text, the field's name, and the function.
fn field_functions<'a>(context: &'a Context<'_>) -> Vec<(&'a [u8], &'a [u8], FunctionId)> {
    let (script, tree) = (context.script, context.tree());
    let fields = tree.stmts().filter_map(|(_, stmt)| {
        let StmtKind::Function { target, function } = stmt.kind else { return None };
        let ExprKind::Field { base, name } = &tree[target].kind else { return None };
        Some((context.range(*base).slice(&script.source), name.text(&script.source), function))
    });
    fields.collect()
}

/// Returns true if other functions of the same table have the parameter at the same place, and one reads it.
fn is_shared(context: &Context<'_>, fields: &[(&[u8], &[u8], FunctionId)], function: FunctionId, id: LocalId) -> bool {
    let script = context.script;
    let Some((table, ..)) = fields.iter().find(|(.., known)| *known == function) else { return false };
    let Some(at) = script.scopes.params(function).iter().position(|&param| param == id) else { return false };
    fields.iter().filter(|(known, _, other)| known == table && *other != function).any(|(.., other)| {
        let param = script.scopes.params(*other).get(at);
        param.is_some_and(|&param| script.name(param) == script.name(id) && !script.scopes[param].reads.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn read_or_not() {
        check(
            "unused-parameter",
            "
local function f(a, b, _c, d)
                  --^ hint[unused-parameter]: the parameter `b` is never read
  return a + d
end
local g = function(x) return 1 end
                 --^ hint[unused-parameter]: the parameter `x` is never read
local M = {}
function M.get(key) return f(1, 2, 3, 4) end
             --^^^ hint[unused-parameter]: the parameter `key` is never read
function M:put(key) return self end
             --^^^ hint[unused-parameter]: the parameter `key` is never read
return g(1) + M.get(2)
",
        );
    }

    #[test]
    fn parameters_that_the_functions_of_a_table_share() {
        check(
            "unused-parameter",
            "
local Queue = {}
function Queue:push(now, id) return redis.call('ZADD', KEYS[1], now, id) end
function Queue:pop(now, count) return redis.call('ZPOPMIN', KEYS[1]) end
                      --^^^^^ hint[unused-parameter]: the parameter `count` is never read
return Queue:push(1, 'a')
",
        );
    }

    #[test]
    fn functions_whose_parameters_others_decide_on() {
        check(
            "unused-parameter",
            "
local function less(a, b) return a end
table.sort(KEYS, less)
table.sort(KEYS, function(a, b) return b end)
local function noop(a) end
local t = setmetatable({ f = function(a, b) return b end }, { __index = function(of, name) return name end })
function t.__call(of, a) return 1 end
return { noop(1), t.f(1, 2), (string.gsub(KEYS[1], '(a)(b)', function(a, b) return b end)) }
",
        );
        check(
            "unused-parameter",
            "#!lua name=lib
local function one(keys, args) return keys[1] end
redis.register_function('one', one)
redis.register_function('two', function(keys, args) return 2 end)
redis.register_function{ function_name = 'three', callback = function(keys, args) return args[1] end }
",
        );
    }

    #[test]
    fn the_fix_renames_it() {
        assert_eq!(
            fixed("unused-parameter", "local function f(a, b) return a end\nreturn f(1, 2)"),
            "local function f(a, _b) return a end\nreturn f(1, 2)"
        );
    }
}
