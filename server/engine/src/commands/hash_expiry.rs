//! Fields of hashes that expire: Redis from 7.4 on, Valkey from 9.0 on.

use commands::{CommandId, Target};
use protocol::{Reply, number::parse_int};

use super::{
    expiry::{Conditions, Expiry},
    hash::{expire_named, look_up},
    hash_expiry_options::{Options, time},
    hash_expiry_redis as redis, hash_expiry_valkey as valkey,
};
use crate::{
    Class,
    call::{Answer, Call},
    error::{Error, SYNTAX},
    value::Hash,
};

/// The fields of `FIELDS numfields field…`, which begins at `at`; with two words a field where `step` is 2.
fn fields<'a>(call: &Call<'a>, at: usize, step: usize) -> Result<&'a [Vec<u8>], Error> {
    if !call.is(at, "FIELDS") {
        return Err("ERR Mandatory argument FIELDS is missing or not at the right position".into());
    }
    let most = if step == 2 { i64::from(i32::MAX) } else { i64::MAX };
    let count = parse_int(call.word(at + 1)).filter(|count| (1..=most).contains(count));
    let Some(count) = count else {
        return Err(match step {
            2 => "ERR invalid number of fields".into(),
            _ if call.spec.name.contains("EXPIRE") && !call.spec.name.ends_with("TIME") => {
                "ERR Parameter `numFields` should be greater than 0".into()
            }
            _ => "ERR Number of fields must be a positive integer".into(),
        });
    };
    let rest = call.rest(at + 2);
    if count.checked_mul(step as i64) != Some(rest.len() as i64) {
        if step == 2 {
            return call.wrong_count();
        }
        return Err("ERR The `numfields` parameter must match the number of arguments".into());
    }
    Ok(rest)
}

/// The words of a call: when the fields go, under which conditions, and which.
type Expire<'a> = (i64, Conditions, &'a [Vec<u8>]);

fn expire_words<'a>(call: &mut Call<'a>, expiry: Expiry) -> Result<Expire<'a>, Error> {
    let key = call.word(1);
    if call.redis(8, 4) {
        call.read::<Hash>(key)?;
        let time = time(call, expiry, 2)?;
        let (conditions, names) = redis::expire_words(call)?;
        return Ok((time, conditions, names));
    }
    let mut conditions = Conditions::default();
    let mut at = 3;
    if !call.is(at, "FIELDS") {
        match call.word(at).to_ascii_uppercase().as_slice() {
            b"NX" => conditions.nx = true,
            b"XX" => conditions.xx = true,
            b"GT" => conditions.gt = true,
            b"LT" => conditions.lt = true,
            _ => {}
        }
        if conditions.nx || conditions.xx || conditions.gt || conditions.lt {
            at += 1;
        }
    }
    call.read::<Hash>(key)?;
    let time = time(call, expiry, 2)?;
    Ok((time, conditions, fields(call, at, 1)?))
}

/// Sets the expiry of a field. Valkey has no compact form for such fields.
fn set_expiry(hash: &mut Hash, name: &[u8], time: i64, redis: bool) {
    if !redis && hash.get(name).is_some() {
        hash.make_table();
    }
    hash.set_expiry(name, Some(time));
}

/// Reports fields whose expiry was set or removed, and fields that were deleted; deletes a hash with none left.
fn report(call: &mut Call<'_>, key: &[u8], event: &str, set: usize, deleted: usize) {
    if set > 0 {
        call.changed(key, Class::Hash, event, set);
    }
    if deleted > 0 {
        let expired = call.spec.id != CommandId::Hgetdel;
        if expired {
            call.engine.stats.expired_fields += deleted as u64;
        }
        let event = if call.valkey(9, 0) && expired { "hexpired" } else { "hdel" };
        call.changed(key, Class::Hash, event, deleted);
        call.drop_if_empty(key);
    }
}

