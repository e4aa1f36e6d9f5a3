//! Keys that do not come from KEYS.

use semantic::values::{KeySource, KeyWord, Piece, Reach, Template};
use syntax::{ExprId, ExprKind};
use text::TextRange;

use crate::rule::declare_rule;
use crate::{
    CallKey, Context, Edit, Finding, Level, Sink,
    helpers::{command_problems::word_range, grouping, server_tables::quoted_element},
};

declare_rule! {
    /// ## What it does
    /// Points out constant keys, once a script; with `cluster = true` each of them, and keys that are computed, taken from ARGV texts or from replies,
    /// with what they are built of. A key whose hash tag is an element of KEYS, `'{' .. KEYS[1] .. '}:x'`, is in the slot of
    /// that and not reported.
    ///
    /// At the level `deny` it reports every key that is not an element of KEYS, on a cluster or not: some servers, as Dragonfly,
    /// refuse those.
    ///
    /// ## Why it is bad
    /// A cluster routes the script by the keys that are declared. Any other key may live on another node, and the call then
    /// fails: `Script attempted to access a non local key in a cluster node`. On a single server it works.
    ///
    /// ## Example
    /// ```lua
    /// return redis.call('GET', 'config')
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return redis.call('GET', KEYS[1])
    /// ```
    code: "undeclared-key",
    group: Keys,
    level: Hint,
    fix: Offered,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let is_constant = |key: &KeyWord| key.templates.iter().all(|template| template.source() == KeySource::Constant);
    let constants = context.keys().iter().filter(|used| is_constant(&used.key));
    let groups = grouping::grouped(constants.map(|used| (&used.key.templates, used)));
    let keys = groups.iter().filter_map(|(templates, uses)| Constant::of(context, templates, uses));
    constant(context, sink, &keys.collect::<Vec<_>>());
    if context.cluster || context.wants_declared_keys() {
        // Elsewhere keys are computed on purpose.
        let others = context.keys().iter().filter(|used| !is_constant(&used.key));
        for (templates, uses) in grouping::grouped(others.map(|used| (&used.key.templates, used))) {
            computed(context, sink, templates, &uses);
        }
    }
}

/// A constant key.
struct Constant {
    /// The key as a literal: `'queue'`.
    name: String,
    /// Its uses; never empty.
    places: Vec<TextRange>,
    /// True if each use is the literal itself.
    is_literal: bool,
}

impl Constant {
    /// Returns none for one that is in quotes by mistake, as another rule says.
    fn of(context: &Context<'_>, templates: &[Template], uses: &[&CallKey]) -> Option<Self> {
        let uses: Vec<(ExprId, TextRange)> = uses
            .iter()
            .filter_map(|used| {
                let call = &context.script.calls[used.call];
                Some((*call.words.get(used.key.word)?, word_range(context, call, used.key.word)))
            })
            .collect();
        let &(word, _) = uses.first()?;
        if context.script.constant_string(word).is_some_and(|text| quoted_element(&text).is_some()) {
            return None;
        }
        let is_literal = uses
            .iter()
            .all(|&(word, range)| context.tree()[word].kind == ExprKind::String && context.range(word) == range);
        let name = templates.iter().map(Template::to_string).collect::<Vec<_>>().join(" or ");
        Some(Self { name, places: uses.into_iter().map(|(_, range)| range).collect(), is_literal })
    }
}

/// The constant keys of a script: a warning for each where slots matter, else one hint.
fn constant(context: &Context<'_>, sink: &mut Sink<'_>, keys: &[Constant]) {
    if let ([first, _, ..], false) = (keys, context.cluster || context.wants_declared_keys()) {
        let names: Vec<String> = keys.iter().map(|key| key.name.clone()).collect();
        let message = format!("{} written in the script, not passed in KEYS", grouping::are(&names));
        sink.report(first.places[0], message).help(
            "a cluster finds the script's node by KEYS: pass the keys, or share a hash tag with those that are passed",
        );
        return;
    }
    for Constant { places, is_literal, .. } in keys {
        let message = format!("this key is written in the script, not passed in KEYS{}", grouping::more(places.len()));
        let finding = sink
            .report(places[0], message)
            .level(if context.cluster { Level::Warning } else { Level::Hint })
            .help("a cluster finds the script's node by KEYS: pass the key, or share its hash tag");
        if *is_literal {
            offer_key(context, finding, places.iter().copied());
        }
    }
}

