//! Constant keys that cannot share a slot.

use semantic::{
    Site,
    values::{Piece, Template},
};
use syntax::ExprKind;

use crate::rule::declare_rule;
use crate::{
    CallKey, Context, Edit, Level, Sink,
    helpers::{command_problems::word_range, reachability},
};

declare_rule! {
    /// ## What it does
    /// Reports calls whose keys belong to different hash slots, and with `cluster = true` scripts whose keys do: constant
    /// keys, and keys that begin with a constant hash tag, as `'{queue}:' .. ARGV[1]`.
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
    code: "cross-slot",
    group: Keys,
    level: Warning,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

/// Reports keys of a call in a program that are in different slots.
fn given(sink: &mut Sink<'_>, site: &Site) {
    let keys = site.call.keys.words.iter().filter_map(|it| Some((it, it.text.as_deref()?)));
    let mut keys = keys.map(|(word, text)| (word, text, commands::key_slot(text)));
    let Some((_, first, slot)) = keys.next() else { return };
    if let Some((word, text, _)) = keys.find(|it| it.2 != slot) {
        let (first, text) = (String::from_utf8_lossy(first), String::from_utf8_lossy(text));
        sink.report(word.range, format!("`{text}` is in another slot than `{first}`: a cluster refuses the call"))
            .help("give both the same text in braces: keys share the slot of that");
    }
}

/// A key whose slot the script itself decides.
struct Fixed {
    call: usize,
    word: usize,
    template: Template,
    slot: u16,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let script = context.script;
    if context.cluster {
        script.sites.iter().for_each(|site| given(sink, site));
    }
    let fixed = |CallKey { call, key }: &CallKey| {
        let [template] = &*key.templates else { return None };
        let word = *script.calls[*call].words.get(key.word).map(|_| &key.word)?;
        Some(Fixed { call: *call, word, template: template.clone(), slot: template.slot()? })
    };
    let mut keys: Vec<Fixed> = context.keys().iter().filter_map(fixed).collect();
    keys.sort_by_key(|key| (key.call, key.word));
    // With this flag a script may touch whatever is on its node.
    let allowed = script
        .shebang
        .as_ref()
        .is_some_and(|line| line.flags().iter().any(|flag| flag.text == "allow-cross-slot-keys"));
    let mut told = None;
    for (at, key) in keys.iter().enumerate() {
        if told == Some(key.call) {
            continue;
        }
        let call = &script.calls[key.call];
        // Of a whole script only a cluster's user wants to know; of one call it is a mistake in the making anywhere.
        let clash = keys[..at].iter().find(|before| {
            before.slot != key.slot
                && (before.call == key.call
                    || (context.cluster
                        && !allowed
                        && reachability::runs_before(context, script.calls[before.call].call, call.call)))
        });
        let Some(before) = clash else { continue };
        told = Some(key.call);
        let other = word_range(context, &script.calls[before.call], before.word);
        let finding = sink
            .report(
                word_range(context, call, key.word),
                format!(
                    "{} is in slot {}, {} in slot {}: a cluster refuses them in one script",
                    shown(&key.template),
                    key.slot,
                    shown(&before.template),
                    before.slot,
                ),
            )
            .level(if context.cluster { Level::Error } else { Level::Warning })
            .help("give them a common hash tag: the same text in braces, as in `{user}:a` and `{user}:b`")
            .related(other, "the other key");
        let of_call: Vec<&Fixed> = keys.iter().filter(|other| other.call == key.call).collect();
        if before.call == key.call
            && let Some((tag, edits)) = tagged(context, &of_call)
        {
            finding.fix(format!("Make `{{{tag}}}` their hash tag"), edits);
        }
    }
}

fn shown(template: &Template) -> String {
    match &template.0[..] {
        [Piece::Text(text)] => format!("`{}`", String::from_utf8_lossy(text)),
        _ => format!("`{template}`"),
    }
}

/// Braces around the word that all constant keys of a call begin with.
fn tagged(context: &Context<'_>, keys: &[&Fixed]) -> Option<(String, Vec<Edit>)> {
    let mut tag: Option<String> = None;
    let mut edits = Vec::new();
    for key in keys {
        let [Piece::Text(text)] = &key.template.0[..] else { return None };
        let text = std::str::from_utf8(text).ok()?;
        let length = text.find([':', '/', '.', '-', '|'])?;
        let word = text.get(..length).filter(|word| !word.is_empty() && !text.contains(['{', '}']))?;
        if tag.get_or_insert_with(|| word.to_owned()) != word {
            return None;
        }
        let expr = context.script.calls[key.call].words[key.word];
        let range = context.range(expr);
        let source = context.script.text(expr);
        // The literal as it stands: no escapes, no long brackets.
        if context.tree()[expr].kind != ExprKind::String || source.len() != text.len() + 2 {
            return None;
        }
        edits.push(Edit::insert(range.start + 1, "{"));
        edits.push(Edit::insert(range.start + 1 + length as u32, "}"));
    }
    Some((tag?, edits))
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
redis.call('RENAME', '{a}:' .. ARGV[1], '{b}:' .. ARGV[1])
                                      --^^^^^^^^^^^^^^^^^ warning[cross-slot]: `'{b}:' .. ARGV[1]` is in slot 3300, `'{a}:' .. ARGV[1]` in slot 15495: a cluster refuses them in one script
redis.call('RENAME', '{a}:' .. ARGV[1], 'a')
redis.call('RENAME', '{' .. ARGV[1] .. '}', '{' .. ARGV[2] .. '}')
redis.call('RENAME', KEYS[1] .. ':a', 'b')
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
        check_with(
            "cross-slot",
            "
if ARGV[1] == 'a' then return redis.call('GET', 'a') else return redis.call('GET', 'b') end
",
            &cluster,
            None,
        );
    }

    #[test]
    fn options_behind_a_computed_count_are_no_keys() {
        check(
            "cross-slot",
            "
redis.call('ZINTERSTORE', KEYS[1], #ARGV / 2, KEYS[1], KEYS[2], 'aggregate', 'min')
redis.call('ZUNION', #ARGV, 'a', 'b', 'AGGREGATE', 'SUM')
                               --^^^ warning[cross-slot]: `b` is in slot 3300, `a` in slot 15495: a cluster refuses them in one script
",
        );
    }

    #[test]
    fn a_common_tag() {
        assert_eq!(
            fixed("cross-slot", "return redis.call('RENAME', 'queue:new', 'queue:old')"),
            "return redis.call('RENAME', '{queue}:new', '{queue}:old')"
        );
    }
}
