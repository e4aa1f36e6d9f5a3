//! Hashes.

use commands::Target;
use protocol::{Reply, number::parse_int};

use super::string::float_sum;
use crate::{
    Class,
    call::{Answer, Call},
    error::{Error, OVERFLOW},
    value::{Bytes, Field, Hash},
};

/// Deletes those of some fields that have expired: in Redis by looking them up, in Valkey by setting them anew.
/// The key stays, even without fields.
pub(super) fn expire_named<'a>(
    call: &mut Call<'_>,
    key: &[u8],
    names: impl Iterator<Item = &'a [u8]>,
) -> Result<(), Error> {
    let now = call.engine.field_time();
    let Some(hash) = call.read::<Hash>(key)?.filter(|hash| hash.had_expiries()) else { return Ok(()) };
    let expired = |name: &&[u8]| hash.get(name).is_some_and(|field| !field.is_live(now));
    let expired: Vec<&[u8]> = names.filter(expired).collect();
    if expired.is_empty() {
        return Ok(());
    }
    if let Some(hash) = call.edit::<Hash>(key)? {
        expired.iter().for_each(|name| drop(hash.remove(name)));
    }
    call.signal(key);
    if call.engine.target != Target::valkey(9, 0) {
        call.notify(Class::Hash, "hexpired", key);
    }
    Ok(())
}

/// Deletes those of the fields that a command looks up which have expired, as Redis does.
pub(super) fn look_up(call: &mut Call<'_>, key: &[u8], names: &[Vec<u8>]) -> Result<(), Error> {
    if !call.valkey(9, 0) {
        expire_named(call, key, names.iter().map(Vec::as_slice))?;
        call.drop_if_empty(key);
    }
    Ok(())
}

fn value(field: Option<&Field>) -> Reply {
    field.map_or(Reply::Nil, |field| Reply::bulk(&field.value))
}

/// Sets fields from pairs of words. Returns the number of new ones.
fn set_fields(call: &mut Call<'_>, key: &[u8], pairs: &[Vec<u8>]) -> Result<i64, Error> {
    if call.valkey(9, 0) {
        expire_named(call, key, pairs.chunks(2).map(|pair| pair[0].as_slice()))?;
    }
    call.edit_or(key, |_| Hash::default())?;
    let new = call.edit_with(key, |hash: &mut Hash, config| {
        // What is too long turns the hash over before the first field is set.
        hash.make_room(pairs.iter().map(Vec::len), config);
        pairs.chunks(2).filter(|pair| hash.set(&pair[0], pair[1].as_slice().into(), config)).count() as i64
    })?;
    call.changed(key, Class::Hash, "hset", pairs.len() / 2);
    Ok(new.unwrap_or(0))
}

pub(crate) fn hset(call: &mut Call<'_>) -> Answer {
    if call.count() % 2 == 1 {
        return call.wrong_count();
    }
    set_fields(call, call.word(1), call.rest(2)).map(Reply::Int)
}

pub(crate) fn hmset(call: &mut Call<'_>) -> Answer {
    hset(call).map(|_| Reply::ok())
}

pub(crate) fn hsetnx(call: &mut Call<'_>) -> Answer {
    let (key, field) = (call.word(1), call.word(2));
    let now = call.engine.field_time();
    look_up(call, key, &call.words[2..3])?;
    if call.read::<Hash>(key)?.is_some_and(|hash| hash.live(field, now).is_some()) {
        if !call.since(7, 0) {
            // 6.2 made room for a value before it looked if the field is there.
            let lengths: Vec<_> = call.words[2..].iter().map(Vec::len).collect();
            call.edit_with(key, |hash: &mut Hash, config| hash.make_room(lengths, config))?;
        }
        return Ok(Reply::Int(0));
    }
    set_fields(call, key, &call.rest(2)[..2])?;
    Ok(Reply::Int(1))
}

pub(crate) fn hget(call: &mut Call<'_>) -> Answer {
    let (field, now) = (call.word(2), call.engine.field_time());
    look_up(call, call.word(1), &call.words[2..3])?;
    Ok(value(call.read::<Hash>(call.word(1))?.and_then(|hash| hash.live(field, now))))
}

