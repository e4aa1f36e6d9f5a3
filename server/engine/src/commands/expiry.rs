//! Expiry of keys: `EXPIRE` and its like, `TTL` and its like.

use protocol::Reply;

use crate::{
    Class,
    call::{Answer, Call},
    error::{Error, NOT_INT},
};

/// Unit of a time, and whether it counts from now or from 1970.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Expiry {
    Seconds,
    Milliseconds,
    UnixSeconds,
    UnixMilliseconds,
}

impl Expiry {
    /// The unit that an option of `SET` means.
    pub(super) fn of_option(word: &[u8]) -> Option<Self> {
        Some(match word.to_ascii_uppercase().as_slice() {
            b"EX" => Self::Seconds,
            b"PX" => Self::Milliseconds,
            b"EXAT" => Self::UnixSeconds,
            b"PXAT" => Self::UnixMilliseconds,
            _ => return None,
        })
    }

    /// The time in milliseconds since 1970, unless it is beyond what can be counted.
    pub(super) fn at(self, value: i64, now: i64) -> Option<i64> {
        let millis = match self {
            Self::Seconds | Self::UnixSeconds => value.checked_mul(1000)?,
            Self::Milliseconds | Self::UnixMilliseconds => value,
        };
        match self {
            Self::Seconds | Self::Milliseconds => millis.checked_add(now),
            Self::UnixSeconds | Self::UnixMilliseconds => Some(millis),
        }
    }
}

pub(super) fn invalid(call: &Call<'_>) -> Error {
    let name = call.spec.name.to_ascii_lowercase();
    // Before 7.0 the command's name stood without quotes.
    if call.since(7, 0) {
        format!("ERR invalid expire time in '{name}' command").into()
    } else {
        format!("ERR invalid expire time in {name}").into()
    }
}

/// Reads the time at `at`, which must be greater than zero.
pub(super) fn positive(call: &Call<'_>, expiry: Expiry, at: usize) -> Result<i64, Error> {
    let value = call.int(at)?;
    if value <= 0 {
        return Err(invalid(call));
    }
    expiry.at(value, call.now()).ok_or_else(|| invalid(call))
}

/// The conditions of `EXPIRE`.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Conditions {
    pub(super) nx: bool,
    pub(super) xx: bool,
    pub(super) gt: bool,
    pub(super) lt: bool,
}

impl Conditions {
    /// True if a time may take the place of the one there is.
    pub(super) fn allow(self, old: Option<i64>, new: i64) -> bool {
        match old {
            None => !self.xx && !self.gt,
            Some(old) => !self.nx && (!self.gt || new > old) && (!self.lt || new < old),
        }
    }
}

fn conditions(call: &Call<'_>) -> Result<Conditions, Error> {
    conditions_of(call, 3..call.count())
}

/// The conditions that the words of a range are.
pub(super) fn conditions_of(call: &Call<'_>, range: std::ops::Range<usize>) -> Result<Conditions, Error> {
    let mut it = Conditions::default();
    for at in range {
        match call.word(at).to_ascii_uppercase().as_slice() {
            b"NX" => it.nx = true,
            b"XX" => it.xx = true,
            b"GT" => it.gt = true,
            b"LT" => it.lt = true,
            _ => {
                return Err(Error::quoting(&[b"ERR Unsupported option ", call.word(at)]));
            }
        }
    }
    if it.nx && (it.xx || it.gt || it.lt) {
        return Err("ERR NX and XX, GT or LT options at the same time are not compatible".into());
    }
    if it.gt && it.lt {
        return Err("ERR GT and LT options at the same time are not compatible".into());
    }
    Ok(it)
}

fn expire_at(call: &mut Call<'_>, expiry: Expiry) -> Answer {
    let key = call.word(1);
    let conditions = conditions(call)?;
    let value = call.int_or(2, NOT_INT)?;
    let at = expiry.at(value, call.now()).ok_or_else(|| invalid(call))?;
    call.touch(key);
    let Some(old) = call.entry(key).map(|entry| entry.expires) else { return Ok(Reply::Int(0)) };
    if !conditions.allow(old, at) {
        return Ok(Reply::Int(0));
    }
    if call.is_past(at) {
        call.delete_expired(key);
    } else {
        call.set_expiry(key, Some(at));
        call.changed(key, Class::Generic, "expire", 1);
    }
    Ok(Reply::Int(1))
}

pub(crate) fn expire(call: &mut Call<'_>) -> Answer {
    expire_at(call, Expiry::Seconds)
}

pub(crate) fn pexpire(call: &mut Call<'_>) -> Answer {
    expire_at(call, Expiry::Milliseconds)
}

pub(crate) fn expireat(call: &mut Call<'_>) -> Answer {
    expire_at(call, Expiry::UnixSeconds)
}

pub(crate) fn pexpireat(call: &mut Call<'_>) -> Answer {
    expire_at(call, Expiry::UnixMilliseconds)
}

/// −2 for no key, −1 for a key that stays, else what `of` makes of the time and the clock.
fn remaining(call: &mut Call<'_>, of: fn(i64, i64) -> i64) -> Answer {
    let now = call.now();
    Ok(Reply::Int(match call.look_up(call.word(1)).map(|entry| entry.expires) {
        None => -2,
        Some(None) => -1,
        Some(Some(at)) => of(at, now),
    }))
}

/// Seconds, the half ones rounded up.
fn rounded(millis: i64) -> i64 {
    millis / 1000 + i64::from(millis % 1000 >= 500)
}

pub(crate) fn ttl(call: &mut Call<'_>) -> Answer {
    remaining(call, |at, now| rounded(at.saturating_sub(now).max(0)))
}

pub(crate) fn pttl(call: &mut Call<'_>) -> Answer {
    remaining(call, |at, now| at.saturating_sub(now).max(0))
}

pub(crate) fn expiretime(call: &mut Call<'_>) -> Answer {
    remaining(call, |at, _| rounded(at))
}

pub(crate) fn pexpiretime(call: &mut Call<'_>) -> Answer {
    remaining(call, |at, _| at)
}

pub(crate) fn persist(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    call.touch(key);
    let expires = call.entry(key).is_some_and(|entry| entry.expires.is_some());
    if expires {
        call.set_expiry(key, None);
        call.changed(key, Class::Generic, "persist", 1);
    }
    Ok(Reply::Int(i64::from(expires)))
}