/// One key that is computed, by its uses.
fn computed(context: &Context<'_>, sink: &mut Sink<'_>, templates: &[Template], uses: &[&CallKey]) {
    let Some(level) = templates.iter().map(|template| weight(context, template)).min().flatten() else { return };
    let place = |used: &&CallKey| {
        let call = &context.script.calls[used.call];
        Some((*call.words.get(used.key.word)?, word_range(context, call, used.key.word)))
    };
    let places: Vec<(ExprId, TextRange)> = uses.iter().filter_map(place).collect();
    let Some(&(_, first)) = places.first() else { return };
    let shown: Vec<String> = templates.iter().map(Template::to_string).collect();
    let mut message = format!("this key does not come from KEYS: it is {}", shown.join(" or "));
    let help = match templates[0].reach() {
        _ if context.wants_declared_keys() => "pass it in KEYS: the settings want every key there".to_owned(),
        Some((element, Reach::Never)) => {
            message += &format!(", with a hash tag of its own, not that of {element}");
            "use the key that is passed as the hash tag, `'{' .. KEYS[1] .. '}…'`, or pass this one too".to_owned()
        }
        Some((element, _)) => {
            message += &format!(", in the slot of {element} only if that has a hash tag");
            format!("let callers give {element} with a hash tag, as `{{user:1}}`, or pass this key too")
        }
        None => {
            "on a cluster it must be in the slot of the keys that are passed: use a hash tag, or pass it".to_owned()
        }
    };
    message += &grouping::more(places.len());
    let finding = sink.report(first, message).level(level).help(help);
    let told = |piece: &Piece| matches!(piece, Piece::Text(_) | Piece::Key(Some(_)) | Piece::Argument(Some(_)));
    let by_caller = templates.len() == 1 && templates[0].0.iter().all(told);
    let is_written = |&(word, range): &(ExprId, TextRange)| {
        matches!(context.tree()[word].kind, ExprKind::Binary { .. }) && range == context.range(word)
    };
    if by_caller && places.iter().all(is_written) {
        offer_key(context, finding, places.iter().map(|&(_, range)| range));
    }
}

/// Level of a finding for a key that is made like this. None for a key whose hash tag is a declared key: its slot is right.
fn weight(context: &Context<'_>, template: &Template) -> Option<Level> {
    match (template.source(), template.reach()) {
        (KeySource::Built | KeySource::Argument, _) if context.wants_declared_keys() => Some(Level::Warning),
        (KeySource::Built, Some((_, Reach::Never))) => Some(Level::Warning),
        (KeySource::Built, Some((_, Reach::IfTagged | Reach::IfFirst))) => Some(Level::Hint),
        (KeySource::Argument, _) if matches!(template.0[..], [Piece::Argument(_)]) => None,
        // A prefix that the caller gives has the hash tag, if he means it to.
        (KeySource::Argument | KeySource::Reply, _) if template.0.len() > 1 && is_given(&template.0[0]) => {
            Some(Level::Hint)
        }
        (KeySource::Argument | KeySource::Reply, _) => {
            // What comes from elsewhere may be anything; of what is not told nothing is said.
            let unknown = template.0.iter().any(|piece| matches!(piece, Piece::Unknown(_)));
            (!unknown).then_some(Level::Warning)
        }
        _ => None,
    }
}

fn is_given(piece: &Piece) -> bool {
    match piece {
        Piece::Argument(_) => true,
        Piece::Within(inner, _) => is_given(inner),
        _ => false,
    }
}

