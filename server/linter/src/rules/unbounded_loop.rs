//! Loops that nothing ends.

use semantic::{ApiPath, LocalKind, Script};
use syntax::{ExprId, ExprKind, StmtId, StmtKind, UnaryOp};

use crate::rule::declare_rule;
use crate::{
    Context, Sink,
    helpers::{loops, values},
};

declare_rule! {
    /// ## What it does
    /// Reports `while true` and `repeat … until false` without `break`, `return` or `error`, and loops whose condition is
    /// made of values that nothing in the loop changes.
    ///
    /// ## Why it is bad
    /// The server runs one script at a time and answers nobody meanwhile. After five seconds others get `BUSY`; once the
    /// script has written, `SCRIPT KILL` is refused too, and only a shutdown without saving ends it.
    ///
    /// ## Example
    /// ```lua
    /// local i = 1
    /// while i <= #KEYS do
    ///   redis.call('UNLINK', KEYS[i])
    /// end
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// for i = 1, #KEYS do
    ///   redis.call('UNLINK', KEYS[i])
    /// end
    /// ```
    code: "unbounded-loop",
    group: Cost,
    level: Warning,
    fix: None,
    since: "0.1.0",
    check: check,
}

/// Behaviour of a loop's condition.
enum Course<'a> {
    /// Never ends the loop.
    Forever,
    /// Does not change between turns; the names in it.
    Same(Vec<&'a str>),
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let tree = context.tree();
    for (id, stmt) in tree.stmts() {
        let (cond, head, ends_by) = match &stmt.kind {
            StmtKind::While { cond, .. } => {
                (*cond, text::TextRange::new(stmt.range.start, context.range(*cond).end), false)
            }
            StmtKind::Repeat { cond, .. } => (*cond, context.range(*cond), true),
            _ => continue,
        };
        let mut names = Vec::new();
        let fixed = is_fixed(context, cond, id, &mut names);
        let course = match context.script.constant(cond) {
            Some(value) if value.is_truthy() == ends_by => continue,
            Some(_) if names.is_empty() => Course::Forever,
            _ if fixed && !names.is_empty() => Course::Same(names),
            _ => continue,
        };
        if may_leave(context, id) {
            continue;
        }
        match course {
            Course::Forever => {
                sink.report(head, "nothing ends this loop: it has no break, return or error")
                    .help("a script without an end stops the whole server");
            }
            Course::Same(names) => {
                let names = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ");
                sink.report(head, format!("nothing in the loop changes {names}: once begun it never ends"))
                    .help("a script without an end stops the whole server");
            }
        }
    }
}

/// True if a condition surely has the same value at every turn; collects the names in it.
fn is_fixed<'a>(context: &Context<'a>, expr: ExprId, stmt: StmtId, names: &mut Vec<&'a str>) -> bool {
    let script = context.script;
    match &context.tree()[expr].kind {
        ExprKind::Nil | ExprKind::True | ExprKind::False | ExprKind::Number(_) | ExprKind::String => true,
        ExprKind::Name(_) => {
            let Some(local) = script.scopes.local_of(expr) else { return false };
            let name = script.name(local);
            if !names.contains(&name) {
                names.push(name);
            }
            loops::keeps(context, local, stmt)
        }
        ExprKind::Paren(inner) | ExprKind::Unary { op: UnaryOp::Neg | UnaryOp::Not, operand: inner, .. } => {
            is_fixed(context, *inner, stmt, names)
        }
        ExprKind::Unary { op: UnaryOp::Len, operand, .. } => keeps_its_length(context, *operand, stmt),
        ExprKind::Binary { lhs, rhs, .. } => {
            is_fixed(context, *lhs, stmt, names) && is_fixed(context, *rhs, stmt, names)
        }
        ExprKind::Call(call) => {
            let pure = match script.api(call.callee) {
                Some(ApiPath::Global("tonumber" | "tostring" | "type")) => true,
                Some(ApiPath::Member("math", name)) => name != "random",
                _ => false,
            };
            pure && call.args.iter().all(|&arg| is_fixed(context, arg, stmt, names))
        }
        ExprKind::Index { base, key } => keeps_its_length(context, *base, stmt) && is_fixed(context, *key, stmt, names),
        _ => false,
    }
}

