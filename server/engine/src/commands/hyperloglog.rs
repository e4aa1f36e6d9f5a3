//! HyperLogLogs.

use protocol::{Reply, number::to_usize};

use crate::{
    Class,
    call::{Answer, Call},
    error::{Error, WRONG_TYPE},
    value::{
        Text, Value,
        hll::{self, Corrupt, Run},
    },
};

impl From<Corrupt> for Error {
    fn from(_: Corrupt) -> Self {
        "INVALIDOBJ Corrupted HLL object detected".into()
    }
}

/// A key's bytes, if there is such a key; they look like those of a HyperLogLog.
fn read(call: &mut Call<'_>, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    let invalid = "WRONGTYPE Key is not a valid HyperLogLog string value.";
    match call.read::<Text>(key).map_err(|_| Error::from(WRONG_TYPE))? {
        None => Ok(None),
        Some(Text::Bytes(bytes) | Text::Raw(bytes)) if hll::is_valid(bytes) => Ok(Some(bytes.clone())),
        Some(_) => Err(invalid.into()),
    }
}

/// Puts a HyperLogLog, whose expiry stays, back where it came from, without reporting a modification.
fn write(call: &mut Call<'_>, key: &[u8], bytes: Vec<u8>) {
    call.put(key, Value::Text(Text::Raw(bytes)));
}

fn max_sparse(call: &Call<'_>) -> usize {
    to_usize(call.engine.config.hll_sparse)
}

pub(crate) fn pfadd(call: &mut Call<'_>) -> Answer {
    let (key, max) = (call.word(1), max_sparse(call));
    let old = read(call, key)?;
    let mut changes = usize::from(old.is_none());
    let mut bytes = old.unwrap_or_else(hll::new);
    for element in call.rest(2) {
        changes += usize::from(hll::add(&mut bytes, element, max)?);
    }
    if changes > 0 {
        hll::invalidate(&mut bytes);
    }
    // Even where nothing changes the server takes the string out of its shared form.
    write(call, key, bytes);
    if changes > 0 {
        call.changed(key, Class::String, "pfadd", changes);
    }
    Ok(Reply::Int(i64::from(changes > 0)))
}

/// Raises all registers to those of `bytes`.
fn merge(into: &mut [u8], bytes: &[u8]) -> Result<(), Error> {
    for (a, b) in into.iter_mut().zip(hll::registers(bytes)?) {
        *a = b.max(*a);
    }
    Ok(())
}

pub(crate) fn pfcount(call: &mut Call<'_>) -> Answer {
    if call.count() > 2 {
        let mut all = vec![0; hll::REGISTERS];
        for key in call.rest(1) {
            if let Some(bytes) = read(call, key)? {
                merge(&mut all, &bytes)?;
            }
        }
        return Ok(Reply::Int(hll::count(&all) as i64));
    }
    let key = call.word(1);
    // 6.2 looked a single key up as a command that writes.
    call.reads = call.since(7, 0);
    let Some(mut bytes) = read(call, key)? else { return Ok(Reply::Int(0)) };
    let count = match hll::cached(&bytes) {
        Some(count) => count,
        None => {
            let count = hll::count(&hll::registers(&bytes)?);
            hll::set_cached(&mut bytes, count);
            // The cached count is part of the value.
            call.signal(key);
            call.engine.dirty += 1;
            count
        }
    };
    write(call, key, bytes);
    Ok(Reply::Int(count as i64))
}

pub(crate) fn pfmerge(call: &mut Call<'_>) -> Answer {
    let (key, max) = (call.word(1), max_sparse(call));
    let mut all = vec![0; hll::REGISTERS];
    let mut dense = false;
    call.reads = true;
    for key in call.rest(1) {
        if let Some(bytes) = read(call, key)? {
            dense |= hll::is_dense(&bytes);
            merge(&mut all, &bytes)?;
        }
    }
    call.reads = false;
    call.forget_lookups();
    let mut bytes = read(call, key)?.unwrap_or_else(hll::new);
    if dense {
        make_dense(&mut bytes)?;
    }
    for (at, value) in all.iter().enumerate().filter(|(_, value)| **value > 0) {
        hll::raise(&mut bytes, at, *value, max)?;
    }
    hll::invalidate(&mut bytes);
    write(call, key, bytes);
    call.changed(key, Class::String, "pfadd", 1);
    Ok(Reply::ok())
}

/// Makes it dense; the count that was computed stays.
fn make_dense(bytes: &mut Vec<u8>) -> Result<(), Error> {
    let cached: Vec<u8> = bytes.get(5..16).unwrap_or_default().to_vec();
    hll::make_dense(bytes)?;
    if let Some(rest) = bytes.get_mut(5..16) {
        rest.copy_from_slice(&cached);
    }
    Ok(())
}

pub(crate) fn pfdebug(call: &mut Call<'_>) -> Answer {
    let (name, key) = (call.word(1), call.word(2));
    if call.is(1, "SIMD") && (call.redis(8, 0) || call.valkey(8, 1)) {
        // The registers are counted the same way with and without.
        return match call.is(2, "OFF") {
            true => Ok(Reply::Status(b"disabled".to_vec())),
            false => Ok(Reply::Status(b"enabled".to_vec())),
        };
    }
    let Some(mut bytes) = read(call, key)? else { return Err("ERR The specified key does not exist".into()) };
    let known = ["GETREG", "DECODE", "ENCODING", "TODENSE"].iter().any(|known| call.is(1, known));
    write(call, key, bytes.clone());
    if !known {
        return Err(Error::quoting(&[b"ERR Unknown PFDEBUG subcommand '", name, b"'"]));
    }
    if call.count() != 3 {
        return wrong_words(name);
    }
    let was_dense = hll::is_dense(&bytes);
    if call.is(1, "ENCODING") {
        return Ok(Reply::Status(if was_dense { b"dense".to_vec() } else { b"sparse".to_vec() }));
    }
    if call.is(1, "DECODE") {
        if was_dense {
            return Err("ERR HLL encoding is not sparse".into());
        }
        let runs: Vec<String> = hll::runs(&bytes)
            .map(|run| match run {
                Run::Zero(len) => format!("z:{len}"),
                Run::LongZero(len) => format!("Z:{len}"),
                Run::Value(value, len) => format!("v:{value},{len}"),
            })
            .collect();
        return Ok(Reply::bulk(runs.join(" ")));
    }
    // To look at the registers the server makes it dense, and leaves it so.
    make_dense(&mut bytes)?;
    let registers = hll::registers(&bytes)?;
    write(call, key, bytes);
    if !was_dense {
        call.engine.dirty += 1;
    }
    if call.is(1, "TODENSE") {
        return Ok(Reply::Int(i64::from(!was_dense)));
    }
    Ok(Reply::array(registers.into_iter().map(|value| Reply::Int(i64::from(value)))))
}

fn wrong_words<T>(name: &[u8]) -> Result<T, Error> {
    Err(Error::quoting(&[b"ERR Wrong number of arguments for the '", name, b"' subcommand"]))
}

pub(crate) fn pfselftest(_: &mut Call<'_>) -> Answer {
    // The servers test their own code at length here; ours has tests of its own.
    Ok(Reply::ok())
}
