//! Fields of hashes that expire: Redis from 7.4 on, Valkey from 9.0 on.

use commands::CommandId;
use protocol::{Reply, number::parse_int};

use super::expiry::{Conditions, Expiry, invalid};
use crate::{
    call::{Answer, Call},
    error::{Error, SYNTAX},
    value::Hash,
};

/// Times beyond this cannot be kept, in milliseconds.
const LATEST: i64 = (1 << 46) - 1;

const NO_FIELDS: &str = "ERR Mandatory argument FIELDS is missing or not at the right position";
const VALKEY_COUNT: &str = "ERR numfields should be greater than 0 and match the provided number of fields";

/// The latest time that a field may go at; Redis keeps the times of fields in fewer bits, Valkey as those of keys.
fn latest(call: &Call<'_>) -> i64 {
    if call.valkey(9, 0) { i64::MAX } else { LATEST }
}

/// The fields of `FIELDS numfields field…`, which begins at `at`; with two words a field where `step` is 2.
fn fields<'a>(call: &Call<'a>, at: usize, step: usize) -> Result<&'a [Vec<u8>], Error> {
    use CommandId::{Hexpire, Hexpireat, Hexpiretime, Hpexpire, Hpexpireat, Hpexpiretime, Hpttl, Hsetex, Httl};
    let id = call.spec.id;
    let rest = call.rest(at + 2);
    if call.valkey(9, 0) {
        // 9.0 did not look at the word itself.
        if !call.is(at, "FIELDS") && call.valkey(9, 1) {
            return call.syntax();
        }
        let count = call.int(at + 1)?;
        if count < 1 || Some(rest.len()) != usize::try_from(count).ok().and_then(|count| count.checked_mul(step)) {
            return match id {
                Httl | Hpttl | Hexpiretime | Hpexpiretime => call.syntax(),
                _ => Err(VALKEY_COUNT.into()),
            };
        }
        return Ok(rest);
    }
    if !call.is(at, "FIELDS") {
        return Err(NO_FIELDS.into());
    }
    let count = parse_int(call.word(at + 1)).filter(|count| (1..=i64::from(i32::MAX)).contains(count));
    let count = count.ok_or(match id {
        Hsetex => "ERR invalid number of fields",
        Hexpire | Hexpireat | Hpexpire | Hpexpireat => "ERR Parameter `numFields` should be greater than 0",
        _ => "ERR Number of fields must be a positive integer",
    })?;
    if rest.len() as i64 != count * step as i64 {
        return match id {
            Hsetex => call.wrong_count(),
            _ => Err("ERR The `numfields` parameter must match the number of arguments".into()),
        };
    }
    Ok(rest)
}

/// The conditions before `FIELDS`, and where that is.
fn conditions(call: &Call<'_>) -> Result<(Conditions, usize), Error> {
    let mut it = Conditions::default();
    if !call.valkey(9, 0) {
        match call.word(3).to_ascii_uppercase().as_slice() {
            b"NX" => it.nx = true,
            b"XX" => it.xx = true,
            b"GT" => it.gt = true,
            b"LT" => it.lt = true,
            _ => return Ok((it, 3)),
        }
        return Ok((it, 4));
    }
    // Valkey takes several, as for keys, and looks for the word first.
    let at = (3..call.count() - 1).find(|at| call.is(*at, "FIELDS")).ok_or(VALKEY_COUNT)?;
    it = Conditions::parse(&call.rest(3)[..at - 3])?;
    Ok((it, at))
}

