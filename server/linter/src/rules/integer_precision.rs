//! Integers that lose digits.

use semantic::{
    ApiPath, Constant, Init, LocalId,
    flow::{Kinds, Type, Whole},
};
use syntax::{BinaryOp, ExprId, ExprKind};

use crate::rule::declare_rule;
use crate::{
    Context, Edit, Sink,
    helpers::{command_problems::word_range, values::is_tested},
};

declare_rule! {
    /// ## What it does
    /// Reports integers past 2^53 that a Lua number does not hold exactly; numbers of 15 digits and more that become text by
    /// `..`, `tostring` or `%s`, such as a time in microseconds; and fractions given to `%d`.
    ///
    /// ## Why it is bad
    /// Numbers are doubles: from 2^53 (9007199254740992) on not every integer exists, and `9007199254740993` is the one
    /// before it. Text of a number has 14 digits only, so from 10^14 on it is `1.7e+15`, where an integer was meant: keys,
    /// members and ids that should differ become one.
    ///
    /// ## Example
    /// ```lua
    /// local t = redis.call('TIME')
    /// local now = t[1] * 1000000 + t[2]
    /// redis.call('ZADD', KEYS[1], now, ARGV[1] .. ':' .. now)
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local t = redis.call('TIME')
    /// local now = t[1] * 1000000 + t[2]
    /// redis.call('ZADD', KEYS[1], now, ARGV[1] .. ':' .. string.format('%.0f', now))
    /// ```
    code: "integer-precision",
    group: Types,
    level: Warning,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

/// Limit of exact integers (2^53): above it, neighbouring integers are the same number.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// Limit above which `tostring`, with its 14 digits, writes an exponent.
const WRITTEN: f64 = 1e14;

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let (script, tree) = (context.script, context.tree());
    for (id, expr) in tree.exprs() {
        match &expr.kind {
            ExprKind::Number(_) => {
                if let Some(number) = inexact(script.text(id)).filter(|_| !is_limit(context, id)) {
                    sink.report(expr.range, format!("as a number this is {number:.0}: integers past 2^53 lose digits"))
                        .help("write it as text, and compare it as text");
                }
            }
            ExprKind::Binary { op: BinaryOp::Concat, lhs, rhs, .. } => {
                for side in [*lhs, *rhs] {
                    if let Some(of) = written_short(context, side) {
                        let finding = short(context, sink, side);
                        let range = context.range(side);
                        if of.number.whole == Whole::Yes {
                            let edits =
                                vec![Edit::insert(range.start, "string.format('%.0f', "), Edit::insert(range.end, ")")];
                            finding.fix("Write all its digits", edits);
                        }
                    }
                }
            }
            ExprKind::Call(call) => match (script.api(call.callee), &*call.args) {
                (Some(ApiPath::Global("tonumber")), [text]) => {
                    let Some(Constant::String(bytes)) = script.constant(*text) else { continue };
                    if let Some(number) = inexact(&bytes) {
                        sink.report(
                            expr.range,
                            format!("as a number this is {number:.0}: integers past 2^53 lose digits"),
                        )
                        .help("leave it as text");
                    }
                }
                (Some(ApiPath::Global("tostring")), [value]) => {
                    if let Some(of) = written_short(context, *value) {
                        let finding = short(context, sink, *value);
                        if of.number.whole == Whole::Yes {
                            let edit = Edit::replace(context.range(call.callee), "string.format");
                            let start = context.range(*value).start;
                            finding.fix("Write all its digits", vec![edit, Edit::insert(start, "'%.0f', ")]);
                        }
                    }
                }
                (Some(ApiPath::Member("string", "format")), [pattern, values @ ..]) => {
                    let Some(pattern) = script.constant_string(*pattern) else { continue };
                    for (kind, &value) in directives(&pattern).into_iter().zip(values) {
                        if kind == b's' && written_short(context, value).is_some() {
                            short(context, sink, value);
                        }
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }
    for call in &script.calls {
        for (at, &word) in call.words.iter().enumerate() {
            let Some(of) = script.flow().of(word) else { continue };
            let sure = of.is(Kinds::NUMBER) && of.number.constant.is_none() && of.number.size.0 >= EXACT;
            if sure {
                sink.report(
                    word_range(context, call, at),
                    "this number is past 2^53, where integers lose their last digits",
                )
                .help("keep it smaller, such as in microseconds, or put it together as text");
            }
        }
    }
}

fn short<'s>(context: &Context<'_>, sink: &'s mut Sink<'_>, value: ExprId) -> crate::Finding<'s> {
    let size = context.script.flow().of(value).map_or(0.0, |of| of.number.size.0);
    sink.report(
        context.range(value),
        format!("as text this number is like `1.2345678901234e+{}`: only 14 digits are written", size.log10().floor()),
    )
    .help("write it with string.format('%.0f', …)")
}

/// The number as which decimal digits are read, if it differs from them.
fn inexact(text: &[u8]) -> Option<f64> {
    let digits = std::str::from_utf8(text).ok()?.trim().trim_start_matches(['-', '+']);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let meant: u128 = digits.parse().ok()?;
    let number: f64 = digits.parse().ok()?;
    ((EXACT..1e38).contains(&number) && number as u128 != meant).then_some(number)
}

/// True if a constant is only compared with: as a limit it need not be exact.
fn is_limit(context: &Context<'_>, expr: ExprId) -> bool {
    is_compared(context, expr)
        || kept_in(context, expr).is_some_and(|local| {
            let reads = &context.script.scopes[local].reads;
            !reads.is_empty() && reads.iter().all(|&read| is_compared(context, read) || is_tested(context, read))
        })
}

/// The local that a value is given to.
fn kept_in(context: &Context<'_>, expr: ExprId) -> Option<LocalId> {
    let gives = |value: Init| matches!(value, Init::Expr(value) if context.tree().unparen(value) == expr);
    let mut locals = context.script.scopes.locals();
    locals.find(|(_, local)| gives(local.init) || local.writes.iter().any(|write| gives(write.value))).map(|(id, _)| id)
}

/// True if only the order of an expression among others is used.
fn is_compared(context: &Context<'_>, expr: ExprId) -> bool {
    let script = context.script;
    let mut at = expr;
    while let Some(parent) = script.parent(at) {
        match &context.tree()[parent].kind {
            ExprKind::Paren(_) | ExprKind::Unary { .. } => at = parent,
            ExprKind::Binary { op, .. } => return op.is_order(),
            ExprKind::Call(call) => {
                return matches!(script.api(call.callee), Some(ApiPath::Member("math", "min" | "max")));
            }
            _ => return false,
        }
    }
    false
}

/// A number that loses digits as text.
fn written_short<'a>(context: &Context<'a>, value: ExprId) -> Option<&'a Type> {
    context.script.flow().of(value).filter(|of| of.is(Kinds::NUMBER) && of.number.size.0 >= WRITTEN)
}

