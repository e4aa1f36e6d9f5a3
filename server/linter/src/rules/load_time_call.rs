//! Commands called while a library loads.

use semantic::CallForm;

use crate::rule::declare_rule;
use crate::{Context, Sink};

declare_rule! {
    /// ## What it does
    /// Reports `redis.call` and `redis.pcall` in the part of a library that runs at `FUNCTION LOAD`.
    ///
    /// ## Why it is bad
    /// There are no commands then: `Script attempted to access nonexistent global variable 'call'`.
    ///
    /// ## Example
    /// ```lua
    /// #!lua name=mylib
    /// local limit = redis.call('GET', 'limit')
    /// redis.register_function('f', function(keys, args) return limit end)
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// #!lua name=mylib
    /// redis.register_function('f', function(keys, args) return redis.call('GET', keys[1]) end)
    /// ```
    code: "load-time-call",
    group: Libraries,
    level: Error,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    let Some(library) = &script.library else { return };
    for call in script.calls.iter().filter(|call| !matches!(call.form, CallForm::Wrapper(_))) {
        if library.runs_at_load(script.scopes.function_of(call.call)) {
            sink.report(context.range(call.call), "no command can be called while a library loads")
                .help("call it inside of a registered function");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn at_load_and_in_functions() {
        check(
            "load-time-call",
            "
#!lua name=lib
local function now() return redis.call('TIME') end
                          --^^^^^^^^^^^^^^^^^^ error[load-time-call]: no command can be called while a library loads
local function get(keys) return redis.call('GET', keys[1]) end
local started = now()
redis.register_function('get', get)
",
        );
    }
}
