//! Empty lists as the arguments of a command.

use commands::bind::{ProblemKind, Word, bind};
use rustc_hash::FxHashMap;
use semantic::{
    ApiPath, CallForm, CommandCall, Constant,
    flow::{Site, Source, TableType},
};
use syntax::{ExprId, ExprKind, StmtKind, TableField};

use crate::rule::declare_rule;
use crate::{
    Context, Edit, Level, Sink,
    helpers::{
        returns::{self, Store},
        unpack, values,
    },
};

declare_rule! {
    /// ## What it does
    /// Reports `unpack(list)` as the last arguments of a command that needs some, where the list is a reply that may be
    /// empty, or is filled on a condition, or is a table with names of which `unpack` gives nothing; as a hint also
    /// `unpack(ARGV, 2)` where nothing asks how many arguments there are.
    ///
    /// ## Why it is bad
    /// An empty list gives no arguments, and the server refuses the call: `Wrong number of args calling Redis command from
    /// script`. The script works until there is nothing to do.
    ///
    /// ## Example
    /// ```lua
    /// local expired = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 100)
    /// redis.call('ZREM', KEYS[1], unpack(expired))
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local expired = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 100)
    /// if #expired > 0 then
    ///   redis.call('ZREM', KEYS[1], unpack(expired))
    /// end
    /// ```
    code: "unpack-empty",
    group: Replies,
    level: Warning,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    let flow = script.flow();
    let mut stores: Option<FxHashMap<ExprId, Vec<Store>>> = None;
    for call in script.calls.iter().filter(|call| call.form == CallForm::Call) {
        let Some((&last, words)) = call.words.split_last() else { continue };
        if let Some(Rest { table, from }) = rest(context, last)
            && needs_more(context, words)
            && !depends_on_caller(context, call)
            && !unpack::unpacked(context, last).is_some_and(|list| is_guarded(context, call, list, &[]))
        {
            let name = call.name().unwrap_or("the command");
            let what = if table == "ARGV" { "arguments" } else { "keys" };
            sink.report(
                context.range(last),
                format!("callers may pass fewer than {from} {what}, and {name} is refused without more arguments"),
            )
            .level(Level::Hint)
            .help(format!("ask for their number first: `if #{table} >= {from} then … end`"));
            continue;
        }
        let Some(table) = unpack::unpacked(context, last) else { continue };
        let Some(of) = flow.of(table).filter(|of| !of.nonempty) else { continue };
        let mut fills = Vec::new();
        let mut level = Level::Warning;
        let why = match of.the_table() {
            Some(TableType::List(_)) => match empty_reply(context, table) {
                Some(name) => format!("the reply of {name} may be empty"),
                None => continue,
            },
            Some(&TableType::Built(site)) => {
                if flow.site(site).is_some_and(|site| is_map(context, site)) {
                    let name = call.name().unwrap_or("the command");
                    let what = if needs_more(context, words) {
                        format!(", and {name} is refused without more arguments")
                    } else {
                        String::new()
                    };
                    sink.report(
                        context.range(last),
                        format!("`unpack` gives nothing of this table, it is filled under names{what}"),
                    )
                    .help("put name and value one after the other into a list, and unpack that");
                    continue;
                }
                let is_followed = |site: &Site| !site.escaped && site.items.is_empty() && site.rest.is_none();
                let Some(known) = flow.site(site).filter(|site| is_followed(site)) else { continue };
                fills = stores.get_or_insert_with(|| returns::stores(context)).get(&site).cloned().unwrap_or_default();
                if let [fill] = *fills
                    && let Some(Rest { table, from }) = looped_rest(context, fill, site)
                {
                    level = Level::Hint;
                    let what = if table == "ARGV" { "arguments" } else { "keys" };
                    format!("callers may pass fewer than {from} {what}")
                } else if !known.shrinks
                    && !fills.is_empty()
                    && fills.iter().all(|fill| may_not_happen(context, *fill, site, &fills))
                {
                    "the list may be empty: it is filled on a condition".to_owned()
                } else {
                    continue;
                }
            }
            _ => continue,
        };
        if !needs_more(context, words) || is_guarded(context, call, table, &fills) {
            continue;
        }
        let name = call.name().unwrap_or("the command");
        let finding = sink
            .report(context.range(last), format!("{why}, and {name} is refused without more arguments"))
            .level(level)
            .help("ask for its length first: `if #list > 0 then … end`");
        if script.is_statement(call.call) && matches!(context.tree()[table].kind, ExprKind::Name(_)) {
            let range = context.range(call.call);
            let shown = context.shown(context.range(table));
            let edits =
                vec![Edit::insert(range.start, format!("if #{shown} > 0 then ")), Edit::insert(range.end, " end")];
            finding.fix("Call it only for a list that is not empty", edits);
        }
    }
}

