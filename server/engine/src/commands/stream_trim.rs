//! Streams: the options of `XADD` and `XTRIM`.

use super::{
    stream_idempotency::Idempotent,
    stream_ids::{BAD_ID, strict_id},
};
use crate::{
    call::Call,
    error::{Error, SYNTAX},
    value::stream::{References, Trim, parse_partial_id},
};

/// Options before the id of `XADD`, or after the key of `XTRIM`.
#[derive(Default)]
pub(super) struct Options<'a> {
    /// Position of the id, or where it would be.
    pub(super) at: usize,
    /// The id as far as it was given.
    pub(super) id: Option<(u64, Option<u64>)>,
    pub(super) no_make: bool,
    pub(super) trim: Option<Trim>,
    pub(super) approximate: bool,
    pub(super) limit: u64,
    pub(super) references: References,
    pub(super) idempotent: Option<Idempotent<'a>>,
}

/// Parses `KEEPREF`, `DELREF` or `ACKED` (Redis 8.2). `None` for any other word or version.
pub(super) fn references(call: &Call<'_>, at: usize) -> Option<References> {
    if !call.redis(8, 2) {
        return None;
    }
    match call.word(at).to_ascii_uppercase().as_slice() {
        b"KEEPREF" => Some(References::Keep),
        b"DELREF" => Some(References::Delete),
        b"ACKED" => Some(References::Acknowledged),
        _ => None,
    }
}

/// Reads the options; for `XADD` up to the id.
pub(super) fn options<'a>(call: &Call<'a>, adding: bool) -> Result<Options<'a>, Error> {
    let mut it = Options::default();
    let (mut limit, mut referred) = (None, false);
    let mut at = 2;
    while at < call.count() {
        let more = call.count() - 1 - at;
        if adding && call.word(at) == b"*" {
            break;
        } else if (call.is(at, "MAXLEN") || call.is(at, "MINID")) && more > 0 {
            if it.trim.is_some() {
                return Err("ERR syntax error, MAXLEN and MINID options at the same time are not compatible".into());
            }
            let is_len = call.is(at, "MAXLEN");
            let mark = if more >= 2 { call.word(at + 1) } else { b"" };
            it.approximate = mark == b"~";
            at += 1 + usize::from(mark == b"~" || mark == b"=");
            it.trim = Some(if is_len {
                let max = call.int(at)?;
                Trim::MaxLen(u64::try_from(max).map_err(|_| Error::from("ERR The MAXLEN argument must be >= 0."))?)
            } else {
                Trim::MinId(strict_id(call.word(at), 0)?)
            });
        } else if call.is(at, "LIMIT") && more > 0 {
            at += 1;
            let count = call.int(at)?;
            limit = Some(u64::try_from(count).map_err(|_| Error::from("ERR The LIMIT argument must be >= 0."))?);
        } else if adding && call.is(at, "NOMKSTREAM") {
            it.no_make = true;
        } else if let Some(references) = references(call, at).filter(|_| !referred) {
            it.references = references;
            referred = true;
        } else if let Some((idempotent, words)) = Idempotent::of_option(call, at).filter(|_| adding) {
            if it.idempotent.is_some() {
                return Err("ERR syntax error, IDMP/IDMPAUTO specified multiple times".into());
            }
            idempotent.check()?;
            it.idempotent = Some(idempotent);
            at += words - 1;
        } else if adding {
            it.id = Some(match parse_partial_id(call.word(at)) {
                // The server could not complete ids before 7.0.
                Some((_, None)) if !call.since(7, 0) => return Err(BAD_ID.into()),
                Some(id) => id,
                None => return Err(BAD_ID.into()),
            });
            break;
        } else {
            return Err(SYNTAX.into());
        }
        at += 1;
    }
    it.at = at;
    if it.idempotent.is_some() && it.id.is_some() {
        return Err("ERR syntax error, IDMP/IDMPAUTO can be used only with auto-generated IDs".into());
    }
    if limit.is_some_and(|limit| limit > 0) && it.trim.is_none() {
        return Err("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy".into());
    }
    if !adding && it.trim.is_none() {
        return Err("ERR syntax error, XTRIM must be called with a trimming strategy".into());
    }
    it.limit = match limit {
        Some(_) if !it.approximate => {
            return Err("ERR syntax error, LIMIT cannot be used without the special ~ option".into());
        }
        Some(limit) => limit,
        // Not to take too long at once, the servers remove the entries of a hundred nodes at most.
        None if it.approximate => match call.engine.config.stream_entries.saturating_mul(100) {
            ..=0 => 10_000,
            limit => limit.min(1_000_000) as u64,
        },
        None => 0,
    };
    // 8.2 removed whole nodes under KEEPREF only, and nothing but whole nodes where it is approximate.
    if it.approximate && it.references != References::Keep && call.redis(8, 2) && !call.redis(8, 4) {
        it.trim = None;
    }
    Ok(it)
}
