//! The keys of a call that is given as words, for `COMMAND GETKEYS`.

use commands::{
    CommandId, CommandSpec,
    spec::{Access, Begin, Find, KeySpec},
};
use protocol::number::parse_int;

use crate::{call::Call, error::Error};

/// How many words stand before the call.
const BEFORE: usize = 2;

/// A key of the call.
pub(super) struct Key {
    /// Its place among the words of the whole.
    pub(super) at: usize,
    /// The command.
    pub(super) spec: &'static CommandSpec,
    /// Which of the command's specs found it.
    pub(super) nth: usize,
    /// What is done to it.
    pub(super) access: Access,
}

/// The places of the keys among the words of the whole, with what is done to them.
pub(super) fn of_call(call: &Call<'_>) -> Result<Vec<Key>, Error> {
    let words = call.rest(BEFORE);
    let engine = &*call.engine;
    let spec = engine.find(words).map_err(|_| "ERR Invalid command specified")?;
    let keys = spec.facts(engine.target.family).map_or(&[][..], |facts| facts.keys);
    if keys.iter().all(|key| key.not_key) {
        return Err("ERR The command has no key arguments".into());
    }
    if !engine.fits(spec, words.len()) {
        return Err("ERR Invalid number of arguments specified for command".into());
    }
    let mut found = Vec::new();
    for (nth, key) in keys.iter().enumerate().filter(|(_, key)| !key.not_key) {
        match by_spec(key, words) {
            Some(places) => found.extend(places.into_iter().map(|at| Key { at, spec, nth, access: key.access })),
            // What counts no keys of a script is no mistake since 7.0.
            None if spec.group == "scripting" && engine.since(7, 0) => {}
            None => return Err("ERR Invalid arguments specified for command".into()),
        }
    }
    // Before 7.0 the key that is written stood behind those that are read.
    let stores = matches!(spec.id, CommandId::Zunionstore | CommandId::Zinterstore | CommandId::Zdiffstore);
    if stores && !engine.since(7, 0) {
        found.rotate_left(1);
    }
    if spec.id == CommandId::Set && !words.iter().skip(3).any(|word| word.eq_ignore_ascii_case(b"GET")) {
        // What is overwritten without being told is not read.
        found.iter_mut().for_each(|key| (key.access, key.nth) = (Access::Overwrite, usize::MAX));
    }
    if let Some(at) = stored(spec, words) {
        found.push(Key { at, spec, nth: usize::MAX, access: Access::Overwrite });
    }
    // Scripts may come without keys, which 6.2 took for a mistake.
    let may_be_none = engine.since(7, 0) && keys.iter().any(|key| matches!(key.find, Find::KeyNum { .. }));
    if found.is_empty() && !may_be_none {
        return Err("ERR Invalid arguments specified for command".into());
    }
    Ok(found.into_iter().map(|key| Key { at: key.at + BEFORE, ..key }).collect())
}

/// Where a key is that the specs say nothing of: behind the last `STORE` of `SORT`.
fn stored(spec: &CommandSpec, words: &[Vec<u8>]) -> Option<usize> {
    if spec.id != CommandId::Sort {
        return None;
    }
    let at = (2..words.len().saturating_sub(1)).rev().find(|at| words[*at].eq_ignore_ascii_case(b"STORE"))?;
    Some(at + 1)
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
        Begin::Unknown => return Some(Vec::new()),
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
            if count > 0 && first.checked_add(count.checked_sub(1)?.checked_mul(step)?)? >= words.len() {
                return None;
            }
            (0..count).map(|nth| first + nth * step).collect()
        }
        Find::Unknown => Vec::new(),
    })
}