pub(crate) fn hmget(call: &mut Call<'_>) -> Answer {
    let (fields, now) = (call.rest(2), call.engine.field_time());
    look_up(call, call.word(1), fields)?;
    if call.read::<Hash>(call.word(1))?.is_some_and(Hash::is_empty) {
        // HSETEX of Valkey 9.0 leaves such a hash, which this command alone deletes, unseen by WATCH and notifications.
        call.engine.keyspace.remove(*call.db, call.word(1));
    }
    let hash = call.read::<Hash>(call.word(1))?;
    Ok(Reply::array(fields.iter().map(|field| value(hash.and_then(|hash| hash.live(field, now))))))
}

pub(crate) fn hgetall(call: &mut Call<'_>) -> Answer {
    let now = call.engine.field_time();
    let pairs = call.read::<Hash>(call.word(1))?.map_or(Vec::new(), |hash| {
        meter::collect(hash.iter_live(now).map(|(name, field)| (Reply::bulk(name), Reply::bulk(&field.value))))
    });
    Ok(Reply::Map(pairs))
}

pub(crate) fn hkeys(call: &mut Call<'_>) -> Answer {
    let now = call.engine.field_time();
    let names = call
        .read::<Hash>(call.word(1))?
        .map_or(Vec::new(), |hash| meter::collect(hash.iter_live(now).map(|it| Reply::bulk(it.0))));
    Ok(Reply::Array(names))
}

pub(crate) fn hvals(call: &mut Call<'_>) -> Answer {
    let now = call.engine.field_time();
    let values = call
        .read::<Hash>(call.word(1))?
        .map_or(Vec::new(), |hash| meter::collect(hash.iter_live(now).map(|(_, field)| Reply::bulk(&field.value))));
    Ok(Reply::Array(values))
}

/// HLEN key
///
/// Counts expired fields until they are collected.
pub(crate) fn hlen(call: &mut Call<'_>) -> Answer {
    Ok(Reply::Int(call.read::<Hash>(call.word(1))?.map_or(0, Hash::len) as i64))
}

pub(crate) fn hexists(call: &mut Call<'_>) -> Answer {
    let (field, now) = (call.word(2), call.engine.field_time());
    look_up(call, call.word(1), &call.words[2..3])?;
    let found = call.read::<Hash>(call.word(1))?.is_some_and(|hash| hash.live(field, now).is_some());
    Ok(Reply::Int(i64::from(found)))
}

pub(crate) fn hstrlen(call: &mut Call<'_>) -> Answer {
    let (field, now) = (call.word(2), call.engine.field_time());
    look_up(call, call.word(1), &call.words[2..3])?;
    let len =
        call.read::<Hash>(call.word(1))?.and_then(|hash| hash.live(field, now)).map_or(0, |field| field.value.len());
    Ok(Reply::Int(len as i64))
}

pub(crate) fn hdel(call: &mut Call<'_>) -> Answer {
    let (key, fields) = (call.word(1), call.rest(2));
    // Redis deletes expired fields like others; to Valkey they are not there.
    let now = if call.valkey(9, 0) { call.engine.field_time() } else { i64::MIN };
    if call.read::<Hash>(key)?.is_none_or(|hash| !fields.iter().any(|field| hash.live(field, now).is_some())) {
        return Ok(Reply::Int(0));
    }
    let delete = |hash: &mut Hash| {
        let live = fields.iter().filter(|field| hash.live(field, now).is_some() && hash.remove(field).is_some());
        live.count()
    };
    let gone = call.edit::<Hash>(key)?.map_or(0, delete);
    call.changed(key, Class::Hash, "hdel", gone);
    call.drop_if_empty(key);
    Ok(Reply::Int(gone as i64))
}

