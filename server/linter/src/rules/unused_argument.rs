//! Arguments that are declared and never read.

use crate::{Context, Sink};
use crate::rule::declare_rule;

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
    "unused-argument", Hint, None, check
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    let included = &script.environment.included_argv;
    if script.environment.incomplete || !script.argv.dynamic.is_empty() || included.dynamic || script.is_fragment() {
        return;
    }
    for entry in &script.header.args {
        if !script.argv.has(entry.index) && !included.indices.iter().any(|(used, _)| *used == entry.index) {
            sink.report(entry.range, format!("ARGV[{}] is declared and never read", entry.index));
        }
    }
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
