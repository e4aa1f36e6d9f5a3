//! Tables, booleans, functions and nil as arguments of commands.

use semantic::{
    ApiPath, CallForm, Constant, Init,
    flow::{Kinds, List, Type},
};
use syntax::{BinaryOp, ExprId, ExprKind, UnaryOp};

use super::bad_argument;
use crate::rule::declare_rule;
use crate::{
    Context, Level, Sink,
    helpers::{command_problems, fields, flat_replies, grouping, missing_values, values},
    library_calls::LibraryCall,
};

declare_rule! {
    /// ## What it does
    /// Reports arguments of `redis.call` and `redis.pcall` that are neither strings nor numbers; as a warning also replies that
    /// are `false` where there is nothing, there and as arguments of functions like `cjson.decode`, `math.min` and `ipairs`.
    ///
    /// ## Why it is bad
    /// The server refuses the call: `Lua redis lib command arguments must be strings or integers`.
    ///
    /// ## Example
    /// ```lua
    /// redis.call('SADD', KEYS[1], {'a', 'b'})
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// redis.call('SADD', KEYS[1], unpack({'a', 'b'}))
    /// ```
    code: "wrong-argument-type",
    group: Commands,
    level: Error,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    of_functions(context, sink);
    for call in &context.script.calls {
        let mut lacking = Vec::new();
        for (at, &word) in call.words.iter().enumerate() {
            let Some((what, help)) = kind(context, word).or_else(|| kind_by_flow(context, word)) else {
                // Of a wrapper's words only its caller knows; `redis.pcall` returns the error.
                if !matches!(call.form, CallForm::Wrapper(_) | CallForm::Pcall)
                    && let Some(found) = missing_values::missing(context, word)
                {
                    lacking.push(((found.call, found.what, found.always), (word, found)));
                }
                continue;
            };
            let field = if what == "nil" { fields::nearest_field(context, word) } else { None };
            let finding = sink.report(
                command_problems::word_range(context, call, at),
                format!("{what} cannot be an argument of a command: only strings and numbers can"),
            );
            match field {
                Some(unset) => fields::say_nearest(finding, Some(unset)),
                None => drop(finding.help(help)),
            }
        }
        for (_, group) in grouping::grouped(lacking) {
            let mut words: Vec<ExprId> = group.iter().map(|(word, _)| *word).collect();
            words.dedup_by_key(|&mut word| values::subject(context, word));
            let doing = if words.len() > 1 { "passing them to a command" } else { "passing it to a command" };
            missing_values::report_all(context, sink, &words, &group[0].1, doing, None);
        }
    }
}

/// Missing replies as arguments of functions that raise an error for `false` and nil.
fn of_functions(context: &Context<'_>, sink: &mut Sink<'_>) {
    for LibraryCall { item, args, is_method, .. } in context.library_calls().iter().filter(|call| !call.is_command()) {
        // Of the text that a method is called on another rule tells.
        let first = usize::from(*is_method);
        for (at, &arg) in args.iter().enumerate().skip(first) {
            let Some(takes) = bad_argument::parameter(context, item, args, at) else { break };
            let Some(of) = context.script.flow().of(arg) else { continue };
            let lacking = of.kinds & (Kinds::NIL | Kinds::FALSE);
            if !lacking.is_empty()
                && bad_argument::is_refused(&Type::of(lacking), takes)
                && let Some(found) = missing_values::missing(context, arg)
            {
                missing_values::report(context, sink, arg, &found, &format!("passing it to `{}`", item.path()), None);
            }
        }
        if (item.table, item.name) == ("table", "concat")
            && let Some(&list) = args.first()
        {
            of_concat(context, sink, list);
        }
    }
}