fn expire_at(call: &mut Call<'_>, expiry: Expiry) -> Answer {
    let key = call.word(1);
    let (conditions, at) = conditions(call)?;
    let early = if call.valkey(9, 0) { Some(fields(call, at, 1)?) } else { None };
    call.read::<Hash>(key)?;
    let time = time(call, expiry, 2)?;
    let names = match early {
        Some(names) => names,
        None => fields(call, at, 1)?,
    };
    let (now, redis) = (call.now(), call.redis(7, 4));
    let Some(hash) = call.edit::<Hash>(key)? else {
        return Ok(Reply::Array(names.iter().map(|_| Reply::Int(-2)).collect()));
    };
    if redis {
        hash.expect_expiries();
    }
    let mut replies = Vec::new();
    for name in names {
        replies.push(Reply::Int(match hash.get(name).map(|field| field.expires) {
            None => -2,
            // A field that stays counts as one that goes last.
            Some(old) if !conditions.allow(old, time) => 0,
            Some(_) if time <= now => {
                hash.remove(name);
                2
            }
            Some(_) => {
                hash.set_expiry(name, Some(time));
                1
            }
        }));
    }
    call.drop_if_empty(key);
    call.engine.keyspace.has_expiring_fields(*call.db, key);
    Ok(Reply::Array(replies))
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

fn remaining(call: &mut Call<'_>, of: fn(i64, i64) -> i64) -> Answer {
    let now = call.now();
    call.read::<Hash>(call.word(1))?;
    let names = fields(call, 2, 1)?;
    let hash = call.read::<Hash>(call.word(1))?;
    let times = names.iter().map(|name| match hash.and_then(|hash| hash.get(name)) {
        None => Reply::Int(-2),
        Some(field) => Reply::Int(field.expires.map_or(-1, |at| of(at, now))),
    });
    Ok(Reply::Array(times.collect()))
}

pub(crate) fn httl(call: &mut Call<'_>) -> Answer {
    remaining(call, |at, now| ((at - now).max(0) + 999) / 1000)
}

pub(crate) fn hpttl(call: &mut Call<'_>) -> Answer {
    remaining(call, |at, now| (at - now).max(0))
}

pub(crate) fn hexpiretime(call: &mut Call<'_>) -> Answer {
    remaining(call, |at, _| (at + 999) / 1000)
}

pub(crate) fn hpexpiretime(call: &mut Call<'_>) -> Answer {
    remaining(call, |at, _| at)
}

pub(crate) fn hpersist(call: &mut Call<'_>) -> Answer {
    call.read::<Hash>(call.word(1))?;
    let names = fields(call, 2, 1)?;
    let Some(hash) = call.edit::<Hash>(call.word(1))? else {
        return Ok(Reply::Array(names.iter().map(|_| Reply::Int(-2)).collect()));
    };
    let replies = names.iter().map(|name| match hash.get(name).map(|field| field.expires) {
        None => Reply::Int(-2),
        Some(None) => Reply::Int(-1),
        Some(Some(_)) => {
            hash.set_expiry(name, None);
            Reply::Int(1)
        }
    });
    Ok(Reply::Array(replies.collect()))
}

pub(crate) fn hgetdel(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    call.read::<Hash>(key)?;
    let names = fields(call, 2, 1)?;
    let Some(hash) = call.edit::<Hash>(key)? else {
        return Ok(Reply::Array(names.iter().map(|_| Reply::Nil).collect()));
    };
    let replies = names.iter().map(|name| hash.remove(name).map_or(Reply::Nil, |field| Reply::bulk(&field.value)));
    let replies = replies.collect();
    call.drop_if_empty(key);
    Ok(Reply::Array(replies))
}

/// What `HGETEX` and `HSETEX` have before `FIELDS`.
#[derive(Default)]
struct Options {
    time: Option<i64>,
    persist: bool,
    keep: bool,
    only_new: bool,
    only_old: bool,
    fields_at: usize,
}

/// When a field goes; none is yet gone at zero.
fn time(call: &Call<'_>, expiry: Expiry, at: usize) -> Result<i64, Error> {
    let value = call.int(at)?;
    if value < 0 {
        return Err(match call.valkey(9, 0) {
            true => invalid(call),
            false => "ERR invalid expire time, must be >= 0".into(),
        });
    }
    expiry.at(value, call.now()).filter(|time| *time <= latest(call)).ok_or_else(|| invalid(call))
}

fn options(call: &Call<'_>, setting: bool) -> Result<Options, Error> {
    let mut it = Options::default();
    let valkey = call.valkey(9, 0);
    let mut at = 2;
    while !call.is(at, "FIELDS") {
        let free = it.time.is_none() && !it.persist && !it.keep;
        let expiry = Expiry::of_option(call.word(at));
        // Redis takes but one option of HGETEX, behind which the fields must come.
        let ends = !setting && !valkey && !free;
        if at >= call.count() || (ends && at < call.count()) {
            return Err(if ends { NO_FIELDS } else { SYNTAX }.into());
        }
        let keeps = call.is(at, "KEEPTTL") && setting;
        let is_condition = setting && (call.is(at, "FNX") || call.is(at, "FXX"));
        if setting && !valkey && !free && (expiry.is_some() || keeps) {
            return Err("ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified".into());
        } else if let Some(expiry) = expiry.filter(|_| free) {
            if at + 1 >= call.count() {
                return Err(SYNTAX.into());
            }
            at += 1;
            it.time = Some(time(call, expiry, at)?);
        } else if call.is(at, "PERSIST") && !setting && free {
            it.persist = true;
        } else if keeps && free {
            it.keep = true;
        } else if is_condition && !it.only_old && !it.only_new {
            it.only_new = call.is(at, "FNX");
            it.only_old = !it.only_new;
        } else if valkey {
            return Err(SYNTAX.into());
        } else if is_condition {
            return Err("ERR Only one of FXX or FNX arguments can be specified".into());
        } else if !setting {
            return Err(NO_FIELDS.into());
        } else {
            return Err(format!("ERR unknown argument: {}", String::from_utf8_lossy(call.word(at))).into());
        }
        at += 1;
    }
    it.fields_at = at;
    Ok(it)
}

pub(crate) fn hgetex(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    call.read::<Hash>(key)?;
    let options = options(call, false)?;
    let names = fields(call, options.fields_at, 1)?;
    let (now, redis) = (call.now(), call.redis(7, 4));
    let Some(hash) = call.edit::<Hash>(key)? else {
        return Ok(Reply::Array(names.iter().map(|_| Reply::Nil).collect()));
    };
    if redis && options.time.is_some() {
        hash.expect_expiries();
    }
    let replies =
        names.iter().map(|name| hash.get(name).map_or(Reply::Nil, |field| Reply::bulk(&field.value))).collect();
    for name in names.iter() {
        match options.time {
            Some(time) if time <= now => {
                hash.remove(name);
            }
            Some(time) => hash.set_expiry(name, Some(time)),
            None if options.persist => hash.set_expiry(name, None),
            None => {}
        }
    }
    if options.time.is_some() {
        call.engine.keyspace.has_expiring_fields(*call.db, key);
    }
    call.drop_if_empty(key);
    Ok(Reply::Array(replies))
}

pub(crate) fn hsetex(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    call.read::<Hash>(key)?;
    let options = options(call, true)?;
    let pairs = fields(call, options.fields_at, 2)?;
    let hash = call.read::<Hash>(key)?;
    let there = |name: &[u8]| hash.is_some_and(|hash| hash.get(name).is_some());
    if (options.only_new && pairs.chunks(2).any(|pair| there(&pair[0])))
        || (options.only_old && !pairs.chunks(2).all(|pair| there(&pair[0])))
    {
        return Ok(Reply::Int(0));
    }
    let was_new = hash.is_none();
    let now = call.now();
    call.edit_or(key, |_| Hash::default())?;
    call.edit_with(key, |hash: &mut Hash, config| {
        for pair in pairs.chunks(2) {
            if options.keep {
                hash.set_value(&pair[0], pair[1].as_slice().into(), config);
            } else {
                hash.set(&pair[0], pair[1].as_slice().into(), config);
            }
            match options.time {
                Some(time) if time <= now => {
                    hash.remove(&pair[0]);
                }
                Some(time) => hash.set_expiry(&pair[0], Some(time)),
                None => {}
            }
        }
    })?;
    call.engine.keyspace.has_expiring_fields(*call.db, key);
    call.drop_if_empty(key);
    // Valkey 9.0 tells so where nothing is left of a new key because its fields' time is over.
    let gone = was_new && options.time.is_some_and(|time| time <= now) && call.valkey(9, 0) && !call.valkey(9, 1);
    Ok(Reply::Int(i64::from(!gone)))
}
