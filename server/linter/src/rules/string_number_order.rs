//! Texts ordered with numbers, and numbers as texts.

use semantic::flow::{Kinds, Source, Type};
use syntax::{BinaryOp, ExprId, ExprKind};

use crate::rule::declare_rule;
use crate::{Context, Edit, Level, Sink, helpers::values};

declare_rule! {
    /// ## What it does
    /// Reports `<`, `<=`, `>` and `>=` between a string and a number, and between two arguments or replies that are both
    /// strings.
    ///
    /// ## Why it is bad
    /// Lua orders strings with strings and numbers with numbers; `ARGV[1] > 10` stops the script: `attempt to compare number
    /// with string`. Two strings are ordered as text, where `'9'` comes after `'10'`.
    ///
    /// ## Example
    /// ```lua
    /// local used = redis.call('GET', KEYS[1]) or 0
    /// if used >= tonumber(ARGV[1]) then
    ///   return 0
    /// end
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local used = tonumber(redis.call('GET', KEYS[1]) or 0)
    /// if used >= tonumber(ARGV[1]) then
    ///   return 0
    /// end
    /// ```
    code: "string-number-order",
    group: Types,
    level: Error,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (_, expr) in context.tree().binaries() {
        let ExprKind::Binary { op, lhs, rhs, .. } = expr.kind else { continue };
        if !op.is_order() {
            continue;
        }
        let (Some(left), Some(right)) = (values::of(context, lhs), values::of(context, rhs)) else { continue };
        let (text, other) = match (left.kinds.has(Kinds::STRING), right.kinds.has(Kinds::STRING)) {
            (true, false) if is_number(right) => (lhs, left),
            (false, true) if is_number(left) => (rhs, right),
            (true, true) => {
                as_texts(context, sink, op, [(lhs, left), (rhs, right)], expr.range);
                continue;
            }
            _ => continue,
        };
        let shown = values::subject(context, text);
        let fails = !other.kinds.has(Kinds::NUMBER);
        // Text that may be a number as well is worth a word only where it is known whose text it is.
        if !fails && !is_given(other) {
            continue;
        }
        let message = if fails {
            format!("{shown} is a string: comparing it with a number stops the script")
        } else {
            format!("{shown} may be a string: comparing it with a number stops the script then")
        };
        let finding = sink.report(expr.range, message).level(if fails { Level::Error } else { Level::Warning });
        finding.fix("Compare it as a number", values::around(context, text, "tonumber(", ")"));
    }
}

/// True if a value is a number, or what `tonumber` gives for no numeral.
fn is_number(of: &Type) -> bool {
    of.kinds.has(Kinds::NUMBER) && of.is(Kinds::NUMBER | Kinds::ANY_NIL)
}

/// True if a value is an argument or a reply.
fn is_given(of: &Type) -> bool {
    matches!(of.source, Source::Argument(_) | Source::Reply(_))
}

fn as_texts(
    context: &Context<'_>,
    sink: &mut Sink<'_>,
    op: BinaryOp,
    sides: [(ExprId, &Type); 2],
    range: text::TextRange,
) {
    let texts =
        sides.iter().all(|(_, of)| of.is(Kinds::STRING | Kinds::FALSY) && is_given(of) && of.text.constant.is_none());
    if !texts {
        return;
    }
    let mut edits: Vec<Edit> = Vec::new();
    for (expr, _) in sides {
        edits.extend(values::around(context, expr, "tonumber(", ")"));
    }
    sink.report(range, format!("`{}` orders these as text, where '9' comes after '10'", op.as_str()))
        .level(Level::Warning)
        .fix("Compare them as numbers", edits);
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn texts_have_no_order_with_numbers() {
        check(
            "string-number-order",
            "
if ARGV[1] > 10 then return 1 end
 --^^^^^^^^^^^^ error[string-number-order]: `ARGV[1]` is a string: comparing it with a number stops the script
local stock = redis.call('GET', KEYS[1])
if stock and stock < tonumber(ARGV[2]) then return 0 end
           --^^^^^^^^^^^^^^^^^^^^^^^^^ error[string-number-order]: `stock` is a string: comparing it with a number stops the script
local used = redis.call('GET', KEYS[2]) or 0
if used >= 100 then return 0 end
 --^^^^^^^^^^^ warning[string-number-order]: `used` may be a string: comparing it with a number stops the script then
if ARGV[3] < redis.call('HGET', KEYS[3], 'version') then return 0 end
 --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[string-number-order]: `<` orders these as text, where '9' comes after '10'
",
        );
    }

    #[test]
    fn numbers_and_texts_by_themselves() {
        check(
            "string-number-order",
            "
if tonumber(ARGV[1]) > 10 then return 1 end
local count = redis.call('INCR', KEYS[1])
if count > 1 then return 0 end
local letter = ARGV[2]
if letter < 'm' then return 0 end
local limit = ARGV[3]
limit = tonumber(limit)
if limit > 5 then return 0 end
if type(letter) == 'number' and letter > 5 then return 0 end
",
        );
    }

    #[test]
    fn mended() {
        assert_eq!(fixed("string-number-order", "return ARGV[1] > 10"), "return tonumber(ARGV[1]) > 10");
        assert_eq!(
            fixed("string-number-order", "return ARGV[1] > ARGV[2]"),
            "return tonumber(ARGV[1]) > tonumber(ARGV[2])"
        );
    }
}
