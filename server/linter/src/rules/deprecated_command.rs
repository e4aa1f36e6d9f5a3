//! Commands that have a successor.

use semantic::CommandCall;

use crate::rule::declare_rule;
use crate::{Context, Edit, Sink, Tag, commands_help, repeats};

declare_rule! {
    /// ## What it does
    /// Points out commands that the servers call deprecated, and what they name instead; each once a file.
    ///
    /// ## Why it is bad
    /// They work, and many will for ever; the successor says the same in a form that newer options extend.
    ///
    /// ## Example
    /// ```lua
    /// redis.call('HMSET', KEYS[1], 'field', ARGV[1])
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// redis.call('HSET', KEYS[1], 'field', ARGV[1])
    /// ```
    "deprecated-command", Hint, Offered, check
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let calls = context.script.calls.iter().filter_map(|call| {
        let spec = call.binding.spec?;
        let (target, (since, by)) =
            context.targets.iter().find_map(|&target| Some((target, spec.deprecated(target)?)))?;
        Some((spec.name, (call, target.family.title(), since, by)))
    });
    for (name, uses) in repeats::grouped(calls) {
        let (call, family, since, by) = uses[0];
        let range = commands_help::word_range(context, call, word(name));
        let message = format!("{name} is deprecated since {family} {since}{}", repeats::more(uses.len()));
        let mut names = by.split(' ').filter(|name| !name.is_empty());
        let Some(first) = names.next() else {
            sink.report(range, message).tag(Tag::Deprecated);
            continue;
        };
        let options: Vec<&str> = names.collect();
        let help = match options.as_slice() {
            [] => format!("use {first}"),
            options => format!("use {first} with {}", options.join(", ")),
        };
        let finding = sink.report(range, message).help(help).tag(Tag::Deprecated);
        // Where no option is needed and the arguments are the same, the name is all there is to change.
        let edits = uses.iter().filter_map(|&(call, ..)| replaced(context, call, name, first, &options));
        let edits: Vec<Edit> = edits.flatten().collect();
        if !edits.is_empty() {
            let option = if name == "GETSET" { " with GET" } else { "" };
            finding.fix(format!("Replace by {first}{option}"), edits);
        }
    }
}

/// The word of a call that names the command.
fn word(name: &str) -> usize {
    name.split(' ').count() - 1
}

/// The edits that put the successor in the place of a command.
fn replaced(context: &Context<'_>, call: &CommandCall, name: &str, first: &str, options: &[&str]) -> Option<Vec<Edit>> {
    let replace = || commands_help::replace_word(context, call, word(name), first).map(|(_, edit)| edit);
    match name {
        "HMSET" if options.is_empty() => Some(vec![replace()?]),
        "GETSET" if call.words.len() == 3 && !context.script.may_be_several(call.words[2]) => {
            Some(vec![replace()?, Edit::insert(context.range(call.words[2]).end, ", 'GET'")])
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn names_the_successor() {
        check(
            "deprecated-command",
            "
redis.call('HMSET', KEYS[1], 'a', 1)
         --^^^^^^^ hint[deprecated-command]: HMSET is deprecated since Redis 4.0, here and once more
redis.call('HMSET', KEYS[2], 'a', 1)
redis.call('SET', KEYS[1], 1)
",
        );
        assert_eq!(fixed("deprecated-command", "redis.call('HMSET', 'k', 'a', 1)"), "redis.call('HSET', 'k', 'a', 1)");
        assert_eq!(
            fixed("deprecated-command", "return redis.call('GETSET', KEYS[1], ARGV[1])"),
            "return redis.call('SET', KEYS[1], ARGV[1], 'GET')"
        );
    }
}
