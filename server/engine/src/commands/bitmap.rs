//! Bits of strings.

use protocol::{
    Reply,
    number::{parse_int, to_usize},
};

use super::string::{bytes, check_text, clip, is_reversed, slice, slice_of_bits};
use crate::{
    Class,
    call::{Answer, Call},
    error::{Error, SYNTAX},
    value::{Text, Value},
};

fn offset(call: &Call<'_>, word: &[u8], width: Option<i64>) -> Result<u64, Error> {
    let wrong = "ERR bit offset is not an integer or out of range";
    let (digits, by_width) = match (word, width) {
        ([b'#', digits @ ..], Some(width)) => (digits, width),
        _ => (word, 1),
    };
    let at = parse_int(digits).and_then(|at| at.checked_mul(by_width)).filter(|at| *at >= 0).ok_or(wrong)?;
    if at >> 3 >= call.engine.config.max_bulk {
        return Err(wrong.into());
    }
    Ok(at as u64)
}

fn bit(bytes: &[u8], at: u64) -> bool {
    bytes.get(to_usize(at / 8)).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1)
}

pub(crate) fn setbit(call: &mut Call<'_>) -> Answer {
    let at = offset(call, call.word(2), None)?;
    let on = match call.word(3) {
        b"0" => false,
        b"1" => true,
        _ => return Err("ERR bit is not an integer or out of range".into()),
    };
    let key = call.word(1);
    let text = call.edit_or(key, |_| Text::Raw(Vec::new()))?;
    let place = to_usize(at / 8);
    let grows = text.len() <= place;
    let bytes = text.raw_of(place + 1);
    let was = bit(bytes, at);
    let mask = 0x80 >> (at % 8);
    if on {
        bytes[place] |= mask
    } else {
        bytes[place] &= !mask
    }
    // Since 7.0 a bit that is set to what it was is no modification.
    if grows || was != on || !call.since(7, 0) {
        call.changed(key, Class::String, "setbit", 1);
    }
    Ok(Reply::Int(i64::from(was)))
}

pub(crate) fn getbit(call: &mut Call<'_>) -> Answer {
    let at = offset(call, call.word(2), None)?;
    let on = call.read::<Text>(call.word(1))?.is_some_and(|text| text.with(|bytes| bit(bytes, at)));
    Ok(Reply::Int(i64::from(on)))
}

/// Counts the work on a run of bits.
fn step(at: &u64) {
    if at.is_multiple_of(64) {
        meter::tick(1);
    }
}

/// True if a range is in bits, by the word after it.
fn in_bits(call: &Call<'_>, at: usize) -> Result<bool, Error> {
    if call.count() <= at || !call.since(7, 0) {
        return if call.count() > at { Err(SYNTAX.into()) } else { Ok(false) };
    }
    if call.is(at, "BIT") {
        Ok(true)
    } else if call.is(at, "BYTE") {
        Ok(false)
    } else {
        Err(SYNTAX.into())
    }
}

/// Before 7.4 the key was looked up first. Returns true if it does not exist, so that the words do not matter.
fn looks_first(call: &mut Call<'_>, key: &[u8]) -> Result<bool, Error> {
    if call.since(7, 0) && (call.redis(7, 4) || call.valkey(8, 0)) {
        return Ok(false);
    }
    check_text(call, key)?;
    Ok(!call.exists(key))
}

pub(crate) fn bitcount(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    if call.count() == 2 {
        let bytes = bytes(call, key)?.unwrap_or_default();
        return Ok(Reply::Int(bytes.iter().map(|byte| i64::from(byte.count_ones())).sum()));
    }
    if looks_first(call, key)? {
        return Ok(Reply::Int(0));
    }
    // A start alone goes to the end in Valkey.
    let only_start = call.count() == 3 && call.valkey(8, 0);
    let most = if call.since(7, 0) { 5 } else { 4 };
    if call.count() > most || (call.count() == 3 && !only_start) {
        return call.syntax();
    }
    let start = call.int(2)?;
    let early_bits = if call.valkey(8, 0) { in_bits(call, 4)? } else { false };
    let end = if only_start { -1 } else { call.int(3)? };
    // 7.0 and 7.2 saw that a range is empty before they read its unit.
    if call.since(7, 0) && !call.redis(7, 4) && !call.valkey(8, 0) && is_reversed(start, end) {
        return Ok(Reply::Int(0));
    }
    let bits = early_bits || in_bits(call, 4)?;
    check_text(call, key)?;
    let bytes = bytes(call, key)?.unwrap_or_default();
    let count = if bits {
        slice_of_bits(bytes.len() as u64 * 8, start, end).inspect(step).filter(|at| bit(&bytes, *at)).count() as i64
    } else {
        bytes[slice(bytes.len(), start, end)].iter().map(|byte| i64::from(byte.count_ones())).sum()
    };
    Ok(Reply::Int(count))
}

