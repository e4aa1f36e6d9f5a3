//! Registrations that the server refuses.

use commands::api::closest;
use semantic::{Constant, Registration};
use syntax::{ExprId, ExprKind, TableField};
use text::TextRange;

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink};

declare_rule! {
    /// ## What it does
    /// Reports `redis.register_function` with a bad or repeated name, wrong arguments, unknown fields or flags, calls outside
    /// of the load of the library, and libraries that register nothing.
    ///
    /// ## Why it is bad
    /// `FUNCTION LOAD` refuses the whole library.
    ///
    /// ## Example
    /// ```lua
    /// #!lua name=mylib
    /// redis.register_function('my-func', function(keys, args) return 1 end)
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// #!lua name=mylib
    /// redis.register_function('my_func', function(keys, args) return 1 end)
    /// ```
    code: "function-registration",
    group: Libraries,
    level: Error,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

const FLAGS: [&str; 5] = ["no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys"];
const FIELDS: [&str; 4] = ["function_name", "callback", "flags", "description"];

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    let Some(library) = &script.library else { return };
    if library.registrations.is_empty() && script.includes.is_empty() && script.parse.errors.is_empty() {
        let range = script.shebang.as_ref().map_or(text::TextRange::at(0), |shebang| shebang.range);
        sink.report(range, "this library registers no function").help("FUNCTION LOAD answers: No functions registered");
    }
    let mut names: Vec<(String, text::TextRange)> = Vec::new();
    for registration in &library.registrations {
        one(context, sink, registration);
        let function = script.scopes.function_of(registration.call);
        let registered_inside = script
            .scopes
            .name_of(function)
            .is_none_or(|_| library.registrations.iter().any(|other| other.callback == Some(function)));
        if !library.runs_at_load(function) && library.is_callback(function) && registered_inside {
            sink.report(context.range(registration.call), "functions can only be registered while the library loads");
        }
        let (Some(name), Some(expr)) = (&registration.name, registration.name_expr) else { continue };
        let range = context.range(expr);
        // The server looks names up in any case of letters, and in a loop one call registers many.
        if name.is_empty() {
            continue;
        }
        if let Some((_, first)) = names.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)) {
            sink.report(range, format!("a function `{name}` is registered already")).related(*first, "here");
        }
        names.push((name.clone(), range));
    }
}

