//! Lists that are read as if they were maps, and the other way round.

use semantic::{
    ApiPath,
    flow::{Kinds, Source, TableType, Type},
};
use syntax::{BinaryOp, ExprId, ExprKind, StmtKind, UnaryOp};

use crate::rule::declare_rule;
use crate::{
    Context, Sink,
    helpers::{flat_replies, values},
};

declare_rule! {
    /// ## What it does
    /// Reports a named field of a reply that is a list, a loop that takes the positions of a list for the fields or scores, and,
    /// after `redis.setresp(3)`, a map or set that is read as a list.
    ///
    /// ## Why it is bad
    /// Scripts speak RESP2 unless they say otherwise, and RESP2 has no maps: `HGETALL` and its like reply with a list of
    /// fields and values in turn. A field of a list is always nil. After `redis.setresp(3)` the same reply is
    /// `{map = {…}}`, which has no elements.
    ///
    /// ## Example
    /// ```lua
    /// local user = redis.call('HGETALL', KEYS[1])
    /// return user.name
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local flat = redis.call('HGETALL', KEYS[1])
    /// local user = {}
    /// for i = 1, #flat, 2 do
    ///   user[flat[i]] = flat[i + 1]
    /// end
    /// return user.name
    /// ```
    code: "field-of-flat-reply",
    group: Replies,
    level: Warning,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let tree = context.tree();
    for (id, expr) in tree.exprs() {
        match &expr.kind {
            ExprKind::Field { base, name } => named(context, sink, id, *base, name.text(context.source())),
            ExprKind::Index { base, key } => match context.script.constant_string(*key) {
                Some(name) => named(context, sink, id, *base, &name),
                None => {
                    as_list(context, sink, id, *base, "[…]");
                    by_text(context, sink, id, *base, *key);
                }
            },
            ExprKind::Unary { op: UnaryOp::Len, operand, .. } => as_list(context, sink, id, *operand, "#"),
            ExprKind::Call(call) => {
                if let (Some(ApiPath::Global(name @ ("ipairs" | "unpack"))), [list, ..]) =
                    (context.script.api(call.callee), &*call.args)
                {
                    as_list(context, sink, id, *list, name);
                }
            }
            _ => {}
        }
    }
    for (_, stmt) in tree.stmts() {
        if let StmtKind::GenericFor { values, .. } = &stmt.kind
            && let [iterator] = **values
        {
            positions(context, sink, iterator);
        }
    }
}

/// `reply.name` of a list.
fn named(context: &Context<'_>, sink: &mut Sink<'_>, id: ExprId, base: ExprId, name: &[u8]) {
    // What the script itself puts there is another matter.
    if !values::of(context, id).is_some_and(|of| of.is(Kinds::ANY_NIL)) {
        return;
    }
    let shown = String::from_utf8_lossy(name);
    let given = values::of(context, base).filter(|of| of.is(Kinds::TABLE)).and_then(|of| match of.the_table() {
        Some(TableType::Keys) => Some("the list of keys"),
        Some(TableType::Argv) => Some("the list of arguments"),
        _ => None,
    });
    if let Some(given) = given {
        let subject = values::subject(context, base);
        sink.report(context.range(id), format!("{subject} is {given}: `{shown}` of it is always nil"))
            .help("take its elements by number; `#` is its length");
        return;
    }
    let Some((of, command)) = flat_replies::command(context, base) else { return };
    let message = match of.list().and_then(|list| list.pairs) {
        Some(_) => {
            format!("{command} replies with a flat list, fields and values in turn: `{shown}` of it is always nil")
        }
        None => format!("{command} replies with a list: `{shown}` of it is always nil"),
    };
    let finding = sink.report(context.range(id), message);
    let help = match name {
        b"err" => "`redis.call` raises errors; `redis.pcall` gives them as `{err = …}`",
        _ if of.list().is_some_and(|list| list.pairs.is_some()) => {
            "make a table of it first, or ask for the field itself: `HGET`, `HMGET`"
        }
        _ => "take its elements by number",
    };
    finding.help(help);
}

