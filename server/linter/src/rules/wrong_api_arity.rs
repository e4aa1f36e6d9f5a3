//! Calls of the API with too few or too many arguments.

use commands::api::Item;
use syntax::{ExprId, ExprKind};

use crate::rule::declare_rule;
use crate::{Context, Level, Sink, library_calls::LibraryCall};

declare_rule! {
    /// ## What it does
    /// Reports calls of the sandbox's functions with a count of arguments that they refuse: `redis.log('x')`,
    /// `redis.sha1hex()`, `cjson.encode(a, b)`; as a warning also arguments of later versions of Lua that 5.1 drops, such as
    /// the separator of `string.rep(text, 3, ',')`.
    ///
    /// ## Why it is bad
    /// The call fails whenever the line runs; what is dropped changes the result.
    ///
    /// ## Example
    /// ```lua
    /// redis.log('started')
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// redis.log(redis.LOG_NOTICE, 'started')
    /// ```
    code: "wrong-api-arity",
    group: Names,
    level: Error,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for LibraryCall { id, item, args, is_method } in context.library_calls() {
        dropped(context, sink, item, args);
        let ExprKind::Call(call) = &context.tree()[*id].kind else { continue };
        let Some((least, most)) = item.args.filter(|_| !is_method) else { continue };
        let open = call.args.last().is_some_and(|&last| context.script.may_be_several(last));
        let given = call.args.len();
        // A last argument that may be several values may also be none.
        let fixed = given - usize::from(open);
        let name = || context.shown(context.range(call.callee));
        let plural = |count: u8| if count == 1 { "1 argument".to_owned() } else { format!("{count} arguments") };
        if !open && given < usize::from(least) {
            let least_text = if most == Some(least) { plural(least) } else { format!("at least {}", plural(least)) };
            sink.report(context.range(call.callee), format!("`{}` takes {least_text}, here {given} given", name()));
        } else if most.is_some_and(|most| fixed > usize::from(most)) {
            let most = most.unwrap_or_default();
            sink.report(
                context.range(call.callee),
                format!("`{}` takes at most {}, here {given} given", name(), plural(most)),
            );
        }
    }
}

/// Arguments that functions take in later versions of Lua, and that 5.1 ignores.
fn dropped(context: &Context<'_>, sink: &mut Sink<'_>, item: &Item, args: &[ExprId]) {
    let (at, what, help) = match (item.table, item.name) {
        ("string", "rep") => (2, "separator", "put the parts into a list and join them with `table.concat`"),
        ("math", "log") => (1, "base", "divide: `math.log(x) / math.log(base)`"),
        ("", "xpcall") => {
            (2, "argument for the function", "call it in a function: `xpcall(function() return f(x) end, handler)`")
        }
        ("math", "floor" | "ceil") => (1, "count of decimals", "multiply before and divide after"),
        _ => return,
    };
    if let Some(&arg) = args.get(at) {
        sink.report(context.range(arg), format!("Lua 5.1's `{}` takes no {what}: this is ignored", item.path()))
            .level(Level::Warning)
            .help(help);
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn counts_of_arguments() {
        check(
            "wrong-api-arity",
            "
redis.log('x')
--<^^^^^^^^^ error[wrong-api-arity]: `redis.log` takes at least 2 arguments, here 1 given
local sha = redis.sha1hex
local a = sha()
        --^^^ error[wrong-api-arity]: `sha` takes 1 argument, here 0 given
local b = cjson.encode(1, 2)
        --^^^^^^^^^^^^ error[wrong-api-arity]: `cjson.encode` takes at most 1 argument, here 2 given
local c = string.rep(f())
local d = tonumber(ARGV[1], 10)
local e = ('?'):rep(#ARGV, ',') .. string.rep('x', 3)
                         --^^^ warning[wrong-api-arity]: Lua 5.1's `string.rep` takes no separator: this is ignored
local f = math.log(8, 2)
                    --^ warning[wrong-api-arity]: Lua 5.1's `math.log` takes no base: this is ignored
",
        );
    }
}