/// True if nothing can change KEYS, ARGV or a table that the script made: no use of it is anything but reading an element,
/// so no other name and no function has it.
fn keeps_its_length(context: &Context<'_>, table: ExprId, stmt: StmtId) -> bool {
    let script = context.script;
    if script.scopes.is_global(table) && (script.is_keys(table) || script.is_argv(table)) {
        let name = script.text(table);
        let mut uses = script.scopes.globals().iter().filter(|global| global.name.text(&script.source) == name);
        return uses.all(|global| global.write.is_none() && only_reads(script, global.expr));
    }
    let Some(local) = script.scopes.local_of(table) else { return false };
    let data = &script.scopes[local];
    data.kind == LocalKind::Variable
        && !script.is_used_elsewhere(local)
        && loops::keeps(context, local, stmt)
        && data.reads.iter().all(|&read| only_reads(script, read))
}

fn only_reads(script: &Script, expr: ExprId) -> bool {
    let Some(parent) = script.parent(expr) else { return false };
    match &script.tree()[parent].kind {
        ExprKind::Unary { op: UnaryOp::Len, .. } => true,
        ExprKind::Index { base, .. } | ExprKind::Field { base, .. } if *base == expr => {
            match &script.tree()[script.scopes.stmt_of(parent)].kind {
                StmtKind::Assign { targets, .. } => !targets.contains(&parent),
                _ => true,
            }
        }
        ExprKind::Call(call) => matches!(script.api(call.callee), Some(ApiPath::Global("ipairs" | "pairs" | "unpack"))),
        _ => false,
    }
}

/// True if something in a loop may end it: an exit, a raised error, or a call of an unknown function.
fn may_leave(context: &Context<'_>, stmt: StmtId) -> bool {
    if !loops::exits(context, stmt).is_empty() {
        return true;
    }
    let script = context.script;
    let range = context.tree()[stmt].range;
    // Errors end at the `pcall` that calls a function, also that of SCRIPT KILL.
    let caught = values::protected(context);
    context.tree().exprs().any(|(id, expr)| {
        range.contains_range(expr.range)
            && !caught.iter().any(|function| range.contains_range(*function) && function.contains_range(expr.range))
            && match &expr.kind {
                ExprKind::Call(call) => match script.api(call.callee) {
                    Some(ApiPath::Global(_)) if loops::is_foreign(context, id) => true,
                    Some(ApiPath::Global(name)) => {
                        matches!(name, "error" | "assert" | "loadstring" | "load" | "setfenv")
                    }
                    Some(ApiPath::Member(table, _)) => table == "coroutine",
                    None => script.called_function(id).is_none_or(|function| raises(context, function)),
                },
                _ => false,
            }
    })
}

/// True if a function of the script may raise an error of its own, or calls an unknown function.
fn raises(context: &Context<'_>, function: syntax::FunctionId) -> bool {
    let script = context.script;
    let range = context.tree()[function].range;
    context.tree().exprs().any(|(id, expr)| {
        range.contains_range(expr.range)
            && match &expr.kind {
                ExprKind::Call(call) => {
                    loops::is_foreign(context, id)
                        || matches!(script.api(call.callee), Some(ApiPath::Global("error" | "assert")))
                }
                _ => false,
            }
    })
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn without_an_exit() {
        check(
            "unbounded-loop",
            "
while true do
--<^^^^^^^^^^ warning[unbounded-loop]: nothing ends this loop: it has no break, return or error
  local job = redis.call('LPOP', KEYS[1])
  for _, key in ipairs(KEYS) do break end
  if job then redis.call('RPUSH', KEYS[2], job) end
end
",
        );
        check(
            "unbounded-loop",
            "
local function give_up(n) if n > 10 then error('enough') end end
local n = 0
repeat
  n = n + 1
  give_up(n)
until false
while true do
  if not redis.call('LPOP', KEYS[1]) then break end
end
while redis.call('LPOP', KEYS[1]) do end
",
        );
    }

    #[test]
    fn a_condition_that_stays_the_same() {
        check(
            "unbounded-loop",
            "
local cursor = '0'
local found = {}
repeat
  local page = redis.call('HSCAN', KEYS[1], cursor)
  for _, item in ipairs(page[2]) do found[#found + 1] = item end
until cursor ~= '0'
    --^^^^^^^^^^^^^ warning[unbounded-loop]: nothing in the loop changes `cursor`: once begun it never ends
local done, left = false, tonumber(ARGV[1])
while not done and left > 0 do
  left = left - redis.call('DEL', KEYS[1])
end
local list = redis.call('LRANGE', KEYS[1], 0, -1)
while #list > 0 do table.remove(list) end
local i = 0
local function step() i = i + 1 end
while i < #ARGV do step() end
local j = #list
while j < #ARGV do
--<^^^^^^^^^^^^^^^ warning[unbounded-loop]: nothing in the loop changes `j`: once begun it never ends
  redis.call('SADD', KEYS[1], ARGV[j])
end
",
        );
    }
}
