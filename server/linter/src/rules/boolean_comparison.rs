//! Replies compared with true and false that are neither.

use semantic::{Constant, flow::Kinds};
use syntax::{BinaryOp, ExprId, ExprKind};

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink, helpers::values};

declare_rule! {
    /// ## What it does
    /// Reports integer replies compared with `true` or `false`, and any other reply compared with `true`.
    ///
    /// ## Why it is bad
    /// A number equals neither, and only after `redis.setresp(3)` a few commands reply `true`: the comparison has always the
    /// same outcome.
    ///
    /// ## Example
    /// ```lua
    /// if redis.call('HEXISTS', KEYS[1], ARGV[1]) == true then
    ///   return 'taken'
    /// end
    /// return 'free'
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then
    ///   return 'taken'
    /// end
    /// return 'free'
    /// ```
    code: "boolean-comparison",
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
        for (value, truth) in [(lhs, rhs), (rhs, lhs)] {
            let wanted = match tree[tree.unparen(truth)].kind {
                ExprKind::True => true,
                ExprKind::False => false,
                _ => continue,
            };
            compare(context, sink, id, op, value, (truth, wanted));
        }
    }
}

fn compare(
    context: &Context<'_>,
    sink: &mut Sink<'_>,
    id: ExprId,
    op: BinaryOp,
    value: ExprId,
    (truth, wanted): (ExprId, bool),
) {
    let integer = values::integer_reply(context, value);
    let Some(of) = values::of(context, value).filter(|of| !of.kinds.has(Kinds::TRUE)) else { return };
    let call = match integer {
        Some((call, _)) => call,
        None if wanted => match values::replied(context, of) {
            Some(call) => call,
            None => return,
        },
        None => return,
    };
    if values::looks_again(context, id, value, |context, other| is_looked_at(context, other, integer.is_some())) {
        return;
    }
    let always = if op == BinaryOp::Eq { "never" } else { "always" };
    let name = call.name().unwrap_or("the command");
    let what = if integer.is_some() {
        "replies with a number"
    } else if of.is(Kinds::STRING | Kinds::FALSY) {
        "replies with a text, never with `true`"
    } else {
        "never replies `true`"
    };
    let finding = sink.report(context.range(id), format!("{name} {what}: this is {always} true"));
    let Some((_, binary)) = integer else {
        if of.kinds.has(Kinds::FALSE) && !of.kinds.has(Kinds::ANY_NIL) {
            let other = if op == BinaryOp::Eq { "~=" } else { "==" };
            if let ExprKind::Binary { op_range, .. } = context.tree()[id].kind {
                let edits = vec![Edit::replace(op_range, other), Edit::replace(context.range(truth), "false")];
                finding.fix("Compare with `false`", edits);
            }
        }
        return;
    };
    // "Is it true" means 1 or more, "is it false" means 0.
    let yes = (op == BinaryOp::Eq) == wanted;
    let source = context.script.text_of(context.range(value));
    let test = match (yes, binary) {
        (true, true) => "== 1",
        (true, false) => "> 0",
        (false, _) => "== 0",
    };
    finding.fix(format!("Write `{test}`"), vec![Edit::replace(context.range(id), format!("{source} {test}"))]);
}

/// True if this use of the value tests its real type.
fn is_looked_at(context: &Context<'_>, other: ExprId, integer: bool) -> bool {
    let Some((_, with)) = values::compared(context, other) else {
        return !integer && values::is_tested(context, other);
    };
    !matches!(context.script.constant(with), Some(Constant::Bool(true) | Constant::Nil))
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn never_a_boolean() {
        check(
            "boolean-comparison",
            "
local added = redis.call('HSETNX', KEYS[1], ARGV[1], 1)
if added == false then return 0 end
 --^^^^^^^^^^^^^^ warning[boolean-comparison]: HSETNX replies with a number: this is never true
if redis.call('GET', KEYS[2]) ~= true then return 1 end
 --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[boolean-comparison]: GET replies with a text, never with `true`: this is always true
return redis.call('SET', KEYS[3], 1, 'NX') == true
     --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[boolean-comparison]: SET never replies `true`: this is never true
",
        );
    }

    #[test]
    fn false_is_a_reply() {
        check(
            "boolean-comparison",
            "
local v = redis.call('GET', KEYS[1])
if v == false then return 0 end
local n = redis.call('EXISTS', KEYS[1])
if n == 1 or n == true then return 1 end
local ok, reply = pcall(redis.call, 'INCR', KEYS[1])
if ok == true then return reply end
return ARGV[1] == true
",
        );
    }

    #[test]
    fn mended() {
        let fixed = |source| fixed("boolean-comparison", source);
        assert_eq!(fixed("return redis.call('EXISTS', KEYS[1]) ~= true"), "return redis.call('EXISTS', KEYS[1]) == 0");
        assert_eq!(fixed("return redis.call('LLEN', KEYS[1]) ~= false"), "return redis.call('LLEN', KEYS[1]) > 0");
        assert_eq!(fixed("return redis.call('GET', KEYS[1]) == true"), "return redis.call('GET', KEYS[1]) ~= false");
    }
}