/// `reply[text]` of a list, unless another rule reports the use of the nil.
fn by_text(context: &Context<'_>, sink: &mut Sink<'_>, id: ExprId, base: ExprId, key: ExprId) {
    let is_text = |of: &Type| of.kinds.has(Kinds::STRING) && of.is(Kinds::STRING | Kinds::ABSENT);
    let (_, user) = values::user(context, id);
    let is_looked_at = user.is_none_or(|user| match context.tree()[user].kind {
        ExprKind::Binary { op, .. } => op.is_equality() || matches!(op, BinaryOp::And | BinaryOp::Or),
        ExprKind::Unary { op, .. } => op == UnaryOp::Not,
        _ => false,
    });
    if is_looked_at && values::of(context, key).is_some_and(is_text) {
        named(context, sink, id, base, context.shown(context.range(key)).as_bytes());
    }
}

/// A map or a set that is read as a list.
fn as_list(context: &Context<'_>, sink: &mut Sink<'_>, id: ExprId, base: ExprId, how: &str) {
    let Some(of) = values::of(context, base) else { return };
    let inner = match &*of.tables {
        [TableType::Map(_)] => "map",
        [TableType::Set(_)] => "set",
        [TableType::Double] => "double",
        _ => return,
    };
    let Source::Reply(call) = of.source else { return };
    if how == "[…]" && values::of(context, id).is_none_or(|of| !of.is(Kinds::ANY_NIL)) {
        return;
    }
    sink.report(
        context.range(base),
        format!(
            "after `redis.setresp(3)` {} replies with `{{{inner} = …}}`, which has no elements: use its field `{inner}`",
            values::name(context, call)
        ),
    );
}

/// `for field, value in pairs(flat)`, where `field` is used as a name.
fn positions(context: &Context<'_>, sink: &mut Sink<'_>, iterator: ExprId) {
    let script = context.script;
    let ExprKind::Call(call) = &context.tree()[iterator].kind else { return };
    let (Some(ApiPath::Global("pairs" | "ipairs")), [list]) = (script.api(call.callee), &*call.args) else { return };
    let Some((of, command)) = flat_replies::command(context, *list) else { return };
    let Some(list) = of.list() else { return };
    let stmt = script.scopes.stmt_of(iterator);
    let Some((id, key)) = script
        .scopes
        .locals()
        .find(|(_, local)| local.stmt == Some(stmt) && local.kind == semantic::LocalKind::Iterated(0))
    else {
        return;
    };
    // A number too, but by its name another one.
    if command.starts_with('Z')
        && script.name(id).to_ascii_lowercase().contains("score")
        && let Some(&read) = key.reads.first()
    {
        let (what, help) = match list.pairs {
            Some(_) => (
                "members and scores in turn",
                "step through it by two: `for i = 1, #reply, 2 do local member, score = reply[i], reply[i + 1]`",
            ),
            None => ("members alone", "ask for the scores by WITHSCORES, and step through the reply by two"),
        };
        let shown = script.name(id);
        sink.report(
            context.range(read),
            format!("`{shown}` is a position (1, 2, …), no score: {command} replies with {what}"),
        )
        .help(help)
        .related(context.range(iterator), "the loop over the list");
        return;
    }
    if list.pairs.is_none() {
        return;
    }
    if key.reads.iter().any(|&read| is_number(context, read)) {
        return;
    }
    let Some(&read) = key.reads.iter().find(|&&read| is_name(context, read)) else { return };
    let shown = context.shown(context.range(read));
    sink.report(
        context.range(read),
        format!(
            "`{shown}` is a position (1, 2, …), no field: {command} replies with a flat list, fields and values in turn"
        ),
    )
    .help("step through it by two: `for i = 1, #reply, 2 do local field, value = reply[i], reply[i + 1]`")
    .related(context.range(iterator), "the loop over the list");
}

/// True if the loop's variable is used as the number that it is.
fn is_number(context: &Context<'_>, read: ExprId) -> bool {
    let (read, Some(parent)) = values::user(context, read) else { return false };
    match &context.tree()[parent].kind {
        ExprKind::Binary { op, .. } if op.is_arithmetic() => true,
        ExprKind::Binary { op, lhs, rhs, .. } if op.is_equality() || op.is_order() => {
            let other = if *lhs == read { *rhs } else { *lhs };
            context.script.flow().of(other).is_none_or(|of| of.kinds.may_be(Kinds::NUMBER))
        }
        _ => false,
    }
}

