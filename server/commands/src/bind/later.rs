//! Words that came later than their command: knowledge of versions beyond the servers' own description.

use super::{Binding, ProblemKind, Role, Word};
use crate::{
    CommandSpec, Target,
    spec::{Later, LaterWords},
};

/// Reports the parts of a call that some of `have` lack. `bind` then reads the rest like a server that has all of them.
pub(super) fn find(
    binding: &mut Binding,
    spec: &'static CommandSpec,
    words: &[Word<'_>],
    have: &[Target],
    all: &[Target],
    bind: fn(&[Word<'_>], &[Target]) -> Binding,
) {
    for later in spec.later.iter().filter(|later| may_be_there(later, words)) {
        let lacking: Vec<Target> = have.iter().copied().filter(|&target| later.lacks(target)).collect();
        let knows = |target: &&Target| spec.is_available(**target) && !later.lacks(**target);
        let Some(&newest) = Target::KNOWN.iter().rev().find(knows).filter(|_| !lacking.is_empty()) else { continue };
        let read = bind(words, &[newest]);
        let Some(at) = place(later, &read, words) else { continue };
        binding.roles = read.roles;
        // What an older server made of the words follows from this.
        binding.problems.retain(|problem| {
            matches!(problem.kind, ProblemKind::Unavailable { .. } | ProblemKind::NotAllowedFromScript { .. })
        });
        binding.problems.extend(read.problems);
        let targets = if lacking.len() == all.len() { Vec::new() } else { lacking };
        let kind = match later.to_scripts {
            true => ProblemKind::NotAllowedFromScript { option: Some(later.text) },
            false => ProblemKind::OptionUnavailable { token: later.text, redis: later.redis, valkey: later.valkey },
        };
        binding.problem(kind, at, targets);
        return;
    }
}

fn is(word: &Word<'_>, text: &str) -> bool {
    matches!(word, Word::Known(known) if known.eq_ignore_ascii_case(text.as_bytes()))
}

/// True if the words occur somewhere in the call.
fn may_be_there(later: &Later, words: &[Word<'_>]) -> bool {
    match later.what {
        LaterWords::Options(options) => options.iter().all(|option| words.iter().any(|word| is(word, option))),
        LaterWords::Value { end, .. } => {
            words.iter().any(|word| matches!(word, Word::Known(known) if known.ends_with(end.as_bytes())))
        }
    }
}

/// Position of the word that older servers refuse.
fn place(later: &Later, read: &Binding, words: &[Word<'_>]) -> Option<usize> {
    match later.what {
        LaterWords::Options(options) => {
            // `STREAMS` ends the options of commands whose words count from the end; their roles are not told.
            let end = |word: &Word<'_>| matches!(word, Word::Many | Word::Unknown) || is(word, "STREAMS");
            let told = words.iter().position(end).unwrap_or(words.len());
            let option = |option: &&str| {
                let fits = |at: usize| match read.roles.get(at) {
                    Some(Role::Token(_)) => true,
                    Some(Role::Unknown) => at < told,
                    _ => false,
                };
                (1..words.len()).find(|&at| is(&words[at], option) && fits(at))
            };
            options.iter().map(option).collect::<Option<Vec<_>>>()?.into_iter().max()
        }
        LaterWords::Value { argument, end, whole } => (1..words.len()).find(|&at| {
            let Word::Known(text) = words[at] else { return false };
            let is_value = match read.roles.get(at) {
                Some(Role::Value(name)) => *name == argument,
                Some(Role::Unknown) => at + 1 == words.len(),
                _ => false,
            };
            is_value
                && if whole { text == end.as_bytes() } else { text.len() > end.len() && text.ends_with(end.as_bytes()) }
        }),
    }
}
