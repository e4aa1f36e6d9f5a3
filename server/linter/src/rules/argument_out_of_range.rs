//! Arguments that no call can give.

use crate::rule::declare_rule;
use crate::{Context, Sink, helpers::server_tables};

declare_rule! {
    /// ## What it does
    /// Reports `ARGV[0]`, `ARGV[-1]` and other indices that no list has.
    ///
    /// ## Why it is bad
    /// The value is nil: Lua counts from 1 and not from the end.
    ///
    /// ## Example
    /// ```lua
    /// return tonumber(ARGV[0])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return tonumber(ARGV[1])
    /// ```
    code: "argument-out-of-range",
    group: Keys,
    level: Error,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    // What a comment says of ARGV is often one behind the code: `header-mismatch` tells that.
    server_tables::report_out_of_range(context, sink, "ARGV", &context.script.argv, None);
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn no_such_index() {
        check(
            "argument-out-of-range",
            "
return ARGV[0], ARGV[1], ARGV[#ARGV]
     --^^^^^^^ error[argument-out-of-range]: there is no `ARGV[0]`: the first is `ARGV[1]`
",
        );
    }
}