fn expire_at(call: &mut Call<'_>, expiry: Expiry) -> Answer {
    let key = call.word(1);
    let (time, conditions, names) = match call.valkey(9, 0) {
        true => valkey::expire_words(call, expiry)?,
        false => expire_words(call, expiry)?,
    };
    call.read::<Hash>(key)?;
    let (now, over, redis) = (call.engine.field_time(), call.is_past(time), call.redis(7, 4));
    let old_valkey = !redis && !call.valkey(9, 1);
    let Some(hash) = call.edit::<Hash>(key)? else {
        return Ok(Reply::array(names.iter().map(|_| Reply::Int(-2))));
    };
    if redis {
        hash.expect_expiries();
    }
    let mut outcomes: Vec<i64> = Vec::new();
    for name in names {
        // Redis takes an expired field for one that is there.
        let field = if redis { hash.get(name) } else { hash.live(name, now) };
        outcomes.push(match field.map(|field| field.expires) {
            None => -2,
            // A field that stays counts as one that goes last.
            // What is over goes in Valkey 9.0 under any condition.
            Some(old) if !(conditions.allow(old, time) || old_valkey && over) => 0,
            Some(_) if over => {
                hash.remove(name);
                2
            }
            Some(_) => {
                set_expiry(hash, name, time, redis);
                1
            }
        });
    }
    call.engine.keyspace.has_expiring_fields(*call.db, key);
    let count = |wanted: i64| outcomes.iter().filter(|outcome| **outcome == wanted).count();
    let (set, deleted) = (count(1), count(2));
    report(call, key, "hexpire", set, deleted);
    Ok(Reply::array(outcomes.into_iter().map(Reply::Int)))
}

pub(crate) fn hexpire(call: &mut Call<'_>) -> Answer {
    expire_at(call, Expiry::Seconds)
}

pub(crate) fn hpexpire(call: &mut Call<'_>) -> Answer {
    expire_at(call, Expiry::Milliseconds)
}

pub(crate) fn hexpireat(call: &mut Call<'_>) -> Answer {
    expire_at(call, Expiry::UnixSeconds)
}

pub(crate) fn hpexpireat(call: &mut Call<'_>) -> Answer {
    expire_at(call, Expiry::UnixMilliseconds)
}

/// The fields of a call that has nothing else behind its key.
fn names<'a>(call: &mut Call<'a>) -> Result<&'a [Vec<u8>], Error> {
    if call.valkey(9, 0) {
        return valkey::names(call);
    }
    call.read::<Hash>(call.word(1))?;
    fields(call, 2, 1)
}

fn remaining(call: &mut Call<'_>, of: fn(i64, i64) -> i64) -> Answer {
    let (now, live) = (call.now(), call.engine.field_time());
    let names = names(call)?;
    let hash = call.read::<Hash>(call.word(1))?;
    let times = names.iter().map(|name| match hash.and_then(|hash| hash.live(name, live)) {
        None => Reply::Int(-2),
        Some(field) => Reply::Int(field.expires.map_or(-1, |at| of(at, now))),
    });
    Ok(Reply::array(times))
}

pub(crate) fn httl(call: &mut Call<'_>) -> Answer {
    remaining(call, |at, now| at.saturating_sub(now).max(0).wrapping_add(999) / 1000)
}

pub(crate) fn hpttl(call: &mut Call<'_>) -> Answer {
    remaining(call, |at, now| at.saturating_sub(now).max(0))
}

pub(crate) fn hexpiretime(call: &mut Call<'_>) -> Answer {
    remaining(call, |at, _| at.wrapping_add(999) / 1000)
}

pub(crate) fn hpexpiretime(call: &mut Call<'_>) -> Answer {
    remaining(call, |at, _| at)
}

pub(crate) fn hpersist(call: &mut Call<'_>) -> Answer {
    let (names, now) = (names(call)?, call.engine.field_time());
    if let (Err(error), [_]) = (call.read::<Hash>(call.word(1)), names)
        && !call.redis(7, 4)
        && !call.valkey(9, 1)
    {
        // Valkey 9.0 had begun the array already.
        return Ok(Reply::Array(vec![error.into()]));
    }
    let Some(hash) = call.edit::<Hash>(call.word(1))? else {
        return Ok(Reply::array(names.iter().map(|_| Reply::Int(-2))));
    };
    let mut persisted = 0;
    let replies = names.iter().map(|name| match hash.live(name, now).map(|field| field.expires) {
        None => Reply::Int(-2),
        Some(None) => Reply::Int(-1),
        Some(Some(_)) => {
            hash.set_expiry(name, None);
            persisted += 1;
            Reply::Int(1)
        }
    });
    let replies = meter::collect(replies);
    report(call, call.word(1), "hpersist", persisted, 0);
    Ok(Reply::Array(replies))
}

