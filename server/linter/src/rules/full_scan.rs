//! Loops that read more than they have to.

use semantic::CommandCall;
use syntax::{BinaryOp, ExprId, ExprKind, StmtId, StmtKind, UnaryOp};

use crate::rule::declare_rule;
use crate::{
    Context, Sink,
    helpers::{collection_reads, command_problems::word_range, loops},
};

declare_rule! {
    /// ## What it does
    /// Points out commands that read a whole collection at every turn of a loop though the key stays the same, and loops
    /// that follow the cursor of `SCAN`, `HSCAN`, `SSCAN` or `ZSCAN` to its end.
    ///
    /// ## Why it is bad
    /// The server does nothing else while a script runs. Reading all at every turn costs the product of both sizes. Cursors
    /// exist so that others get their turn between two pages; in a script nobody does, and `SCAN` to the end is `KEYS` with
    /// more calls.
    ///
    /// ## Example
    /// ```lua
    /// for _, id in ipairs(ARGV) do
    ///   for _, member in ipairs(redis.call('SMEMBERS', KEYS[1])) do
    ///     redis.call('HSET', KEYS[2], id .. ':' .. member, 1)
    ///   end
    /// end
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local members = redis.call('SMEMBERS', KEYS[1])
    /// for _, id in ipairs(ARGV) do
    ///   for _, member in ipairs(members) do
    ///     redis.call('HSET', KEYS[2], id .. ':' .. member, 1)
    ///   end
    /// end
    /// ```
    code: "full-scan",
    group: Cost,
    level: Hint,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for call in &context.script.calls {
        let Some(stmt) = loops::around(context, call.call) else { continue };
        let Some(name) = call.name() else { continue };
        let cursor = match name {
            "SCAN" => 1,
            "HSCAN" | "SSCAN" | "ZSCAN" => 2,
            _ => {
                reread(context, sink, call, stmt);
                continue;
            }
        };
        if !call.words.get(cursor).is_some_and(|&word| follows(context, word, stmt)) {
            continue;
        }
        let (message, help) = match name {
            "SCAN" => (
                "this loop reads the names of all keys while the server waits".to_owned(),
                "give the cursor back to the client, which calls again for the next page",
            ),
            _ => (
                format!("this loop reads all of the key while the server waits, whatever {name}'s COUNT"),
                "give the cursor back to the client, or read all in one call",
            ),
        };
        sink.report(word_range(context, call, 0), message).help(help);
    }
}

/// A whole collection, read again at every turn.
fn reread(context: &Context<'_>, sink: &mut Sink<'_>, call: &CommandCall, stmt: StmtId) {
    let Some(whole) = collection_reads::whole(context, call) else { return };
    let script = context.script;
    let Some(&key) = call.words.get(1) else { return };
    let range = context.tree()[stmt].range;
    if !range.contains_range(context.range(key)) || !loops::is_same(context, key, stmt) {
        return;
    }
    // Where the loop changes a key, the next turn may find something else.
    let changes = loops::calls(context, stmt).any(|other| {
        let writes = other
            .binding
            .spec
            .is_none_or(|spec| context.targets.iter().any(|&target| spec.flags(target).has(commands::Flags::WRITE)));
        writes
            && (other.binding.spec.is_none()
                || other.binding.keys().any(|(at, _)| {
                    other
                        .words
                        .get(at)
                        .is_some_and(|&word| same(context, word, key) || !loops::is_same(context, word, stmt))
                }))
    });
    let calls_out = context.tree().exprs().any(|(id, expr)| {
        range.contains_range(expr.range)
            && matches!(expr.kind, ExprKind::Call(_))
            && loops::is_foreign(context, id)
            && script.command_call(id).is_none()
    });
    // What leaves the loop right after reads but once.
    if changes || calls_out || !loops::exits(context, stmt).is_empty() {
        return;
    }
    sink.report(
        word_range(context, call, 0),
        format!("{} reads the same whole {} at every turn of this loop", call.name().unwrap_or_default(), whole.kind),
    )
    .help("read it once, before the loop");
}

fn same(context: &Context<'_>, a: ExprId, b: ExprId) -> bool {
    let script = context.script;
    script.text(script.resolve(a)) == script.text(script.resolve(b))
}

