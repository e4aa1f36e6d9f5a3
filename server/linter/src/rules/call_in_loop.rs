//! One call for each of several elements.

use semantic::{CallForm, CommandCall, Constant};
use syntax::{ExprId, ExprKind, StmtId, StmtKind, UnaryOp};
use text::TextRange;

use crate::rule::declare_rule;
use crate::{
    Context, Edit, Sink,
    helpers::{command_problems::word_range, loops},
};

declare_rule! {
    /// ## What it does
    /// Points out `for` loops that do nothing with the server but give it one element at a time, by a command that takes
    /// several: `SADD`, `HSET`, `ZADD`, `RPUSH` and their like on one key, `DEL` and `UNLINK` of several keys, `GET` and
    /// `HGET` where the values are collected. Loops that end early, or that depend on the reply, are left alone; so are
    /// commands on several keys with `cluster = true`.
    ///
    /// ## Why it is bad
    /// Each call is looked up, checked, run and sent to the replicas by itself. A list from ARGV can be passed as it is; a
    /// long one goes in slices, for `unpack` fails at about 8,000 values.
    ///
    /// ## Example
    /// ```lua
    /// for i = 1, #ARGV do
    ///   redis.call('SADD', KEYS[1], ARGV[i])
    /// end
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// if #ARGV > 0 then
    ///   redis.call('SADD', KEYS[1], unpack(ARGV))
    /// end
    /// ```
    code: "call-in-loop",
    group: Cost,
    level: Hint,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

/// Command that replaces several calls by one.
struct Variadic {
    /// The command that takes several elements.
    by: &'static str,
    /// Number of words an element has; those of a call with one element are all but these.
    width: usize,
    /// True if the elements are of one key.
    one_key: bool,
    /// True if what counts is the reply.
    reads: bool,
}

const fn writes(by: &'static str, width: usize, one_key: bool) -> Variadic {
    Variadic { by, width, one_key, reads: false }
}

const fn reads(by: &'static str, one_key: bool) -> Variadic {
    Variadic { by, width: 1, one_key, reads: true }
}

fn variadic(name: &str) -> Option<Variadic> {
    Some(match name {
        "SADD" => writes("SADD", 1, true),
        "SREM" => writes("SREM", 1, true),
        "HDEL" => writes("HDEL", 1, true),
        "ZREM" => writes("ZREM", 1, true),
        "RPUSH" => writes("RPUSH", 1, true),
        "LPUSH" => writes("LPUSH", 1, true),
        "PFADD" => writes("PFADD", 1, true),
        "HSET" => writes("HSET", 2, true),
        "HMSET" => writes("HSET", 2, true),
        "ZADD" => writes("ZADD", 2, true),
        "DEL" => writes("DEL", 1, false),
        "UNLINK" => writes("UNLINK", 1, false),
        "HGET" => reads("HMGET", true),
        "GET" => reads("MGET", false),
        "ZSCORE" => reads("ZMSCORE", true),
        "SISMEMBER" => reads("SMISMEMBER", true),
        _ => return None,
    })
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for call in &context.script.calls {
        let Some(variadic) = call.name().and_then(variadic) else { continue };
        if !variadic.one_key && context.cluster || !matches!(call.form, CallForm::Call | CallForm::Wrapper(_)) {
            continue;
        }
        let Some(stmt) = loops::around(context, call.call) else { continue };
        if !fits(context, call, &variadic, stmt) || !is_alone(context, call, stmt) {
            continue;
        }
        let name = call.name().unwrap_or_default();
        let message = if name == variadic.by {
            format!("{name} takes several at once: here it is called for each")
        } else {
            format!("{} does at once what {name} does here one by one", variadic.by)
        };
        let finding = sink.report(word_range(context, call, 0), message);
        match fix(context, call, &variadic, stmt) {
            Some(text) => {
                let range = context.tree()[stmt].range;
                finding.fix("Pass the list in one call", vec![Edit::replace(range, text)]);
            }
            None => {
                let help = match (list(context, call, stmt), variadic.one_key) {
                    (Some(list), _) => format!("pass `unpack({list})`, in slices of some thousands at most"),
                    (None, true) => "collect the elements and pass them in one call, some thousands at most".to_owned(),
                    (None, false) => "collect the keys and pass them in one call, some thousands at most".to_owned(),
                };
                finding.help(help);
            }
        }
    }
}

/// The list whose elements a loop passes on unchanged: `for _, x in ipairs(list)`.
fn list(context: &Context<'_>, call: &CommandCall, stmt: StmtId) -> Option<String> {
    let script = context.script;
    let StmtKind::GenericFor { values, .. } = &context.tree()[stmt].kind else { return None };
    let [iterator] = **values else { return None };
    let ExprKind::Call(iterator) = &context.tree()[iterator].kind else { return None };
    let local = &script.scopes[script.scopes.local_of(*call.words.last()?)?];
    let passed = local.stmt == Some(stmt) && local.kind == semantic::LocalKind::Iterated(1);
    let [list] = *iterator.args else { return None };
    let one_word = variadic(call.name()?)?.width == 1;
    let named = matches!(context.tree()[list].kind, ExprKind::Name(_));
    (passed && one_word && named && script.api(iterator.callee) == Some(semantic::ApiPath::Global("ipairs")))
        .then(|| script.text_of(context.range(list)).into_owned())
}

/// True if a call has one element that differs from turn to turn, all else being the same.
fn fits(context: &Context<'_>, call: &CommandCall, variadic: &Variadic, stmt: StmtId) -> bool {
    let fixed = if variadic.one_key { 2 } else { 1 };
    if call.words.len() != fixed + variadic.width {
        return false;
    }
    let range = context.tree()[stmt].range;
    let same = |&word: &ExprId| loops::is_same(context, word, stmt);
    call.words.iter().all(|&word| range.contains_range(context.range(word)) && !context.script.may_be_several(word))
        && call.words[..fixed].iter().all(same)
        && !call.words[fixed..].iter().all(same)
}

/// True if the loop does nothing else that the call, or the course of the loop, could depend on.
fn is_alone(context: &Context<'_>, call: &CommandCall, stmt: StmtId) -> bool {
    let script = context.script;
    let tree = context.tree();
    let Some(body) = loops::body(tree, stmt) else { return false };
    if !matches!(tree[stmt].kind, StmtKind::NumericFor(_) | StmtKind::GenericFor { .. })
        || script.scopes.block_of(script.scopes.stmt_of(call.call)) != body
        || !loops::exits(context, stmt).is_empty()
    {
        return false;
    }
    let range = tree[body].range;
    let others = tree.exprs().any(|(id, expr)| {
        id != call.call
            && range.contains_range(expr.range)
            && match &expr.kind {
                // Another command, an error that ends the loop, or a function of which nothing is known.
                ExprKind::Call(inner) => match script.api(inner.callee) {
                    Some(semantic::ApiPath::Global(name)) => {
                        matches!(name, "error" | "assert" | "pcall" | "xpcall") || loops::is_foreign(context, id)
                    }
                    Some(semantic::ApiPath::Member("redis" | "server", name)) => matches!(name, "call" | "pcall"),
                    Some(semantic::ApiPath::Member(..)) => false,
                    None => true,
                },
                ExprKind::Function(_) => true,
                _ => false,
            }
    });
    !others && (script.is_statement(call.call) && !is_read(call) || is_read(call) && is_collected(context, call))
}

fn is_read(call: &CommandCall) -> bool {
    matches!(call.name(), Some("GET" | "HGET" | "ZSCORE" | "SISMEMBER"))
}

/// `values[i] = …`, `values[#values + 1] = …`, `table.insert(values, …)`
fn is_collected(context: &Context<'_>, call: &CommandCall) -> bool {
    let script = context.script;
    let tree = context.tree();
    match script.parent(call.call) {
        Some(parent) => match &tree[parent].kind {
            ExprKind::Call(insert) => {
                script.api(insert.callee) == Some(semantic::ApiPath::Member("table", "insert"))
                    && insert.args.len() == 2
                    && insert.args[1] == call.call
                    && script.is_statement(parent)
            }
            _ => false,
        },
        None => match &tree[script.scopes.stmt_of(call.call)].kind {
            StmtKind::Assign { targets, values } => {
                **values == [call.call] && targets.len() == 1 && matches!(tree[targets[0]].kind, ExprKind::Index { .. })
            }
            _ => false,
        },
    }
}

/// The statement in place of a loop over KEYS or ARGV, or a part of them up to the end, with nothing but the call in it.
fn fix(context: &Context<'_>, call: &CommandCall, variadic: &Variadic, stmt: StmtId) -> Option<String> {
    let script = context.script;
    let tree = context.tree();
    if variadic.reads || variadic.width != 1 || call.form != CallForm::Call || !script.is_statement(call.call) {
        return None;
    }
    let [only] = *tree[loops::body(tree, stmt)?].stmts else { return None };
    if tree[only].kind != StmtKind::Call(call.call) {
        return None;
    }
    let &element = call.words.last()?;
    let (table, from) = match &tree[stmt].kind {
        StmtKind::GenericFor { names, values, .. } => {
            let ([_, _], [iterator]) = (&**names, &**values) else { return None };
            let ExprKind::Call(iterator) = &tree[*iterator].kind else { return None };
            let [table] = *iterator.args else { return None };
            let semantic::ApiPath::Global("ipairs") = script.api(iterator.callee)? else { return None };
            let local = &script.scopes[script.scopes.local_of(element)?];
            if local.stmt != Some(stmt) || local.kind != semantic::LocalKind::Iterated(1) {
                return None;
            }
            (table, 1)
        }
        StmtKind::NumericFor(numeric) => {
            let ExprKind::Unary { op: UnaryOp::Len, operand: table, .. } = tree[numeric.end].kind else { return None };
            let ExprKind::Index { base, key } = tree[element].kind else { return None };
            let local = &script.scopes[script.scopes.local_of(key)?];
            let Constant::Number(from) = script.constant(numeric.start)? else { return None };
            let whole = numeric.step.is_none() && from >= 1.0 && from.fract() == 0.0 && from < 100.0;
            if !whole || local.stmt != Some(stmt) || local.kind != semantic::LocalKind::Counter {
                return None;
            }
            if script.text(base) != script.text(table) {
                return None;
            }
            (table, from as u32)
        }
        _ => return None,
    };
    // Of other lists nobody knows how long they are.
    if !script.is_keys(table) && !script.is_argv(table) {
        return None;
    }
    let name = script.text_of(context.range(table)).into_owned();
    let whole = context.range(call.call);
    let word = context.range(element);
    let head = script.text_of(TextRange::new(whole.start, word.start)).into_owned();
    let tail = script.text_of(TextRange::new(word.end, whole.end)).into_owned();
    let list = if from == 1 { format!("unpack({name})") } else { format!("unpack({name}, {from})") };
    let test = if from == 1 { format!("#{name} > 0") } else { format!("#{name} >= {from}") };
    Some(format!("if {test} then {head}{list}{tail} end"))
}

#[cfg(test)]
mod tests {
    use crate::{Options, test_support::*};

    #[test]
    fn one_element_a_call() {
        check(
            "call-in-loop",
            "
for field, value in pairs(cjson.decode(ARGV[1])) do
  redis.call('HSET', KEYS[1], field, tostring(value))
           --^^^^^^ hint[call-in-loop]: HSET takes several at once: here it is called for each
end
local names = redis.call('SMEMBERS', KEYS[2])
local values = {}
for i, name in ipairs(names) do
  values[i] = redis.call('HGET', KEYS[1], name)
                       --^^^^^^ hint[call-in-loop]: HMGET does at once what HGET does here one by one
end
for _, name in ipairs(names) do redis.call('DEL', KEYS[1] .. ':' .. name) end
                                         --^^^^^ hint[call-in-loop]: DEL takes several at once: here it is called for each
",
        );
    }

    #[test]
    fn loops_that_need_each_call() {
        check(
            "call-in-loop",
            "
for i = 1, #ARGV do
  if redis.call('SADD', KEYS[1], ARGV[i]) == 1 then break end
end
for i = 1, #ARGV do
  local added = redis.call('SADD', KEYS[1], ARGV[i])
  if added == 1 then redis.call('RPUSH', KEYS[2], ARGV[i]) end
end
for i = 1, #KEYS do redis.call('SADD', KEYS[i], ARGV[1]) end
for i = 1, #ARGV, 1000 do
  redis.call('ZREM', KEYS[1], unpack(ARGV, i, math.min(i + 999, #ARGV)))
end
for _, id in ipairs(ARGV) do
  redis.call('ZADD', KEYS[1], 'NX', 0, id)
end
while redis.call('LLEN', KEYS[1]) > 0 do redis.call('SADD', KEYS[2], redis.call('LPOP', KEYS[1])) end
",
        );
        let cluster = Options { cluster: true, ..Options::default() };
        check_with("call-in-loop", "for _, key in ipairs(KEYS) do redis.call('DEL', key) end\n", &cluster, None);
    }

    #[test]
    fn a_list_as_it_is() {
        let fixed = |source| fixed("call-in-loop", source);
        assert_eq!(
            fixed("for _, key in ipairs(KEYS) do\n  redis.call('DEL', key)\nend\n"),
            "if #KEYS > 0 then redis.call('DEL', unpack(KEYS)) end\n"
        );
        assert_eq!(
            fixed("for i = 2, #ARGV do redis.call('SREM', KEYS[1], ARGV[i]) end\n"),
            "if #ARGV >= 2 then redis.call('SREM', KEYS[1], unpack(ARGV, 2)) end\n"
        );
    }
}
