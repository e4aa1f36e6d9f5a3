//! Tables, booleans, functions and nil as arguments of commands.

use semantic::{ApiPath, CallForm, Constant, Init, flow::Kinds};
use syntax::{BinaryOp, ExprId, ExprKind, UnaryOp};

use super::impossible_operation::nearest_field;
use crate::{Context, Sink, commands_help, missing, values};
use crate::rule::declare_rule;

declare_rule! {
    /// ## What it does
    /// Reports arguments of `redis.call` and `redis.pcall` that are neither strings nor numbers; as a warning also replies that
    /// are `false` where there is nothing, there and as arguments of functions like `cjson.decode` and `ipairs`.
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
    "wrong-argument-type", Error, None, check
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    of_functions(context, sink);
    for call in &context.script.calls {
        for (at, &word) in call.words.iter().enumerate() {
            let Some((what, help)) = kind(context, word).or_else(|| kind_by_flow(context, word)) else {
                // Of a wrapper's words only its caller knows.
                if !matches!(call.form, CallForm::Wrapper(_))
                    && let Some(found) = missing::missing(context, word)
                {
                    missing::report(context, sink, word, &found, "passing it to a command", None);
                }
                continue;
            };
            let field = if what == "nil" { nearest_field(context, word) } else { None };
            sink.report(
                commands_help::word_range(context, call, at),
                format!("{what} cannot be an argument of a command: only strings and numbers can"),
            )
            .help(field.unwrap_or_else(|| help.to_owned()));
        }
    }
}

/// Missing replies as arguments of functions that raise an error for `false` and nil.
fn of_functions(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (_, expr) in context.tree().exprs() {
        let ExprKind::Call(call) = &expr.kind else { continue };
        let Some(&first) = call.args.first() else { continue };
        let Some(path) = context.script.api(call.callee) else { continue };
        let refuses = match path {
            ApiPath::Global(name) => matches!(name, "ipairs" | "pairs" | "unpack" | "next"),
            ApiPath::Member("string", name) => name != "char",
            ApiPath::Member("table" | "math" | "bit", _) => true,
            ApiPath::Member("cjson", name) => name == "decode",
            ApiPath::Member("cmsgpack", name) => name.starts_with("unpack"),
            ApiPath::Member(..) => false,
        };
        if refuses && let Some(found) = missing::missing(context, first) {
            missing::report(context, sink, first, &found, &format!("passing it to `{path}`"), None);
        }
    }
}

/// What `expr` surely is when the script gets there, if no command takes it.
fn kind_by_flow(context: &Context<'_>, expr: ExprId) -> Option<(&'static str, &'static str)> {
    let of = values::of(context, expr)?;
    if of.is(Kinds::TABLE) {
        return Some(("a table", "pass its elements with `unpack(…)`, or its text with `cjson.encode(…)`"));
    }
    // What a reply lacks is told of with the command that it is of.
    if of.is(Kinds::ANY_NIL) && missing::missing(context, expr).is_none() {
        return Some(("nil", "a missing value must be left out or be an empty string"));
    }
    of.is(Kinds::TRUE).then_some(("a boolean", "write it as 1 and 0, or as text"))
}

/// What `expr` is, if it is surely of a type that no command takes.
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
