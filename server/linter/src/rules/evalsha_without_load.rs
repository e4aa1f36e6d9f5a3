//! Calls in programs by a SHA1 that nothing loads.

use crate::rule::declare_rule;
use crate::{Context, Sink};

declare_rule! {
    /// ## What it does
    /// Points out calls of scripts by their SHA1 in files that load no script and do nothing about `NOSCRIPT`.
    ///
    /// ## Why it is bad
    /// A server forgets scripts when it restarts, when a replica takes over, and by `SCRIPT FLUSH`. It answers `NOSCRIPT No matching
    /// script` then, until somebody loads the script again.
    ///
    /// ## Example
    /// ```python
    /// def take(r, key):
    ///     return r.evalsha("e0e1f9fabfc9d4800c877a703b823ac0578ff8db", 1, key)
    /// ```
    ///
    /// ## Use instead
    /// ```python
    /// def take(r, key):
    ///     script = r.register_script("return redis.call('DECR', KEYS[1])")
    ///     return script(keys=[key])
    /// ```
    code: "evalsha-without-load",
    group: Hosts,
    level: Hint,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for site in context.script.sites.iter().filter(|it| it.call.may_be_unloaded) {
        sink.report(site.call.name, "nothing here loads the script, and the server forgets it when it restarts")
            .help("load it at NOSCRIPT, or use the client's script object, which does");
    }
}
