//! Constant keys that cannot share a slot.

use semantic::CommandCall;
use text::TextRange;

use crate::{Context, Level, Sink, commands_help::word_range};
use crate::rule::declare_rule;

declare_rule! {
    /// ## What it does
    /// Reports calls whose constant keys belong to different hash slots, and scripts whose constant keys do.
    ///
    /// ## Why it is bad
    /// A cluster keeps each slot on one node and refuses a script that touches several: `CROSSSLOT Keys in request don't hash
    /// to the same slot`. Keys with the same text in braces share a slot.
    ///
    /// ## Example
    /// ```lua
    /// return redis.call('RENAME', 'queue:new', 'queue:old')
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return redis.call('RENAME', '{queue}:new', '{queue}:old')
    /// ```
    "cross-slot", Warning, Offered, check
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    // Of a whole script only a cluster's user wants to know; of one call it is a mistake in the making anywhere.
    let mut first: Option<(Vec<u8>, TextRange)> = None;
    for call in &context.script.calls {
        let keys = constant_keys(context, call);
        let mut clash = keys.iter().skip(1).find(|(key, _)| commands::key_slot(key) != commands::key_slot(&keys[0].0));
        let mut other = keys.first().cloned();
        if clash.is_none() && context.cluster {
            match (&first, keys.first()) {
                (Some(before), Some(key)) if commands::key_slot(&before.0) != commands::key_slot(&key.0) => {
                    clash = Some(key);
                    other = Some(before.clone());
                }
                (None, Some(key)) => first = Some(key.clone()),
                _ => {}
            }
        }
        let (Some((key, range)), Some((before, before_range))) = (clash, &other) else { continue };
        let level = if context.cluster { Level::Error } else { Level::Warning };
        sink.report(
            *range,
            format!(
                "`{}` is in slot {}, `{}` in slot {}: a cluster refuses them in one script",
                String::from_utf8_lossy(key),
                commands::key_slot(key),
                String::from_utf8_lossy(before),
                commands::key_slot(before),
            ),
        )
        .level(level)
        .help("give them a common hash tag: the same text in braces, as in `{user}:a` and `{user}:b`")
        .related(*before_range, "the other key");
    }
}

fn constant_keys(context: &Context<'_>, call: &CommandCall) -> Vec<(Vec<u8>, TextRange)> {
    call.binding
        .keys()
        .filter_map(|(at, _)| {
            let word = *call.words.get(at)?;
            Some((context.script.constant_string(word)?, word_range(context, call, at)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn slots_of_constant_keys() {
        check(
            "cross-slot",
            "
redis.call('MSET', 'a', 1, 'b', 2)
                         --^^^ warning[cross-slot]: `b` is in slot 3300, `a` in slot 15495: a cluster refuses them in one script
redis.call('MSET', '{a}1', 1, '{a}2', 2)
redis.call('GET', 'c')
",
        );
        let cluster = crate::Options { cluster: true, ..Default::default() };
        check_with(
            "cross-slot",
            "
redis.call('GET', 'a')
redis.call('GET', 'b')
                --^^^ error[cross-slot]: `b` is in slot 3300, `a` in slot 15495: a cluster refuses them in one script
",
            &cluster,
            None,
        );
    }
}
