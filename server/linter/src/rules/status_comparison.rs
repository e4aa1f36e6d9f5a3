//! Status replies compared with text.

use semantic::{
    ApiPath,
    flow::{Kinds, TableType},
};
use syntax::{BinaryOp, ExprId, ExprKind, UnaryOp};

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink, helpers::values};

declare_rule! {
    /// ## What it does
    /// Reports status replies compared with a string or a number, and the length of one: `redis.call('SET', …) == 'OK'`,
    /// `redis.call('TYPE', …) == 'hash'`, `#redis.call('TYPE', …)`.
    ///
    /// ## Why it is bad
    /// A status reply is a table, `{ok = 'OK'}`, so that a script which returns it returns a status again. A table equals no
    /// string: the comparison has always the same outcome. `SET` with `NX` or `XX` replies `false` where it does nothing.
    ///
    /// ## Example
    /// ```lua
    /// if redis.call('TYPE', KEYS[1]) == 'zset' then
    ///   return redis.call('ZCARD', KEYS[1])
    /// end
    /// return redis.call('SCARD', KEYS[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// if redis.call('TYPE', KEYS[1]).ok == 'zset' then
    ///   return redis.call('ZCARD', KEYS[1])
    /// end
    /// return redis.call('SCARD', KEYS[1])
    /// ```
    code: "status-comparison",
    group: Replies,
    level: Warning,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (id, expr) in context.tree().exprs() {
        if let ExprKind::Unary { op: UnaryOp::Len, operand, .. } = expr.kind {
            length(context, sink, id, operand);
        }
        let ExprKind::Binary { op, lhs, rhs, .. } = expr.kind else { continue };
        if !op.is_equality() {
            continue;
        }
        for (status, text) in [(lhs, rhs), (rhs, lhs)] {
            compare(context, sink, id, op, status, text);
        }
    }
}

/// `#status`
fn length(context: &Context<'_>, sink: &mut Sink<'_>, id: ExprId, status: ExprId) {
    let Some(call) =
        values::of(context, status).filter(|of| of.is(Kinds::TABLE)).and_then(|of| values::status_reply(context, of))
    else {
        return;
    };
    let name = call.name().unwrap_or("the command");
    let finding =
        sink.report(context.range(id), format!("{name} replies with a table, `{{ok = …}}`: its length is always 0"));
    if values::is_prefix(context, status) {
        finding.fix("Take the length of its text", vec![Edit::insert(context.range(status).end, ".ok")]);
    }
}

fn compare(context: &Context<'_>, sink: &mut Sink<'_>, id: ExprId, op: BinaryOp, status: ExprId, text: ExprId) {
    let (Some(of), Some(text)) = (values::of(context, status), values::of(context, text)) else { return };
    let is_other = text.is(Kinds::STRING | Kinds::ABSENT) || text.is(Kinds::NUMBER);
    let Some(call) = values::status_reply(context, of).filter(|_| is_other) else { return };
    if values::looks_again(context, id, status, asks_for_the_text) {
        return;
    }
    let always = if op == BinaryOp::Eq { "never" } else { "always" };
    let name = call.name().unwrap_or("the command");
    let shape = match of.tables.first() {
        Some(TableType::Status(Some(told))) => format!("the table `{{ok = '{told}'}}`"),
        _ => "a table, `{ok = …}`".to_owned(),
    };
    let finding = sink.report(context.range(id), format!("{name} replies with {shape}: this is {always} true"));
    let range = context.range(status);
    if !values::is_prefix(context, status) || text.is(Kinds::NUMBER) {
        return;
    }
    if !of.kinds.has(Kinds::FALSY) {
        finding.fix("Compare its text", vec![Edit::insert(range.end, ".ok")]);
        return;
    }
    // Without its `ok` a reply that is `false` would stop the script.
    let equal = op == BinaryOp::Eq;
    let source = context.script.text_of(range);
    let ok = text.text.constant.as_deref() == Some(b"OK");
    if !ok || of.tables.contains(&TableType::Error) {
        finding.help("it is `false` where the command does nothing: test that before its `ok`");
    } else if values::is_condition(context, id) {
        let truth = if equal { source.into_owned() } else { format!("not {source}") };
        finding.fix("Ask whether it is true", vec![Edit::replace(context.range(id), truth)]);
    } else if of.kinds.has(Kinds::FALSE) {
        let truth = format!("{source} {} false", if equal { "~=" } else { "==" });
        finding.fix("Compare with `false`", vec![Edit::replace(context.range(id), truth)]);
    }
}

/// `type(v) == 'table'`, `v.ok`, `v['ok']`
fn asks_for_the_text(context: &Context<'_>, other: ExprId) -> bool {
    if let Some((ApiPath::Global("type"), _)) = values::argument_of(context, other) {
        return true;
    }
    let (other, parent) = values::user(context, other);
    parent.is_some_and(|parent| match context.tree()[parent].kind {
        ExprKind::Index { base, .. } | ExprKind::Field { base, .. } => base == other,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn a_table_is_no_text() {
        check(
            "status-comparison",
            "
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) == 'OK' then return 1 end
 --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[status-comparison]: SET replies with the table `{ok = 'OK'}`: this is never true
local kind = redis.call('TYPE', KEYS[2])
if 'none' ~= kind and kind ~= 'hash' then return 2 end
 --^^^^^^^^^^^^^^ warning[status-comparison]: TYPE replies with a table, `{ok = …}`: this is always true
                    --^^^^^^^^^^^^^^ warning[status-comparison]: TYPE replies with a table, `{ok = …}`: this is always true
if redis.call('RENAME', KEYS[1], KEYS[2]) == 1 then return 3 end
 --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[status-comparison]: RENAME replies with the table `{ok = 'OK'}`: this is never true
local size = #redis.call('TYPE', KEYS[2])
           --^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[status-comparison]: TYPE replies with a table, `{ok = …}`: its length is always 0
return 0
",
        );
    }

    #[test]
    fn its_text_or_other_replies() {
        check(
            "status-comparison",
            "
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'hash' then return 2 end
local set = redis.call('SET', KEYS[1], ARGV[1])
if set['ok'] == 'OK' then return 1 end
if set == 'OK' or type(set) == 'table' and set.ok == 'OK' then return 1 end
if redis.call('SET', KEYS[1], ARGV[1], 'GET') == 'OK' then return 2 end
if redis.call(ARGV[3], KEYS[1]) == 'OK' then return 3 end
return 0
",
        );
    }

    #[test]
    fn mended() {
        let fixed = |source| fixed("status-comparison", source);
        assert_eq!(
            fixed("return redis.call('TYPE', KEYS[1]) == 'set'"),
            "return redis.call('TYPE', KEYS[1]).ok == 'set'"
        );
        assert_eq!(
            fixed("local s = redis.call('SET', KEYS[1], 1, 'NX')\nif s ~= 'OK' then return 0 end"),
            "local s = redis.call('SET', KEYS[1], 1, 'NX')\nif not s then return 0 end"
        );
        assert_eq!(
            fixed("local s = redis.call('SET', KEYS[1], 1, 'NX')\nreturn s == 'OK'"),
            "local s = redis.call('SET', KEYS[1], 1, 'NX')\nreturn s ~= false"
        );
    }
}
