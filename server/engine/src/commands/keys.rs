//! Keys whatever their type: deleting, renaming, copying, listing.

use std::sync::Arc;

use protocol::Reply;

use super::database;
use crate::{
    Class,
    call::{Answer, Call},
    error::NO_KEY,
    glob,
    keyspace::Entry,
    value::Value,
};

const SAME: &str = "ERR source and destination objects are the same";

/// Number of words from the first key on for which `test` holds.
fn count_keys(call: &mut Call<'_>, test: fn(&mut Call<'_>, &[u8]) -> bool) -> Answer {
    let mut count = 0;
    for key in call.rest(1) {
        count += i64::from(test(call, key));
    }
    Ok(Reply::Int(count))
}

pub(crate) fn del(call: &mut Call<'_>) -> Answer {
    count_keys(call, |call, key| call.delete_notifying(key))
}

pub(crate) fn exists(call: &mut Call<'_>) -> Answer {
    count_keys(call, |call, key| call.look_up(key).is_some())
}

pub(crate) fn touch(call: &mut Call<'_>) -> Answer {
    count_keys(call, |call, key| {
        let (db, now) = (*call.db, call.now());
        let found = call.look_up(key).is_some();
        call.engine.keyspace.touch(db, key, now);
        found
    })
}

pub(crate) fn type_of(call: &mut Call<'_>) -> Answer {
    let name = call.look_up(call.word(1)).map_or("none", |entry| entry.value.type_name());
    Ok(Reply::Status(name.into()))
}

/// Moves a key's value to another name. Returns true if that was allowed.
fn rename_to(call: &mut Call<'_>, only_new: bool) -> Result<bool, crate::Error> {
    let (from, to) = (call.word(1), call.word(2));
    if !call.exists(from) {
        return Err(NO_KEY.into());
    }
    if !call.since(7, 2) {
        call.touch(from);
    }
    if from == to {
        return Ok(!only_new);
    }
    let old = call.type_of(to);
    if old.is_some() {
        if only_new {
            return Ok(false);
        }
        call.delete(to);
    }
    let mut new = "";
    if let Some(mut entry) = call.engine.keyspace.remove(*call.db, from) {
        // The string is kept beside the key, whose name may be longer now.
        let expires = entry.expires.is_some() && call.redis(8, 2);
        call.engine.fit(to, std::sync::Arc::make_mut(&mut entry.value), expires);
        new = entry.value.type_name();
        call.engine.insert(*call.db, to, entry);
    }
    call.signal(from);
    call.signal(to);
    call.notify(Class::Generic, "rename_from", from);
    call.notify(Class::Generic, "rename_to", to);
    call.engine.notify_overwritten(*call.db, to, old, new);
    call.engine.dirty += 1;
    Ok(true)
}

pub(crate) fn rename(call: &mut Call<'_>) -> Answer {
    rename_to(call, false).map(|_| Reply::ok())
}

pub(crate) fn renamenx(call: &mut Call<'_>) -> Answer {
    rename_to(call, true).map(|done| Reply::Int(i64::from(done)))
}

pub(crate) fn copy(call: &mut Call<'_>) -> Answer {
    let (from, to) = (call.word(1), call.word(2));
    let (mut db, mut replace) = (*call.db, false);
    let mut at = 3;
    while at < call.count() {
        if call.is(at, "REPLACE") {
            replace = true;
        } else if call.is(at, "DB") && at + 1 < call.count() {
            db = database::number(call, at + 1)?;
            at += 1;
        } else {
            return call.syntax();
        }
        at += 1;
    }
    if db == *call.db && from == to {
        return Err(SAME.into());
    }
    // 6.2 looked the source up as a command that writes.
    call.reads = call.since(7, 0);
    call.touch(from);
    let Some(entry) = call.look_up(from).cloned() else { return Ok(Reply::Int(0)) };
    call.engine.expire_key(db, to);
    let old = call.engine.keyspace.get(db, to).map(|old| old.value.type_name());
    if old.is_some() && !replace {
        return Ok(Reply::Int(0));
    }
    if matches!(&*entry.value, Value::VectorSet(_)) {
        return Err("ERR not supported for this module key".into());
    }
    call.engine.keyspace.remove(db, to);
    // A copy begins as unused as any new key.
    let mut value = (*entry.value).clone();
    call.engine.fit(to, &mut value, entry.expires.is_some() && call.redis(8, 2));
    let new = value.type_name();
    if let (Value::Hash(hash), true) = (&mut value, call.valkey(9, 0)) {
        // Valkey copies no expired fields.
        hash.expire(call.now());
    }
    let expires = entry.expires;
    let mut copy = Entry::new(value, call.now());
    copy.expires = expires;
    call.engine.insert(db, to, copy);
    call.engine.keyspace.signal(db, to);
    call.engine.notify(Class::Generic, "copy_to", db, to);
    call.engine.notify_overwritten(db, to, old, new);
    call.engine.dirty += 1;
    Ok(Reply::Int(1))
}

pub(crate) fn move_to(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    let db = database::number(call, 2)?;
    if db == *call.db {
        return Err(SAME.into());
    }
    if !call.exists(key) {
        return Ok(Reply::Int(0));
    }
    call.engine.expire_key(db, key);
    if call.engine.keyspace.get(db, key).is_some() {
        return Ok(Reply::Int(0));
    }
    if let Some(entry) = call.engine.keyspace.remove(*call.db, key) {
        call.engine.insert(db, key, entry);
    }
    call.signal(key);
    call.engine.keyspace.signal(db, key);
    call.notify(Class::Generic, "move_from", key);
    call.engine.notify(Class::Generic, "move_to", db, key);
    call.engine.dirty += 1;
    Ok(Reply::Int(1))
}

/// Number of times a key that has just gone is passed over before all such are looked for.
const TRIES: usize = 100;

pub(crate) fn randomkey(call: &mut Call<'_>) -> Answer {
    let db = *call.db;
    for attempt in 0..=TRIES {
        if attempt == TRIES {
            call.engine.expire(db);
        }
        let len = call.engine.keyspace.len(db);
        let at = call.engine.random(len);
        let Some(key) = call.engine.keyspace.get_index(db, at).map(|(key, _)| key.clone()) else { break };
        // Where expired keys stay, there may be no others.
        if call.exists(&key) || (attempt == TRIES && call.engine.expiration != crate::Expiration::Deletes) {
            return Ok(Reply::bulk(key));
        }
    }
    Ok(Reply::Nil)
}

pub(crate) fn keys(call: &mut Call<'_>) -> Answer {
    let (db, pattern) = (*call.db, call.word(1));
    let now = call.engine.expiry_time();
    // Expired keys are passed over, but not deleted.
    let live = call.engine.keyspace.keys(db).filter(|(_, entry)| entry.is_live(now));
    let found = live.map(|(key, _)| key).filter(|key| glob::matches(pattern, key));
    Ok(Reply::bulks(found.map(Arc::clone)))
}
