//! Seconds and microseconds of TIME joined to one number.

use semantic::{ApiPath, Constant, flow::TableType};
use syntax::{BinaryOp, ExprId, ExprKind};

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink, helpers::values};

declare_rule! {
    /// ## What it does
    /// Reports the seconds and microseconds of `TIME` joined as texts: `time[1] .. '.' .. time[2]`.
    ///
    /// ## Why it is bad
    /// The microseconds have no leading zeros: 5 microseconds after 100 seconds are `100.5`, later than `100.49`. So the numbers
    /// are wrong most of the time near a full second, and do not even grow.
    ///
    /// ## Example
    /// ```lua
    /// local time = redis.call('TIME')
    /// redis.call('ZADD', KEYS[1], time[1] .. '.' .. time[2], ARGV[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local time = redis.call('TIME')
    /// redis.call('ZADD', KEYS[1], string.format('%s.%06d', time[1], time[2]), ARGV[1])
    /// ```
    code: "glued-time",
    group: Replies,
    level: Warning,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let tree = context.tree();
    for (id, expr) in tree.calls().chain(tree.binaries()) {
        if let ExprKind::Call(call) = &expr.kind
            && joins_parts(context, call.callee, &call.args)
            && !is_seed(context, id)
        {
            sink.report(
                expr.range,
                "the microseconds of TIME have no leading zeros: 5 of them read as half a second here",
            )
            .help("write all six digits: `string.format('%s.%06d', …)`");
            continue;
        }
        let ExprKind::Binary { op: BinaryOp::Concat, lhs, rhs, .. } = expr.kind else { continue };
        let Some(seconds) = part_of_time(context, lhs, 1) else { continue };
        // `..` joins from right to left.
        let (microseconds, point) = match tree[tree.unparen(rhs)].kind {
            ExprKind::Binary { op: BinaryOp::Concat, lhs: point, rhs, .. } => {
                let is_point = matches!(context.script.constant(point), Some(Constant::String(text)) if *text == *b".");
                match (is_point, first_of(context, rhs)) {
                    (true, first) => (first, "."),
                    (false, _) => (point, ""),
                }
            }
            _ => (rhs, ""),
        };
        if part_of_time(context, microseconds, 2) != Some(seconds) || is_seed(context, id) {
            continue;
        }
        let range = text::TextRange { start: expr.range.start, end: context.range(microseconds).end };
        let finding = sink
            .report(range, "the microseconds of TIME have no leading zeros: 5 of them read as half a second here")
            .related(context.range(microseconds), "from 0 to 999999, as short as they are");
        let is_divided = matches!(&tree[values::origin(context, microseconds)].kind, ExprKind::Call(call)
            if matches!(context.script.api(call.callee), Some(ApiPath::Member("math", _))));
        let [seconds, microseconds] = [lhs, microseconds].map(|part| context.script.text_of(context.range(part)));
        let text = format!("string.format('%s{point}%06d', {seconds}, {microseconds})");
        if is_divided {
            continue;
        }
        finding.fix("Fill the microseconds up with zeros", vec![Edit::replace(range, text)]);
    }
}

/// Returns true if a call joins both parts: `table.concat(time, '.')`, `string.format('%s.%s', time[1], time[2])`.
fn joins_parts(context: &Context<'_>, callee: ExprId, args: &[ExprId]) -> bool {
    let script = context.script;
    match (script.api(callee), args) {
        (Some(ApiPath::Member("table", "concat")), [list, rest @ ..]) => {
            let is_time = values::of(context, *list)
                .and_then(|of| of.list())
                .is_some_and(|list| values::name(context, list.call) == "TIME");
            let sign = rest.first().map(|&sign| script.constant_string(sign));
            is_time && rest.len() < 2 && sign.is_none_or(|sign| sign.is_some_and(|sign| matches!(&*sign, b"" | b".")))
        }
        (Some(ApiPath::Member("string", "format")), [format, seconds, micros]) => {
            let is_short = script.constant_string(*format).is_some_and(|format| {
                matches!(&*format, b"%s.%s" | b"%d.%d" | b"%s.%d" | b"%d.%s" | b"%s%s" | b"%d%d")
            });
            let call = part_of_time(context, *seconds, 1);
            is_short && call.is_some() && part_of_time(context, *micros, 2) == call
        }
        _ => false,
    }
}

