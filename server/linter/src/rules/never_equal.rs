//! Comparisons of values that are never equal.

use semantic::flow::{Kinds, Type};
use syntax::{BinaryOp, ExprId, ExprKind, UnaryOp};

use crate::rule::declare_rule;
use crate::{
    Context, Edit, Sink,
    helpers::{server_tables, values},
};

declare_rule! {
    /// ## What it does
    /// Reports `==` and `~=` between values of types that are never equal: a list and a text, KEYS and a number, the result of a
    /// condition and a text; and with a table that is made on the spot, `list == {}`.
    ///
    /// ## Why it is bad
    /// Lua compares values of different types without an error, and they are never equal: the comparison has always the same
    /// outcome. Commands that take several fields or a count reply with a list even if there is only one element.
    ///
    /// ## Example
    /// ```lua
    /// local owner = redis.call('HMGET', KEYS[1], 'owner')
    /// if owner == ARGV[1] then
    ///   return 'yours'
    /// end
    /// return 'taken'
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local owner = redis.call('HMGET', KEYS[1], 'owner')
    /// if owner[1] == ARGV[1] then
    ///   return 'yours'
    /// end
    /// return 'taken'
    /// ```
    code: "never-equal",
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
        let is_new = |expr: ExprId| matches!(tree[tree.unparen(expr)].kind, ExprKind::Table(_) | ExprKind::Function(_));
        if let Some(made) = [lhs, rhs].into_iter().find(|&side| is_new(side)) {
            let outcome = if op == BinaryOp::Eq { "never" } else { "always" };
            let message = format!("what is made here equals nothing but itself: this is {outcome} true");
            let finding = sink.report(context.range(id), message);
            let list = if made == lhs { rhs } else { lhs };
            if matches!(&tree[tree.unparen(made)].kind, ExprKind::Table(fields) if fields.is_empty()) {
                let test = if op == BinaryOp::Eq { "== 0" } else { "> 0" };
                match values::of(context, list).is_some_and(server_tables::is_list) {
                    true => server_tables::length_fix(context, finding, id, list, test),
                    false => drop(finding.help("ask for the length, `#list`, or `next(table)`")),
                }
            }
            continue;
        }
        for (value, other) in [(lhs, rhs), (rhs, lhs)] {
            if compare(context, sink, (id, op), value, other) {
                break;
            }
        }
    }
}

/// Reports a value that equals nothing which `other` may be.
fn compare(
    context: &Context<'_>,
    sink: &mut Sink<'_>,
    (id, op): (ExprId, BinaryOp),
    value: ExprId,
    other: ExprId,
) -> bool {
    let (Some(of), Some(with)) = (values::of(context, value), values::of(context, other)) else { return false };
    if whole_kinds(of.kinds).has(whole_kinds(with.kinds)) || is_told_of(context, of, (value, other), with) {
        return false;
    }
    let is_table = of.kinds.has(Kinds::TABLE) && of.is(Kinds::TABLE | Kinds::FALSY);
    if !is_table && !of.is(Kinds::FUNCTION) && !is_outcome(context, value, of) {
        return false;
    }
    // Another look at it tells that it may be something else, but for one more comparison like this.
    let is_known_better = |context: &Context<'_>, again: ExprId| {
        values::compared(context, again).and_then(|(_, with)| values::of(context, with)).is_none_or(|with| {
            whole_kinds(with.kinds).has(whole_kinds(of.kinds)) || with.is(Kinds::FALSY) && of.kinds.has(Kinds::FALSY)
        })
    };
    if values::looks_again(context, id, value, is_known_better) {
        return false;
    }
    let is = match server_tables::described(context, of).filter(|_| is_table) {
        Some(table) if of.kinds.has(Kinds::FALSY) => {
            format!("{table}, or {}", values::kinds(&of.clone().without(Kinds::TABLE)))
        }
        Some(table) => table,
        None => values::kinds(of),
    };
    let outcome = if op == BinaryOp::Eq { "never" } else { "always" };
    let message = format!(
        "{} is {is}, and {} is {}: this is {outcome} true",
        values::subject(context, value),
        match values::subject(context, other) {
            this if this == "this" => "the other".to_owned(),
            subject => subject,
        },
        values::kinds(with)
    );
    let finding = sink.report(context.range(id), message);
    if is_table && server_tables::is_list(of) && with.is(Kinds::STRING | Kinds::NUMBER | Kinds::ABSENT) {
        if values::is_prefix(context, value) {
            finding.fix("Compare its first element", vec![Edit::insert(context.range(value).end, "[1]")]);
        } else {
            finding.help("compare one of its elements");
        }
    }
    true
}

