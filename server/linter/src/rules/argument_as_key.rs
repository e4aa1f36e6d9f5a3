//! Arguments that are used as keys.

use semantic::values::{Piece, Template};

use crate::{CallKey, Context, Level, Sink, commands_help::word_range, repeats};
use crate::rule::declare_rule;

declare_rule! {
    /// ## What it does
    /// Points out elements of ARGV in the place of a key, each once; with `cluster = true` as a warning.
    ///
    /// ## Why it is bad
    /// The server knows a script's keys only from KEYS: a cluster routes by them, and access lists are checked against them.
    ///
    /// ## Example
    /// ```lua
    /// return redis.call('GET', ARGV[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return redis.call('GET', KEYS[1])
    /// ```
    "argument-as-key", Hint, None, check
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let level = if context.cluster { Level::Warning } else { Level::Hint };
    let uses = context.keys().iter().filter_map(|used| {
        let [Template(pieces)] = &*used.key.templates else { return None };
        let [Piece::Argument(index)] = pieces[..] else { return None };
        Some((index, used))
    });
    for (index, uses) in repeats::grouped(uses) {
        let what = index.map_or_else(|| "an element of ARGV".to_owned(), |index| format!("ARGV[{index}]"));
        let CallKey { call, key } = uses[0];
        let range = word_range(context, &context.script.calls[*call], key.word);
        sink.report(range, format!("{what} is used as a key{}", repeats::more(uses.len())))
            .level(level)
            .help("pass it in KEYS, so that the server knows it for a key");
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn arguments_in_key_places() {
        check(
            "argument-as-key",
            "
local name = ARGV[2]
redis.call('SET', name, ARGV[1])
                --^^^^ hint[argument-as-key]: ARGV[2] is used as a key, here and once more
redis.call('EXPIRE', name, 60)
redis.call('SET', KEYS[1], name)
",
        );
    }
}
