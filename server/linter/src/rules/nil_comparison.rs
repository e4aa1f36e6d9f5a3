//! Comparisons of a reply with nil.

use semantic::{ApiPath, flow::Kinds};
use syntax::{BinaryOp, ExprId, ExprKind};

use crate::{Context, Edit, Sink, values};
use crate::rule::declare_rule;

declare_rule! {
    /// ## What it does
    /// Reports `== nil` and `~= nil` on a value that a command replied and that is `false`, never nil, where there is
    /// nothing. It is silent where the same condition asks for `false` too.
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
    "nil-comparison", Warning, Offered, check
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let tree = context.tree();
    for (id, expr) in tree.exprs() {
        let ExprKind::Binary { op, lhs, rhs, .. } = expr.kind else { continue };
        if !op.is_equality() {
            continue;
        }
        for (nil, value) in [(lhs, rhs), (rhs, lhs)] {
            if tree[tree.unparen(nil)].kind != ExprKind::Nil {
                continue;
            }
            let Some(of) = values::of(context, value) else { continue };
            let Some(call) = of.may_be_missing() else { continue };
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

/// Whether another look at the value in the same condition makes the comparison harmless.
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