/// `table.concat` of a reply that has `false` where a key or field is missing.
fn of_concat(context: &Context<'_>, sink: &mut Sink<'_>, list: ExprId) {
    let Some(of) = values::of(context, list).filter(|of| of.is(Kinds::TABLE)) else { return };
    let Some(call) = values::replied(context, of) else { return };
    let lacks = |list: &List| {
        let element = context.script.flow().get(list.element);
        element.kinds.has(Kinds::FALSE) && element.may_be_missing() == Some(call.call)
    };
    if of.list().is_some_and(|list| lacks(list)) && !missing_values::is_asked_for(context, call.call) {
        let name = call.name().unwrap_or("the command");
        let message = format!("{name} gives `false` for what is missing: `table.concat` stops the script then");
        sink.report(context.range(list), message).level(Level::Warning);
    }
}

/// Type of `expr` by the flow analysis and advice, if no command takes such a value.
fn kind_by_flow(context: &Context<'_>, expr: ExprId) -> Option<(&'static str, &'static str)> {
    let of = values::of(context, expr)?;
    if of.is(Kinds::TABLE) {
        return Some(("a table", "pass its elements with `unpack(…)`, or its text with `cjson.encode(…)`"));
    }
    // What a reply lacks is told of with the command that it is of.
    if of.is(Kinds::ANY_NIL)
        && missing_values::missing(context, expr).is_none()
        && !flat_replies::is_reported(context, expr)
    {
        return Some(("nil", "a missing value must be left out or be an empty string"));
    }
    of.is(Kinds::TRUE).then_some(("a boolean", "write it as 1 and 0, or as text"))
}

