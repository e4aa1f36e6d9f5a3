//! Streams: adding, counting and deleting entries.

use protocol::Reply;

use super::{
    stream_ids::{ids, strict_id},
    stream_trim::{self, Options},
};
use crate::{
    Class,
    call::{Answer, Call},
    error::{Error, NO_KEY},
    value::{Bytes, Stream, Value, stream::Id},
};

pub(super) fn id_reply(id: Id) -> Reply {
    Reply::bulk(id.to_string())
}

/// An entry as all commands reply it: its id, and its fields with their values.
pub(super) fn entry_reply(id: Id, fields: &[(Bytes, Bytes)]) -> Reply {
    let words = fields.iter().flat_map(|(field, value)| [Reply::bulk(field), Reply::bulk(value)]);
    Reply::Array(vec![id_reply(id), Reply::array(words)])
}

pub(crate) fn xadd(call: &mut Call<'_>) -> Answer {
    let options = stream_trim::options(call, true)?;
    let pairs = call.rest(options.at + 1);
    if pairs.len() < 2 || pairs.len() % 2 == 1 {
        let old = "ERR wrong number of arguments for XADD";
        return if call.since(7, 0) { call.wrong_count() } else { Err(old.into()) };
    }
    if options.id == Some((0, Some(0))) {
        return Err("ERR The ID specified in XADD must be greater than 0-0".into());
    }
    let key = call.word(1);
    let last = match call.read::<Stream>(key)? {
        None if options.no_make => return Ok(Reply::Nil),
        None => Id::MIN,
        Some(stream) => stream.last_id,
    };
    let ids = options.idempotent.map(|idempotent| idempotent.ids(pairs));
    if let Some((producer, iid)) = &ids
        && let Some(id) = known_entry(call, key, producer, iid)?
    {
        return Ok(id_reply(id));
    }
    if last == Id::MAX {
        return Err("ERR The stream has exhausted the last possible ID, unable to add more items".into());
    }
    if matches!(options.id, Some((ms, None)) if ms == last.ms && last.seq == u64::MAX) && !call.since(7, 2) {
        return Err("ERR Elements are too large to be stored".into());
    }
    let id = next_id(last, options.id, call.now())?;
    let fields = pairs.chunks(2).map(|pair| (pair[0].as_slice().into(), pair[1].as_slice().into())).collect();
    call.edit_or(key, |call| Stream::new(&call.engine.config))?;
    let now = call.now();
    let trimmed = call.edit_with(key, |stream: &mut Stream, config| {
        stream.push(id, fields, config);
        if let Some((producer, iid)) = &ids {
            stream.idempotency.record(producer, iid, id, now);
        }
        trim(stream, &options)
    })?;
    call.changed(key, Class::Stream, "xadd", 1);
    call.engine.keyspace.signal_ready(*call.db, key);
    if trimmed.unwrap_or(0) > 0 {
        call.notify(Class::Stream, "xtrim", key);
    }
    Ok(id_reply(id))
}

/// The entry that a producer has added under an idempotent ID already, which is then counted.
fn known_entry(call: &mut Call<'_>, key: &[u8], producer: &[u8], iid: &[u8]) -> Result<Option<Id>, Error> {
    let now = call.now();
    let Some(stream) = call.edit::<Stream>(key)? else { return Ok(None) };
    stream.idempotency.expire(now);
    let found = stream.idempotency.find(producer, iid);
    if found.is_some() {
        stream.idempotency.duplicates += 1;
        // Nobody is told of it, but it is replicated.
        call.engine.dirty += 1;
    }
    Ok(found)
}

/// The id of a new entry; no lower than the one before it.
fn next_id(last: Id, given: Option<(u64, Option<u64>)>, now: i64) -> Result<Id, Error> {
    let low = "ERR The ID specified in XADD is equal or smaller than the target stream top item";
    let id = match given {
        Some((ms, Some(seq))) => Some(Id { ms, seq }),
        Some((ms, None)) if ms == last.ms => last.seq.checked_add(1).map(|seq| Id { ms, seq }),
        Some((ms, None)) => Some(Id { ms, seq: 0 }),
        None if now.max(0) as u64 > last.ms => Some(Id { ms: now as u64, seq: 0 }),
        None => last.next(),
    };
    id.filter(|id| *id > last).ok_or(low.into())
}

