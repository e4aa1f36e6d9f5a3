//! `DUMP` and `RESTORE`.

use protocol::Reply;

use crate::{
    Class,
    call::{Answer, Call},
    commands::vector,
    keyspace::Entry,
    rdb::{self, Refused},
    value::Value,
};

pub(crate) fn dump(call: &mut Call<'_>) -> Answer {
    call.touch(call.word(1));
    let Some(value) = call.look_up(call.word(1)).map(|entry| entry.value.clone()) else { return Ok(Reply::Nil) };
    Ok(Reply::Bulk(rdb::dump(&value, call.engine.target, &call.engine.config)))
}

pub(crate) fn restore(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    let (mut replace, mut absolute, mut idle, mut frequency) = (false, false, None, None);
    let mut at = 4;
    while at < call.count() {
        let has_next = at + 1 < call.count();
        if call.is(at, "REPLACE") {
            replace = true;
        } else if call.is(at, "ABSTTL") {
            absolute = true;
        } else if call.is(at, "IDLETIME") && has_next && frequency.is_none() {
            at += 1;
            let seconds = call.int(at)?;
            if seconds < 0 {
                return Err("ERR Invalid IDLETIME value, must be >= 0".into());
            }
            idle = Some(seconds);
        } else if call.is(at, "FREQ") && has_next && idle.is_none() {
            at += 1;
            let value = u8::try_from(call.int(at)?);
            frequency = Some(value.map_err(|_| "ERR Invalid FREQ value, must be >= 0 and <= 255")?);
        } else {
            return call.syntax();
        }
        at += 1;
    }
    if !replace && call.exists(key) {
        return Err("BUSYKEY Target key name already exists.".into());
    }
    let ttl = call.int(2)?;
    if ttl < 0 {
        return Err("ERR Invalid TTL value, must be >= 0".into());
    }
    let mut value =
        rdb::restore(call.word(3), call.engine.target, &call.engine.config).map_err(|refused| match refused {
            Refused::Footer => "ERR DUMP payload version or checksum are wrong",
            Refused::Data => "ERR Bad data format",
        })?;
    if let Value::VectorSet(set) = &mut value {
        set.uid = call.engine.next_vector_set();
        set.arithmetic = vector::arithmetic(call);
    }
    let now = call.now();
    let expires = match (ttl, absolute) {
        (0, _) => None,
        (ttl, true) => Some(ttl),
        (ttl, false) => Some(ttl.saturating_add(now)),
    };
    let old = call.type_of(key);
    let deleted = replace && call.delete(key);
    if expires.is_some_and(|at| call.is_past(at)) {
        if deleted {
            call.notify(Class::Generic, "del", key);
            call.engine.dirty += 1;
        }
        return Ok(Reply::ok());
    }
    let new = value.type_name();
    let mut entry = Entry::new(value, now);
    entry.expires = expires;
    if let Some(seconds) = idle {
        entry.used = now.saturating_sub(seconds.saturating_mul(1000));
    }
    if let Some(frequency) = frequency {
        entry.frequency = frequency;
    }
    call.engine.insert(*call.db, key, entry);
    call.changed(key, Class::Generic, "restore", 1);
    call.engine.notify_overwritten(*call.db, key, old, new);
    Ok(Reply::ok())
}
