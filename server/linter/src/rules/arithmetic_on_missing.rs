//! Arithmetic on what may be missing.

use semantic::flow::Kinds;
use syntax::{ExprKind, UnaryOp};

use crate::rule::declare_rule;
use crate::{Context, Sink, missing};

declare_rule! {
    /// ## What it does
    /// Reports arithmetic on a reply, or on the number made of one, that is `false` or nil where there is nothing; and `<`, `<=`,
    /// `>`, `>=` with such a number.
    ///
    /// ## Why it is bad
    /// A missing key or field is `false`, and `tonumber(false)` is nil. Computing with either stops the script: `attempt to
    /// perform arithmetic on a boolean value`. It works in every test that sets the key first.
    ///
    /// ## Example
    /// ```lua
    /// local left = tonumber(redis.call('GET', KEYS[1]))
    /// redis.call('SET', KEYS[1], left - ARGV[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local left = tonumber(redis.call('GET', KEYS[1])) or 0
    /// redis.call('SET', KEYS[1], left - ARGV[1])
    /// ```
    "arithmetic-on-missing", Warning, Offered, check
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (_, expr) in context.tree().exprs() {
        let ordered = matches!(expr.kind, ExprKind::Binary { op, .. } if op.is_order());
        let operands = match expr.kind {
            ExprKind::Binary { lhs, rhs, .. } if ordered => [Some(lhs), Some(rhs)],
            ExprKind::Binary { op, lhs, rhs, .. } if op.is_arithmetic() => [Some(lhs), Some(rhs)],
            ExprKind::Unary { op: UnaryOp::Neg, operand, .. } => [Some(operand), None],
            _ => continue,
        };
        for operand in operands.into_iter().flatten() {
            // Of a text that is ordered with a number another rule tells.
            let of = context.script.flow().of(operand);
            if ordered && of.is_none_or(|of| of.kinds.may_be(Kinds::STRING)) {
                continue;
            }
            if let Some(found) = missing::missing(context, operand) {
                let doing = if ordered { "comparing it" } else { "arithmetic" };
                missing::report(context, sink, operand, &found, doing, Some("0"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn a_missing_key_is_no_number() {
        check(
            "arithmetic-on-missing",
            "
local tokens = tonumber(redis.call('HGET', KEYS[1], 'tokens'))
local left = tokens - 1
           --^^^^^^ warning[arithmetic-on-missing]: `tokens` may be nil, when HGET on line 1 finds nothing: arithmetic stops the script then
redis.call('SET', KEYS[2], redis.call('GET', KEYS[2]) + 1)
                         --^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[arithmetic-on-missing]: this may be `false`, when GET finds nothing: arithmetic stops the script then
local used = tonumber(redis.call('GET', KEYS[5]))
if used >= tonumber(ARGV[1]) then return 0 end
 --^^^^ warning[arithmetic-on-missing]: `used` may be nil, when GET on line 6 finds nothing: comparing it stops the script then
local both = redis.call('MGET', KEYS[3], KEYS[4])
return left + both[1] * both[2]
            --^^^^^^^ warning[arithmetic-on-missing]: `both[1]` may be `false`, when MGET on line 9 finds nothing: arithmetic stops the script then
                      --^^^^^^^ warning[arithmetic-on-missing]: `both[2]` may be `false`, when MGET on line 9 finds nothing: arithmetic stops the script then
",
        );
    }

    #[test]
    fn what_was_asked_for_is_there() {
        check(
            "arithmetic-on-missing",
            "
local tokens = tonumber(redis.call('HGET', KEYS[1], 'tokens')) or 10
local last = redis.call('GET', KEYS[2])
if not last then last = 0 end
if redis.call('EXISTS', KEYS[3]) == 0 then return 0 end
local score = redis.call('ZSCORE', KEYS[3], 'a')
local bucket = redis.call('HMGET', KEYS[4], 'tokens', 'time')
if bucket[1] == false then bucket = {'0', '0'} end
redis.call('HSETNX', KEYS[5], 'n', 1)
local first = redis.call('ZRANGE', KEYS[6], 0, 0)
local rank = tonumber(redis.call('ZRANK', KEYS[6], first[1])) - 1
return rank + tokens + last + score + bucket[1] + bucket[2] + redis.call('HGET', KEYS[5], 'n') + tonumber(ARGV[1])
",
        );
    }

    #[test]
    fn mended() {
        assert_eq!(
            fixed("arithmetic-on-missing", "return redis.call('GET', KEYS[1]) + 1"),
            "return (redis.call('GET', KEYS[1]) or 0) + 1"
        );
    }
}