/// Offers the next free index of KEYS as a fix. If callers pass any number of keys, no index is free.
fn offer_key(context: &Context<'_>, finding: Finding<'_>, places: impl IntoIterator<Item = TextRange>) {
    let keys = &context.script.keys;
    if context.script.library.is_none() && keys.dynamic.is_empty() {
        let next = keys.highest().max(context.script.named_keys().unwrap_or(0)) + 1;
        let edits = places.into_iter().map(|range| Edit::replace(range, format!("KEYS[{next}]")));
        finding.fix(format!("Let callers pass it as KEYS[{next}]"), edits.collect());
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn quiet_unless_slots_matter() {
        let source = "
local prefix = KEYS[1]
redis.call('GET', prefix .. ':meta')
redis.call('GET', KEYS[2])
";
        check("undeclared-key", source);
        let cluster = crate::Options { cluster: true, ..Default::default() };
        check_with(
            "undeclared-key",
            "
local prefix = KEYS[1]
redis.call('GET', prefix .. ':meta')
                --^^^^^^^^^^^^^^^^^ hint[undeclared-key]: this key does not come from KEYS: it is KEYS[1] .. ':meta', in the slot of KEYS[1] only if that has a hash tag
redis.call('GET', 'config')
                --^^^^^^^^ warning[undeclared-key]: this key is written in the script, not passed in KEYS
redis.call('GET', KEYS[2])
local next = redis.call('GET', KEYS[1])
redis.call('DEL', next)
                --^^^^ warning[undeclared-key]: this key does not come from KEYS: it is ⟨reply of GET⟩
local function lock(name) return 'lock:' .. name end
redis.call('DEL', lock(ARGV[1]), '{' .. KEYS[1] .. '}:lock')
                --^^^^^^^^^^^^^ warning[undeclared-key]: this key does not come from KEYS: it is 'lock:' .. ARGV[1]
redis.call('DEL', ARGV[2] .. ARGV[1])
                --^^^^^^^^^^^^^^^^^^ hint[undeclared-key]: this key does not come from KEYS: it is ARGV[2] .. ARGV[1]
redis.call('DEL', '{locks}:' .. KEYS[1])
                --^^^^^^^^^^^^^^^^^^^^^ warning[undeclared-key]: this key does not come from KEYS: it is '{locks}:' .. KEYS[1], with a hash tag of its own, not that of KEYS[1]
redis.call('DEL', lock(ARGV[3]))
                --^^^^^^^^^^^^^ warning[undeclared-key]: this key does not come from KEYS: it is 'lock:' .. ARGV[3], here and once more
redis.call('GET', lock(ARGV[3]))
for _, key in ipairs(KEYS) do redis.call('DEL', key) end
local M = {}
function M.key(name) return 'm:' .. name end
redis.call('DEL', M.key(ARGV[1]))
                --^^^^^^^^^^^^^^ warning[undeclared-key]: this key does not come from KEYS: it is 'm:' .. ARGV[1]
",
            &cluster,
            None,
        );
    }

    #[test]
    fn every_key_where_that_is_asked_for() {
        let mut strict = crate::Options::default();
        strict.levels.insert("undeclared-key".to_owned(), Some(crate::Level::Error));
        let source = "
redis.call('GET', KEYS[1])
redis.call('GET', 'config')
                --^^^^^^^^ error[undeclared-key]: this key is written in the script, not passed in KEYS
redis.call('GET', 'other')
                --^^^^^^^ error[undeclared-key]: this key is written in the script, not passed in KEYS
redis.call('GET', '{' .. KEYS[1] .. '}:x')
                --^^^^^^^^^^^^^^^^^^^^^^^ error[undeclared-key]: this key does not come from KEYS: it is '{' .. KEYS[1] .. '}:x'
redis.call('GET', ARGV[1])
                --^^^^^^^ error[undeclared-key]: this key does not come from KEYS: it is ARGV[1]
for _, key in ipairs(KEYS) do redis.call('DEL', key) end
";
        check_with("undeclared-key", source, &strict, None);
        check_with("argument-as-key", "return redis.call('GET', ARGV[1])\n", &strict, None);
    }

    #[test]
    fn callers_may_pass_it() {
        assert_eq!(
            fixed("undeclared-key", "return redis.call('COPY', KEYS[1], 'config')"),
            "return redis.call('COPY', KEYS[1], KEYS[2])"
        );
        assert_eq!(
            fixed("undeclared-key", "redis.call('INCR', 'n') return redis.call('GET', 'n')"),
            "redis.call('INCR', KEYS[1]) return redis.call('GET', KEYS[1])"
        );
    }

    #[test]
    fn once_a_key() {
        check(
            "undeclared-key",
            "
redis.call('INCR', 'n')
                 --^^^ hint[undeclared-key]: this key is written in the script, not passed in KEYS, here and twice more
redis.call('EXPIRE', 'n', 9)
return redis.call('GET', 'n')
",
        );
        check(
            "undeclared-key",
            "
redis.call('INCR', 'n')
                 --^^^ hint[undeclared-key]: 'n', 'm' and 'o' are written in the script, not passed in KEYS
redis.call('DEL', 'm', 'o')
return redis.call('GET', 'n')
",
        );
    }
}