/// Returns true if nothing but names are keys of a table, and some are.
fn is_map(context: &Context<'_>, site: &Site) -> bool {
    let empty = |id| context.script.flow().get(id).kinds.is_empty();
    let is_named = !site.fields.is_empty() || !empty(site.other);
    !site.escaped && site.items.is_empty() && site.rest.is_none() && empty(site.element) && is_named
}

/// Rest of KEYS or ARGV that a call passes on, from an element behind the first: the table, and that element.
struct Rest {
    table: &'static str,
    from: u32,
}

/// `unpack(ARGV, 2)`, or a list filled with that, if the script neither tests the number of elements nor reads one that far.
fn rest(context: &Context<'_>, expr: ExprId) -> Option<Rest> {
    let (script, tree) = (context.script, context.tree());
    let call = |expr: ExprId| match &tree[values::origin(context, expr)].kind {
        ExprKind::Call(call) if script.api(call.callee) == Some(ApiPath::Global("unpack")) => Some(&*call.args),
        _ => None,
    };
    let mut place = expr;
    let mut args = call(expr)?;
    // `{ unpack(ARGV, 2) }`
    if let [list] = *args
        && let ExprKind::Table(fields) = &tree[script.resolve(list)].kind
        && let [TableField::Item(item)] = **fields
    {
        place = item;
        args = call(item)?;
    }
    let [table, from, ..] = *args else { return None };
    let (name, uses) = match (script.is_argv(table), script.is_keys(table)) {
        (true, _) => ("ARGV", &script.argv),
        (_, true) => ("KEYS", &script.keys),
        _ => return None,
    };
    let Some(Constant::Number(from)) = script.constant(from) else { return None };
    // `unpack(ARGV, 2, #ARGV)` asks nothing.
    let whole = context.range(place);
    let asked = uses.lengths.iter().any(|&length| !whole.contains_range(context.range(length)))
        || uses.indices.iter().any(|used| used.index >= from);
    (from >= 2.0 && !asked && uses.dynamic.len() <= 1 && !script.is_fragment())
        .then_some(Rest { table: name, from: from as u32 })
}

/// Returns true if a condition around a call tests an argument: a count or a mode by which the caller may give the number.
fn depends_on_caller(context: &Context<'_>, call: &CommandCall) -> bool {
    let (script, tree) = (context.script, context.tree());
    unpack::around(context, call.call).iter().any(|&(stmt, _)| match &tree[stmt].kind {
        StmtKind::If(branches) => branches.arms.iter().any(|&(cond, _)| {
            let cond = context.range(cond);
            tree.exprs().any(|(id, expr)| {
                cond.contains_range(expr.range)
                    && script.flow().of(id).is_some_and(|of| matches!(of.source, Source::Argument(_)))
            })
        }),
        _ => false,
    })
}

/// The elements added to a list at every turn of `for i = 2, #ARGV`, if nothing else tests their number.
fn looped_rest(context: &Context<'_>, fill: Store, site: ExprId) -> Option<Rest> {
    let (script, tree) = (context.script, context.tree());
    let [(stmt, _)] = *unpack::around(context, fill.place) else { return None };
    let StmtKind::NumericFor(head) = &tree[stmt].kind else { return None };
    let list = unpack::looped(context, stmt).filter(|_| unpack::is_after(context, stmt, site))?;
    let (table, uses) = match (script.is_argv(list), script.is_keys(list)) {
        (true, _) => ("ARGV", &script.argv),
        (_, true) => ("KEYS", &script.keys),
        _ => return None,
    };
    let Some(Constant::Number(from)) = script.constant(head.start) else { return None };
    let asked = uses.lengths.len() > 1 || uses.indices.iter().any(|used| used.index >= from);
    (from >= 2.0 && head.step.is_none() && !asked && !script.is_fragment()).then_some(Rest { table, from: from as u32 })
}

/// True if a call with these words alone has too few.
fn needs_more(context: &Context<'_>, words: &[ExprId]) -> bool {
    let constants: Vec<Option<Constant<'_>>> = words.iter().map(|&word| context.script.constant(word)).collect();
    let read: Vec<Word<'_>> = constants
        .iter()
        .map(|constant| match constant {
            Some(Constant::String(bytes)) => Word::Known(bytes),
            Some(Constant::Number(number)) => Word::Number(*number),
            _ => Word::Unknown,
        })
        .collect();
    let problems = bind(&read, context.targets).problems;
    problems.iter().any(|problem| matches!(problem.kind, ProblemKind::TooFewArguments { .. }))
}

