//! Comparisons of a reply with nil.

use semantic::{
    ApiPath,
    flow::{Kinds, Type},
};
use syntax::{BinaryOp, ExprId, ExprKind, UnaryOp};

use crate::rule::declare_rule;
use crate::{
    Context, Edit, Sink,
    helpers::{server_tables, values},
};

declare_rule! {
    /// ## What it does
    /// Reports `== nil` and `~= nil` on a value that is never nil: on a reply that is `false` where there is nothing, on a list,
    /// which is empty then, on a number or a status, on KEYS and ARGV. It is silent where the same condition asks for more
    /// than nil.
    ///
    /// ## Why it is bad
    /// Redis turns a null reply into `false`, because nil would cut a Lua table short. The comparison has always the same
    /// outcome, so the case of the missing key is never handled.
    ///
    /// ## Example
    /// ```lua
    /// local seats = redis.call('HGET', KEYS[1], 'seats')
    /// if seats == nil then
    ///   return redis.error_reply('NOEVENT there is no such event')
    /// end
    /// return tonumber(seats)
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local seats = redis.call('HGET', KEYS[1], 'seats')
    /// if not seats then
    ///   return redis.error_reply('NOEVENT there is no such event')
    /// end
    /// return tonumber(seats)
    /// ```
    code: "nil-comparison",
    group: Replies,
    level: Warning,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let tree = context.tree();
    for (id, expr) in tree.binaries() {
        let ExprKind::Binary { op, lhs, rhs, .. } = expr.kind else { continue };
        if !op.is_equality() {
            continue;
        }
        for (nil, value) in [(lhs, rhs), (rhs, lhs)] {
            if tree[tree.unparen(nil)].kind != ExprKind::Nil {
                continue;
            }
            let Some(of) = values::of(context, value) else { continue };
            let Some(call) = of.may_be_missing() else {
                always_there(context, sink, (id, op), value, of);
                continue;
            };
            if !of.kinds.has(Kinds::FALSE) || of.kinds.has(Kinds::ANY_NIL) {
                continue;
            }
            if values::looks_again(context, id, value, |context, other| decides_anyway(context, other, op)) {
                continue;
            }
            let always = if op == BinaryOp::Eq { "never" } else { "always" };
            let name = values::name(context, call);
            let finding = sink.report(
                context.range(id),
                format!("{name} gives `false`, not nil, for what is missing: this is {always} true"),
            );
            let finding = if context.line(context.range(call).start) == context.line(expr.range.start) {
                finding
            } else {
                finding.related(values::place(context, call), format!("{name} is called here"))
            };
            finding.fix("Compare with `false`", vec![Edit::replace(context.range(nil), "false")]);
        }
    }
}

/// A reply that is always there, or a list of the server.
fn always_there(context: &Context<'_>, sink: &mut Sink<'_>, (id, op): (ExprId, BinaryOp), value: ExprId, of: &Type) {
    if of.kinds.has(Kinds::FALSY | Kinds::OTHER | Kinds::FUNCTION) {
        return;
    }
    let is_table = of.is(Kinds::TABLE);
    let what = match values::replied(context, of) {
        _ if is_table => match server_tables::described(context, of) {
            Some(what) => what,
            None => return,
        },
        Some(call) if of.is(Kinds::NUMBER) => {
            format!("a number, the reply of {}", call.name().unwrap_or("the command"))
        }
        Some(call) if of.is(Kinds::STRING) => format!("text, the reply of {}", call.name().unwrap_or("the command")),
        None if is_computed(context, value) => match of.kinds {
            kinds if kinds.is_only(Kinds::NUMBER) => "a number".to_owned(),
            kinds if kinds.is_only(Kinds::STRING) => "text".to_owned(),
            _ => return,
        },
        _ => return,
    };
    // A table that is compared with text or a number once more is not known better for that.
    let is_known_better = |context: &Context<'_>, again: ExprId| {
        let with = values::compared(context, again).and_then(|(_, with)| values::of(context, with));
        !is_table || with.is_none_or(|with| with.is(Kinds::FALSY))
    };
    if values::looks_again(context, id, value, is_known_better)
        || is_table && server_tables::is_measured(context, of)
        || op != BinaryOp::Eq && server_tables::is_mere_guard(context, id)
    {
        return;
    }
    let always = if op == BinaryOp::Eq { "never" } else { "always" };
    let subject = values::subject(context, value);
    let finding = sink.report(context.range(id), format!("{subject} is {what}, never nil: this is {always} true"));
    if is_table && server_tables::is_list(of) {
        let test = if op == BinaryOp::Eq { "== 0" } else { "> 0" };
        server_tables::length_fix(context, finding, id, value, test);
    }
}

/// Returns true if a value is the result of an operation that never gives nil: `#list`, `a + b`, `a .. b`.
fn is_computed(context: &Context<'_>, value: ExprId) -> bool {
    match context.tree()[context.script.resolve(value)].kind {
        ExprKind::Unary { op, .. } => op != UnaryOp::Not,
        ExprKind::Binary { op, .. } => op.is_arithmetic() || op == BinaryOp::Concat,
        _ => false,
    }
}

