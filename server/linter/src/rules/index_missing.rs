//! Indexing what may be missing, or is no table.

use semantic::flow::{Kinds, Source, TableType};
use syntax::{ExprId, ExprKind, MethodCall, StmtKind, UnaryOp};

use crate::rule::declare_rule;
use crate::{
    Context, Sink,
    helpers::{missing_values, values},
};

declare_rule! {
    /// ## What it does
    /// Reports an index, a field, a method or `#` of a reply that is `false` where there is nothing, a field of a reply that may
    /// be a number, and an assignment to an index that may be nil.
    ///
    /// ## Why it is bad
    /// `false` and numbers have no elements: the script stops with `attempt to index a boolean value`. A reply of
    /// `redis.pcall` has the field `err` only where it is an error; where it is a number, asking for the field stops the
    /// script.
    ///
    /// ## Example
    /// ```lua
    /// local reply = redis.pcall('INCR', KEYS[1])
    /// if reply.err then
    ///   return 0
    /// end
    /// return reply
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local reply = redis.pcall('INCR', KEYS[1])
    /// if type(reply) == 'table' and reply.err then
    ///   return 0
    /// end
    /// return reply
    /// ```
    code: "index-missing",
    group: Replies,
    level: Warning,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    keys(context, sink);
    for (_, expr) in context.tree().exprs() {
        let (base, doing) = match &expr.kind {
            ExprKind::Index { base, .. } | ExprKind::Field { base, .. } => (*base, "indexing it"),
            // A method that strings have not is another finding.
            ExprKind::MethodCall(call) if !is_foreign(context, call) => (call.base, "calling a method of it"),
            ExprKind::Unary { op: UnaryOp::Len, operand, .. } => (*operand, "`#`"),
            _ => continue,
        };
        if let Some(found) = missing_values::missing(context, base) {
            missing_values::report(context, sink, base, &found, doing, None);
        } else if let ExprKind::Index { .. } | ExprKind::Field { .. } = expr.kind {
            number(context, sink, base);
        }
    }
}

/// `t[key] = value`, which takes any key but nil.
fn keys(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (_, stmt) in context.tree().stmts() {
        let StmtKind::Assign { targets, .. } = &stmt.kind else { continue };
        for &target in targets {
            let ExprKind::Index { key, .. } = context.tree()[target].kind else { continue };
            let may_be_nil = context.script.flow().of(key).is_some_and(|of| of.kinds.has(Kinds::NIL));
            if may_be_nil && let Some(found) = missing_values::missing(context, key) {
                missing_values::report(context, sink, key, &found, "assigning to it as an index", None);
            }
        }
    }
}

/// Returns true if a method is called that text, which the value is if it is there, does not have.
fn is_foreign(context: &Context<'_>, call: &MethodCall) -> bool {
    values::of(context, call.base).is_some_and(|of| of.kinds.has(Kinds::STRING) && of.is(Kinds::STRING | Kinds::FALSY))
        && commands::api::member("string", call.name.as_str(&context.script.source)).is_none()
}

/// A field of what may be a number.
fn number(context: &Context<'_>, sink: &mut Sink<'_>, base: ExprId) {
    let Some(of) = values::of(context, base).filter(|of| of.kinds.has(Kinds::NUMBER)) else { return };
    let Source::Reply(call) = of.source else { return };
    let error = of.tables.contains(&TableType::Error);
    // Where it is nothing but a number another rule tells.
    if !error {
        return;
    }
    let (name, subject) = (values::name(context, call), values::subject(context, base));
    let message = format!("{subject} is a number where {name} succeeds: indexing it stops the script then");
    sink.report(context.range(base), message).help("ask `type(reply) == 'table'` first");
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn nothing_has_no_elements() {
        check(
            "index-missing",
            "
local job = redis.call('BRPOPLPUSH', KEYS[1], KEYS[2], 0)
if #job > 0 then return 1 end
  --^^^ warning[index-missing]: `job` may be `false`, when BRPOPLPUSH on line 1 finds nothing: `#` stops the script then
local name = redis.call('GET', KEYS[3]):upper()
           --^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[index-missing]: this may be `false`, when GET finds nothing: calling a method of it stops the script then
local reply = redis.pcall('DECR', KEYS[4])
if reply.err then return name end
 --^^^^^ warning[index-missing]: `reply` is a number where DECR succeeds: indexing it stops the script then
local old = redis.call('SET', KEYS[5], 'x', 'NX')
local seen = {}
seen[tonumber(redis.call('GET', KEYS[6]))] = name
   --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[index-missing]: this may be nil, when GET finds nothing: assigning to it as an index stops the script then
if old.ok then return seen end
 --^^^ warning[index-missing]: `old` may be `false`, when SET on line 9 does nothing: indexing it stops the script then
",
        );
    }

    #[test]
    fn what_was_asked_for_is_there() {
        check(
            "index-missing",
            "
local job = redis.call('RPOPLPUSH', KEYS[1], KEYS[2])
if job and #job > 0 then return 1 end
local reply = redis.pcall('DECR', KEYS[4])
if type(reply) == 'table' and reply.err then return 0 end
local first = redis.call('LRANGE', KEYS[5], 0, 0)[1]
return redis.call('TYPE', KEYS[6]).ok .. redis.call('TIME')[1]
",
        );
    }
}
