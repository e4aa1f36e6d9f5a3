//! The keys of a call, by the key specs that the servers themselves use.

use super::{Binding, Role, Word};
use crate::{
    CommandSpec, Target,
    spec::{Begin, Find, KeySpec},
};

/// Marks the words that are keys.
pub(super) fn find(binding: &mut Binding, spec: &'static CommandSpec, words: &[Word<'_>], have: &[Target]) {
    // Newer servers describe more; the place of a key has never changed.
    let Some(facts) = have.last().and_then(|target| spec.facts(target.family)) else { return };
    for key in facts.keys.iter().filter(|key| !key.not_key) {
        mark(binding, key, words);
    }
}

fn mark(binding: &mut Binding, spec: &KeySpec, words: &[Word<'_>]) -> Option<()> {
    let many = words.iter().position(|word| *word == Word::Many);
    let begin = match spec.begin {
        Begin::Index(at) => usize::try_from(at).ok()?,
        Begin::Keyword(keyword, from) => {
            let is =
                |word: &Word<'_>| matches!(word, Word::Known(text) if text.eq_ignore_ascii_case(keyword.as_bytes()));
            if from >= 0 {
                let from = from as usize;
                from + words.get(from..)?.iter().position(is)? + 1
            } else {
                let to = words.len().checked_sub(from.unsigned_abs() as usize)?;
                words.get(..=to)?.iter().rposition(is)? + 1
            }
        }
        Begin::Unknown => return None,
    };
    // Behind a `Many` no word has a known place.
    let known_end = many.unwrap_or(words.len());
    let role = Role::Key(spec.access);
    match spec.find {
        Find::Range { last, step, limit } => {
            let step = usize::try_from(step).ok().filter(|step| *step > 0)?;
            let mut end = if last >= 0 {
                begin + last as usize + 1
            } else if many.is_some() {
                // The last words are unknown in number; those before the `Many` are keys when none follow it.
                if last == -1 && limit <= 1 { known_end } else { return None }
            } else {
                (words.len() + 1).checked_sub(last.unsigned_abs() as usize)?
            };
            if last < 0 && limit > 1 {
                end = begin + end.checked_sub(begin)? / limit as usize;
            }
            for at in (begin..end.min(known_end)).step_by(step) {
                binding.roles[at] = role;
            }
        }
        Find::KeyNum { count, first, step } => {
            let step = usize::try_from(step).ok().filter(|step| *step > 0)?;
            let count_at = begin + usize::try_from(count).ok()?;
            if count_at >= known_end {
                return None;
            }
            binding.roles[count_at] = Role::NumKeys;
            let count = number(words[count_at])?;
            let first = begin + usize::try_from(first).ok()?;
            for nth in 0..count {
                let at = first + nth * step;
                if at >= known_end {
                    break;
                }
                binding.roles[at] = role;
            }
        }
        Find::Unknown => {}
    }
    Some(())
}

/// A word that is a count.
pub(super) fn number(word: Word<'_>) -> Option<usize> {
    match word {
        Word::Known(text) => std::str::from_utf8(text).ok()?.parse().ok(),
        Word::Number(number) if number >= 0.0 && number.fract() == 0.0 && number < 1e9 => Some(number as usize),
        _ => None,
    }
}

/// Returns what an argument of this name counts, in the singular; none if it is no count of the words behind it.
pub(super) fn counted(name: &str) -> Option<&'static str> {
    match name {
        "numkeys" => Some("key"),
        "numfields" => Some("field"),
        "numvalues" => Some("number"),
        _ => None,
    }
}