fn one(context: &Context<'_>, sink: &mut Sink<'_>, registration: &Registration) {
    let script = context.script;
    let tree = context.tree();
    let ExprKind::Call(call) = &tree[registration.call].kind else { return };
    let whole = context.range(call.callee);
    match *call.args {
        [] => {
            sink.report(whole, "a name and a function are missing").help("redis.register_function('name', callback)");
            return;
        }
        [single] => match &tree[script.resolve(single)].kind {
            ExprKind::Table(fields) => fields_of(context, sink, registration, fields, whole),
            ExprKind::String | ExprKind::Number(_) | ExprKind::Function(_) => {
                sink.report(whole, "with one argument it must be a table").help(
                    "redis.register_function('name', callback), or redis.register_function{function_name = 'name', callback = callback}",
                );
            }
            _ => {}
        },
        [_, callback] => callback_of(context, sink, callback),
        _ => {}
    }
    if let (Some(name), Some(expr)) = (&registration.name, registration.name_expr)
        && (name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
    {
        let message = match name.is_empty() {
            true => "the name of the function is missing".to_owned(),
            false => format!("`{name}` is no name for a function"),
        };
        sink.report(context.range(expr), message).help("names have letters, digits and underscores only");
    }
    if let Some(expr) = registration.name_expr
        && let Some(Constant::Nil | Constant::Bool(_)) = script.constant(expr)
    {
        sink.report(context.range(expr), "a function's name must be a string");
    }
    for (flag, expr) in registration.flags.iter().flatten() {
        if !FLAGS.iter().any(|known| known.eq_ignore_ascii_case(flag)) {
            let meant = closest(flag, FLAGS.into_iter());
            let message = match meant {
                Some(meant) => format!("there is no flag `{flag}`: did you mean `{meant}`?"),
                None if flag.is_empty() => "a flag is missing between these quotes".to_owned(),
                None => format!("there is no flag `{flag}`"),
            };
            let finding = sink.report(context.range(*expr), message);
            if let Some(edit) = meant.and_then(|meant| within_quotes(context, *expr, meant)) {
                finding.fix(format!("Replace by `{}`", edit.text), vec![edit]);
            }
        }
    }
}

/// Replaces the text of a string literal.
fn within_quotes(context: &Context<'_>, expr: ExprId, text: &str) -> Option<Edit> {
    let range = context.range(expr);
    let is_literal = matches!(context.tree()[expr].kind, ExprKind::String);
    let is_quoted = matches!(range.slice(context.source()).first(), Some(b'"' | b'\''));
    (is_literal && is_quoted).then(|| Edit::replace(TextRange::new(range.start + 1, range.end - 1), text))
}

fn callback_of(context: &Context<'_>, sink: &mut Sink<'_>, callback: syntax::ExprId) {
    let script = context.script;
    let constant = script.constant(callback).is_some();
    let table = matches!(context.tree()[script.resolve(callback)].kind, ExprKind::Table(_));
    if constant || table {
        sink.report(context.range(callback), "the callback must be a function");
    }
}

fn fields_of(
    context: &Context<'_>,
    sink: &mut Sink<'_>,
    registration: &Registration,
    fields: &[TableField],
    whole: text::TextRange,
) {
    let mut open = false;
    for field in fields {
        match field {
            TableField::Named { name, .. } => {
                let text = name.as_str(context.source());
                if !FIELDS.contains(&text) {
                    let meant = closest(text, FIELDS.into_iter());
                    let message = match meant {
                        Some(meant) => format!("a registration has no field `{text}`: did you mean `{meant}`?"),
                        None => format!("a registration has no field `{text}`"),
                    };
                    let finding = sink.report(name.range, message);
                    if let Some(meant) = meant {
                        finding.fix(format!("Replace by `{meant}`"), vec![Edit::replace(name.range, meant)]);
                    }
                }
            }
            TableField::Keyed { .. } => open = true,
            TableField::Item(value) => {
                sink.report(context.range(*value), "the fields of a registration have names: `function_name = …`");
                open = true;
            }
        }
    }
    if !open && registration.name_expr.is_none() {
        sink.report(whole, "the registration has no `function_name`");
    }
    match registration.callback_expr {
        Some(callback) => callback_of(context, sink, callback),
        None if !open => {
            sink.report(whole, "the registration has no `callback`");
        }
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn what_is_misspelt_is_replaced() {
        let lib = |fields: &str| {
            format!(
                "#!lua name=l\nlocal function f() return 1 end\nredis.register_function{{function_name = 'a', {fields}}}"
            )
        };
        let fixed = |fields: &str| fixed("function-registration", &lib(fields));
        assert_eq!(fixed("callback = f, flags = {'no-write'}"), lib("callback = f, flags = {'no-writes'}"));
        assert_eq!(fixed("callback = f, descriptio = 'x'"), lib("callback = f, description = 'x'"));
    }

    #[test]
    fn what_function_load_refuses() {
        check(
            "function-registration",
            "
#!lua name=lib
local function f(keys, args) return 1 end
redis.register_function('get-it', f)
                      --^^^^^^^^ error[function-registration]: `get-it` is no name for a function
redis.register_function('one', f)
redis.register_function('ONE', f)
                      --^^^^^ error[function-registration]: a function `ONE` is registered already
redis.register_function{function_name = 'two', calback = f}
--<^^^^^^^^^^^^^^^^^^^^^^^ error[function-registration]: the registration has no `callback`
                                             --^^^^^^^ error[function-registration]: a registration has no field `calback`: did you mean `callback`?
redis.register_function{function_name = 'three', callback = f, flags = {'no-write'}}
                                                                      --^^^^^^^^^^ error[function-registration]: there is no flag `no-write`: did you mean `no-writes`?
redis.register_function('four', 4)
                              --^ error[function-registration]: the callback must be a function
",
        );
        check(
            "function-registration",
            "
#!lua name=lib
--<^^^^^^^^^^^^^^ error[function-registration]: this library registers no function
local x = 1
",
        );
    }
}
