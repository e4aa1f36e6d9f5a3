//! Lists that are too long for `unpack`.

use rustc_hash::{FxHashMap, FxHashSet};
use semantic::{
    Constant,
    flow::{Kinds, Source, TableType},
};
use syntax::{BinaryOp, ExprId, ExprKind, StmtId, StmtKind, UnaryOp};

use crate::rule::declare_rule;
use crate::{
    Context, Level, Sink,
    helpers::{
        loops,
        returns::{self, Store},
        unpack,
    },
};

declare_rule! {
    /// ## What it does
    /// Reports `unpack` of a reply that is as long as what is stored, and of a list that is filled from such a reply or in a
    /// long loop; as a hint also of a list that is filled as often as an argument says.
    ///
    /// ## Why it is bad
    /// `unpack` gives 7999 values at most, for so much fits on Lua's stack as the servers build it. With one more the script
    /// stops: `too many results to unpack`. It works in every test and fails when the data has grown.
    ///
    /// ## Example
    /// ```lua
    /// redis.call('SADD', KEYS[2], unpack(redis.call('SMEMBERS', KEYS[1])))
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local members = redis.call('SMEMBERS', KEYS[1])
    /// for from = 1, #members, 1000 do
    ///   redis.call('SADD', KEYS[2], unpack(members, from, math.min(from + 999, #members)))
    /// end
    /// ```
    code: "unpack-limit",
    group: Cost,
    level: Warning,
    fix: None,
    since: "0.1.0",
    check: check,
}

/// One more value than this does not fit.
const MOST: f64 = 7999.0;

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let flow = context.script.flow();
    let mut stores: Option<FxHashMap<ExprId, Vec<Store>>> = None;
    // Once for a list: what follows fails no more often.
    let mut told: FxHashSet<ExprId> = FxHashSet::default();
    for (id, expr) in context.tree().calls() {
        let ExprKind::Call(_) = expr.kind else { continue };
        let Some(table) = unpack::unpacked(context, id) else { continue };
        let Some(of) = flow.of(table) else { continue };
        let mut level = Level::Warning;
        let (message, from) = match of.the_table() {
            Some(TableType::List(list)) if list.unbounded && list.length.is_none() => {
                let name = command(context, list.call);
                (format!("`unpack` fails once {name} replies with more than {MOST} elements"), list.call)
            }
            Some(&TableType::Built(site)) if flow.site(site).is_some_and(|site| !site.escaped) => {
                let fills = stores.get_or_insert_with(|| returns::stores(context)).get(&site);
                let Some(cause) = fills.into_iter().flatten().find_map(|fill| endless(context, *fill, site)) else {
                    continue;
                };
                match cause {
                    Long::Reply(call) => {
                        let name = command(context, call);
                        let message = format!(
                            "`unpack` fails once more than {MOST} elements are put in: as many as {name} replies with"
                        );
                        (message, call)
                    }
                    Long::Loop(turns, start) => {
                        (format!("`unpack` gives {MOST} values at most, the list gets {turns}"), start)
                    }
                    Long::Argument(end) => {
                        level = Level::Hint;
                        let what = context.shown(context.range(end));
                        let message = format!(
                            "`unpack` fails once more than {MOST} elements are put in: as many as the caller says by `{what}`"
                        );
                        (message, end)
                    }
                }
            }
            _ => continue,
        };
        let list = match of.the_table() {
            Some(&TableType::Built(site)) => site,
            _ => from,
        };
        if is_watched(context, table) || !told.insert(list) {
            continue;
        }
        let finding = sink
            .report(expr.range, message)
            .level(level)
            .help("take it in parts: `for i = 1, #list, 1000 do … unpack(list, i, math.min(i + 999, #list)) … end`");
        if !expr.range.contains_range(context.range(from)) {
            finding.related(context.range(from), "that long");
        }
    }
}