/// Type of `expr` and advice, if it surely is of a type that no command takes.
fn kind(context: &Context<'_>, expr: ExprId) -> Option<(&'static str, &'static str)> {
    let script = context.script;
    match script.constant(expr) {
        Some(Constant::Nil) => return Some(("nil", "a missing value must be left out or be an empty string")),
        Some(Constant::Bool(_)) => return Some(("a boolean", "write it as 1 and 0, or as text")),
        Some(_) => return None,
        None => {}
    }
    let tree = context.tree();
    let resolved = script.resolve(expr);
    match &tree[resolved].kind {
        ExprKind::Table(_) => {
            Some(("a table", "pass its elements with `unpack(…)`, or its text with `cjson.encode(…)`"))
        }
        ExprKind::Function(_) => Some(("a function", "pass what it returns")),
        ExprKind::Unary { op: UnaryOp::Not, .. } => Some(("a boolean", "write it as 1 and 0, or as text")),
        ExprKind::Binary { op, .. } if op.is_equality() || op.is_order() => {
            Some(("a boolean", "write `condition and 1 or 0`"))
        }
        ExprKind::Binary { op: BinaryOp::And, lhs, rhs, .. } => {
            // `a == b and …` leaves `false` only where nothing follows with `or`.
            let _ = (lhs, rhs);
            None
        }
        ExprKind::Name(_) => match script.api(resolved) {
            Some(ApiPath::Global("KEYS" | "ARGV")) => Some(("a table", "pass its elements with `unpack(…)`")),
            _ => {
                let local = script.scopes.local_of(resolved)?;
                matches!(script.scopes.fixed(local)?, Init::Function(_))
                    .then_some(("a function", "call it and pass what it returns"))
            }
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn replies_may_be_no_argument() {
        check(
            "wrong-argument-type",
            "
redis.call('SET', KEYS[2], redis.call('GET', KEYS[1]))
                         --^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[wrong-argument-type]: this may be `false`, when GET finds nothing: passing it to a command stops the script then
local all = redis.call('SMEMBERS', KEYS[3])
redis.call('SADD', KEYS[4], all)
                          --^^^ error[wrong-argument-type]: a table cannot be an argument of a command: only strings and numbers can
local user = cjson.decode(redis.call('GET', KEYS[10]))
                        --^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[wrong-argument-type]: this may be `false`, when GET finds nothing: passing it to `cjson.decode` stops the script then
local job = redis.call('RPOP', KEYS[5])
if job then redis.call('LPUSH', KEYS[6], job) end
local name = redis.call('HGET', KEYS[7], 'name') or ''
redis.call('HSET', KEYS[8], 'name', name, 'n', redis.call('INCR', KEYS[9]))
",
        );
    }

    #[test]
    fn a_value_is_told_once() {
        check(
            "wrong-argument-type",
            "
local name, mail = unpack(redis.call('HMGET', KEYS[1], 'name', 'mail'))
redis.call('HSET', KEYS[2], 'name', name, 'mail', mail, 'address', mail)
                                  --^^^^ warning[wrong-argument-type]: `name` and `mail` may be `false`, when HMGET on line 1 finds nothing: passing them to a command stops the script then
redis.call('SET', KEYS[3], name)
local tags, other = redis.call('GET', KEYS[4]), redis.call('GET', KEYS[5])
local list = cjson.decode(tags)
                        --^^^^ warning[wrong-argument-type]: `tags` may be `false`, when GET on line 5 finds nothing: passing it to `cjson.decode` stops the script then
redis.pcall('SET', KEYS[6], other)
redis.call('SET', KEYS[7], tags)
redis.call('SET', KEYS[8], other)
                         --^^^^^ warning[wrong-argument-type]: `other` may be `false`, when GET on line 5 finds nothing: passing it to a command stops the script then
return list
",
        );
    }

    #[test]
    fn functions_refuse_what_is_missing() {
        check(
            "wrong-argument-type",
            "
local best = redis.call('HGET', KEYS[1], 'best')
local least = math.min
local n = least(tonumber(ARGV[1]), best)
                                 --^^^^ warning[wrong-argument-type]: `best` may be `false`, when HGET on line 1 finds nothing: passing it to `math.min` stops the script then
local flags = bit.band(4, redis.call('GET', KEYS[2]))
                        --^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[wrong-argument-type]: this may be `false`, when GET finds nothing: passing it to `bit.band` stops the script then
local line = ('-'):rep(redis.call('GET', KEYS[3]))
                     --^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[wrong-argument-type]: this may be `false`, when GET finds nothing: passing it to `string.rep` stops the script then
local first = redis.call('ZRANGE', KEYS[4], 0, 0)
local id = struct.unpack('I', first[1])
                            --^^^^^^^^ warning[wrong-argument-type]: `first[1]` may be nil, when ZRANGE on line 9 finds nothing: passing it to `struct.unpack` stops the script then
local row = table.concat(redis.call('HMGET', KEYS[5], 'a', 'b'), ',')
                       --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[wrong-argument-type]: HMGET gives `false` for what is missing: `table.concat` stops the script then
local all = table.concat(redis.call('LRANGE', KEYS[6], 0, -1), ',')
local line = string.format('%d of %s', 1, redis.call('GET', KEYS[10]))
                                        --^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[wrong-argument-type]: this may be `false`, when GET finds nothing: passing it to `string.format` stops the script then
local text = string.format('%s', tostring(redis.call('GET', KEYS[7]))) .. cjson.encode({ redis.call('GET', KEYS[8]) })
redis.log(redis.call('GET', KEYS[11]), 'text')
        --^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[wrong-argument-type]: this may be `false`, when GET finds nothing: passing it to `redis.log` stops the script then
local rest = select(redis.call('GET', KEYS[12]), 1, 2)
                  --^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[wrong-argument-type]: this may be `false`, when GET finds nothing: passing it to `select` stops the script then
return type(redis.call('GET', KEYS[9]))
",
        );
    }

    #[test]
    fn what_the_server_refuses() {
        check(
            "wrong-argument-type",
            "
redis.call('SET', KEYS[1], nil)
                         --^^^ error[wrong-argument-type]: nil cannot be an argument of a command: only strings and numbers can
local flag = true
redis.call('SET', KEYS[1], flag)
                         --^^^^ error[wrong-argument-type]: a boolean cannot be an argument of a command: only strings and numbers can
redis.call('DEL', KEYS)
                --^^^^ error[wrong-argument-type]: a table cannot be an argument of a command: only strings and numbers can
redis.call('SET', KEYS[1], a == b)
                         --^^^^^^ error[wrong-argument-type]: a boolean cannot be an argument of a command: only strings and numbers can
redis.call('SET', KEYS[1], a == b and 1 or 0)
redis.call('SET', KEYS[1], ARGV[1] or '')
local t = {}
t = 'x'
redis.call('SET', KEYS[1], t)
",
        );
    }
}
