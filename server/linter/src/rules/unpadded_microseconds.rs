//! The two parts of TIME, put together as text.

use semantic::{
    ApiPath, Constant,
    flow::{Kinds, Type},
};
use syntax::{BinaryOp, ExprId, ExprKind};

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink, values};

declare_rule! {
    /// ## What it does
    /// Reports seconds and microseconds of TIME that are joined as text, such as `t[1] .. '.' .. t[2]`.
    ///
    /// ## Why it is bad
    /// The microseconds have no leading zeros: 100 seconds and 5 microseconds become `100.5`, which is later than `100.400000`.
    /// Times made like this are wrong in one of ten cases, and out of order.
    ///
    /// ## Example
    /// ```lua
    /// local t = redis.call('TIME')
    /// return t[1] .. '.' .. t[2]
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local t = redis.call('TIME')
    /// return t[1] .. '.' .. string.format('%06d', t[2])
    /// ```
    "unpadded-microseconds", Warning, Offered, check
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let tree = context.tree();
    for (id, expr) in tree.exprs() {
        let is_concat = |expr: ExprId| matches!(tree[expr].kind, ExprKind::Binary { op: BinaryOp::Concat, .. });
        if !matches!(expr.kind, ExprKind::Binary { op: BinaryOp::Concat, .. })
            || values::user(context, id).1.is_some_and(is_concat)
        {
            continue;
        }
        let mut pieces = Vec::new();
        flatten(context, id, &mut pieces);
        for (at, &piece) in pieces.iter().enumerate() {
            let Some(&next) = pieces.get(at + 1) else { break };
            let micros = match context.script.constant(next) {
                // With another sign between them they are a pair, no number.
                Some(Constant::String(text)) if text.is_empty() || *text == *b"." => pieces.get(at + 2).copied(),
                Some(_) => None,
                None => Some(next),
            };
            let Some(micros) = micros.filter(|&micros| is_seconds(context, piece) && is_micros(context, micros)) else {
                continue;
            };
            let finding = sink
                .report(context.range(micros), "the microseconds of TIME have no leading zeros: 100 s and 5 µs become `100.5`")
                .help("write all six digits: `string.format('%06d', …)`");
            if time(context, micros).is_some() {
                let range = context.range(micros);
                let edits = vec![Edit::insert(range.start, "string.format('%06d', "), Edit::insert(range.end, ")")];
                finding.fix("Write all six digits", edits);
            }
        }
    }
}

fn flatten(context: &Context<'_>, expr: ExprId, pieces: &mut Vec<ExprId>) {
    let tree = context.tree();
    match tree[tree.unparen(expr)].kind {
        ExprKind::Binary { op: BinaryOp::Concat, lhs, rhs, .. } => {
            flatten(context, lhs, pieces);
            flatten(context, rhs, pieces);
        }
        _ => pieces.push(expr),
    }
}

/// A value that is a part of TIME's reply, with its size at least.
fn time<'a>(context: &Context<'a>, expr: ExprId) -> Option<(&'a Type, f64)> {
    let of = values::of(context, expr)?;
    let call = values::replied(context, of)?;
    let number = if of.is(Kinds::NUMBER) { of.number } else { of.text.number? };
    (call.name() == Some("TIME") && !of.kinds.has(Kinds::TABLE)).then_some((of, number.size.0))
}

fn is_seconds(context: &Context<'_>, expr: ExprId) -> bool {
    let expr = as_it_is(context, expr);
    time(context, expr).is_some_and(|(_, size)| size >= 1e9)
}

fn is_micros(context: &Context<'_>, expr: ExprId) -> bool {
    let expr = as_it_is(context, expr);
    match context.tree()[expr].kind {
        // Milliseconds lack their zeros too.
        ExprKind::Binary { op: BinaryOp::Div, lhs, .. } => is_micros(context, lhs),
        _ => time(context, expr).is_some_and(|(_, size)| size < 1e9),
    }
}

/// Leaves out what keeps the digits as they are: `tostring(x)`, `tonumber(x)`, `math.floor(x)`.
fn as_it_is(context: &Context<'_>, expr: ExprId) -> ExprId {
    let expr = values::origin(context, expr);
    let ExprKind::Call(call) = &context.tree()[expr].kind else { return expr };
    match (context.script.api(call.callee), &*call.args) {
        (Some(ApiPath::Global("tostring" | "tonumber") | ApiPath::Member("math", "floor")), [inner]) => {
            as_it_is(context, *inner)
        }
        _ => expr,
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn glued_parts() {
        check(
            "unpadded-microseconds",
            "
local t = redis.call('TIME')
local seconds, micros = t[1], t[2]
local a = tonumber(t[1] .. '.' .. t[2])
                                --^^^^ warning[unpadded-microseconds]: the microseconds of TIME have no leading zeros: 100 s and 5 µs become `100.5`
local b = seconds .. micros
                   --^^^^^^ warning[unpadded-microseconds]: the microseconds of TIME have no leading zeros: 100 s and 5 µs become `100.5`
local c = t[1] .. math.floor(t[2] / 1000)
                --^^^^^^^^^^^^^^^^^^^^^^^ warning[unpadded-microseconds]: the microseconds of TIME have no leading zeros: 100 s and 5 µs become `100.5`
local d = t[1] .. '-' .. t[2] .. ':' .. t[1] .. '.' .. string.format('%06d', t[2])
",
        );
    }

    #[test]
    fn six_digits() {
        assert_eq!(
            fixed("unpadded-microseconds", "local t = redis.call('TIME') return t[1] .. t[2]"),
            "local t = redis.call('TIME') return t[1] .. string.format('%06d', t[2])"
        );
    }
}
