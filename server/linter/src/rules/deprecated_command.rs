//! Commands that have a successor.

use crate::{Context, Edit, Sink, Tag, commands_help};
use crate::rule::declare_rule;

declare_rule! {
    /// ## What it does
    /// Points out commands that the servers call deprecated, and what they name instead.
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
    for call in &context.script.calls {
        let Some(spec) = call.binding.spec else { continue };
        let deprecated = context.targets.iter().find_map(|&target| Some((target, spec.deprecated(target)?)));
        let Some((target, (since, by))) = deprecated else { continue };
        let word = spec.name.split(' ').count() - 1;
        let range = commands_help::word_range(context, call, word);
        let message = format!("{} is deprecated since {} {since}", spec.name, target.family.title());
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
        if options.is_empty()
            && spec.name == "HMSET"
            && let Some((title, edit)) = commands_help::replace_word(context, call, word, first)
        {
            finding.fix(title, vec![edit]);
        } else if spec.name == "GETSET"
            && call.words.len() == 3
            && !context.script.may_be_several(call.words[2])
            && let Some((_, edit)) = commands_help::replace_word(context, call, word, first)
        {
            let end = context.range(call.words[2]).end;
            finding.fix("Replace by SET with GET", vec![edit, Edit::insert(end, ", 'GET'")]);
        }
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
         --^^^^^^^ hint[deprecated-command]: HMSET is deprecated since Redis 4.0
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
