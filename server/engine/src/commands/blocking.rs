//! Shared by commands that would wait for a key: here they reply at once, and whoever serves a port tries them again.

use protocol::number::{strtod, to_usize};

use crate::{
    call::Call,
    error::{Error, SYNTAX},
};

/// Checks the timeout, in seconds.
pub(super) fn timeout(call: &Call<'_>, at: usize) -> Result<f64, Error> {
    let seconds = strtod(call.word(at))
        .filter(|seconds| !seconds.is_nan())
        .ok_or("ERR timeout is not a float or out of range")?;
    if seconds < 0.0 {
        return Err("ERR timeout is negative".into());
    }
    if seconds > 9_223_372_036_854_775.0 {
        // So many milliseconds were below zero before 7.2.
        if !call.since(7, 2) {
            return Err("ERR timeout is negative".into());
        }
        return Err("ERR timeout is out of range".into());
    }
    Ok(seconds)
}

/// The keys behind their count, which is the word at `at`.
pub(super) fn keys<'a>(call: &Call<'a>, at: usize) -> Result<&'a [Vec<u8>], Error> {
    let count = super::string::int(call.word(at))
        .filter(|count| *count > 0)
        .map(to_usize)
        .ok_or("ERR numkeys should be greater than 0")?;
    call.rest(at + 1).get(..count).filter(|keys| call.count() > at + 1 + keys.len()).ok_or(SYNTAX.into())
}

/// The `COUNT n` that may be at `at`, and nothing behind it.
pub(super) fn count(call: &Call<'_>, at: usize) -> Result<usize, Error> {
    match call.rest(at) {
        [] => Ok(1),
        // The number is read before what is behind it.
        [word, count, more @ ..] if word.eq_ignore_ascii_case(b"COUNT") => {
            let count = super::string::int(count)
                .filter(|count| *count > 0)
                .map(to_usize)
                .ok_or(Error::from("ERR count should be greater than 0"))?;
            if more.is_empty() { Ok(count) } else { call.syntax() }
        }
        _ => call.syntax(),
    }
}