pub(crate) fn hgetdel(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    let (names, now) = (names(call)?, call.engine.field_time());
    look_up(call, key, names)?;
    let Some(hash) = call.edit::<Hash>(key)? else {
        return Ok(Reply::array(names.iter().map(|_| Reply::Nil)));
    };
    let take = |name: &Vec<u8>| hash.live(name, now).is_some().then(|| hash.remove(name)).flatten();
    let fields: Vec<_> = names.iter().map(take).collect();
    let deleted = fields.iter().flatten().count();
    report(call, key, "", 0, deleted);
    let reply = |field: Option<crate::value::Field>| field.map_or(Reply::Nil, |field| Reply::bulk(&field.value));
    Ok(Reply::array(fields.into_iter().map(reply)))
}

fn options<'a>(call: &mut Call<'a>, setting: bool) -> Result<Options<'a>, Error> {
    if call.valkey(9, 0) {
        return valkey::options(call, setting);
    }
    if !setting {
        call.read::<Hash>(call.word(1))?;
    }
    if call.redis(8, 4) {
        return redis::options(call, setting);
    }
    let mut it = Options::default();
    let mut at = 2;
    while !call.is(at, "FIELDS") {
        let free = it.time.is_none() && !it.persist && !it.keep;
        let expiry = Expiry::of_option(call.word(at));
        if !setting && (!free || !(expiry.is_some() || call.is(at, "PERSIST"))) {
            return Err("ERR Mandatory argument FIELDS is missing or not at the right position".into());
        }
        if at >= call.count() {
            return Err(SYNTAX.into());
        } else if !free && (expiry.is_some() || call.is(at, "KEEPTTL")) {
            return Err("ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified".into());
        } else if let Some(expiry) = expiry {
            if at + 1 >= call.count() {
                return Err(SYNTAX.into());
            }
            at += 1;
            it.time = Some(time(call, expiry, at)?);
        } else if call.is(at, "PERSIST") && !setting {
            it.persist = true;
        } else if call.is(at, "KEEPTTL") && setting {
            it.keep = true;
        } else if (call.is(at, "FNX") || call.is(at, "FXX")) && setting {
            if it.only_new || it.only_old {
                return Err("ERR Only one of FXX or FNX arguments can be specified".into());
            }
            it.only_new = call.is(at, "FNX");
            it.only_old = !it.only_new;
        } else {
            return Err(redis::unknown_argument(call.word(at)));
        }
        at += 1;
    }
    if call.count() < at + 2 {
        return call.wrong_count();
    }
    it.fields = fields(call, at, if setting { 2 } else { 1 })?;
    Ok(it)
}

pub(crate) fn hgetex(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    call.reads = call.valkey(9, 0);
    let options = options(call, false)?;
    let names = options.fields;
    call.read::<Hash>(key)?;
    look_up(call, key, names)?;
    let (now, redis) = (call.engine.field_time(), call.redis(7, 4));
    let over = options.time.is_some_and(|time| call.is_past(time));
    let Some(hash) = call.edit::<Hash>(key)? else {
        return Ok(Reply::array(names.iter().map(|_| Reply::Nil)));
    };
    if redis && (options.time.is_some() || options.persist) {
        hash.expect_expiries();
    }
    let replies = meter::collect(
        names.iter().map(|name| hash.live(name, now).map_or(Reply::Nil, |field| Reply::bulk(&field.value))),
    );
    let (mut set, mut deleted) = (0, 0);
    for name in names.iter() {
        let Some(old) = hash.live(name, now).map(|field| field.expires) else { continue };
        match options.time {
            Some(_) if over => {
                hash.remove(name);
                deleted += 1;
            }
            Some(time) => {
                set_expiry(hash, name, time, redis);
                set += 1;
            }
            None if options.persist && old.is_some() => {
                hash.set_expiry(name, None);
                set += 1;
            }
            None => {}
        }
    }
    if options.time.is_some() {
        call.engine.keyspace.has_expiring_fields(*call.db, key);
    }
    report(call, key, if options.persist { "hpersist" } else { "hexpire" }, set, deleted);
    Ok(Reply::Array(replies))
}