fn trim(stream: &mut Stream, options: &Options<'_>) -> u64 {
    match options.trim {
        Some(trim) => stream.trim(trim, options.approximate, options.limit, options.references),
        None => 0,
    }
}

pub(crate) fn xtrim(call: &mut Call<'_>) -> Answer {
    let options = stream_trim::options(call, false)?;
    let key = call.word(1);
    let trimmed = call.edit_with(key, |stream: &mut Stream, _| trim(stream, &options))?.unwrap_or(0);
    if trimmed > 0 {
        call.changed(key, Class::Stream, "xtrim", trimmed as usize);
    }
    Ok(Reply::Int(trimmed as i64))
}

pub(crate) fn xlen(call: &mut Call<'_>) -> Answer {
    Ok(Reply::Int(call.read::<Stream>(call.word(1))?.map_or(0, Stream::len) as i64))
}

/// Deletes an entry by name, which leaves a hole in the count of entries.
pub(super) fn delete(stream: &mut Stream, id: Id) -> bool {
    let deleted = stream.delete(id);
    if deleted {
        stream.max_deleted = stream.max_deleted.max(id);
    }
    deleted
}

pub(crate) fn xdel(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    if call.read::<Stream>(key)?.is_none() {
        return Ok(Reply::Int(0));
    }
    let ids = ids(call, 2)?;
    let deleted =
        call.edit::<Stream>(key)?.map_or(0, |stream| ids.into_iter().filter(|id| delete(stream, *id)).count());
    if deleted > 0 {
        call.changed(key, Class::Stream, "xdel", deleted);
    }
    Ok(Reply::Int(deleted as i64))
}

pub(crate) fn xsetid(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    if !call.since(7, 0) && call.read::<Stream>(key)?.is_none() {
        return Err(NO_KEY.into());
    }
    let id = strict_id(call.word(2), 0)?;
    let (mut added, mut max_deleted) = (None, Id::MIN);
    let mut at = 3;
    while at < call.count() {
        if call.is(at, "ENTRIESADDED") && at + 1 < call.count() {
            let count = call.int(at + 1)?;
            added = Some(u64::try_from(count).map_err(|_| Error::from("ERR entries_added must be positive"))?);
        } else if call.is(at, "MAXDELETEDID") && at + 1 < call.count() {
            max_deleted = strict_id(call.word(at + 1), 0)?;
            if id < max_deleted {
                return Err("ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id".into());
            }
        } else {
            return call.syntax();
        }
        at += 2;
    }
    let old_servers = !call.since(7, 2);
    let Some(stream) = call.edit::<Stream>(key)? else { return Err(NO_KEY.into()) };
    if id < stream.max_deleted && !old_servers {
        return Err("ERR The ID specified in XSETID is smaller than current max_deleted_entry_id".into());
    }
    if !stream.is_empty() {
        if id < stream.top_id() {
            return Err("ERR The ID specified in XSETID is smaller than the target stream top item".into());
        }
        if added.is_some_and(|added| added < stream.len() as u64) {
            return Err("ERR The entries_added specified in XSETID is smaller than the target stream length".into());
        }
    }
    stream.last_id = id;
    stream.added = added.unwrap_or(stream.added);
    if max_deleted != Id::MIN {
        stream.max_deleted = max_deleted;
    }
    // It aborts no transaction that watches the stream.
    call.notify(Class::Stream, "xsetid", key);
    call.engine.dirty += 1;
    Ok(Reply::ok())
}

/// Error for a subcommand that does not take the words. Repeats the container's name in upper case.
pub(super) fn subcommand_syntax<T>(call: &Call<'_>) -> Result<T, Error> {
    let begin: &[u8] = if call.since(7, 0) { b"ERR unknown" } else { b"ERR Unknown" };
    let word = call.word(1);
    let word = if call.since(7, 0) { &word[..word.len().min(128)] } else { word };
    let name = call.word(0).to_ascii_uppercase();
    Err(Error::quoting(&[begin, b" subcommand or wrong number of arguments for '", word, b"'. Try ", &name, b" HELP."]))
}

/// An empty stream, as a group makes it.
pub(super) fn make(call: &mut Call<'_>, key: &[u8]) {
    call.put(key, Value::Stream(Stream::new(&call.engine.config)));
}
