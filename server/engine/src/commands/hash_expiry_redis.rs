//! The words of the commands on fields that expire, as Redis reads them since 8.4: options may stand behind the fields too.

use protocol::number::parse_int;

use super::{
    expiry::{Conditions, Expiry},
    hash_expiry_options::{Options, time},
};
use crate::{call::Call, error::Error};

/// The command that the words belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `HEXPIRE` and its like.
    Expire,
    /// `HGETEX`
    Get,
    /// `HSETEX`
    Set,
}

/// Conditions and fields of `HEXPIRE` and its like.
pub(super) fn expire_words<'a>(call: &Call<'a>) -> Result<(Conditions, &'a [Vec<u8>]), Error> {
    let mut conditions = Conditions::default();
    let options = parse(call, 3, Form::Expire, &mut conditions)?;
    Ok((conditions, options.fields))
}

/// The words of `HGETEX` and `HSETEX`.
pub(super) fn options<'a>(call: &Call<'a>, setting: bool) -> Result<Options<'a>, Error> {
    parse(call, 2, if setting { Form::Set } else { Form::Get }, &mut Conditions::default())
}

/// The error for a word that is no option. Line breaks at its end are cut off.
pub(super) fn unknown_argument(word: &[u8]) -> Error {
    let end = word.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1);
    Error::quoting(&[b"ERR unknown argument: ", &word[..end]])
}

fn parse<'a>(call: &Call<'a>, from: usize, form: Form, conditions: &mut Conditions) -> Result<Options<'a>, Error> {
    const UNKNOWN: &str = "ERR unknown argument";
    let mut it = Options::default();
    // Options of the other commands are read, and refused at the end.
    let (mut found, mut misplaced) = (false, false);
    let mut at = from;
    while at < call.count() {
        let word = call.word(at);
        let expiry = Expiry::of_option(word);
        let (persists, keeps) = (call.is(at, "PERSIST"), call.is(at, "KEEPTTL"));
        if call.is(at, "FIELDS") {
            if found {
                return Err("ERR FIELDS keyword specified multiple times".into());
            }
            found = true;
            it.fields = fields(call, at, form)?;
            at += 1 + it.fields.len();
        } else if (expiry.is_some() || persists || keeps) && form != Form::Expire {
            if it.time.is_some() || it.persist || it.keep {
                return Err(match form {
                    Form::Set => "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified",
                    _ => "ERR Only one of EX, PX, EXAT, PXAT or PERSIST arguments can be specified",
                }
                .into());
            }
            let allowed = match form {
                Form::Set => !persists,
                _ => !keeps,
            };
            misplaced |= !allowed;
            (it.persist, it.keep) = (persists, keeps);
            if let Some(expiry) = expiry {
                at += 1;
                if at >= call.count() {
                    return Err("ERR missing expire time".into());
                }
                it.time = Some(time(call, expiry, at)?);
            }
        } else if (call.is(at, "FNX") || call.is(at, "FXX")) && form != Form::Expire {
            misplaced |= form != Form::Set;
            if it.only_new || it.only_old {
                return Err("ERR Only one of FXX or FNX arguments can be specified".into());
            }
            it.only_new = call.is(at, "FNX");
            it.only_old = !it.only_new;
        } else {
            match word.to_ascii_uppercase().as_slice() {
                b"NX" if form == Form::Expire => conditions.nx = true,
                b"XX" if form == Form::Expire => conditions.xx = true,
                b"GT" if form == Form::Expire => conditions.gt = true,
                b"LT" if form == Form::Expire => conditions.lt = true,
                _ => return Err(unknown_argument(word)),
            }
        }
        at += 1;
    }
    if !found {
        return Err("ERR missing FIELDS argument".into());
    }
    if misplaced {
        return Err(UNKNOWN.into());
    }
    let given = [conditions.nx, conditions.xx, conditions.gt, conditions.lt];
    if given.iter().filter(|given| **given).count() > 1 {
        return Err("ERR Multiple condition flags specified".into());
    }
    Ok(it)
}

/// The fields of `FIELDS numfields field…` at `at`, with their values for `HSETEX`.
fn fields<'a>(call: &Call<'a>, at: usize, form: Form) -> Result<&'a [Vec<u8>], Error> {
    if form == Form::Expire && call.count() < at + 3 {
        return Err("ERR FIELDS requires at least numfields and one field argument".into());
    }
    if call.count() < at + 2 {
        return call.wrong_count();
    }
    let count = parse_int(call.word(at + 1)).filter(|count| (1..=i64::from(i32::MAX)).contains(count));
    let count = count.ok_or(match form {
        Form::Expire => "ERR Parameter `numFields` should be greater than 0",
        _ => "ERR invalid number of fields",
    })?;
    let step = if form == Form::Set { 2 } else { 1 };
    let len = usize::try_from(count * step).unwrap_or(usize::MAX);
    call.rest(at + 2).get(..len).ok_or_else(|| "ERR wrong number of arguments".into())
}