/// Reports `fields` fields that `HSETEX` set, `old_fields` of which existed before.
fn report_set(call: &mut Call<'_>, key: &[u8], fields: usize, old_fields: usize, time: Option<i64>) {
    let over = time.is_some_and(|time| call.is_past(time));
    let valkey = call.valkey(9, 0);
    // Valkey 9.0 deletes fields whose time is over instead; 9.1 reports all steps.
    let steps = !over || !valkey || call.valkey(9, 1);
    if steps {
        call.notify(Class::Hash, "hset", key);
    }
    if steps && time.is_some() && (!over || valkey) {
        call.notify(Class::Hash, "hexpire", key);
    }
    let changes = if over && valkey { old_fields } else { fields };
    if changes > 0 {
        call.signal(key);
        call.engine.dirty += changes as u64;
    }
    match (over, valkey) {
        (true, false) => call.notify(Class::Hash, "hdel", key),
        (true, true) if steps || old_fields > 0 => call.notify(Class::Hash, "hexpired", key),
        _ => {}
    }
    // Valkey 9.0 keeps the empty hash that it made for fields of the past. HRANDFIELD ends the server then; here it finds none.
    if over && (steps || !valkey || old_fields > 0) {
        call.drop_if_empty(key);
    }
}

pub(crate) fn hsetex(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    let options = options(call, true)?;
    let pairs = options.fields;
    let hash = call.read::<Hash>(key)?;
    if options.key.is_some_and(|there| hash.is_some() != there) {
        return Ok(Reply::Int(0));
    }
    let now = call.engine.field_time();
    let past = options.time.is_some_and(|time| call.is_past(time));
    let conditional = options.only_new || options.only_old;
    if conditional && !call.valkey(9, 0) {
        expire_named(call, key, pairs.chunks(2).map(|pair| pair[0].as_slice()))?;
    }
    // Valkey 9.0 does not count expired fields.
    let since = if call.engine.target == Target::valkey(9, 0) { now } else { i64::MIN };
    let hash = call.read::<Hash>(key)?;
    let there = |name: &[u8]| hash.is_some_and(|hash| hash.live(name, now).is_some());
    if (options.only_new && pairs.chunks(2).any(|pair| there(&pair[0])))
        || (options.only_old && !pairs.chunks(2).all(|pair| there(&pair[0])))
    {
        // Redis keeps a key whose fields have all expired if they are set anew.
        if conditional && !call.valkey(9, 0) {
            call.drop_if_empty(key);
        }
        return Ok(Reply::Int(0));
    }
    let old = |name: &[u8]| hash.is_some_and(|hash| hash.live(name, since).is_some());
    let old_fields = pairs.chunks(2).filter(|pair| old(&pair[0])).count();
    let redis = call.redis(7, 4);
    // Valkey sets no field of the past, so that the hash keeps its encoding.
    let only_deletes = past && call.valkey(9, 0);
    if !redis && !past {
        expire_named(call, key, pairs.chunks(2).map(|pair| pair[0].as_slice()))?;
    }
    call.edit_or(key, |_| Hash::default())?;
    let removed = call.edit_with(key, |hash: &mut Hash, config| {
        let mut removed = 0;
        if redis && options.time.is_some() {
            hash.expect_expiries();
        }
        for pair in pairs.chunks(2) {
            if only_deletes {
                let old = hash.remove(&pair[0]);
                removed += usize::from(old.is_some_and(|old| old.expires.is_none_or(|at| at > since)));
            } else if options.keep {
                hash.set_value(&pair[0], pair[1].as_slice().into(), config);
            } else {
                hash.set(&pair[0], pair[1].as_slice().into(), config);
            }
            match options.time {
                Some(_) if past => {
                    hash.remove(&pair[0]);
                }
                Some(time) => set_expiry(hash, &pair[0], time, redis),
                None => {}
            }
        }
        removed
    })?;
    let old_fields = removed.filter(|_| only_deletes).unwrap_or(old_fields);
    call.engine.keyspace.has_expiring_fields(*call.db, key);
    report_set(call, key, pairs.len() / 2, old_fields, options.time);
    if past {
        let counted = if redis || call.valkey(9, 1) { pairs.len() / 2 } else { old_fields };
        call.engine.stats.expired_fields += counted as u64;
    }
    // Valkey 9.0 tells if all fields of the past were there.
    let missing = only_deletes && old_fields < pairs.len() / 2 && !call.valkey(9, 1);
    Ok(Reply::Int(i64::from(!missing)))
}