/// True if the loop's variable is used as a text.
fn is_name(context: &Context<'_>, read: ExprId) -> bool {
    let (read, Some(parent)) = values::user(context, read) else { return false };
    match &context.tree()[parent].kind {
        ExprKind::Binary { op: BinaryOp::Concat, .. } => true,
        ExprKind::Binary { op, .. } => op.is_equality(),
        ExprKind::Call(call) if call.callee != read => {
            context.script.calls.iter().any(|command| command.call == parent && command.words.contains(&read))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn positions_are_no_scores() {
        check(
            "field-of-flat-reply",
            "
local due = redis.call('ZRANGE', KEYS[1], 0, 9)
for old_score, member in ipairs(due) do
  redis.call('ZADD', KEYS[2], old_score + 5, member)
                            --^^^^^^^^^ warning[field-of-flat-reply]: `old_score` is a position (1, 2, …), no score: ZRANGE replies with members alone
end
for score, member in pairs(redis.call('ZRANGE', KEYS[1], 0, 9, 'WITHSCORES')) do
  redis.call('ZADD', KEYS[2], score, member)
                            --^^^^^ warning[field-of-flat-reply]: `score` is a position (1, 2, …), no score: ZRANGE replies with members and scores in turn
end
for rank, member in ipairs(due) do redis.call('ZADD', KEYS[2], rank, member) end
local scores = { 1, 2 }
for score, member in ipairs(scores) do redis.call('ZADD', KEYS[2], score, member) end
",
        );
    }

    #[test]
    fn lists_have_no_fields() {
        check(
            "field-of-flat-reply",
            "
local job = redis.call('HGETALL', KEYS[1])
if job.state == 'done' or job['tries'] then return job[2] end
 --^^^^^^^^^ warning[field-of-flat-reply]: HGETALL replies with a flat list, fields and values in turn: `state` of it is always nil
                        --^^^^^^^^^^^^ warning[field-of-flat-reply]: HGETALL replies with a flat list, fields and values in turn: `tries` of it is always nil
local now = redis.call('TIME')
local seconds = now.sec
              --^^^^^^^ warning[field-of-flat-reply]: TIME replies with a list: `sec` of it is always nil
for field, value in pairs(redis.call('HGETALL', KEYS[2])) do
  redis.call('HSET', KEYS[3], field, value)
                            --^^^^^ warning[field-of-flat-reply]: `field` is a position (1, 2, …), no field: HGETALL replies with a flat list, fields and values in turn
end
return seconds
",
        );
        check(
            "field-of-flat-reply",
            "
redis.setresp(3)
local user = redis.call('HGETALL', KEYS[1])
for i = 1, #user, 2 do redis.call('DEL', user[i]) end
          --^^^^ warning[field-of-flat-reply]: after `redis.setresp(3)` HGETALL replies with `{map = …}`, which has no elements: use its field `map`
                                       --^^^^ warning[field-of-flat-reply]: after `redis.setresp(3)` HGETALL replies with `{map = …}`, which has no elements: use its field `map`
",
        );
    }

    #[test]
    fn lists_read_as_lists() {
        check(
            "field-of-flat-reply",
            "
local flat = redis.call('HGETALL', KEYS[1])
local job = {}
for i, value in ipairs(flat) do
  if i % 2 == 1 then job[value] = flat[i + 1] end
end
if job.state then return job.state end
for i, member in ipairs(redis.call('SMEMBERS', KEYS[2])) do redis.call('LPUSH', KEYS[3], i, member) end
local reply = redis.pcall('HGETALL', KEYS[4])
if reply.err then return reply end
flat.count = #flat
return flat.count
",
        );
        check(
            "field-of-flat-reply",
            "redis.setresp(3)\nlocal user = redis.call('HGETALL', KEYS[1])\nreturn user.map.name\n",
        );
    }
}