/// The command whose reply a list is, if its reply may be an empty list.
fn empty_reply(context: &Context<'_>, list: ExprId) -> Option<&'static str> {
    let of = context.script.flow().of(list).filter(|of| !of.nonempty)?;
    let list = of.list().filter(|list| list.length.is_none() && list.items.is_none())?;
    let name = context.script.command_call(list.call)?.name()?;
    matches!(
        name,
        "SMEMBERS"
            | "SINTER"
            | "SUNION"
            | "SDIFF"
            | "SPOP"
            | "SRANDMEMBER"
            | "HKEYS"
            | "HVALS"
            | "HGETALL"
            | "KEYS"
            | "LRANGE"
            | "ZRANGE"
            | "ZREVRANGE"
            | "ZRANGEBYSCORE"
            | "ZREVRANGEBYSCORE"
            | "ZRANGEBYLEX"
            | "ZREVRANGEBYLEX"
            | "ZPOPMIN"
            | "ZPOPMAX"
            | "ZINTER"
            | "ZUNION"
            | "ZDIFF"
            | "SCAN"
            | "SSCAN"
            | "HSCAN"
            | "ZSCAN"
            | "SORT"
            | "SORT_RO"
            | "GEOSEARCH"
            | "GEORADIUS"
    )
    .then_some(name)
}

/// True if the script may come past a place where a list is filled without filling it.
fn may_not_happen(context: &Context<'_>, fill: Store, site: ExprId, fills: &[Store]) -> bool {
    let tree = context.tree();
    for (stmt, _) in unpack::around(context, fill.place) {
        if !unpack::is_after(context, stmt, site) {
            return false;
        }
        match &tree[stmt].kind {
            StmtKind::If(branches) => {
                // All branches fill it, or not.
                let fills_it = |block: syntax::BlockId| {
                    fills.iter().any(|fill| {
                        context.script.scopes.block_of(context.script.scopes.stmt_of(fill.place)) == block
                            || unpack::around(context, fill.place).iter().any(|(_, around)| *around == block)
                    })
                };
                let all =
                    branches.arms.iter().all(|&(_, block)| fills_it(block)) && branches.otherwise.is_some_and(fills_it);
                if !all {
                    return true;
                }
            }
            _ => {
                if unpack::looped(context, stmt).is_some_and(|list| empty_reply(context, list).is_some()) {
                    return true;
                }
            }
        }
    }
    false
}

/// True if a condition before or around the call tests the number of elements, or a loop around it goes through the list.
fn is_guarded(context: &Context<'_>, call: &CommandCall, table: ExprId, fills: &[Store]) -> bool {
    let (script, tree) = (context.script, context.tree());
    let watchers = unpack::watchers(context, table, fills);
    let key = unpack::key_of(context, table);
    let start = context.range(call.call).start;
    let function = script.scopes.function_of(call.call);
    let range = tree[tree[function].body].range;
    tree.stmts().any(|(_, stmt)| {
        if stmt.range.start > start || !range.contains_range(stmt.range) {
            return false;
        }
        let around = stmt.range.end >= start;
        match &stmt.kind {
            StmtKind::If(branches) => branches.arms.iter().any(|&(cond, _)| {
                let holds_fill = fills.iter().any(|fill| stmt.range.contains_range(context.range(fill.place)));
                let cond = context.range(cond);
                (around || !holds_fill)
                    && (unpack::mentions(context, cond, &watchers)
                        || key.is_some_and(|key| unpack::asks(context, cond, key)))
            }),
            StmtKind::While { cond, .. } if around => unpack::mentions(context, context.range(*cond), &watchers),
            StmtKind::GenericFor { values, .. } if around => {
                values.iter().any(|&value| unpack::mentions(context, context.range(value), &watchers))
            }
            StmtKind::NumericFor(head) if around => unpack::mentions(context, context.range(head.end), &watchers),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn nothing_to_do() {
        check(
            "unpack-empty",
            "
local due = redis.call('ZRANGEBYSCORE', KEYS[1], 0, ARGV[1])
redis.call('RPUSH', KEYS[2], unpack(due))
                           --^^^^^^^^^^^ warning[unpack-empty]: the reply of ZRANGEBYSCORE may be empty, and RPUSH is refused without more arguments
local live = {}
for _, id in ipairs(ARGV) do
  if redis.call('EXISTS', id) == 1 then live[#live + 1] = id end
end
return redis.call('DEL', unpack(live))
                       --^^^^^^^^^^^^ warning[unpack-empty]: the list may be empty: it is filled on a condition, and DEL is refused without more arguments
",
        );
    }

    #[test]
    fn maps_and_the_rest_of_the_arguments() {
        check(
            "unpack-empty",
            "
local flat, map = redis.call('HGETALL', KEYS[1]), {}
for i = 1, #flat, 2 do map[flat[i]] = flat[i + 1] end
redis.call('HSET', KEYS[2], unpack(map))
                          --^^^^^^^^^^^ warning[unpack-empty]: `unpack` gives nothing of this table, it is filled under names, and HSET is refused without more arguments
return redis.call('SREM', KEYS[1], unpack(ARGV, 2))
                                 --^^^^^^^^^^^^^^^ hint[unpack-empty]: callers may pass fewer than 2 arguments, and SREM is refused without more arguments
",
        );
        check(
            "unpack-empty",
            "
local others = {}
for i = 3, #ARGV do others[#others + 1] = ARGV[i] end
redis.call('SADD', KEYS[1], unpack(others))
                          --^^^^^^^^^^^^^^ hint[unpack-empty]: callers may pass fewer than 3 arguments, and SADD is refused without more arguments
return redis.call('DEL', unpack(KEYS, 2, #KEYS))
                       --^^^^^^^^^^^^^^^^^^^^^^ hint[unpack-empty]: callers may pass fewer than 2 keys, and DEL is refused without more arguments
",
        );
        check(
            "unpack-empty",
            "
local second = {}
for i = 2, #ARGV do second[#second + 1] = ARGV[i] end
redis.call('SREM', KEYS[1], unpack(second))
                          --^^^^^^^^^^^^^^ hint[unpack-empty]: callers may pass fewer than 2 arguments, and SREM is refused without more arguments
",
        );
        check(
            "unpack-empty",
            "
local rest = { unpack(ARGV, 2) }
redis.call('SADD', KEYS[1], unpack(rest))
                          --^^^^^^^^^^^^ hint[unpack-empty]: callers may pass fewer than 2 arguments, and SADD is refused without more arguments
",
        );
        check(
            "unpack-empty",
            "
local words = { unpack(ARGV, 2) }
if #words == 0 then return 0 end
if ARGV[1] == 'more' then redis.call('SREM', KEYS[1], unpack(ARGV, 2)) end
return redis.call('SADD', KEYS[1], unpack(words))
",
        );
        check("unpack-empty", "if #ARGV < 2 then return 0 end return redis.call('SREM', KEYS[1], unpack(ARGV, 2))");
        check("unpack-empty", "return redis.call('SREM', ARGV[2], unpack(ARGV, 2))");
    }

    #[test]
    fn something_to_do() {
        check(
            "unpack-empty",
            "
local due = redis.call('ZRANGEBYSCORE', KEYS[1], 0, ARGV[1])
if #due > 0 then redis.call('RPUSH', KEYS[2], unpack(due)) end
local live, count = {}, 0
for _, id in ipairs(ARGV) do
  if redis.call('EXISTS', id) == 1 then
    live[#live + 1] = id
    count = count + 1
  end
end
if count == 0 then return 0 end
redis.call('DEL', unpack(live))
redis.call('ZADD', KEYS[3], unpack(ARGV))
redis.call('DEL', 'rest', unpack(redis.call('SMEMBERS', KEYS[4])))
local pairs = {}
for i = 1, #ARGV do table.insert(pairs, ARGV[i]) end
redis.call('SADD', KEYS[5], unpack(pairs))
if redis.call('SCARD', KEYS[6]) > 0 then
  redis.call('DEL', unpack(redis.call('SMEMBERS', KEYS[6])))
end
redis.call('DEL', unpack(redis.call('HMGET', KEYS[7], unpack(ARGV))))
local jobs = redis.call('LRANGE', KEYS[8], 0, ARGV[1])
local found = #jobs
if found > 0 then redis.call('SADD', KEYS[9], unpack(jobs)) end
local waiting = redis.call('EXISTS', KEYS[10]) == 1
if waiting then
  local some = redis.call('LRANGE', KEYS[10], 0, 6999)
  redis.call('RPUSH', KEYS[11], unpack(some))
end
",
        );
    }

    #[test]
    fn only_then() {
        assert_eq!(
            fixed("unpack-empty", "local k = redis.call('KEYS', 'a:*')\nredis.call('DEL', unpack(k))"),
            "local k = redis.call('KEYS', 'a:*')\nif #k > 0 then redis.call('DEL', unpack(k)) end"
        );
    }
}
