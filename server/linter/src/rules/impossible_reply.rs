//! Tests in programs of a script's reply for what the client never gives.

use crate::rule::declare_rule;
use crate::{Context, Sink};

declare_rule! {
    /// ## What it does
    /// Points out tests of a script's reply for a boolean, by `is True` in Python and `=== true` in JavaScript with ioredis, and type
    /// assertions `.(int)` in Go: on the call itself, or on the variable that is given its reply. Replies of scripts that call
    /// `redis.setresp` are left alone.
    ///
    /// ## Why it is bad
    /// The test never holds. Lua's `true` is the integer 1 to a client, and `false` is nil; integers are `int64` in Go.
    ///
    /// ## Example
    /// ```python
    /// def unlock(r, key, token):
    ///     return r.eval("return redis.call('DEL', KEYS[1])", 1, key) is True
    /// ```
    ///
    /// ```go
    /// func take(ctx context.Context, rdb *redis.Client, key string) int {
    ///     left, _ := rdb.Eval(ctx, "return redis.call('DECR', KEYS[1])", []string{key}).Result()
    ///     return left.(int)
    /// }
    /// ```
    ///
    /// ## Use instead
    /// ```python
    /// def unlock(r, key, token):
    ///     return r.eval("return redis.call('DEL', KEYS[1])", 1, key) == 1
    /// ```
    code: "impossible-reply",
    group: Hosts,
    level: Warning,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for site in context.script.sites.iter() {
        let Some(tested) = &site.call.tested else { continue };
        let value = &tested.value;
        let (message, help) = match value.as_str() {
            "True" | "true" => (format!("the reply is never `{value}`"), "Lua's true is 1 to the client"),
            "False" => (format!("the reply is never `{value}`"), "Lua's false is None to the client"),
            "false" => (format!("the reply is never `{value}`"), "Lua's false is null to the client"),
            _ => (format!("the reply is never of type `{value}`"), "integers are int64 to the client"),
        };
        sink.report(tested.range, message).help(help);
    }
}
