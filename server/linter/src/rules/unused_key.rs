//! Keys that are declared and never read.

use text::TextRange;

use crate::rule::declare_rule;
use crate::{
    Context, Sink,
    helpers::{grouping, header},
};

declare_rule! {
    /// ## What it does
    /// Points out keys that the file's name or the comments at its top declare and that neither the script nor what it
    /// includes reads; for a script in a string of a program that only the program around it calls, also keys that all calls give.
    ///
    /// ## Why it is bad
    /// Each key that a caller must pass is routed, locked and checked by the server; one that nobody reads is a mistake or a
    /// left-over. Some scripts declare a key on purpose, so that a cluster checks its slot.
    ///
    /// ## Example
    /// ```lua
    /// -- KEYS[1] the stock
    /// -- KEYS[2] the log
    /// return redis.call('GET', KEYS[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// -- KEYS[1] the stock
    /// return redis.call('GET', KEYS[1])
    /// ```
    code: "unused-key",
    group: Keys,
    level: Hint,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    if header::is_incomplete(context) {
        return;
    }
    let unread = header::unread_keys(context);
    let name = |index: &u32| format!("KEYS[{index}]");
    if let Some(&(_, range)) = unread.first() {
        let names: Vec<String> = unread.iter().map(|(index, _)| name(index)).collect();
        sink.report(range, format!("{} declared and never read", grouping::are(&names)));
    }
    let given = header::given_and_unread(context);
    let names: Vec<String> =
        given.iter().filter(|index| !unread.iter().any(|(declared, _)| declared == *index)).map(name).collect();
    if let (Some(callers), false) = (context.script.callers, names.is_empty()) {
        let who = header::callers_text(callers);
        sink.report(TextRange::at(0), format!("{} given by {who} and never read", grouping::are(&names)));
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn declared_by_header() {
        check(
            "unused-key",
            "
-- KEYS[1] from
-- KEYS[2] to
 --^^^^^^^ hint[unused-key]: KEYS[2] and KEYS[3] are declared and never read
-- KEYS[3] by
return redis.call('GET', KEYS[1])
",
        );
        check("unused-key", "-- KEYS[1] from\n-- KEYS[2] to\nreturn redis.call('DEL', unpack(KEYS))\n");
    }
}