pub(crate) fn bitpos(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    let wanted = match call.int(2)? {
        0 => false,
        1 => true,
        _ => return Err("ERR The bit argument must be 1 or 0.".into()),
    };
    if looks_first(call, key)? {
        return Ok(Reply::Int(if wanted { -1 } else { 0 }));
    }
    if call.count() > if call.since(7, 0) { 6 } else { 5 } {
        return call.syntax();
    }
    let start = if call.count() > 3 { call.int(3)? } else { 0 };
    let bits = in_bits(call, 5)?;
    let end = if call.count() > 4 { Some(call.int(4)?) } else { None };
    check_text(call, key)?;
    let Some(bytes) = bytes(call, key)? else { return Ok(Reply::Int(if wanted { -1 } else { 0 })) };
    let unit = if bits { 1 } else { 8 };
    let len = bytes.len() as u64 * 8 / unit;
    // Unlike BITCOUNT and GETRANGE this takes a reversed range that begins before the string.
    let range = clip(len, start, end.unwrap_or(-1));
    if range.is_empty() {
        return Ok(Reply::Int(-1));
    }
    let found = (range.start * unit..range.end * unit).inspect(step).find(|at| bit(&bytes, *at) == wanted);
    Ok(Reply::Int(match found {
        Some(at) => at as i64,
        // Behind the string all bits are clear, unless the range has an end.
        None if !wanted && end.is_none() => bytes.len() as i64 * 8,
        None => -1,
    }))
}

pub(crate) fn bitop(call: &mut Call<'_>) -> Answer {
    call.reads = true;
    let operation = call.word(1).to_ascii_uppercase();
    let (to, keys) = (call.word(2), call.rest(3));
    let newer = call.redis(8, 2);
    match operation.as_slice() {
        b"AND" | b"OR" | b"XOR" | b"NOT" => {}
        b"DIFF" | b"DIFF1" | b"ANDOR" | b"ONE" if newer => {}
        _ => return call.syntax(),
    }
    if operation == b"NOT" && keys.len() != 1 {
        return Err("ERR BITOP NOT must be called with a single source key.".into());
    }
    if matches!(operation.as_slice(), b"DIFF" | b"DIFF1" | b"ANDOR") && keys.len() < 2 {
        let name = String::from_utf8_lossy(&operation).into_owned();
        return Err(format!("ERR BITOP {name} must be called with at least two source keys.").into());
    }
    let sources: Vec<Vec<u8>> =
        keys.iter().map(|key| Ok(bytes(call, key)?.unwrap_or_default())).collect::<Result<_, Error>>()?;
    let len = sources.iter().map(Vec::len).max().unwrap_or(0);
    let byte = |source: &Vec<u8>, at: usize| source.get(at).copied().unwrap_or(0);
    let mut result: Vec<u8> = meter::with_capacity(len);
    result.extend((0..len).map(|at| {
        if at.is_multiple_of(64) {
            meter::tick(sources.len());
        }
        let mut all = sources.iter().map(|source| byte(source, at));
        let first = all.next().unwrap_or(0);
        match operation.as_slice() {
            b"AND" => all.fold(first, |a, b| a & b),
            b"OR" => all.fold(first, |a, b| a | b),
            b"XOR" => all.fold(first, |a, b| a ^ b),
            b"NOT" => !first,
            b"DIFF" => first & !all.fold(0, |a, b| a | b),
            b"DIFF1" => !first & all.fold(0, |a, b| a | b),
            b"ANDOR" => first & all.fold(0, |a, b| a | b),
            // The bits that exactly one source has.
            _ => {
                let (any, more) = all.fold((first, 0), |(any, more), byte| (any | byte, more | (any & byte)));
                any & !more
            }
        }
    }));
    let len = result.len();
    if len == 0 {
        call.delete_notifying(to);
    } else {
        call.set(to, Value::Text(Text::Raw(result)));
        call.notify(Class::String, "set", to);
        call.engine.dirty += 1;
    }
    Ok(Reply::Int(len as i64))
}

#[derive(Clone, Copy)]
enum Overflow {
    Wrap,
    Saturate,
    Fail,
}

#[derive(Clone, Copy)]
enum Operation {
    Get,
    Set(i64),
    Add(i64),
}

struct Step {
    operation: Operation,
    signed: bool,
    width: u32,
    /// Offset in bits; a string may have more of them than a machine of 32 bits counts.
    at: u64,
    overflow: Overflow,
}

