//! Times to live that may come out as 0.

use commands::bind::Role;
use semantic::{ApiPath, CallForm, CommandCall, Constant};
use syntax::{BinaryOp, ExprId, ExprKind};

use crate::rule::declare_rule;
use crate::{Context, Sink, helpers::values};

declare_rule! {
    /// ## What it does
    /// Points out `math.floor` of a quotient as the time to live of SETEX, of SET with EX or PX, and of other commands that
    /// refuse 0.
    ///
    /// ## Why it is bad
    /// The floor of a small quotient is 0, and the server stops the script: `invalid expire time in 'setex' command`. A rate
    /// limiter with this works until somebody sets a rate above twice its capacity.
    ///
    /// ## Example
    /// ```lua
    /// local ttl = math.floor(ARGV[2] / ARGV[1] * 2)
    /// return redis.call('SETEX', KEYS[1], ttl, ARGV[2])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local ttl = math.max(1, math.floor(ARGV[2] / ARGV[1] * 2))
    /// return redis.call('SETEX', KEYS[1], ttl, ARGV[2])
    /// ```
    code: "zero-time-to-live",
    group: Commands,
    level: Hint,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let calls = context.script.calls.iter().filter(|call| !matches!(call.form, CallForm::Wrapper(_)));
    for call in calls {
        for (at, &word) in call.words.iter().enumerate() {
            if !refuses_zero(call, at) || !may_be_zero(context, word) {
                continue;
            }
            let name = call.name().unwrap_or("the command");
            sink.report(
                context.range(word),
                format!("the floor of a quotient may be 0, and {name} refuses a time to live of 0"),
            )
            .help("`math.max(1, …)` keeps it above")
            .fix("Take 1 at least", values::around(context, word, "math.max(1, ", ")"));
        }
    }
}

/// Returns true if a word is a time to live that must be above 0. EXPIRE and the commands of fields take 0, and delete.
fn refuses_zero(call: &CommandCall, word: usize) -> bool {
    matches!(call.name(), Some("SET" | "SETEX" | "PSETEX" | "GETEX" | "MSETEX"))
        && matches!(call.binding.roles.get(word), Some(Role::Value("seconds" | "milliseconds")))
}

/// Returns true if a value is the floor of a quotient that the script compares with nothing.
fn may_be_zero(context: &Context<'_>, word: ExprId) -> bool {
    let tree = context.tree();
    let mut floor = values::origin(context, word);
    if let ExprKind::Call(call) = &tree[floor].kind
        && let (Some(ApiPath::Global("tostring")), [number]) = (context.script.api(call.callee), &*call.args)
    {
        floor = values::origin(context, *number);
    }
    let Some(inner) = rounded_down(context, floor) else { return false };
    // A time since 1970 stays large when it is divided.
    let is_large = values::of(context, floor).is_some_and(|of| of.number.size.0 >= 1.0);
    let quotient = values::origin(context, inner);
    let is_compared = || {
        tree.exprs().any(|(_, expr)| match expr.kind {
            ExprKind::Binary { op, lhs, rhs, .. } if op.is_order() || op.is_equality() => [lhs, rhs]
                .into_iter()
                .map(|side| values::origin(context, side))
                .any(|side| side == floor || side == quotient),
            _ => false,
        })
    };
    !is_large && !is_compared()
}

/// The quotient that a value is the floor of: `math.floor(x / y)`, `string.format('%d', x / y)`, `(x - x % y) / y`.
fn rounded_down(context: &Context<'_>, expr: ExprId) -> Option<ExprId> {
    let (script, tree) = (context.script, context.tree());
    let is = |expr: ExprId, wanted: BinaryOp| matches!(tree[tree.unparen(expr)].kind, ExprKind::Binary { op, .. } if op == wanted);
    match &tree[expr].kind {
        ExprKind::Call(call) => match (script.api(call.callee), &*call.args) {
            (Some(ApiPath::Member("math", "floor")), [inner]) if is_small(context, *inner) => Some(*inner),
            (Some(ApiPath::Member("string", "format")), [format, inner]) if is_small(context, *inner) => {
                let format = script.constant_string(*format)?;
                matches!(&*format, b"%d" | b"%i" | b"%.0f").then_some(*inner)
            }
            _ => None,
        },
        ExprKind::Binary { op: BinaryOp::Div, lhs, .. } => match tree[tree.unparen(*lhs)].kind {
            ExprKind::Binary { op: BinaryOp::Sub, rhs: rest, .. } if is(rest, BinaryOp::Mod) => Some(expr),
            _ => None,
        },
        _ => None,
    }
}

