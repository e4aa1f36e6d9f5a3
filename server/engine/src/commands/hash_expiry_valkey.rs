//! The words of the commands on fields that expire, as Valkey reads them from 9.0 on: all are looked at before the key is.

use super::{
    expiry::{Conditions, Expiry, conditions_of, invalid},
    hash_expiry_options::Options,
};
use crate::{
    call::Call,
    error::{Error, SYNTAX},
    value::Hash,
};

const COUNT: &str = "ERR numfields should be greater than 0 and match the provided number of fields";

/// Index of `FIELDS`, which is no keyword as the last word.
fn fields_at(call: &Call<'_>, from: usize) -> Result<usize, Error> {
    (from..call.count() - 1).find(|at| call.is(*at, "FIELDS")).ok_or(COUNT.into())
}

/// The fields behind their count, which is the word at `at`; with two words a field where `step` is 2.
fn counted<'a>(call: &Call<'a>, at: usize, step: i64, wrong: &'static str) -> Result<&'a [Vec<u8>], Error> {
    let rest = call.rest(at + 1);
    let count = call.int(at)?;
    if count < 1 || count.checked_mul(step) != Some(rest.len() as i64) {
        return Err(wrong.into());
    }
    Ok(rest)
}

/// Reads the expiry of fields. Zero is a time, too.
fn time(call: &Call<'_>, expiry: Expiry, at: usize) -> Result<i64, Error> {
    let value = call.int(at)?;
    if value < 0 {
        return Err(invalid(call));
    }
    expiry.at(value, call.now()).ok_or_else(|| invalid(call))
}

/// The words of `HEXPIRE` and its like.
pub(super) fn expire_words<'a>(call: &Call<'a>, expiry: Expiry) -> Result<(i64, Conditions, &'a [Vec<u8>]), Error> {
    let at = fields_at(call, 3)?;
    let conditions = conditions_of(call, 3..at)?;
    let names = counted(call, at + 1, 1, COUNT)?;
    Ok((time(call, expiry, 2)?, conditions, names))
}

/// The fields of a call that has nothing else behind its key. 9.0 did not look at the word `FIELDS`.
pub(super) fn names<'a>(call: &Call<'a>) -> Result<&'a [Vec<u8>], Error> {
    if !call.is(2, "FIELDS") && call.valkey(9, 1) {
        return Err(SYNTAX.into());
    }
    let wrong = if call.spec.name.contains("TTL") || call.spec.name.ends_with("TIME") { SYNTAX } else { COUNT };
    counted(call, 3, 1, wrong)
}

/// The words of `HGETEX` and `HSETEX`.
pub(super) fn options<'a>(call: &mut Call<'a>, setting: bool) -> Result<Options<'a>, Error> {
    // Also the key is taken for the keyword.
    let end = fields_at(call, 1)?;
    let mut it = Options::default();
    let mut expiry: Option<(Expiry, usize)> = None;
    let mut at = 2;
    while at < end {
        let kind = Expiry::of_option(call.word(at));
        if let Some(kind) = kind {
            let other = expiry.is_some_and(|(old, _)| old != kind);
            if other || it.persist || it.keep || at + 1 >= end {
                return Err(SYNTAX.into());
            }
            at += 1;
            expiry = Some((kind, at));
        } else if call.is(at, "PERSIST") && !setting && expiry.is_none() {
            it.persist = true;
        } else if call.is(at, "KEEPTTL") && setting && expiry.is_none() {
            it.keep = true;
        } else if call.is(at, "FNX") && setting && !it.only_old {
            it.only_new = true;
        } else if call.is(at, "FXX") && setting && !it.only_new {
            it.only_old = true;
        } else if call.is(at, "NX") && setting && call.valkey(9, 1) && it.key != Some(true) {
            it.key = Some(false);
        } else if call.is(at, "XX") && setting && call.valkey(9, 1) && it.key != Some(false) {
            it.key = Some(true);
        } else {
            return Err(SYNTAX.into());
        }
        at += 1;
    }
    it.fields = counted(call, end + 1, if setting { 2 } else { 1 }, COUNT)?;
    let found = call.read::<Hash>(call.word(1))?.is_some();
    if it.key.is_some_and(|there| there != found) {
        // Nothing will be set, whatever the time.
        return Ok(it);
    }
    it.time = expiry.map(|(kind, at)| time(call, kind, at)).transpose()?;
    Ok(it)
}
