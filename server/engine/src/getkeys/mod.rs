//! The keys of a call that is given as words, for `COMMAND GETKEYS` and ACL.

mod key;
mod rules;

use commands::{
    CommandId, CommandSpec, Target,
    spec::{Begin, Find, KeySpec},
};
use protocol::number::parse_int;

pub(crate) use key::Key;

use crate::{error::Error, resolve};

const NO_KEYS: &str = "ERR The command has no key arguments";
const WRONG_COUNT: &str = "ERR Invalid number of arguments specified for command";
const INVALID: &str = "ERR Invalid arguments specified for command";

/// The places of the keys of a call, with what is done to them.
pub(crate) fn of_words(target: Target, words: &[Vec<u8>]) -> Result<Vec<Key>, Error> {
    // Before 7.0 a container was one command, and its key the word behind any subcommand.
    if let Ok(spec) = resolve::command(target, &words[..1])
        && !(target.since(7, 0) || spec.subcommands.is_empty())
    {
        return match (spec.id, words.get(2)) {
            (CommandId::Object | CommandId::Xgroup | CommandId::Xinfo | CommandId::Memory, _) if words.len() < 2 => {
                Err(WRONG_COUNT.into())
            }
            (CommandId::Memory, Some(_)) if !words[1].eq_ignore_ascii_case(b"USAGE") => Err(INVALID.into()),
            (CommandId::Object | CommandId::Xgroup | CommandId::Xinfo | CommandId::Memory, Some(_)) => {
                Ok(vec![Key { at: 2, spec, nth: 0, access: None }])
            }
            (CommandId::Object | CommandId::Xgroup | CommandId::Xinfo | CommandId::Memory, None) => Err(INVALID.into()),
            _ => Err(NO_KEYS.into()),
        };
    }
    let spec = resolve::command(target, words).map_err(|_| "ERR Invalid command specified")?;
    let keys = spec.facts(target.family).map_or(&[][..], |facts| facts.keys);
    if keys.iter().all(|key| key.not_key) {
        return Err(NO_KEYS.into());
    }
    if !resolve::fits(target, spec, words.len()) {
        return Err(WRONG_COUNT.into());
    }
    // By a rule of the command's own where it has one: always before 7.0, then where its specs do not find all.
    let found = match rules::rule(spec.id, target.since(7, 0), target.redis_since(8, 4)) {
        Some(rule) if !target.since(7, 0) => rule(spec, words),
        rule => by_specs(target, spec, keys, words).or_else(|| rule?(spec, words)),
    };
    let found = found.unwrap_or_default();
    // Scripts may come without keys, which 6.2 took for a mistake.
    let may_be_none = target.since(7, 0) && spec.group == "scripting";
    if found.is_empty() && !may_be_none {
        return Err(INVALID.into());
    }
    Ok(found)
}

/// The keys that the specs of a command find; nothing if one of them is incomplete or does not fit the words.
fn by_specs(target: Target, spec: &'static CommandSpec, keys: &[KeySpec], words: &[Vec<u8>]) -> Option<Vec<Key>> {
    let mut found = Vec::new();
    for (nth, key) in keys.iter().enumerate().filter(|(_, key)| !key.not_key) {
        if key.incomplete || rules::depends_on_options(target, spec.id) {
            return None;
        }
        let places = by_spec(key, words)?;
        // A range without an end is a mistake since 7.0: `PFMERGE destination`.
        let ranges = matches!((key.begin, key.find), (Begin::Index(_), Find::Range { .. }));
        if places.is_empty() && ranges && target.since(7, 0) {
            return None;
        }
        found.extend(places.into_iter().map(|at| Key { at, spec, nth, access: Some(key.access) }));
    }
    Some(found)
}

/// The places of the keys that a spec finds; nothing if the words do not fit it.
fn by_spec(key: &KeySpec, words: &[Vec<u8>]) -> Option<Vec<usize>> {
    let begin = match key.begin {
        Begin::Index(at) => usize::try_from(at).ok()?,
        Begin::Keyword(word, from) => {
            let is = |text: &Vec<u8>| text.eq_ignore_ascii_case(word.as_bytes());
            let at = if from >= 0 {
                let from = (from as usize).min(words.len());
                words[from..].iter().position(is).map(|at| at + from)
            } else {
                words.iter().rposition(is)
            };
            // An option that is not there has no keys.
            match at {
                Some(at) => at + 1,
                None => return Some(Vec::new()),
            }
        }
        Begin::Unknown => return None,
    };
    Some(match key.find {
        Find::Range { last, step, limit } => {
            let step = usize::try_from(step).ok().filter(|step| *step > 0)?;
            let end = match last {
                0.. => begin + last as usize,
                _ if limit > 1 => begin + (words.len().checked_sub(begin)? / limit as usize).checked_sub(1)?,
                _ => words.len().checked_sub(last.unsigned_abs() as usize)?,
            };
            if end >= words.len() {
                return None;
            }
            (begin..=end).step_by(step).collect()
        }
        Find::KeyNum { count, first, step } => {
            let step = usize::try_from(step).ok().filter(|step| *step > 0)?;
            let count = parse_int(words.get(begin + usize::try_from(count).ok()?)?)?;
            let count = usize::try_from(count).ok()?;
            let first = begin + usize::try_from(first).ok()?;
            // Nor is a call without a key one that the spec is for.
            if first.checked_add(count.checked_sub(1)?.checked_mul(step)?)? >= words.len() {
                return None;
            }
            (0..count).map(|nth| first + nth * step).collect()
        }
        Find::Unknown => return None,
    })
}
