//! Arguments that are declared and never read.

use crate::rule::declare_rule;
use crate::{
    Context, Sink,
    helpers::{grouping, header},
};

declare_rule! {
    /// ## What it does
    /// Points out arguments that the comments at the top name and that the script does not read.
    ///
    /// ## Why it is bad
    /// Callers build and send them for nothing, or the code lost a line.
    ///
    /// ## Example
    /// ```lua
    /// -- ARGV[1] how many
    /// -- ARGV[2] time to live
    /// return redis.call('INCRBY', KEYS[1], ARGV[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// -- ARGV[1] how many
    /// return redis.call('INCRBY', KEYS[1], ARGV[1])
    /// ```
    code: "unused-argument",
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
    let unread = header::unread_arguments(context);
    let Some(&(_, range)) = unread.first() else { return };
    let names: Vec<String> = unread.iter().map(|(index, _)| format!("ARGV[{index}]")).collect();
    sink.report(range, format!("{} declared and never read", grouping::are(&names)));
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn declared_by_header() {
        check(
            "unused-argument",
            "
-- ARGV[1] how many
-- ARGV[2] time to live
 --^^^^^^^ hint[unused-argument]: ARGV[2] is declared and never read
return redis.call('INCRBY', KEYS[1], ARGV[1])
",
        );
        check("unused-argument", "-- ARGV[1] a\nfor _, v in ipairs(ARGV) do redis.call('DEL', v) end\n");
    }
}