/// Either nil equals the other, and which truth value it is another rule asks.
fn whole_kinds(kinds: Kinds) -> Kinds {
    let all = |kinds: Kinds, whole: Kinds| if kinds.has(whole) { kinds | whole } else { kinds };
    all(all(kinds, Kinds::ANY_NIL), Kinds::BOOLEAN)
}

/// Value of a condition: `a == b`, `not a`.
fn is_outcome(context: &Context<'_>, value: ExprId, of: &Type) -> bool {
    let tree = context.tree();
    of.is(Kinds::BOOLEAN)
        && match tree[tree.unparen(value)].kind {
            // `not a == b` without parentheses is another mistake.
            ExprKind::Unary { op: UnaryOp::Not, .. } => tree.unparen(value) != value,
            ExprKind::Binary { op, .. } => op.is_equality() || op.is_order(),
            _ => false,
        }
}

/// Returns true if another rule reports the comparison: with nil, of a status, of a reply with a truth value.
fn is_told_of(context: &Context<'_>, of: &Type, (value, other): (ExprId, ExprId), with: &Type) -> bool {
    let tree = context.tree();
    let is_nothing = |expr: ExprId| tree[tree.unparen(expr)].kind == ExprKind::Nil;
    let is_text_or_number = with.is(Kinds::STRING | Kinds::ABSENT) || with.is(Kinds::NUMBER);
    is_nothing(value)
        || is_nothing(other)
        || is_text_or_number && values::status_reply(context, of).is_some()
        || with.is(Kinds::TRUE) && values::replied(context, of).is_some()
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn tables_equal_no_text() {
        check(
            "never-equal",
            "
local owner = redis.call('HMGET', KEYS[1], 'owner')
if owner == ARGV[1] then return 1 end
 --^^^^^^^^^^^^^^^^ warning[never-equal]: `owner` is a list, the reply of HMGET, and `ARGV[1]` is text or nil: this is never true
if redis.call('SPOP', KEYS[2], 1) ~= 'x' then return 2 end
 --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[never-equal]: this is a list, the reply of SPOP, and the other is text: this is always true
if KEYS == 1 then return 3 end
 --^^^^^^^^^ warning[never-equal]: `KEYS` is the list of keys, and the other is a number: this is never true
if redis.call('LPOP', KEYS[3], 1) == 'job' then return 4 end
 --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[never-equal]: this is a list, the reply of LPOP, or a boolean, and the other is text: this is never true
if (ARGV[1] == 'a') == 'b' then return 5 end
 --^^^^^^^^^^^^^^^^^^^^^^^ warning[never-equal]: this is a boolean, and the other is text: this is never true
if redis.call('LRANGE', KEYS[4], 0, -1) == false then return 6 end
 --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[never-equal]: this is a list, the reply of LRANGE, and the other is a boolean: this is never true
local all = redis.call('SMEMBERS', KEYS[5])
if all == {} then return 7 end
 --^^^^^^^^^ warning[never-equal]: what is made here equals nothing but itself: this is never true
",
        );
    }

    #[test]
    fn what_may_be_equal() {
        check(
            "never-equal",
            "
local reply = redis.call('LPOP', KEYS[1], 1)
if reply == false then return 0 end
local one = redis.call(ARGV[1], KEYS[1])
if one == 'x' then return 1 end
local v = redis.call('HMGET', KEYS[1], 'a')
if type(v) == 'string' and v == 'x' then return 2 end
if v == KEYS or (ARGV[1] == 'a') == (ARGV[2] == 'b') then return 3 end
local found = false
for _, key in ipairs(KEYS) do if key == ARGV[1] then found = key end end
if found == ARGV[2] then return 4 end
",
        );
    }

    #[test]
    fn mended() {
        assert_eq!(
            fixed("never-equal", "local v = redis.call('HMGET', KEYS[1], 'a')\nreturn v == 'x'"),
            "local v = redis.call('HMGET', KEYS[1], 'a')\nreturn v[1] == 'x'"
        );
    }
}
