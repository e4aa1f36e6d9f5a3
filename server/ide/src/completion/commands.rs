//! Command names, subcommands and option words inside a command call.

use std::{cmp::Reverse, sync::LazyLock};

use commands::{
    CommandSpec, Flags, Target,
    bind::{Expected, Word, expected},
    lookup,
};
use rustc_hash::FxHashMap;
use text::TextRange;

use super::{
    Completion, CompletionKind, Completions, Docs, elsewhere,
    grammar::with_words,
    place::{Place, Wanted},
};
use crate::{call_site::CallSite, signature::command_of};

/// Rank of each command by its use in scripts, most used first. The counted scripts are mostly queues, so GET and SET, which
/// are common in short scripts, come before the rest.
static BY_USE: LazyLock<FxHashMap<&'static str, u32>> = LazyLock::new(|| {
    let calls = |spec: &CommandSpec| spec.calls + spec.subcommands.iter().map(|sub| sub.calls).sum::<u16>();
    let mut called: Vec<&CommandSpec> = commands::all().iter().filter(|spec| calls(spec) > 0).collect();
    let first = |spec: &CommandSpec| ["GET", "SET"].iter().position(|name| *name == spec.name).unwrap_or(2);
    called.sort_by_key(|spec| (first(spec), Reverse(calls(spec)), spec.name));
    (0..).zip(called).map(|(nth, spec)| (spec.name, nth)).collect()
});

/// The longest shape that a row shows, in characters.
const LONGEST_SHAPE: usize = 48;

/// The completions inside a string that is an argument of a command call.
pub(super) fn in_string(place: &Place<'_>, call: &CallSite, string: TextRange) -> Completions {
    let source = place.project.files[place.file].source();
    let quoted = matches!(source.get(string.start as usize), Some(b'\'' | b'"'));
    if !quoted {
        return Completions::default();
    }
    // An unterminated string is replaced up to the cursor, for what follows is the next argument.
    let text = string.slice(source);
    let closed = text.len() > 1 && text.last() == text.first();
    let end = if closed { string.end - 1 } else { place.offset };
    let range = TextRange::new(string.start + 1, end.max(place.offset));
    let mut items = words(place, call);
    items.extend(special(place, call));
    items.extend(elsewhere::names(place, call, true));
    Completions { range, items }
}

/// Adds the same completions outside of a string, with quotes.
pub(super) fn unquoted(place: &Place<'_>, call: &CallSite, found: &mut Vec<Completion>) {
    let quote = quote(place);
    let at_name = call.before.is_empty();
    let mut items = words(place, call);
    for mut item in special(place, call).into_iter().chain(elsewhere::names(place, call, false)) {
        // The rest of the word is still to be typed.
        if matches!(item.label.as_str(), "(" | "[") {
            item.insert.push_str("${1}");
            item.is_snippet = true;
        }
        items.push(item);
    }
    for mut item in items {
        item.label = format!("{quote}{}{quote}", item.label);
        item.insert = format!("{quote}{}{quote}", item.insert);
        // Where a value may stand it comes before options.
        let is_behind = place.wanted != Wanted::Other && item.kind != CompletionKind::Field;
        item.rank += if is_behind && !at_name { 200 } else { 0 };
        found.push(item);
    }
}

fn words(place: &Place<'_>, call: &CallSite) -> Vec<Completion> {
    let targets = &place.project.files[place.file].options.targets;
    let style = Style { targets, lower: prefers_lower(place), used: &used(place), is_offered: is_callable };
    with_words(place, call, |words| style.next(words))
}

/// The words with a meaning of their own that the argument at the cursor may be: `+inf` at a score.
fn special(place: &Place<'_>, call: &CallSite) -> Vec<Completion> {
    let targets = &place.project.files[place.file].options.targets;
    with_words(place, call, |words| {
        let Some((spec, given)) = command_of(words) else { return Vec::new() };
        let arguments = expected(spec, given, targets).into_iter().filter_map(|it| match it {
            Expected::Value(argument) => Some(argument.name),
            Expected::Token(_) => None,
        });
        let words = arguments.flat_map(|argument| spec.values(argument));
        let item = |(nth, (word, meaning)): (usize, &(&str, &str))| Completion {
            detail: (*meaning).to_owned(),
            rank: 20 + nth as u32,
            ..Completion::new(*word, CompletionKind::Constant)
        };
        words.enumerate().map(item).collect()
    })
}

/// Style in which names of commands and options are offered.
pub(super) struct Style<'a> {
    /// The servers.
    pub targets: &'a [Target],
    /// True for lower case.
    pub lower: bool,
    /// The commands that the file has already.
    pub used: &'a [&'static str],
    /// True if a command may be called here on a target.
    pub is_offered: fn(&CommandSpec, Target) -> bool,
}

