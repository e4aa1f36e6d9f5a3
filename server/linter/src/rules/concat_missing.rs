//! Concatenation with what may be missing.

use syntax::{BinaryOp, ExprKind};

use crate::rule::declare_rule;
use crate::{Context, Sink, helpers::missing_values};

declare_rule! {
    /// ## What it does
    /// Reports `..` with a reply that is `false` where there is nothing.
    ///
    /// ## Why it is bad
    /// Lua joins strings and numbers only. A missing key or field is `false`, and the script stops: `attempt to concatenate a
    /// boolean value`.
    ///
    /// ## Example
    /// ```lua
    /// local owner = redis.call('GET', KEYS[1])
    /// return redis.call('HGETALL', 'user:' .. owner)
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local owner = redis.call('GET', KEYS[1])
    /// if not owner then
    ///   return {}
    /// end
    /// return redis.call('HGETALL', 'user:' .. owner)
    /// ```
    code: "concat-missing",
    group: Replies,
    level: Warning,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (_, expr) in context.tree().binaries() {
        let ExprKind::Binary { op: BinaryOp::Concat, lhs, rhs, .. } = expr.kind else { continue };
        for operand in [lhs, rhs] {
            if let Some(found) = missing_values::missing(context, operand) {
                missing_values::report(context, sink, operand, &found, "`..`", Some("''"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn functions_that_assert_their_parameters() {
        check(
            "concat-missing",
            "
local Queue = {}
function Queue.of(name)
  assert(name, 'no name')
  return { name = name }
end
local function find(name)
  if #KEYS > 1 then return nil end
  assert(name, 'no name')
end
local name = redis.call('HGET', KEYS[1], 'queue')
setmetatable(Queue, Queue)
local queue = Queue.of(name)
redis.call('SADD', 'of:' .. name, 1)
local other = redis.call('HGET', KEYS[1], 'other')
find(other)
return 'of:' .. other
              --^^^^^ warning[concat-missing]: `other` may be `false`, when HGET on line 14 finds nothing: `..` stops the script then
",
        );
    }

    #[test]
    fn nothing_is_no_text() {
        check(
            "concat-missing",
            "
local id = redis.call('LPOP', KEYS[1])
redis.call('DEL', KEYS[2] .. ':' .. id)
                                  --^^ warning[concat-missing]: `id` may be `false`, when LPOP on line 1 finds nothing: `..` stops the script then
return 'next ' .. redis.call('RPOPLPUSH', KEYS[3], KEYS[4])
                --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[concat-missing]: this may be `false`, when RPOPLPUSH finds nothing: `..` stops the script then
",
        );
    }

    #[test]
    fn what_was_asked_for_is_there() {
        check(
            "concat-missing",
            "
local id = redis.call('LPOP', KEYS[1])
if id then redis.call('DEL', KEYS[2] .. ':' .. id) end
local prefix = redis.call('GET', KEYS[3]) or 'app'
while redis.call('LLEN', KEYS[4]) > 0 do
  local job = redis.call('LPOP', KEYS[4])
  redis.call('DEL', prefix .. job .. ARGV[1])
end
for _, name in ipairs(redis.call('SMEMBERS', KEYS[5])) do redis.call('DEL', prefix .. name) end
",
        );
    }
}
