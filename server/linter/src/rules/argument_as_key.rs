//! Arguments that are used as keys.

use semantic::values::{Piece, Template};
use text::TextRange;

use crate::rule::declare_rule;
use crate::{
    CallKey, Context, Level, Sink,
    helpers::{command_problems::word_range, grouping},
};

declare_rule! {
    /// ## What it does
    /// Points out elements of ARGV in the place of a key, once a script; with `cluster = true` each of them, as a warning.
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
    code: "argument-as-key",
    group: Keys,
    level: Hint,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    if context.wants_declared_keys() {
        // undeclared-key tells of them.
        return;
    }
    let level = if context.cluster { Level::Warning } else { Level::Hint };
    let uses = context.keys().iter().filter_map(|used| {
        let [Template(pieces)] = &*used.key.templates else { return None };
        let [Piece::Argument(index)] = pieces[..] else { return None };
        Some((index, used))
    });
    let groups = grouping::grouped(uses);
    let shown =
        |index: Option<u32>| index.map_or_else(|| "an element of ARGV".to_owned(), |index| format!("ARGV[{index}]"));
    let help = "pass it in KEYS, so that the server knows it for a key";
    if let ([(_, first), _, ..], false) = (&*groups, context.cluster) {
        let names: Vec<String> = groups.iter().map(|(index, _)| shown(*index)).collect();
        sink.report(place(context, first[0]), format!("{} used as keys", grouping::are(&names)))
            .help("pass them in KEYS, so that the server knows them for keys");
        return;
    }
    for (index, uses) in groups {
        let message = format!("{} is used as a key{}", shown(index), grouping::more(uses.len()));
        sink.report(place(context, uses[0]), message).level(level).help(help);
    }
}

fn place(context: &Context<'_>, used: &CallKey) -> TextRange {
    word_range(context, &context.script.calls[used.call], used.key.word)
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

    #[test]
    fn several_are_told_once_unless_slots_matter() {
        let script = "
redis.call('INCR', ARGV[1])
redis.call('DEL', ARGV[2], ARGV[4], ARGV[5])
return redis.call('GET', ARGV[1])
";
        let hint = script.replacen(
            "ARGV[1])",
            "ARGV[1])
                 --^^^^^^^ hint[argument-as-key]: ARGV[1], ARGV[2] and 2 more are used as keys",
            1,
        );
        check("argument-as-key", &hint);
        let cluster = crate::Options { cluster: true, ..Default::default() };
        check_with(
            "argument-as-key",
            "
redis.call('INCR', ARGV[1])
                 --^^^^^^^ warning[argument-as-key]: ARGV[1] is used as a key
return redis.call('GET', ARGV[2])
                       --^^^^^^^ warning[argument-as-key]: ARGV[2] is used as a key
",
            &cluster,
            None,
        );
    }
}