impl Style<'_> {
    /// The names of commands, subcommands and options that may follow the words of a call.
    pub(super) fn next(&self, words: &[Word<'_>]) -> Vec<Completion> {
        let offered = |spec: &&'static CommandSpec| self.targets.iter().any(|&target| (self.is_offered)(spec, target));
        if words.is_empty() {
            return commands::all().iter().filter(offered).map(|spec| self.command(spec, spec.name)).collect();
        }
        let Some((spec, given)) = command_of(words) else { return Vec::new() };
        if let ([_], false, Some(container)) = (words, spec.subcommands.is_empty(), first_name(words)) {
            let subs = container.subcommands.iter().filter(offered);
            return subs.map(|sub| self.command(sub, sub.name.rsplit(' ').next().unwrap_or(sub.name))).collect();
        }
        let mut found: Vec<Completion> = Vec::new();
        for (nth, expected) in expected(spec, given, self.targets).into_iter().enumerate() {
            let Expected::Token(argument) = expected else { continue };
            let label = cased(argument.token, self.lower);
            if found.iter().any(|it| it.label == label) {
                continue;
            }
            let usage = commands::usage(std::slice::from_ref(argument));
            let usage = usage.trim_matches(['[', ']']);
            found.push(Completion {
                shape: usage.strip_prefix(argument.token).map(shape).unwrap_or_default(),
                detail: spec.option(argument.token).unwrap_or(usage).to_owned(),
                rank: 50 + nth as u32,
                docs: Docs::Option(spec.name, argument.token),
                ..Completion::new(label, CompletionKind::Option)
            });
        }
        found
    }

    fn command(&self, spec: &'static CommandSpec, label: &str) -> Completion {
        let by_use = BY_USE.get(spec.name).copied();
        let deprecated = self.targets.first().is_some_and(|&target| spec.deprecated(target).is_some());
        let rank = match (self.used.contains(&spec.name), by_use) {
            (true, nth) => nth.unwrap_or(u32::MAX).min(60),
            (false, Some(nth)) => 70 + nth.min(125),
            // Commands on data come before those on the server and its clients.
            (false, None) if spec.data_type().is_some() || spec.group == "generic" => 200,
            (false, None) => 260,
        };
        let facts =
            self.targets.iter().rev().find_map(|&target| spec.facts(target.family)).or_else(|| spec.any_facts());
        Completion {
            shape: facts.map(|facts| shape(&commands::usage(facts.args))).unwrap_or_default(),
            detail: spec.summary.to_owned(),
            rank: rank + if deprecated { 300 } else { 0 },
            deprecated,
            docs: Docs::Command(spec.name),
            ..Completion::new(cased(label, self.lower), CompletionKind::Command)
        }
    }
}

/// The words behind a name, cut to the width of a row.
fn shape(usage: &str) -> String {
    let usage = usage.trim();
    if usage.is_empty() {
        return String::new();
    }
    let end = match usage.char_indices().nth(LONGEST_SHAPE) {
        None => return format!(" {usage}"),
        Some((end, _)) => end,
    };
    let kept = usage[..end].rfind(' ').map_or(&usage[..end], |space| &usage[..space]);
    format!(" {} …", kept.trim_end_matches([' ', '|', '[']))
}

fn first_name(words: &[Word<'_>]) -> Option<&'static CommandSpec> {
    match words.first()? {
        Word::Known(name) => lookup(name),
        _ => None,
    }
}

fn is_callable(spec: &CommandSpec, target: Target) -> bool {
    let one = |spec: &CommandSpec| spec.is_available(target) && !spec.flags(target).has(Flags::NOSCRIPT);
    // HELP alone is no reason to call a container.
    let is_of_use = |sub: &CommandSpec| one(sub) && !sub.name.ends_with(" HELP");
    if spec.subcommands.is_empty() { one(spec) } else { spec.subcommands.iter().any(is_of_use) }
}

/// The commands that the file calls already.
fn used(place: &Place<'_>) -> Vec<&'static str> {
    let calls = &place.project.files[place.file].script.calls;
    calls.iter().filter_map(|call| call.binding.spec).map(|spec| spec.name).collect()
}

fn cased(text: &str, lower: bool) -> String {
    if lower { text.to_ascii_lowercase() } else { text.to_owned() }
}

/// True if the file writes commands in lower case, or the current word is.
fn prefers_lower(place: &Place<'_>) -> bool {
    let it = &place.project.files[place.file];
    let (mut lower, mut upper) = (0, 0);
    for call in &it.script.calls {
        let Some(&first) = call.words.first() else { continue };
        let text = it.script.text(first);
        match text.get(1) {
            Some(byte) if byte.is_ascii_lowercase() => lower += 1,
            Some(byte) if byte.is_ascii_uppercase() => upper += 1,
            _ => {}
        }
    }
    if lower != upper {
        return lower > upper;
    }
    let typed = place.call.as_ref().map_or(&b""[..], |call| call.current.slice(it.source()));
    typed.iter().any(u8::is_ascii_lowercase)
}

/// The quote that the file uses more.
pub(super) fn quote(place: &Place<'_>) -> char {
    let it = &place.project.files[place.file];
    let strings = it.script.tree().exprs().filter(|(_, expr)| expr.kind == syntax::ExprKind::String);
    let (mut single, mut double) = (0, 0);
    for (_, expr) in strings {
        match it.source().get(expr.range.start as usize) {
            Some(b'"') => double += 1,
            _ => single += 1,
        }
    }
    if double > single { '"' } else { '\'' }
}
