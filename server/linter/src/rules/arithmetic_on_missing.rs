//! Arithmetic on what may be missing.

use semantic::flow::Kinds;
use syntax::{ExprId, ExprKind, StmtKind, UnaryOp};

use crate::rule::declare_rule;
use crate::{
    Context, Sink,
    helpers::{missing_values, values},
};

declare_rule! {
    /// ## What it does
    /// Reports arithmetic on a reply, or on the number made of one, that is `false` or nil where there is nothing; and `<`, `<=`,
    /// `>`, `>=` with such a number, and `for` loops to one.
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
    code: "arithmetic-on-missing",
    group: Replies,
    level: Warning,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    bounds(context, sink);
    for (_, expr) in context.tree().exprs() {
        let ordered = matches!(expr.kind, ExprKind::Binary { op, .. } if op.is_order());
        let operands = match expr.kind {
            ExprKind::Binary { lhs, rhs, .. } if ordered => [Some(lhs), Some(rhs)],
            ExprKind::Binary { op, lhs, rhs, .. } if op.is_arithmetic() => [Some(lhs), Some(rhs)],
            ExprKind::Unary { op: UnaryOp::Neg, operand, .. } => [Some(operand), None],
            _ => continue,
        };
        let is_text =
            |operand: ExprId| values::of(context, operand).is_some_and(|of| of.is(Kinds::STRING | Kinds::FALSY));
        let texts = operands.into_iter().flatten().all(is_text);
        for operand in operands.into_iter().flatten() {
            // Of a text that is ordered with a number another rule tells.
            let of = context.script.flow().of(operand);
            if ordered && !texts && of.is_none_or(|of| of.kinds.may_be(Kinds::STRING)) {
                continue;
            }
            if let Some(found) = missing_values::missing(context, operand) {
                let doing = if ordered { "comparing it" } else { "arithmetic" };
                missing_values::report(context, sink, operand, &found, doing, Some("0"));
            }
        }
    }
}

/// The bounds of `for i = …`.
fn bounds(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (_, stmt) in context.tree().stmts() {
        let StmtKind::NumericFor(it) = &stmt.kind else { continue };
        for bound in [Some(it.start), Some(it.end), it.step].into_iter().flatten() {
            if let Some(found) = missing_values::missing(context, bound) {
                missing_values::report(context, sink, bound, &found, "counting with it", Some("0"));
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
if redis.call('GET', KEYS[8]) > ARGV[2] then return 1 end
 --^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[arithmetic-on-missing]: this may be `false`, when GET finds nothing: comparing it stops the script then
for i = 1, redis.call('GET', KEYS[6]) do redis.call('INCR', KEYS[7]) end
         --^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[arithmetic-on-missing]: this may be `false`, when GET finds nothing: counting with it stops the script then
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
if redis.call('ZRANK', KEYS[3], 'a') == false then return 0 end
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
    fn a_key_that_is_there_may_lack_the_field() {
        check(
            "arithmetic-on-missing",
            "
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local left = redis.call('GET', KEYS[1]) + 1
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
local next = score + 1
           --^^^^^ warning[arithmetic-on-missing]: `score` may be `false`, when ZSCORE on line 3 finds nothing: arithmetic stops the script then
if redis.call('HEXISTS', KEYS[2], 'open') == 0 then return 0 end
local open = redis.call('HGET', KEYS[2], 'open') + 1
local limit = redis.call('HGET', KEYS[2], 'limit') + 1
            --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[arithmetic-on-missing]: this may be `false`, when HGET finds nothing: arithmetic stops the script then
redis.call('HSET', KEYS[3], 'a', 1)
local a = redis.call('HGET', KEYS[3], 'a') + 1
local b = redis.call('HGET', KEYS[3], 'b') + 1
        --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[arithmetic-on-missing]: this may be `false`, when HGET finds nothing: arithmetic stops the script then
if redis.call('SISMEMBER', KEYS[4], ARGV[1]) == 1 then return redis.call('SCARD', KEYS[4]) + 1 end
local exists = redis.call('EXISTS', KEYS[5], KEYS[6]) == 2
if exists then return redis.call('GET', KEYS[5]) + redis.call('GET', KEYS[6]) end
if redis.call('HEXISTS', KEYS[7], 'a') == 1 and redis.call('HEXISTS', KEYS[7], 'b') == 1 then
  local both = redis.call('HMGET', KEYS[7], 'a', 'b')
  return both[1] + both[2]
end
local ok = pcall(function() return redis.call('GET', KEYS[8]) + 1 end)
return next + left
",
        );
    }

    #[test]
    fn lists_may_be_empty() {
        check(
            "arithmetic-on-missing",
            "
local head = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local wait = head[2] - ARGV[1]
           --^^^^^^^ warning[arithmetic-on-missing]: `head[2]` may be nil, when ZRANGE on line 1 finds nothing: arithmetic stops the script then
local popped = redis.call('ZPOPMIN', KEYS[2])
if #popped == 0 then return wait end
local first = redis.call('LRANGE', KEYS[3], 0, 0)[1] or 0
local all = redis.call('LRANGE', KEYS[4], 0, -1)
local sum = 0
for i = 1, #all do sum = sum + all[i] end
if redis.call('ZCARD', KEYS[5]) > 0 then
  sum = sum + redis.call('ZRANGE', KEYS[5], 0, 0, 'WITHSCORES')[2]
end
if redis.call('ZCARD', KEYS[8]) >= tonumber(ARGV[2]) then
  sum = sum + redis.call('ZRANGE', KEYS[8], 0, 0, 'WITHSCORES')[2]
end
for i = 0, redis.call('LLEN', KEYS[6]) - 1 do sum = sum + redis.call('LINDEX', KEYS[6], i) end
local bits = redis.call('BITFIELD', KEYS[7], 'GET', 'u1', ARGV[1])
return popped[2] + first + sum + bits[1]
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
