//! Commands that have a successor.

use semantic::CommandCall;

use crate::rule::declare_rule;
use crate::{
    Context, Edit, Sink, Tag,
    helpers::{command_problems, grouping},
};

declare_rule! {
    /// ## What it does
    /// Points out commands that the servers call deprecated, and what they name instead; each once a file. Those whose successor
    /// only spells the same call longer, as ZRANGE BYSCORE for ZRANGEBYSCORE or SET EX for SETEX, are pointed out if the settings
    /// give this rule a level.
    ///
    /// ## Why it is bad
    /// The successor does more or is simpler: HSET takes several fields and replies how many are new, GEOSEARCH may run in
    /// read-only scripts.
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
    code: "deprecated-command",
    group: Commands,
    level: Hint,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

/// Commands that no server plans to remove, and whose successor says the same in more words.
const SPELLED_LONGER: [&str; 11] = [
    "BRPOPLPUSH",
    "GETSET",
    "PSETEX",
    "RPOPLPUSH",
    "SETEX",
    "SETNX",
    "ZRANGEBYLEX",
    "ZRANGEBYSCORE",
    "ZREVRANGE",
    "ZREVRANGEBYLEX",
    "ZREVRANGEBYSCORE",
];

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let is_asked_for = context.levels.contains_key(RULE.code);
    let calls = context.script.calls.iter().filter_map(|call| {
        let spec = call.binding.spec.filter(|spec| is_asked_for || !SPELLED_LONGER.contains(&spec.name))?;
        let (target, (since, by)) =
            context.targets.iter().find_map(|&target| Some((target, spec.deprecated(target)?)))?;
        Some((spec.name, (call, target.family.title(), since, by)))
    });
    for (name, uses) in grouping::grouped(calls) {
        let (call, family, since, by) = uses[0];
        let range = command_problems::word_range(context, call, word(name));
        let message = format!("{name} is deprecated since {family} {since}{}", grouping::more(uses.len()));
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
    let replace = || command_problems::replace_word(context, call, word(name), first).map(|(_, edit)| edit);
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
    }

    #[test]
    fn a_longer_spelling_only_where_it_is_asked_for() {
        let source = "
redis.call('SETEX', KEYS[1], 60, ARGV[1])
         --^^^^^^^ hint[deprecated-command]: SETEX is deprecated since Redis 2.6
return redis.call('GETSET', KEYS[1], ARGV[1])
                --^^^^^^^^ hint[deprecated-command]: GETSET is deprecated since Redis 6.2
";
        let mut options = crate::Options::default();
        options.levels.insert("deprecated-command".to_owned(), Some(crate::Level::Hint));
        check_with("deprecated-command", source, &options, None);
        let script = "redis.call('SETEX', KEYS[1], 60, ARGV[1]) return redis.call('GETSET', KEYS[1], ARGV[1])";
        check("deprecated-command", script);
        assert_eq!(
            fixed_with("deprecated-command", "return redis.call('GETSET', KEYS[1], ARGV[1])", &options),
            "return redis.call('SET', KEYS[1], ARGV[1], 'GET')"
        );
    }
}