/// Returns true if a value is a quotient, a multiple or a fraction of one, rounded to the nearest integer or not.
fn is_small(context: &Context<'_>, expr: ExprId) -> bool {
    let expr = values::origin(context, expr);
    if context.script.constant(expr).is_some() {
        return false;
    }
    let below_one = |side: ExprId| match context.script.constant(side) {
        Some(Constant::Number(number)) => (0.0..1.0).contains(&number),
        _ => false,
    };
    match context.tree()[expr].kind {
        ExprKind::Binary { op: BinaryOp::Div, .. } => true,
        ExprKind::Binary { op: BinaryOp::Add, lhs, rhs, .. } => is_small(context, lhs) && below_one(rhs),
        ExprKind::Binary { op: BinaryOp::Mul, lhs, rhs, .. } => {
            is_small(context, lhs) || is_small(context, rhs) || below_one(lhs) || below_one(rhs)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn floors_of_quotients() {
        check(
            "zero-time-to-live",
            "
local rate, capacity = tonumber(ARGV[1]), tonumber(ARGV[2])
local fill = capacity / rate
local ttl = math.floor(fill * 2)
redis.call('SETEX', KEYS[1], ttl, capacity)
                           --^^^ hint[zero-time-to-live]: the floor of a quotient may be 0, and SETEX refuses a time to live of 0
redis.call('SET', KEYS[1], 1, 'PX', math.floor(ARGV[3] / 1000))
                                  --^^^^^^^^^^^^^^^^^^^^^^^^^^ hint[zero-time-to-live]: the floor of a quotient may be 0, and SET refuses a time to live of 0
redis.call('GETEX', KEYS[1], 'EX', math.floor(capacity * 0.1))
                                 --^^^^^^^^^^^^^^^^^^^^^^^^^^ hint[zero-time-to-live]: the floor of a quotient may be 0, and GETEX refuses a time to live of 0
redis.call('PSETEX', KEYS[1], string.format('%d', capacity / 3), 1)
                            --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ hint[zero-time-to-live]: the floor of a quotient may be 0, and PSETEX refuses a time to live of 0
redis.call('SET', KEYS[1], 1, 'EX', (capacity - capacity % 9) / 9)
                                  --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ hint[zero-time-to-live]: the floor of a quotient may be 0, and SET refuses a time to live of 0
redis.call('SETEX', KEYS[1], math.floor(capacity / 7 + 0.5), 1)
                           --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ hint[zero-time-to-live]: the floor of a quotient may be 0, and SETEX refuses a time to live of 0
redis.call('SETEX', KEYS[1], math.floor(capacity * rate), 1)
redis.call('SETEX', KEYS[1], math.floor(rate * (capacity / 3)), 1)
                           --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ hint[zero-time-to-live]: the floor of a quotient may be 0, and SETEX refuses a time to live of 0
redis.call('SETEX', KEYS[1], tostring(ttl), 1)
                           --^^^^^^^^^^^^^ hint[zero-time-to-live]: the floor of a quotient may be 0, and SETEX refuses a time to live of 0
redis.call('EXPIRE', KEYS[1], ttl)
redis.call('HSETEX', KEYS[1], 'EX', ttl, 'FIELDS', 1, 'a', 1)
redis.call('SETEX', KEYS[1], math.floor(fill) + 1, capacity)
redis.call('SETEX', KEYS[1], math.ceil(fill), capacity)
redis.call('SETEX', KEYS[1], math.max(1, ttl), capacity)
local asked = math.floor(capacity / 7)
if asked > 0 then redis.call('SETEX', KEYS[1], asked, capacity) end
",
        );
    }
}