/// True if a loop goes on until the cursor is 0, and for no other reason ends.
fn follows(context: &Context<'_>, cursor: ExprId, stmt: StmtId) -> bool {
    let script = context.script;
    let tree = context.tree();
    let Some(local) = script.scopes.local_of(tree.unparen(cursor)) else { return false };
    if loops::keeps(context, local, stmt) {
        return false;
    }
    let (cond, endless) = match tree[stmt].kind {
        StmtKind::While { cond, .. } => (cond, ExprKind::True),
        StmtKind::Repeat { cond, .. } => (cond, ExprKind::False),
        _ => return false,
    };
    let exits = loops::exits(context, stmt);
    let by_condition = is_zero_test(context, cond) || is_flag_of_zero(context, cond, stmt);
    let by_exit = tree[cond].kind == endless && !exits.is_empty();
    (by_condition || by_exit) && exits.iter().all(|&exit| under_zero_test(context, exit))
}

/// `cursor == '0'`, `tonumber(cursor) ~= 0`
fn is_zero_test(context: &Context<'_>, expr: ExprId) -> bool {
    let tree = context.tree();
    match &tree[tree.unparen(expr)].kind {
        ExprKind::Binary { op: BinaryOp::Eq | BinaryOp::Ne, lhs, rhs, .. } => [lhs, rhs].into_iter().any(|&side| {
            let constant = context.script.constant(side);
            constant.as_ref().and_then(semantic::Constant::as_bytes).is_some_and(|text| *text == *b"0")
        }),
        ExprKind::Unary { op: UnaryOp::Not, operand, .. } => is_zero_test(context, *operand),
        _ => false,
    }
}

/// `done`, set nowhere but where the cursor is found to be 0.
fn is_flag_of_zero(context: &Context<'_>, cond: ExprId, stmt: StmtId) -> bool {
    let script = context.script;
    let tree = context.tree();
    let flag = match &tree[tree.unparen(cond)].kind {
        ExprKind::Unary { op: UnaryOp::Not, operand, .. } => *operand,
        _ => cond,
    };
    let Some(local) = script.scopes.local_of(tree.unparen(flag)) else { return false };
    let range = tree[stmt].range;
    let mut writes =
        script.scopes[local].writes.iter().filter(|write| range.contains_range(tree[write.stmt].range)).peekable();
    writes.peek().is_some()
        && writes.all(|write| {
            under_zero_test(context, write.stmt)
                || matches!(write.value, semantic::Init::Expr(value) if is_zero_test(context, value))
        })
}

/// True if the innermost condition around a statement compares something with 0.
fn under_zero_test(context: &Context<'_>, stmt: StmtId) -> bool {
    let scopes = &context.script.scopes;
    let block = scopes.block_of(stmt);
    let Some(outer) = scopes.stmt_of_block(block) else { return false };
    match &context.tree()[outer].kind {
        StmtKind::If(stmt) => {
            stmt.arms.iter().any(|(cond, arm)| *arm == block && is_zero_test(context, *cond))
                || stmt.otherwise == Some(block) && stmt.arms.iter().all(|(cond, _)| is_zero_test(context, *cond))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn cursors_to_the_end() {
        check(
            "full-scan",
            "
local cursor, found = '0', 0
repeat
  local page = redis.call('SCAN', cursor, 'MATCH', ARGV[1])
                        --^^^^^^ hint[full-scan]: this loop reads the names of all keys while the server waits
  cursor = page[1]
  found = found + #page[2]
until cursor == '0'
local done, at = false, 0
while not done do
  local page = redis.call('HSCAN', KEYS[1], at, 'COUNT', 100)
                        --^^^^^^^ hint[full-scan]: this loop reads all of the key while the server waits, whatever HSCAN's COUNT
  at = tonumber(page[1])
  if at == 0 then done = true end
end
",
        );
        check(
            "full-scan",
            "
local cursor = ARGV[1]
repeat
  local page = redis.call('SSCAN', KEYS[1], cursor)
  cursor = page[1]
  if #page[2] > 0 then return page end
until cursor == '0'
for _ = 1, 3 do cursor = redis.call('SCAN', cursor)[1] end
return redis.call('SCAN', cursor)
",
        );
    }

    #[test]
    fn read_again_though_the_same() {
        check(
            "full-scan",
            "
local key = KEYS[1]
for i = 1, #ARGV do
  local all = redis.call('LRANGE', key, 0, -1)
                       --^^^^^^^^ hint[full-scan]: LRANGE reads the same whole list at every turn of this loop
  redis.call('SET', KEYS[2], #all)
  redis.call('LRANGE', key, 0, 9)
  redis.call('HGETALL', key .. ARGV[i])
end
while redis.call('EXISTS', key) == 1 do
  local all = redis.call('SMEMBERS', key)
  redis.call('SREM', key, all[1])
end
",
        );
    }
}
