//! The command that reads the names of all keys.

use crate::rule::declare_rule;
use crate::{
    Context, Sink,
    helpers::{command_problems::word_range, loops},
};

declare_rule! {
    /// ## What it does
    /// Reports the command `KEYS`.
    ///
    /// ## Why it is bad
    /// It looks at every key of the database, whatever the pattern, and the server does nothing else meanwhile. On a cluster
    /// it sees the keys of one node only.
    ///
    /// ## Example
    /// ```lua
    /// for _, key in ipairs(redis.call('KEYS', 'session:*')) do
    ///   redis.call('UNLINK', key)
    /// end
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// local page = redis.call('SCAN', ARGV[1], 'MATCH', 'session:*', 'COUNT', 500)
    /// for _, key in ipairs(page[2]) do
    ///   redis.call('UNLINK', key)
    /// end
    /// return page[1]
    /// ```
    code: "keys-command",
    group: Cost,
    level: Warning,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for call in &context.script.calls {
        if call.name() == Some("KEYS") {
            let when = if loops::around(context, call.call).is_some() { ", at each turn of the loop," } else { "" };
            let message = format!("KEYS looks at every key of the database{when} while the server waits");
            sink.report(word_range(context, call, 0), message)
                .help("let the client SCAN a page a call, or keep the names in a set");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn the_command_and_not_the_table() {
        check(
            "keys-command",
            "
local names = redis.call('keys', ARGV[1])
                       --^^^^^^ warning[keys-command]: KEYS looks at every key of the database while the server waits
for _, id in ipairs(ARGV) do
  redis.call('KEYS', 'job:' .. id .. ':*')
           --^^^^^^ warning[keys-command]: KEYS looks at every key of the database, at each turn of the loop, while the server waits
end
return {#KEYS, #names}
",
        );
    }
}
