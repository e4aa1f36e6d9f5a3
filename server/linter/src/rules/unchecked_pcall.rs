//! Replies of `redis.pcall` that are used as if they were no errors.

use semantic::{ApiPath, CallForm, Init};
use syntax::{ExprId, ExprKind, UnaryOp};

use crate::rule::declare_rule;
use crate::{Context, Sink, helpers::values};

declare_rule! {
    /// ## What it does
    /// Reports a reply of `redis.pcall` that is tested, compared, computed with or taken apart while nothing looks at its
    /// field `err`. Silent where the reply is thrown away, returned or passed on.
    ///
    /// ## Why it is bad
    /// `redis.pcall` raises nothing: an error comes back as the table `{err = …}`. A table is true in a condition, equals
    /// nothing, and cannot be computed with, so the failure is taken for success or stops the script somewhere else.
    ///
    /// ## Example
    /// ```lua
    /// if redis.pcall('SET', KEYS[1], ARGV[1], 'NX') then
    ///   return 'taken'
    /// end
    /// return 'free'
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local reply = redis.pcall('SET', KEYS[1], ARGV[1], 'NX')
    /// if type(reply) == 'table' and reply.err then
    ///   return reply
    /// end
    /// if reply then
    ///   return 'taken'
    /// end
    /// return 'free'
    /// ```
    code: "unchecked-pcall",
    group: Replies,
    level: Warning,
    fix: None,
    since: "0.1.0",
    check: check,
}

/// Use of a reply at one place.
#[derive(PartialEq)]
enum Use {
    /// Tested for an error, or passed on to code that may test it.
    Looked,
    /// Used as a value.
    Taken,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let scopes = &context.script.scopes;
    for call in context.script.calls.iter().filter(|call| call.form == CallForm::Pcall) {
        let local = scopes
            .locals()
            .find(|(_, local)| local.init == Init::Expr(call.call) || local.init == Init::Nth(call.call, 0));
        let found = match local {
            Some((_, local)) if local.writes.is_empty() => {
                let uses: Vec<(ExprId, Use)> = local.reads.iter().map(|&read| (read, used(context, read))).collect();
                if uses.iter().any(|(_, how)| *how == Use::Looked) {
                    continue;
                }
                uses.first().map(|(read, _)| *read)
            }
            Some(_) => None,
            None if used(context, call.call) == Use::Taken => Some(call.call),
            None => None,
        };
        let Some(place) = found else { continue };
        let name = call.name().unwrap_or("the command");
        let finding = sink
            .report(
                context.range(place),
                format!(
                    "an error of {name} is a table here, for `redis.pcall` does not raise it: nothing looks at `.err`"
                ),
            )
            .help("use `redis.call` to stop at errors, or ask `type(reply) == 'table' and reply.err` first");
        if place != call.call {
            finding.related(values::place(context, call.call), "the reply is from here");
        }
    }
}

fn used(context: &Context<'_>, expr: ExprId) -> Use {
    let tree = context.tree();
    let (expr, parent) = values::user(context, expr);
    let Some(parent) = parent else {
        return if values::is_tested(context, expr) { Use::Taken } else { Use::Looked };
    };
    let taken = match &tree[parent].kind {
        ExprKind::Binary { op, .. } if op.is_arithmetic() || op.is_equality() || op.is_order() => true,
        ExprKind::Binary { op: syntax::BinaryOp::Concat, .. } => true,
        ExprKind::Binary { .. } => values::is_tested(context, expr),
        ExprKind::Unary { op: UnaryOp::Not | UnaryOp::Len | UnaryOp::Neg, .. } => true,
        // `.ok` of an error is nil, as it should be.
        ExprKind::Field { name, .. } => !matches!(name.text(context.source()), b"err" | b"ok"),
        ExprKind::Index { base, key } if *base == expr => {
            !matches!(context.script.constant_string(*key).as_deref(), Some(b"err" | b"ok"))
        }
        ExprKind::Call(call) if call.callee != expr => matches!(
            context.script.api(call.callee),
            Some(ApiPath::Global("tonumber" | "ipairs" | "unpack") | ApiPath::Member("math" | "string", _))
        ),
        _ => false,
    };
    if taken { Use::Taken } else { Use::Looked }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn errors_are_tables() {
        check(
            "unchecked-pcall",
            "
if redis.pcall('SETNX', KEYS[1], ARGV[1]) == 1 then return 1 end
 --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[unchecked-pcall]: an error of SETNX is a table here, for `redis.pcall` does not raise it: nothing looks at `.err`
local n = tonumber(redis.pcall('GET', KEYS[2]))
                 --^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[unchecked-pcall]: an error of GET is a table here, for `redis.pcall` does not raise it: nothing looks at `.err`
local moved = redis.pcall('LMOVE', KEYS[1], KEYS[2], 'LEFT', 'RIGHT')
if not moved then return 0 end
     --^^^^^ warning[unchecked-pcall]: an error of LMOVE is a table here, for `redis.pcall` does not raise it: nothing looks at `.err`
return n
",
        );
    }

    #[test]
    fn who_looks_or_passes_on_is_left_alone() {
        check(
            "unchecked-pcall",
            "
redis.pcall('DEL', KEYS[1])
local reply = redis.pcall('XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', KEYS[1], '>')
if type(reply) == 'table' and reply['err'] then return reply end
local other = redis.pcall('SET', KEYS[2], 'x')
if other.ok then return 1 end
local passed = redis.pcall('GET', KEYS[3])
if passed then return passed end
return redis.pcall('GET', KEYS[4])
",
        );
    }
}
