//! Calls of the API with too few or too many arguments.

use commands::api;
use semantic::ApiPath;
use syntax::ExprKind;

use crate::{Context, Sink};
use crate::rule::declare_rule;

declare_rule! {
    /// ## What it does
    /// Reports calls of the sandbox's functions with a count of arguments that they refuse: `redis.log('x')`,
    /// `redis.sha1hex()`, `cjson.encode(a, b)`.
    ///
    /// ## Why it is bad
    /// The call fails whenever the line runs.
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
    "wrong-api-arity", Error, None, check
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (_, expr) in context.tree().exprs() {
        let ExprKind::Call(call) = &expr.kind else { continue };
        let args = match context.script.api(call.callee) {
            Some(ApiPath::Member(table, name)) => api::member(table, name).and_then(|member| member.args),
            Some(ApiPath::Global(name)) => api::global(name).and_then(|global| global.args),
            None => None,
        };
        let Some((least, most)) = args else { continue };
        let open = call.args.last().is_some_and(|&last| context.script.may_be_several(last));
        let given = call.args.len();
        // A last argument that may be several values may also be none.
        let fixed = given - usize::from(open);
        let name = context.shown(context.range(call.callee));
        let plural = |count: u8| if count == 1 { "1 argument".to_owned() } else { format!("{count} arguments") };
        if !open && given < usize::from(least) {
            let least_text = if most == Some(least) { plural(least) } else { format!("at least {}", plural(least)) };
            sink.report(context.range(call.callee), format!("`{name}` takes {least_text}, here {given} given"));
        } else if most.is_some_and(|most| fixed > usize::from(most)) {
            let most = most.unwrap_or_default();
            sink.report(context.range(call.callee), format!("`{name}` takes at most {}, here {given} given", plural(most)));
        }
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
",
        );
    }
}
