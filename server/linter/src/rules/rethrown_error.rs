//! `error` with a text that was caught.

use semantic::{
    ApiPath, CallForm, Script,
    flow::{Kinds, Source, TableType},
};
use syntax::{ExprId, ExprKind, FunctionId, Tree};

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink};

declare_rule! {
    /// ## What it does
    /// Reports `error(text)` where the text is that of a command's error which `pcall` or `redis.pcall` caught.
    ///
    /// ## Why it is bad
    /// The text of a command's error begins with its code: `WRONGTYPE …`. `error` puts the script's position in front of it
    /// and the server puts `ERR` in front of that, so that a client which looks at the code no longer finds it:
    /// `ERR user_script:3: WRONGTYPE …`. A table with the field `err` is passed on as it is.
    ///
    /// ## Example
    /// ```lua
    /// local ok, problem = pcall(redis.call, 'LPUSH', KEYS[1], ARGV[1])
    /// if not ok then
    ///   error(problem)
    /// end
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local ok, problem = pcall(redis.call, 'LPUSH', KEYS[1], ARGV[1])
    /// if not ok then
    ///   error({err = problem})
    /// end
    /// ```
    code: "rethrown-error",
    group: Replies,
    level: Hint,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let (tree, script) = (context.tree(), context.script);
    for (id, expr) in tree.calls() {
        let ExprKind::Call(call) = &expr.kind else { continue };
        let Some(&text) = call.args.first() else { continue };
        if script.api(call.callee) != Some(ApiPath::Global("error")) {
            continue;
        }
        let text = tree.unparen(text);
        let reply = error_of_reply(context, text);
        if reply.is_none() && !is_caught(context, text) {
            continue;
        }
        let shown = context.shown(context.range(reply.unwrap_or(text)));
        // Redis 6.2 cannot pass a table on: its handler joins it to a text and fails.
        let old = context.targets.iter().any(|target| !target.since(7, 0));
        let top = script.scopes.function_of(id) == Tree::CHUNK && script.is_statement(id);
        let instead = match (old, reply) {
            (false, Some(_)) => format!("error({shown})"),
            (false, None) => format!("error({{err = {shown}}})"),
            (true, Some(_)) if top => format!("return {shown}"),
            (true, None) if top => format!("return redis.error_reply({shown})"),
            (true, _) => {
                report(context, sink, id);
                continue;
            }
        };
        report(context, sink, id).fix(format!("Replace by `{instead}`"), vec![Edit::replace(expr.range, instead)]);
    }
}

fn report<'s>(context: &Context<'_>, sink: &'s mut Sink<'_>, call: ExprId) -> crate::Finding<'s> {
    sink.report(
        context.range(call),
        "the text has its error code already: `error` puts `ERR` and the position in front of it, and the code is lost",
    )
}

/// For `reply.err`, the reply that `redis.pcall` returned.
fn error_of_reply(context: &Context<'_>, text: ExprId) -> Option<ExprId> {
    let base = match &context.tree()[text].kind {
        ExprKind::Field { base, name } if name.text(context.source()) == b"err" => *base,
        ExprKind::Index { base, key } if context.script.constant_string(*key).as_deref() == Some(b"err") => *base,
        _ => return None,
    };
    let of = context.script.flow().of(base)?;
    let is_reply = matches!(of.source, Source::Reply(_)) && of.tables.contains(&TableType::Error);
    is_reply.then_some(base)
}

/// True if an expression is the text of a command's error that `pcall` caught.
fn is_caught(context: &Context<'_>, text: ExprId) -> bool {
    let script = context.script;
    let Some(of) = script.flow().of(text).filter(|of| of.kinds.has(Kinds::STRING)) else { return false };
    let Source::Caught(caught) = of.source else { return false };
    if script.command_call(caught).is_some_and(|call| call.form == CallForm::Protected) {
        return true;
    }
    let ExprKind::Call(call) = &context.tree()[caught].kind else { return false };
    let Some(&function) = call.args.first() else { return false };
    let function = match context.tree()[script.resolve(function)].kind {
        ExprKind::Function(function) => Some(function),
        _ => script.scopes.local_of(script.resolve(function)).and_then(|local| match script.scopes.fixed(local)? {
            semantic::Init::Function(function) => Some(function),
            _ => None,
        }),
    };
    function.is_some_and(|function| calls_commands(script, function))
}

/// True if nothing but commands can raise an error in a function: it calls some, and not `error`.
fn calls_commands(script: &Script, function: FunctionId) -> bool {
    let range = script.tree()[function].range;
    let inside = |expr: ExprId| range.contains_range(script.tree()[expr].range);
    let raises = script
        .tree()
        .exprs()
        .any(|(id, _)| inside(id) && matches!(script.called_api(id), Some(ApiPath::Global("error" | "assert"))));
    !raises && script.calls.iter().any(|call| call.form == CallForm::Call && inside(call.call))
}

#[cfg(test)]
mod tests {
    use crate::{Options, test_support::*};

    #[test]
    fn caught_texts_have_their_code() {
        check(
            "rethrown-error",
            "
local ok, why = pcall(redis.call, 'XADD', KEYS[1], '*', 'job', ARGV[1])
if not ok then error(why) end
             --^^^^^^^^^^ hint[rethrown-error]: the text has its error code already: `error` puts `ERR` and the position in front of it, and the code is lost
local moved, problem = pcall(function() redis.call('RENAME', KEYS[1], KEYS[2]) end)
if not moved then error(problem, 0) end
                --^^^^^^^^^^^^^^^^^ hint[rethrown-error]: the text has its error code already: `error` puts `ERR` and the position in front of it, and the code is lost
local reply = redis.pcall('INCR', KEYS[3])
if type(reply) == 'table' and reply.err then
  error(reply.err)
--^^^^^^^^^^^^^^^^ hint[rethrown-error]: the text has its error code already: `error` puts `ERR` and the position in front of it, and the code is lost
end
",
        );
    }

    #[test]
    fn tables_and_texts_of_ones_own_are_passed_on() {
        check(
            "rethrown-error",
            "
local ok, why = pcall(redis.call, 'XADD', KEYS[1], '*', 'job', ARGV[1])
if not ok then error({err = why}) end
local parsed, problem = pcall(cjson.decode, ARGV[2])
if not parsed then error(problem) end
error('nothing to do')
",
        );
    }

    #[test]
    fn mended() {
        let source = "local ok, e = pcall(redis.call, 'INCR', KEYS[1])\nif not ok then error(e) end\n";
        assert!(fixed("rethrown-error", source).contains("then error({err = e}) end"));
        let reply = "local r = redis.pcall('INCR', KEYS[1])\nif type(r) == 'table' then error(r['err']) end\n";
        assert!(fixed("rethrown-error", reply).contains("then error(r) end"));
        let old = Options { targets: vec![commands::Target::redis(6, 2)], ..Options::default() };
        check_with(
            "rethrown-error",
            "
local ok, e = pcall(redis.call, 'INCR', KEYS[1])
if not ok then error(e) end
             --^^^^^^^^ hint[rethrown-error]: the text has its error code already: `error` puts `ERR` and the position in front of it, and the code is lost
",
            &old,
            None,
        );
    }
}
