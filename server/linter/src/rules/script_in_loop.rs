//! Calls in programs that send a script's text at each turn of a loop.

use crate::rule::declare_rule;
use crate::{Context, Sink};

declare_rule! {
    /// ## What it does
    /// Points out calls in programs that send the text of a script in a loop.
    ///
    /// ## Why it is bad
    /// The whole text travels at each turn, and each turn waits for its reply. A script object of the client sends the SHA1, a
    /// pipeline sends all calls at once, and one call with all keys is one round trip.
    ///
    /// ## Example
    /// ```python
    /// def drop(r, keys):
    ///     for key in keys:
    ///         r.eval("return redis.call('UNLINK', KEYS[1])", 1, key)
    /// ```
    ///
    /// ## Use instead
    /// ```python
    /// def drop(r, keys):
    ///     unlink = r.register_script("return redis.call('UNLINK', KEYS[1])")
    ///     with r.pipeline() as pipe:
    ///         for key in keys:
    ///             unlink(keys=[key], client=pipe)
    ///         pipe.execute()
    /// ```
    code: "script-in-loop",
    group: Hosts,
    level: Hint,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for site in context.script.sites.iter().filter(|it| it.call.sends_text_in_loop) {
        sink.report(site.call.name, "the text of the script is sent at each turn of the loop")
            .help("load it once before the loop, and call it by its SHA1, in a pipeline");
    }
}