fn steps(call: &Call<'_>) -> Result<Vec<Step>, Error> {
    let mut steps = Vec::new();
    let mut overflow = Overflow::Wrap;
    let mut at = 2;
    while at < call.count() {
        let left = call.count() - at - 1;
        if call.is(at, "OVERFLOW") && left >= 1 {
            overflow = match call.word(at + 1).to_ascii_uppercase().as_slice() {
                b"WRAP" => Overflow::Wrap,
                b"SAT" => Overflow::Saturate,
                b"FAIL" => Overflow::Fail,
                _ => return Err("ERR Invalid OVERFLOW type specified".into()),
            };
            at += 2;
            continue;
        }
        let takes = match call.word(at).to_ascii_uppercase().as_slice() {
            b"GET" if left >= 2 => 2,
            b"SET" | b"INCRBY" if left >= 3 => 3,
            _ => return call.syntax(),
        };
        let kind = call.word(at + 1);
        let wrong = "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.";
        let signed = match kind.first() {
            Some(b'i') => true,
            Some(b'u') => false,
            _ => return Err(wrong.into()),
        };
        let width = parse_int(&kind[1..]).filter(|width| (1..=63 + i64::from(signed)).contains(width)).ok_or(wrong)?;
        let offset = offset(call, call.word(at + 2), Some(width))?;
        let operation = match takes {
            2 => Operation::Get,
            _ => {
                let value = call.int(at + 3)?;
                if call.is(at, "SET") { Operation::Set(value) } else { Operation::Add(value) }
            }
        };
        steps.push(Step { operation, signed, width: width as u32, at: offset, overflow });
        at += takes + 1;
    }
    Ok(steps)
}

impl Step {
    /// Offset of the bit behind the field.
    fn end(&self) -> u64 {
        self.at + u64::from(self.width)
    }

    fn read(&self, bytes: &[u8]) -> i64 {
        let raw = (self.at..self.end()).fold(0u64, |value, at| value << 1 | u64::from(bit(bytes, at)));
        self.fold_sign(raw)
    }

    fn fold_sign(&self, raw: u64) -> i64 {
        let unused = 64 - self.width;
        if self.signed { ((raw << unused) as i64) >> unused } else { raw as i64 }
    }

    fn write(&self, bytes: &mut Vec<u8>, value: i64) {
        let len = to_usize(self.end().div_ceil(8));
        if bytes.len() < len {
            bytes.resize(len, 0);
        }
        for (nth, at) in (self.at..self.end()).enumerate() {
            let (mask, place) = (0x80u8 >> (at % 8), to_usize(at / 8));
            if value >> (self.width as usize - 1 - nth) & 1 == 1 {
                bytes[place] |= mask;
            } else {
                bytes[place] &= !mask;
            }
        }
    }

    /// The value that fits, or none where it must not overflow.
    fn fit(&self, value: i128) -> Option<i64> {
        let (min, max) = if self.signed {
            (-(1i128 << (self.width - 1)), (1i128 << (self.width - 1)) - 1)
        } else {
            (0, (1i128 << self.width) - 1)
        };
        if (min..=max).contains(&value) {
            return Some(value as i64);
        }
        match self.overflow {
            Overflow::Fail => None,
            Overflow::Saturate => Some(if value > max { max } else { min } as i64),
            Overflow::Wrap => {
                let mask = if self.width == 64 { u64::MAX } else { (1u64 << self.width) - 1 };
                Some(self.fold_sign(value as u64 & mask))
            }
        }
    }
}

pub(crate) fn bitfield(call: &mut Call<'_>) -> Answer {
    let (key, steps) = (call.word(1), steps(call)?);
    let writes = steps.iter().any(|step| !matches!(step.operation, Operation::Get));
    call.reads = !writes;
    let mut bytes = bytes(call, key)?.unwrap_or_default();
    let (len, mut changes) = (bytes.len(), 0);
    if writes {
        // Room is made for the furthest bit, also where nothing will be set.
        let furthest =
            steps.iter().filter(|step| !matches!(step.operation, Operation::Get)).map(Step::end).max().unwrap_or(0);
        let len = bytes.len().max(to_usize(furthest.div_ceil(8)));
        meter::tick((len - bytes.len()) / 64);
        let more = len - bytes.len();
        meter::grow(&mut bytes, more);
        bytes.resize(len, 0);
    }
    let mut replies = Vec::new();
    for step in &steps {
        let old = step.read(&bytes);
        let (new, shown) = match step.operation {
            Operation::Get => {
                replies.push(Reply::Int(old));
                continue;
            }
            // What does not fit an unsigned field is taken for its bits.
            Operation::Set(value) if !step.signed => (step.fit(i128::from(value as u64)), old),
            Operation::Set(value) => (step.fit(i128::from(value)), old),
            Operation::Add(by) => {
                let new = step.fit(i128::from(old) + i128::from(by));
                (new, new.unwrap_or(0))
            }
        };
        // Since 7.0 a field that is left as it was is no modification, unless the string has grown.
        changes += usize::from(match new {
            _ if !call.since(7, 0) => true,
            None => false,
            Some(new) => new != old || bytes.len() > len,
        });
        match new {
            None => replies.push(Reply::Nil),
            Some(new) => {
                step.write(&mut bytes, new);
                replies.push(Reply::Int(shown));
            }
        }
    }
    if writes {
        call.put(key, Value::Text(Text::Raw(bytes)));
        if changes > 0 {
            call.changed(key, Class::String, "setbit", changes);
        }
    }
    Ok(Reply::Array(replies))
}

pub(crate) fn bitfield_ro(call: &mut Call<'_>) -> Answer {
    if steps(call)?.iter().any(|step| !matches!(step.operation, Operation::Get)) {
        return Err("ERR BITFIELD_RO only supports the GET subcommand".into());
    }
    bitfield(call)
}
