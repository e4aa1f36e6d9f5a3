//! Stream ids as words of a call.

use crate::{
    call::Call,
    error::Error,
    value::stream::{Id, parse_id},
};

/// The error of a word that is no id.
pub(super) const BAD_ID: &str = "ERR Invalid stream ID specified as stream command argument";

/// An id, as commands take it that name one entry.
pub(super) fn strict_id(word: &[u8], missing: u64) -> Result<Id, Error> {
    parse_id(word, missing).ok_or(BAD_ID.into())
}

/// Parses all words from a place on as ids: an invalid one stops the command before it does anything.
pub(super) fn ids(call: &Call<'_>, from: usize) -> Result<Vec<Id>, Error> {
    call.rest(from).iter().map(|word| strict_id(word, 0)).collect()
}

/// An id, or an end of the stream: `-` and `+`.
pub(super) fn any_id(word: &[u8], missing: u64) -> Result<Id, Error> {
    match word {
        b"-" => Ok(Id::MIN),
        b"+" => Ok(Id::MAX),
        _ => strict_id(word, missing),
    }
}

/// The beginning of a range of ids; `(` leaves the id itself out.
pub(super) fn start_id(word: &[u8]) -> Result<Id, Error> {
    match word {
        [b'(', id @ ..] if !id.is_empty() => {
            strict_id(id, 0)?.next().ok_or("ERR invalid start ID for the interval".into())
        }
        _ => any_id(word, 0),
    }
}

/// The end of a range of ids; `(` leaves the id itself out.
pub(super) fn end_id(word: &[u8]) -> Result<Id, Error> {
    match word {
        [b'(', id @ ..] if !id.is_empty() => {
            strict_id(id, u64::MAX)?.previous().ok_or("ERR invalid end ID for the interval".into())
        }
        _ => any_id(word, u64::MAX),
    }
}
