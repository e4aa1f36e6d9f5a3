//! Arguments for which a function's result is always the same.

use commands::api::Item;
use semantic::flow::Kinds;
use syntax::{ExprId, ExprKind};

use crate::rule::declare_rule;
use crate::{
    Context, Sink,
    helpers::{server_tables, values},
};

declare_rule! {
    /// ## What it does
    /// Reports `tonumber` of a table, `tostring` of a reply that is a table, and `pcall` of a reply or another value that is no
    /// function.
    ///
    /// ## Why it is bad
    /// The call is not refused, but its result says nothing: `tonumber` gives nil, `tostring` an address. `pcall` takes the
    /// function and its arguments apart; `pcall(redis.call('GET', key))` makes the call unprotected, and then fails to call the
    /// reply.
    ///
    /// ## Example
    /// ```lua
    /// local ok, reply = pcall(redis.call('INCR', KEYS[1]))
    /// return ok and reply or 0
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local ok, reply = pcall(redis.call, 'INCR', KEYS[1])
    /// return ok and reply or 0
    /// ```
    code: "pointless-argument",
    group: Types,
    level: Warning,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let judged =
        |item: &Item| item.table.is_empty() && matches!(item.name, "tonumber" | "tostring" | "pcall" | "xpcall");
    for call in context.library_calls().iter().filter(|call| judged(call.item)) {
        called(context, sink, call.item, &call.args);
    }
}

/// One call.
fn called(context: &Context<'_>, sink: &mut Sink<'_>, item: &Item, args: &[ExprId]) {
    let Some(&arg) = args.first() else { return };
    let of = values::of(context, arg);
    let subject = values::subject(context, arg);
    match (item.table, item.name) {
        ("", "tonumber") => {
            let no_number = Kinds::TABLE | Kinds::FUNCTION;
            let Some(of) = of.filter(|of| of.kinds.has(no_number) && of.is(no_number | Kinds::FALSY)) else { return };
            let what = server_tables::described(context, of).unwrap_or_else(|| values::kinds(of));
            let finding =
                sink.report(context.range(arg), format!("{subject} is {what}: `tonumber` of it is always nil"));
            if server_tables::is_list(of) {
                finding.help("take one of its elements");
            }
        }
        ("", "tostring") => {
            let Some(what) = of.filter(|of| of.is(Kinds::TABLE)).and_then(|of| server_tables::described(context, of))
            else {
                return;
            };
            let finding = sink.report(
                context.range(arg),
                format!("{subject} is {what}: `tostring` of it is an address, `table: 0x…`"),
            );
            finding.help("`cjson.encode` or `table.concat` makes text of what is in it");
        }
        ("", "pcall" | "xpcall") => {
            let reply = values::command(context, arg);
            let no_function = of.filter(|of| !of.kinds.has(Kinds::FUNCTION | Kinds::OTHER));
            let what = match (reply, no_function) {
                (Some(call), _) => format!("the reply of {}", call.name().unwrap_or("the command")),
                (None, Some(of)) => values::kinds(of),
                _ => return,
            };
            let finding = sink.report(
                context.range(arg),
                format!("{subject} is {what}, which `{}` cannot call: it always gives `false`", item.name),
            );
            if let ExprKind::Call(call) = &context.tree()[context.tree().unparen(arg)].kind {
                let callee = context.shown(context.range(call.callee));
                let passed = if item.name == "pcall" {
                    format!("pcall({callee}, …)")
                } else {
                    "function() … end".to_owned()
                };
                finding.help(format!("the call is made before `{}` is: pass the function, `{passed}`", item.name));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn what_is_pointless() {
        check(
            "pointless-argument",
            "
local n = tonumber(redis.call('LRANGE', KEYS[1], 0, 0))
                 --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[pointless-argument]: this is a list, the reply of LRANGE: `tonumber` of it is always nil
local ok, err = pcall(redis.call('SET', KEYS[1], ARGV[1]))
                    --^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning[pointless-argument]: this is the reply of SET, which `pcall` cannot call: it always gives `false`
local good, reply = pcall(redis.call, 'SET', KEYS[1], ARGV[1])
local fine = pcall(function() return redis.call('GET', KEYS[1]) end)
return tonumber(redis.call('LPOP', KEYS[1], 2)[1]) or tonumber(redis.call('GET', KEYS[2]))
",
        );
    }
}
