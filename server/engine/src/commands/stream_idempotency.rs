//! Streams: idempotent IDs (Redis 8.6).

use protocol::Reply;

use super::stream_ids::strict_id;
use crate::{
    call::{Answer, Call},
    error::{Error, NO_KEY, SYNTAX},
    value::{Stream, idempotency::iid_of},
};

/// Option of `XADD` that adds an entry only once.
#[derive(Clone, Copy)]
pub(super) enum Idempotent<'a> {
    /// `IDMP pid iid`
    Given(&'a [u8], &'a [u8]),
    /// `IDMPAUTO pid`
    Auto(&'a [u8]),
}

impl<'a> Idempotent<'a> {
    /// The option at `at` with the number of its words, if this server has it.
    pub(super) fn of_option(call: &Call<'a>, at: usize) -> Option<(Self, usize)> {
        if !call.redis(8, 6) {
            return None;
        }
        let more = call.count() - at - 1;
        if call.is(at, "IDMP") && more >= 2 {
            Some((Self::Given(call.word(at + 1), call.word(at + 2)), 3))
        } else if call.is(at, "IDMPAUTO") && more >= 1 {
            Some((Self::Auto(call.word(at + 1)), 2))
        } else {
            None
        }
    }

    /// Checks that there are IDs.
    pub(super) fn check(self) -> Result<(), Error> {
        match self {
            Self::Given(b"", _) => Err("ERR syntax error, IDMP requires a non-empty producer ID".into()),
            Self::Auto(b"") => Err("ERR syntax error, IDMPAUTO requires a non-empty producer ID".into()),
            Self::Given(_, b"") => Err("ERR syntax error, IDMP requires a non-empty idempotent ID".into()),
            _ => Ok(()),
        }
    }

    /// Producer and ID for an entry of these fields.
    pub(super) fn ids(self, pairs: &[Vec<u8>]) -> (&'a [u8], Vec<u8>) {
        match self {
            Self::Given(producer, iid) => (producer, iid.to_vec()),
            Self::Auto(producer) => (producer, iid_of(pairs).to_vec()),
        }
    }
}

/// XCFGSET key [IDMP-DURATION duration] [IDMP-MAXSIZE maxsize]
pub(crate) fn xcfgset(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    if call.count() == 2 {
        return Err("ERR At least one parameter must be specified".into());
    }
    let stream = call.read::<Stream>(key)?.ok_or(NO_KEY)?;
    let (old_duration, old_size) = (stream.idempotency.duration, stream.idempotency.max_size);
    let (mut duration, mut size) = (None, None);
    for at in (2..call.count()).step_by(2) {
        let (value, range, twice, outside) = if call.is(at, "IDMP-DURATION") {
            (
                &mut duration,
                1..=86_400,
                "ERR IDMP-DURATION specified multiple times",
                "ERR IDMP-DURATION must be between 1 and 86400 seconds",
            )
        } else if call.is(at, "IDMP-MAXSIZE") {
            (
                &mut size,
                1..=10_000,
                "ERR IDMP-MAXSIZE specified multiple times",
                "ERR IDMP-MAXSIZE must be between 1 and 10000 entries",
            )
        } else {
            return call.syntax();
        };
        if at + 1 >= call.count() {
            return Err(SYNTAX.into());
        }
        if value.is_some() {
            return Err(twice.into());
        }
        let number = call.int(at + 1)?;
        if !range.contains(&number) {
            return Err(outside.into());
        }
        *value = Some(number);
    }
    let (duration, size) = (duration.unwrap_or(old_duration), size.unwrap_or(old_size));
    if (duration, size) != (old_duration, old_size)
        && let Some(stream) = call.edit::<Stream>(key)?
    {
        stream.idempotency.configure(duration, size);
        call.engine.dirty += 1;
    }
    Ok(Reply::ok())
}

/// XIDMPRECORD key pid iid stream-id
pub(crate) fn xidmprecord(call: &mut Call<'_>) -> Answer {
    let (key, producer, iid) = (call.word(1), call.word(2), call.word(3));
    call.read::<Stream>(key)?.ok_or(NO_KEY)?;
    if producer.is_empty() {
        return Err("ERR producer ID must be non-empty".into());
    }
    if iid.is_empty() {
        return Err("ERR idempotent ID must be non-empty".into());
    }
    let id = strict_id(call.word(4), 0)?;
    let now = call.now();
    let Some(stream) = call.edit::<Stream>(key)? else { return Err(NO_KEY.into()) };
    if stream.get(id).is_none() {
        return Err("ERR No such message in stream".into());
    }
    match stream.idempotency.find(producer, iid) {
        Some(known) if known == id => {}
        Some(_) => return Err("ERR IID already exists for this producer with a different stream ID".into()),
        None => {
            stream.idempotency.record(producer, iid, id, now);
            call.engine.dirty += 1;
        }
    }
    Ok(Reply::ok())
}