/// The letters of a format's directives.
fn directives(pattern: &[u8]) -> Vec<u8> {
    let mut found = Vec::new();
    let mut bytes = pattern.iter();
    while let Some(&byte) = bytes.next() {
        if byte == b'%' {
            let letter = bytes.find(|byte| !matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b' ' | b'#'));
            found.extend(letter.filter(|&&letter| letter != b'%'));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn digits_that_are_lost() {
        check(
            "integer-precision",
            "
local time = redis.call('TIME')
local micros = tonumber(time[1]) * 1000000 + tonumber(time[2])
redis.call('ZADD', KEYS[1], micros, tostring(micros))
                                           --^^^^^^ warning[integer-precision]: as text this number is like `1.2345678901234e+15`: only 14 digits are written
redis.call('SET', KEYS[2], string.format('%s:%d', micros, time[2] / 3))
                                                --^^^^^^ warning[integer-precision]: as text this number is like `1.2345678901234e+15`: only 14 digits are written
redis.call('SET', KEYS[3], micros * 1000)
                         --^^^^^^^^^^^^^ warning[integer-precision]: this number is past 2^53, where integers lose their last digits
redis.call('INCRBY', KEYS[4], 9007199254740993)
                            --^^^^^^^^^^^^^^^^ warning[integer-precision]: as a number this is 9007199254740992: integers past 2^53 lose digits
return tonumber('1152921504606846977')
     --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[integer-precision]: as a number this is 1152921504606846976: integers past 2^53 lose digits
",
        );
    }

    #[test]
    fn digits_that_are_kept() {
        check(
            "integer-precision",
            "
local time = redis.call('TIME')
local millis = time[1] * 1000 + math.floor(time[2] / 1000)
local micros = time[1] * 1000000 + time[2]
local id = millis .. '-' .. ARGV[1] .. string.format('%.0f', micros) .. tonumber(ARGV[2]) * 1000000
redis.call('ZADD', KEYS[1], micros, id)
local till = 92233720368547758
if #ARGV > 2 then till = tonumber(ARGV[3]) end
if tonumber(ARGV[2]) > till then return 1 end
if tonumber(ARGV[2]) > 9223372036854775807 then return 9007199254740992 end
return micros
",
        );
    }

    #[test]
    fn all_digits() {
        assert_eq!(
            fixed("integer-precision", "local t = redis.call('TIME')[1] * 1000000 return {tostring(t), 'a' .. t}"),
            "local t = redis.call('TIME')[1] * 1000000 return {string.format('%.0f', t), 'a' .. string.format('%.0f', t)}"
        );
    }
}