/// True if another look at the value in the same condition makes the comparison harmless.
fn decides_anyway(context: &Context<'_>, other: ExprId, op: BinaryOp) -> bool {
    if values::is_tested(context, other) {
        return true;
    }
    match values::argument_of(context, other) {
        Some((ApiPath::Global("type"), _)) => return true,
        Some((ApiPath::Global("tonumber"), call)) if values::is_tested(context, call) => return true,
        _ => {}
    }
    let Some((compared, with)) = values::compared(context, other) else { return false };
    let Some(with) = values::of(context, with) else { return false };
    // `v ~= nil and v == x`: false equals nothing but false.
    with.is(Kinds::FALSE) || compared.is_equality() && compared != op && !with.kinds.has(Kinds::FALSE)
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn false_is_not_nil() {
        check(
            "nil-comparison",
            "
local holder = redis.call('GET', KEYS[1])
if holder == nil then return 1 end
 --^^^^^^^^^^^^^ warning[nil-comparison]: GET gives `false`, not nil, for what is missing: this is never true
local v = redis.call('HMGET', KEYS[2], 'quota', 'used')
if nil ~= v[1] and (v[2] == nil or v[2] == '') then return 0 end
 --^^^^^^^^^^^ warning[nil-comparison]: HMGET gives `false`, not nil, for what is missing: this is always true
                  --^^^^^^^^^^^ warning[nil-comparison]: HMGET gives `false`, not nil, for what is missing: this is never true
if redis.call('ZSCORE', KEYS[3], ARGV[1]) ~= nil then return 2 end
 --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[nil-comparison]: ZSCORE gives `false`, not nil, for what is missing: this is always true
",
        );
    }

    #[test]
    fn what_is_always_there() {
        check(
            "nil-comparison",
            "
local user = redis.call('HGETALL', KEYS[1])
if user == nil then return 'nobody' end
 --^^^^^^^^^^^ warning[nil-comparison]: `user` is a list, the reply of HGETALL, never nil: this is never true
if redis.call('HEXISTS', KEYS[1], ARGV[1]) ~= nil then return 'field' end
 --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[nil-comparison]: this is a number, the reply of HEXISTS, never nil: this is always true
if user == nil or user == '' then return 'nobody' end
 --^^^^^^^^^^^ warning[nil-comparison]: `user` is a list, the reply of HGETALL, never nil: this is never true
if ARGV == nil then return 'none' end
 --^^^^^^^^^^^ warning[nil-comparison]: `ARGV` is the list of arguments, never nil: this is never true
if redis.call('SET', KEYS[1], 'x') ~= nil then return 'set' end
 --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[nil-comparison]: this is a status, `{ok = …}`, the reply of SET, never nil: this is always true
local n = #KEYS
if n == nil then return 'no key' end
 --^^^^^^^^ warning[nil-comparison]: `n` is a number, never nil: this is never true
",
        );
        check(
            "nil-comparison",
            "
local user = redis.call('HGETALL', KEYS[1])
if user == nil or #user == 0 then return 'nobody' end
local first = redis.call('ZRANGE', KEYS[2], 0, 0)
if first == nil then return 0 end
if next(first) == nil then return 0 end
local count = redis.call('INCR', KEYS[3])
if count ~= nil and count > 1 then return count end
local read = redis.call('XREAD', 'STREAMS', KEYS[5], '0')
if read == false or read == nil then return 0 end
local reply = redis.call(ARGV[1], KEYS[4])
if reply == nil then return 1 end
",
        );
        assert_eq!(
            fixed("nil-comparison", "local all = redis.call('HVALS', KEYS[1])\nreturn all ~= nil"),
            "local all = redis.call('HVALS', KEYS[1])\nreturn #all > 0"
        );
    }

    #[test]
    fn both_are_asked_for_or_it_may_be_nil() {
        check(
            "nil-comparison",
            "
local a = redis.call('GET', KEYS[1])
if a == nil or a == false then return 0 end
local b = redis.call('GET', KEYS[2])
if not b or b == nil then return 0 end
local c = redis.call('GET', KEYS[3])
if c ~= nil and type(c) ~= 'boolean' then return c end
if c ~= nil and c == ARGV[1] then return c end
local d = tonumber(redis.call('GET', KEYS[4]))
if d == nil then return 0 end
local e = c ~= nil and c or 'none'
local members = redis.call('SMEMBERS', KEYS[5])
if members[1] == nil then return 0 end
if ARGV[2] == nil then return 0 end
local found
for _, key in ipairs(KEYS) do found = found or redis.call('GET', key) end
if found == nil then return 0 end
return e
",
        );
        check("nil-comparison", "redis.setresp(3)\nreturn redis.call('GET', KEYS[1]) == nil\n");
    }

    #[test]
    fn mended() {
        assert_eq!(
            fixed("nil-comparison", "return redis.call('GET', KEYS[1]) == nil"),
            "return redis.call('GET', KEYS[1]) == false"
        );
    }
}