pub(crate) fn hincrby(call: &mut Call<'_>) -> Answer {
    let (key, field, by) = (call.word(1), call.word(2), call.int(3)?);
    let now = call.engine.field_time();
    look_up(call, key, &call.words[2..3])?;
    let old = match call.read::<Hash>(key)?.and_then(|hash| hash.live(field, now)) {
        None => 0,
        Some(field) => parse_int(&field.value).ok_or(Error::from("ERR hash value is not an integer"))?,
    };
    let new = old.checked_add(by).ok_or(Error::from(OVERFLOW))?;
    set_value(call, key, field, new.to_string().into_bytes().into())?;
    call.changed(key, Class::Hash, "hincrby", 1);
    Ok(Reply::Int(new))
}

/// Sets a field, whose expiry stays, without reporting a modification.
fn set_value(call: &mut Call<'_>, key: &[u8], field: &[u8], value: Bytes) -> Result<(), Error> {
    if call.valkey(9, 0) {
        expire_named(call, key, std::iter::once(field))?;
    }
    call.edit_or(key, |_| Hash::default())?;
    call.edit_with(key, |hash: &mut Hash, config| hash.set_value(field, value, config))?;
    Ok(())
}

pub(crate) fn hincrbyfloat(call: &mut Call<'_>) -> Answer {
    let (key, field) = (call.word(1), call.word(2));
    // The increment is looked at before the key.
    if crate::long_double::LongDouble::parse(call.word(3)).is_none() {
        let infinite = protocol::number::parse_double(call.word(3)).is_some_and(f64::is_infinite);
        if infinite {
            return Err("ERR value is NaN or Infinity".into());
        }
        float_sum(call, None, 3, "")?;
    }
    let now = call.engine.field_time();
    look_up(call, key, &call.words[2..3])?;
    let old = call.read::<Hash>(key)?.and_then(|hash| hash.live(field, now)).map(|field| field.value.clone());
    let sum = float_sum(call, old.as_deref(), 3, "ERR hash value is not a float")?;
    set_value(call, key, field, sum.clone().into_bytes().into())?;
    call.changed(key, Class::Hash, "hincrbyfloat", 1);
    Ok(Reply::Bulk(sum.into_bytes()))
}

/// The places of the fields that have not expired.
fn live_places(call: &mut Call<'_>, key: &[u8]) -> Result<Vec<usize>, Error> {
    let now = call.engine.field_time();
    let live = |(at, (_, field)): (usize, (&Bytes, &Field))| field.is_live(now).then_some(at);
    Ok(call.read::<Hash>(key)?.map_or(Vec::new(), |hash| meter::collect(hash.iter().enumerate().filter_map(live))))
}

pub(crate) fn hrandfield(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    if call.count() > 2 {
        super::set::random_count(call, 2, false)?;
    }
    if call.count() > 4 || (call.count() == 4 && !call.is(3, "WITHVALUES")) {
        return call.syntax();
    }
    if !call.valkey(9, 0) {
        // Redis collects expired fields here; Valkey passes over them.
        call.read::<Hash>(key)?;
        call.engine.expire_fields(*call.db, key);
    }
    if call.count() == 2 {
        let live = live_places(call, key)?;
        let at = call.engine.random(live.len());
        let hash = call.read::<Hash>(key)?;
        let name = hash.and_then(|hash| hash.get_index(*live.get(at)?)).map(|(name, _)| Reply::bulk(name));
        return Ok(name.unwrap_or(Reply::Nil));
    }
    let (count, with_values) = (super::set::random_count(call, 2, call.count() == 4)?, call.count() == 4);
    let live = live_places(call, key)?;
    let places = super::set::random_places(call, live.len(), count);
    let pairs_apart = call.resp3;
    let mut replies = Vec::new();
    if let Some(hash) = call.read::<Hash>(key)? {
        for (name, field) in places.into_iter().filter_map(|at| hash.get_index(*live.get(at)?)) {
            match (with_values, pairs_apart) {
                (false, _) => replies.push(Reply::bulk(name)),
                (true, true) => replies.push(Reply::Array(vec![Reply::bulk(name), Reply::bulk(&field.value)])),
                (true, false) => replies.extend([Reply::bulk(name), Reply::bulk(&field.value)]),
            }
        }
    }
    Ok(Reply::Array(replies))
}