fn command(context: &Context<'_>, call: ExprId) -> &'static str {
    let found = context.script.command_call(call);
    found.and_then(semantic::CommandCall::name).unwrap_or("the command")
}

/// Reason why a list is long.
enum Long {
    Reply(ExprId),
    Loop(u64, ExprId),
    Argument(ExprId),
}

/// The loop, if a list is filled as often as a reply has elements, or at every turn of a long loop.
fn endless(context: &Context<'_>, fill: Store, site: ExprId) -> Option<Long> {
    let flow = context.script.flow();
    // What is stored under a name, `unpack` does not give.
    match context.tree()[fill.place].kind {
        ExprKind::Field { .. } => return None,
        ExprKind::Index { key, .. } if flow.of(key).is_some_and(|of| of.is(Kinds::STRING | Kinds::ABSENT)) => {
            return None;
        }
        _ => {}
    }
    let mut conditional = false;
    for (stmt, _) in unpack::around(context, fill.place) {
        if !unpack::is_after(context, stmt, site) {
            return None;
        }
        conditional |= matches!(context.tree()[stmt].kind, StmtKind::If(_));
        if is_left(context, stmt) {
            continue;
        }
        if let Some(list) = unpack::looped(context, stmt).and_then(|list| flow.of(list)?.list())
            && list.unbounded
        {
            return Some(Long::Reply(list.call));
        }
        if let StmtKind::NumericFor(head) = &context.tree()[stmt].kind
            && !conditional
        {
            let number = |expr| match context.script.constant(expr) {
                Some(Constant::Number(number)) => Some(number),
                _ => None,
            };
            let step = head.step.map_or(Some(1.0), number);
            if is_from_caller(context, head.end) && number(head.start).is_some() && step == Some(1.0) {
                return Some(Long::Argument(head.end));
            }
            if let (Some(start), Some(end), Some(step)) = (number(head.start), number(head.end), step)
                && step != 0.0
                && (end - start) / step >= MOST
            {
                return Some(Long::Loop(((end - start) / step) as u64 + 1, head.start));
            }
        }
    }
    None
}

/// Returns true if a number is an argument of the script that it compares with nothing.
fn is_from_caller(context: &Context<'_>, end: ExprId) -> bool {
    let flow = context.script.flow();
    let end = match context.tree()[context.tree().unparen(end)].kind {
        // `n - 1`, for a loop from 0
        ExprKind::Binary { op: BinaryOp::Add | BinaryOp::Sub, lhs, rhs, .. }
            if context.script.constant(rhs).is_some() =>
        {
            lhs
        }
        _ => end,
    };
    let given = |expr| flow.of(expr).filter(|of| of.kinds.has(Kinds::NUMBER | Kinds::STRING)).map(|of| of.source);
    let Some(source @ Source::Argument(Some(_))) = given(end) else { return false };
    !context.tree().exprs().any(|(_, expr)| match expr.kind {
        ExprKind::Binary { op, lhs, rhs, .. } if op.is_order() => {
            [lhs, rhs].into_iter().any(|side| given(side) == Some(source))
        }
        _ => false,
    })
}

/// True if a loop may end early.
fn is_left(context: &Context<'_>, stmt: StmtId) -> bool {
    loops::body(context.tree(), stmt).is_some() && !loops::exits(context, stmt).is_empty()
}

/// True if the script compares the list's length with anything but 0 and 1.
fn is_watched(context: &Context<'_>, table: ExprId) -> bool {
    let (script, tree) = (context.script, context.tree());
    tree.binaries().any(|(_, expr)| {
        let ExprKind::Binary { op, lhs, rhs, .. } = expr.kind else { return false };
        if !op.is_order() && !op.is_equality() {
            return false;
        }
        [(lhs, rhs), (rhs, lhs)].into_iter().any(|(side, other)| match tree[tree.unparen(side)].kind {
            ExprKind::Unary { op: UnaryOp::Len, operand, .. } => {
                unpack::is_same_table(context, operand, table)
                    && !matches!(script.constant(other), Some(Constant::Number(number)) if number <= 1.0)
            }
            _ => false,
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn lists_that_grow() {
        check(
            "unpack-limit",
            "
local stale = redis.call('KEYS', ARGV[1])
redis.call('DEL', unpack(stale))
                --^^^^^^^^^^^^^ warning[unpack-limit]: `unpack` fails once KEYS replies with more than 7999 elements
local names = {}
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  names[#names + 1] = 'job:' .. id
end
if #names > 0 then redis.call('UNLINK', unpack(names)) end
                                      --^^^^^^^^^^^^^ warning[unpack-limit]: `unpack` fails once more than 7999 elements are put in: as many as SMEMBERS replies with
local zeros = {}
for i = 1, 10000 do zeros[i] = 0 end
local all = redis.call('ZRANGEBYSCORE', KEYS[3], 0, ARGV[1], 'LIMIT', 0, -1)
if #all > 0 then redis.call('ZREM', KEYS[3], unpack(all)) end
                                           --^^^^^^^^^^^ warning[unpack-limit]: `unpack` fails once ZRANGEBYSCORE replies with more than 7999 elements
local cost, hits = tonumber(ARGV[2]), {}
for i = 1, cost do hits[i] = ARGV[1] end
redis.call('LPUSH', KEYS[4], unpack(hits))
                           --^^^^^^^^^^^^ hint[unpack-limit]: `unpack` fails once more than 7999 elements are put in: as many as the caller says by `cost`
redis.call('RPUSH', KEYS[2], unpack(zeros))
                           --^^^^^^^^^^^^^ warning[unpack-limit]: `unpack` gives 7999 values at most, the list gets 10000
",
        );
    }

    #[test]
    fn lists_that_are_kept_short() {
        check(
            "unpack-limit",
            "
local some = redis.call('LRANGE', KEYS[1], 0, 99)
redis.call('RPUSH', KEYS[2], unpack(some))
local all = redis.call('SMEMBERS', KEYS[3])
for i = 1, #all, 1000 do redis.call('SREM', KEYS[3], unpack(all, i, math.min(i + 999, #all))) end
local batch = {}
for _, m in ipairs(all) do
  batch[#batch + 1] = m
  if #batch == 500 then
    redis.call('SADD', KEYS[4], unpack(batch))
    batch = {}
  end
end
local row = {}
for i = 1, 100 do row[i] = i end
redis.call('RPUSH', KEYS[5], unpack(row))
redis.call('DEL', unpack(KEYS))
local cost, hits = tonumber(ARGV[2]), {}
if cost > 100 then return redis.error_reply('ERR too much') end
for i = 1, cost do hits[i] = ARGV[1] end
redis.call('LPUSH', KEYS[6], unpack(hits))
for _, m in ipairs(all) do
  local pair = {}
  pair[1] = m
  redis.call('DEL', unpack(pair))
end
",
        );
    }
}