/// The first operand of a chain of `..`.
fn first_of(context: &Context<'_>, expr: ExprId) -> ExprId {
    match context.tree()[expr].kind {
        ExprKind::Binary { op: BinaryOp::Concat, lhs, .. } => lhs,
        _ => expr,
    }
}

/// The call of TIME whose element `wanted` an expression is.
fn part_of_time(context: &Context<'_>, expr: ExprId, wanted: i32) -> Option<ExprId> {
    let (script, tree) = (context.script, context.tree());
    let origin = values::origin(context, expr);
    if let ExprKind::Call(call) = &tree[origin].kind
        && let [inner] = *call.args
    {
        // Text and number of an element have the same digits; milliseconds lack their zeros as microseconds do.
        return match (script.api(call.callee)?, &tree[tree.unparen(inner)].kind) {
            (ApiPath::Global("tostring" | "tonumber"), _) => part_of_time(context, inner, wanted),
            (ApiPath::Member("math", "floor"), &ExprKind::Binary { op: BinaryOp::Div, lhs, .. }) if wanted == 2 => {
                part_of_time(context, lhs, wanted)
            }
            _ => None,
        };
    }
    let ExprKind::Index { base, key } = tree[origin].kind else { return None };
    if !matches!(script.constant(key), Some(Constant::Number(at)) if at == f64::from(wanted)) {
        return None;
    }
    match values::of(context, base)?.the_table()? {
        TableType::List(list) if values::name(context, list.call) == "TIME" => Some(list.call),
        _ => None,
    }
}

/// Returns true if the value is used as a seed only, for which any number will do.
fn is_seed(context: &Context<'_>, mut expr: ExprId) -> bool {
    while let Some(parent) = context.script.parent(expr) {
        if let ExprKind::Call(call) = &context.tree()[parent].kind
            && context.script.api(call.callee) == Some(ApiPath::Member("math", "randomseed"))
        {
            return true;
        }
        expr = parent;
    }
    false
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn microseconds_have_no_leading_zeros() {
        check(
            "glued-time",
            "
local t = redis.call('TIME')
local now = tonumber(t[1] .. '.' .. t[2])
                   --^^^^^^^^^^^^^^^^^^^ warning[glued-time]: the microseconds of TIME have no leading zeros: 5 of them read as half a second here
local sec, usec = t[1], t[2]
redis.call('ZADD', KEYS[1], sec .. usec, 'm')
                          --^^^^^^^^^^^ warning[glued-time]: the microseconds of TIME have no leading zeros: 5 of them read as half a second here
local ms = t[1] .. math.floor(t[2] / 1000)
         --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[glued-time]: the microseconds of TIME have no leading zeros: 5 of them read as half a second here
local us = t[1] .. tostring(t[2])
         --^^^^^^^^^^^^^^^^^^^^^^ warning[glued-time]: the microseconds of TIME have no leading zeros: 5 of them read as half a second here
local joined = table.concat(t, '.')
             --^^^^^^^^^^^^^^^^^^^^ warning[glued-time]: the microseconds of TIME have no leading zeros: 5 of them read as half a second here
local written = string.format('%s.%s', t[1], t[2]) .. string.format('%d.%06d', t[1], t[2]) .. table.concat(t, ':')
              --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[glued-time]: the microseconds of TIME have no leading zeros: 5 of them read as half a second here
redis.call('SET', KEYS[2], t[1] .. ':' .. t[2])
math.randomseed(tonumber(t[1] .. t[2]))
return now + t[1] * 1000000 + t[2]
",
        );
        assert_eq!(
            fixed("glued-time", "local t = redis.call('TIME')\nreturn t[1] .. '.' .. t[2] .. 's'"),
            "local t = redis.call('TIME')\nreturn string.format('%s.%06d', t[1], t[2]) .. 's'"
        );
    }
}
