//! Fractions that the client does not get.

use semantic::{
    ApiPath,
    flow::{Kinds, Whole},
};
use syntax::{ExprId, ExprKind};

use crate::rule::declare_rule;
use crate::{
    Context, Edit, Level, Sink,
    helpers::{returns, values},
};

declare_rule! {
    /// ## What it does
    /// Reports numbers with a fraction that the script returns, by themselves or in a list: constants like `0.5`,
    /// `math.random()`. Quotients are pointed out as a hint, for some are meant to be cut.
    ///
    /// ## Why it is bad
    /// The reply to the client has integers only: the server cuts the fraction off, toward zero, and says nothing. `-0.9`
    /// becomes 0.
    ///
    /// ## Example
    /// ```lua
    /// local hits = tonumber(redis.call('GET', KEYS[1]) or 0)
    /// return hits / tonumber(ARGV[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local hits = tonumber(redis.call('GET', KEYS[1]) or 0)
    /// return tostring(hits / tonumber(ARGV[1]))
    /// ```
    code: "return-float",
    group: Client,
    level: Warning,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    for value in returns::find(context).values {
        let Some(of) = script.flow().of(value) else { continue };
        if !of.kinds.has(Kinds::NUMBER) || of.number.whole != Whole::No {
            continue;
        }
        let range = context.range(value);
        let cut = of.number.constant.map(|number| number.0).filter(|number| number.abs() < 1e15);
        let message = match cut {
            Some(number) => format!("the client gets {}: the fraction of {number} is cut off", number.trunc() + 0.0),
            None => "the client gets an integer: this number's fraction is cut off".to_owned(),
        };
        let finding = sink
            .report(range, message)
            .help("return it as text with `tostring`, or say with `math.floor` that it is to be an integer")
            .level(if cut.is_some() || is_random(context, value) { Level::Warning } else { Level::Hint });
        if of.is(Kinds::NUMBER) && !matches!(context.tree()[value].kind, ExprKind::Vararg) {
            let edits = vec![Edit::insert(range.start, "tostring("), Edit::insert(range.end, ")")];
            finding.fix("Return it as text", edits);
        }
    }
}

/// Returns true if a value is `math.random()`, which is always cut to 0.
fn is_random(context: &Context<'_>, value: ExprId) -> bool {
    let ExprKind::Call(call) = &context.tree()[values::origin(context, value)].kind else { return false };
    context.script.api(call.callee) == Some(ApiPath::Member("math", "random"))
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn fractions_on_their_way_out() {
        check(
            "return-float",
            "
local capacity, rate = tonumber(ARGV[1]), tonumber(ARGV[2])
local now = tonumber(ARGV[3])
local tokens = tonumber(redis.call('HGET', KEYS[1], 'tokens') or capacity)
local wait = (1 - tokens) / rate
if tokens < 1 then
  return {0, tokens, wait}
                   --^^^^ hint[return-float]: the client gets an integer: this number's fraction is cut off
end
if rate == 0 then return 0.5 end
                       --^^^ warning[return-float]: the client gets 0: the fraction of 0.5 is cut off
if rate == 2 then return math.random() end
                       --^^^^^^^^^^^^^ warning[return-float]: the client gets an integer: this number's fraction is cut off
local answer = {}
answer[1] = wait * 1000
          --^^^^^^^^^^^ hint[return-float]: the client gets an integer: this number's fraction is cut off
table.insert(answer, now)
return answer
",
        );
    }

    #[test]
    fn integers_and_texts() {
        check(
            "return-float",
            "
local t = redis.call('TIME')
local half = t[1] / 2
local function ratio(a, b) return a / b end
if half > 10 then return tostring(half) end
if ratio(1, 2) > 0.3 then return {double = half} end
redis.setresp(3)
local best = math.huge
for _, v in ipairs(ARGV) do best = math.min(best, #v) end
return {math.floor(half), math.ceil(t[1] / 3), tonumber(ARGV[1]), #KEYS / 2, best, half - half % 1, 6 / 2}
",
        );
    }

    #[test]
    fn as_text() {
        assert_eq!(fixed("return-float", "return {1, ARGV[1] / 3}"), "return {1, tostring(ARGV[1] / 3)}");
    }
}
