//! Sorted sets whose members are times.

use commands::bind::Role;
use semantic::{ApiPath, CallForm, CommandCall};
use syntax::{BinaryOp, ExprId, ExprKind};

use crate::rule::declare_rule;
use crate::{Context, Sink, helpers::values};

declare_rule! {
    /// ## What it does
    /// Points out ZADD with a time as score and the same time as member, as rate limiters with a sliding window have it.
    ///
    /// ## Why it is bad
    /// A sorted set has each member once. Two requests in the same millisecond are one member, and count once: under load the
    /// limit is not kept.
    ///
    /// ## Example
    /// ```lua
    /// local now = tonumber(ARGV[1])
    /// redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, now - 1000)
    /// redis.call('ZADD', KEYS[1], now, now)
    /// return redis.call('ZCARD', KEYS[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local now, request = tonumber(ARGV[1]), ARGV[2]
    /// redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, now - 1000)
    /// redis.call('ZADD', KEYS[1], now, request)
    /// return redis.call('ZCARD', KEYS[1])
    /// ```
    code: "score-as-member",
    group: Commands,
    level: Hint,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let calls = context.script.calls.iter().filter(|call| call.name() == Some("ZADD"));
    for call in calls.filter(|call| !matches!(call.form, CallForm::Wrapper(_))) {
        for (at, pair) in call.words.windows(2).enumerate() {
            let [score, member] = *pair else { continue };
            let is_pair = call.binding.roles.get(at) == Some(&Role::Value("score"))
                && call.binding.roles.get(at + 1) == Some(&Role::Value("member"));
            if !is_pair || !is_same(context, score, member) || !is_time(context, call, score) {
                continue;
            }
            sink.report(context.range(member), "the score is the member too: two requests at the same time count once")
                .help("let members differ: put an id of the request, or a counter, behind the time");
        }
    }
}

/// Returns true if a member is the score, also as text.
fn is_same(context: &Context<'_>, score: ExprId, member: ExprId) -> bool {
    let script = context.script;
    if script.constant(score).is_some() {
        return false;
    }
    let is_variable = |expr: ExprId| {
        matches!(context.tree()[expr].kind, ExprKind::Name(_) | ExprKind::Index { .. } | ExprKind::Field { .. })
    };
    let (score, member) = (plain(context, score), plain(context, member));
    is_variable(values::origin(context, score)) && values::origin(context, score) == values::origin(context, member)
        || is_variable(score) && values::same(context, score, member)
}

/// The value behind `tostring`, `tonumber` and empty concatenations.
fn plain(context: &Context<'_>, expr: ExprId) -> ExprId {
    let script = context.script;
    match &context.tree()[values::origin(context, expr)].kind {
        ExprKind::Call(call) => match (script.api(call.callee), &*call.args) {
            (Some(ApiPath::Global("tostring" | "tonumber")), [inner]) => plain(context, *inner),
            _ => expr,
        },
        ExprKind::Binary { op: BinaryOp::Concat, lhs, rhs, .. }
            if script.constant_string(*rhs).is_some_and(|text| text.is_empty()) =>
        {
            plain(context, *lhs)
        }
        _ => expr,
    }
}

/// Returns true if a score is a time: by its name, by where it is from, or because the script drops old members by it.
fn is_time(context: &Context<'_>, call: &CommandCall, score: ExprId) -> bool {
    let script = context.script;
    let size = values::of(context, score).map_or(0.0, |of| of.text.number.unwrap_or(of.number).size.0);
    // A script takes longer than a microsecond.
    if size >= 1e14 {
        return false;
    }
    let name = script.text_of(context.range(score)).to_ascii_lowercase();
    let is_named =
        ["now", "time", "stamp", "milli", "_ts", "current"].iter().any(|word| name.contains(word)) || name == "ts";
    let key = |call: &CommandCall| {
        let (at, _) = call.binding.keys().next()?;
        Some(context.templates(*call.words.get(at)?))
    };
    let own = key(call);
    size >= 1e9
        || is_named
        || !is_rounded(context, score)
            && script
                .calls
                .iter()
                .any(|other| other.name() == Some("ZREMRANGEBYSCORE") && own.is_some() && key(other) == own)
}

/// Returns true if a value is rounded, as the number of a window is: then equal ones are meant to be one member.
fn is_rounded(context: &Context<'_>, score: ExprId) -> bool {
    match &context.tree()[values::origin(context, plain(context, score))].kind {
        ExprKind::Call(call) => {
            matches!(context.script.api(call.callee), Some(ApiPath::Member("math", "floor" | "ceil")))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn times_as_members() {
        check(
            "score-as-member",
            "
local now = tonumber(ARGV[1])
redis.call('ZADD', KEYS[1], now, now)
                               --^^^ hint[score-as-member]: the score is the member too: two requests at the same time count once
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[2])
                                   --^^^^^^^ hint[score-as-member]: the score is the member too: two requests at the same time count once
local window = KEYS[2]
redis.call('ZREMRANGEBYSCORE', window, 0, ARGV[3])
redis.call('ZADD', KEYS[5], now, now .. '')
                               --^^^^^^^^^ hint[score-as-member]: the score is the member too: two requests at the same time count once
redis.call('ZADD', KEYS[6], 1, 'a', redis.call('TIME')[1], ARGV[5])
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[3])
redis.call('ZADD', KEYS[1], now, now .. ':' .. ARGV[4])
redis.call('ZADD', KEYS[1], 0, 0)
local bucket = math.floor(now / 60)
redis.call('ZADD', KEYS[7], bucket, bucket)
redis.call('ZREMRANGEBYSCORE', KEYS[7], 0, bucket - 60)
local t = redis.call('TIME')
local micros = t[1] * 1000000 + t[2]
redis.call('ZADD', KEYS[4], micros, micros)
",
        );
    }
}
