//! Texts compared with numbers.

use semantic::{
    Constant,
    flow::{Kinds, Type},
};
use syntax::{BinaryOp, ExprId, ExprKind};

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink, helpers::values};

declare_rule! {
    /// ## What it does
    /// Reports `==` and `~=` between a string and a number.
    ///
    /// ## Why it is bad
    /// Lua turns strings into numbers for arithmetic only: `'1' == 1` is false. Arguments are always strings, and so are all
    /// values that Redis stores.
    ///
    /// ## Example
    /// ```lua
    /// if redis.call('GET', KEYS[1]) == 0 then
    ///   return 'sold out'
    /// end
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// if redis.call('GET', KEYS[1]) == '0' then
    ///   return 'sold out'
    /// end
    /// ```
    code: "string-number-equality",
    group: Types,
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
        let (Some(left), Some(right)) = (values::of(context, lhs), values::of(context, rhs)) else { continue };
        let (text, number) = match (is_text(left), is_text(right)) {
            (true, false) if right.is(Kinds::NUMBER) => (lhs, rhs),
            (false, true) if left.is(Kinds::NUMBER) => (rhs, lhs),
            _ => continue,
        };
        // `type(x) == 'number' and x == 1` is not reached by a text; the types know. What is asked both ways is meant so.
        let twice = values::looks_again(context, id, text, |context, other| {
            values::compared(context, other)
                .and_then(|(_, with)| values::of(context, with))
                .is_some_and(|with| with.is(Kinds::STRING))
        });
        if twice {
            continue;
        }
        let outcome = if op == BinaryOp::Eq { "never" } else { "always" };
        let other = context.shown(context.range(number));
        let message = format!(
            "{} is a string and never equals the number `{other}`: this is {outcome} true",
            values::subject(context, text)
        );
        let (title, edits) = mended(context, text, number);
        sink.report(context.range(text), message).fix(title, edits);
    }
}

/// True if a value can be nothing but a text, or missing.
fn is_text(of: &Type) -> bool {
    of.kinds.has(Kinds::STRING) && of.is(Kinds::STRING | Kinds::FALSY)
}

fn mended(context: &Context<'_>, text: ExprId, number: ExprId) -> (String, Vec<Edit>) {
    // A literal becomes a number itself.
    if let (ExprKind::String, Some(digits)) =
        (&context.tree()[context.tree().unparen(text)].kind, digits(context, text))
    {
        return (format!("Compare with the number `{digits}`"), vec![Edit::replace(context.range(text), digits)]);
    }
    let written = matches!(context.tree()[context.tree().unparen(number)].kind, ExprKind::Number(_));
    match context.script.constant(number) {
        // As Redis writes integers.
        Some(Constant::Number(value)) if written && value.fract() == 0.0 && value.abs() < 1e14 => (
            format!("Compare with the text `'{value}'`"),
            vec![Edit::replace(context.range(number), format!("'{value}'"))],
        ),
        _ => ("Compare as numbers".to_owned(), values::around(context, text, "tonumber(", ")")),
    }
}

/// A constant text that is an integer, as written.
fn digits(context: &Context<'_>, text: ExprId) -> Option<String> {
    let text = String::from_utf8(context.script.constant_string(text)?).ok()?;
    text.parse::<i32>().is_ok_and(|number| number.to_string() == text).then_some(text)
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn texts_are_no_numbers() {
        check(
            "string-number-equality",
            "
if ARGV[2] == 0 then return 0 end
 --^^^^^^^ warning[string-number-equality]: `ARGV[2]` is a string and never equals the number `0`: this is never true
local state = redis.call('HGET', KEYS[1], 'state')
if state and 1 ~= state then return 1 end
                --^^^^^ warning[string-number-equality]: `state` is a string and never equals the number `1`: this is always true
local count = redis.call('LLEN', KEYS[2])
if redis.call('GET', KEYS[3]) == count then return 2 end
 --^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[string-number-equality]: this is a string and never equals the number `count`: this is never true
",
        );
    }

    #[test]
    fn like_is_compared_with_like() {
        check(
            "string-number-equality",
            "
if tonumber(ARGV[1]) == 0 or ARGV[2] == '0' then return 0 end
if redis.call('EXISTS', KEYS[1]) == 1 then return 1 end
local seen = redis.call('GET', KEYS[2]) or 0
if seen == 0 then return 2 end
local mode = ARGV[3]
if mode == 1 or mode == '1' then return 3 end
",
        );
    }

    #[test]
    fn mended() {
        assert_eq!(fixed("string-number-equality", "return ARGV[1] == 1"), "return ARGV[1] == '1'");
        assert_eq!(
            fixed("string-number-equality", "return redis.call('LLEN', KEYS[1]) == '0'"),
            "return redis.call('LLEN', KEYS[1]) == 0"
        );
        assert_eq!(
            fixed("string-number-equality", "return redis.call('GET', KEYS[1]) == redis.call('LLEN', KEYS[2])"),
            "return tonumber(redis.call('GET', KEYS[1])) == redis.call('LLEN', KEYS[2])"
        );
    }
}
