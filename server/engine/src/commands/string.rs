//! Strings.

use commands::CommandId;
use protocol::{
    Reply,
    number::{parse_int, to_usize},
};

use super::{
    compare::Condition,
    expiry::{self, Expiry},
};
use crate::{
    Class,
    call::{Answer, Call},
    error::{Error, NOT_FLOAT, OVERFLOW, TOO_LONG, WRONG_TYPE},
    long_double::LongDouble,
    value::{Text, Value},
};

/// Returns a key's string as a reply, `nil` if there is no such key.
pub(super) fn get_reply(call: &mut Call<'_>, key: &[u8]) -> Answer {
    Ok(call.read::<Text>(key)?.map_or(Reply::Nil, |text| Reply::Bulk(text.to_vec())))
}

/// As `get_reply`, for a command that also writes: the lookup counts as a read, like that of `GET`.
fn get_reply_counting(call: &mut Call<'_>, key: &[u8]) -> Answer {
    let reads = std::mem::replace(&mut call.reads, true);
    let reply = get_reply(call, key);
    call.reads = reads;
    reply
}

pub(crate) fn get(call: &mut Call<'_>) -> Answer {
    get_reply(call, call.word(1))
}

/// The options of `SET`, `GETEX`, `HSETEX`, `MSETEX`.
#[derive(Default)]
struct SetOptions<'a> {
    only_new: bool,
    only_old: bool,
    keep: bool,
    persist: bool,
    get: bool,
    condition: Option<(Condition, &'a [u8])>,
    expiry: Option<(Expiry, usize)>,
}

fn set_options<'a>(call: &Call<'a>, from: usize, getex: bool) -> Result<SetOptions<'a>, Error> {
    let mut options = SetOptions::default();
    let mut at = from;
    while at < call.count() {
        let has_next = at + 1 < call.count();
        // The same option may come again.
        let free = |kind: Option<Expiry>| {
            options.expiry.is_none_or(|(old, _)| Some(old) == kind) && !options.keep && !options.persist
        };
        // Redis lets NX and XX stand behind a condition, but not before it.
        let conditional = options.condition.is_some() && !call.redis(8, 4);
        if call.is(at, "NX") && !options.only_old && !conditional && !getex {
            options.only_new = true;
        } else if call.is(at, "XX") && !options.only_new && !conditional && !getex {
            options.only_old = true;
        } else if let Some(condition) = Condition::of_option(call, at).filter(|condition| {
            let again = options.condition.is_none_or(|(before, _)| call.redis(8, 4) && before == *condition);
            again && !options.only_new && !options.only_old && !getex && has_next
        }) {
            at += 1;
            options.condition = Some((condition, call.word(at)));
        } else if call.is(at, "GET") && !getex {
            options.get = true;
        } else if call.is(at, "KEEPTTL") && options.expiry.is_none() && !getex {
            options.keep = true;
        } else if call.is(at, "PERSIST") && options.expiry.is_none() && getex {
            options.persist = true;
        } else if let Some(expiry) = Expiry::of_option(call.word(at)).filter(|kind| free(Some(*kind)) && has_next) {
            at += 1;
            options.expiry = Some((expiry, at));
        } else {
            return call.syntax();
        }
        at += 1;
    }
    if options.get && options.only_new && !call.since(7, 0) {
        return call.syntax();
    }
    Ok(options)
}

/// Reads the expiry of a key. Zero and below is an error here.
fn expires_at(call: &Call<'_>, options: &SetOptions<'_>) -> Result<Option<i64>, Error> {
    match options.expiry {
        None => Ok(None),
        Some((expiry, at)) => expiry::positive(call, expiry, at).map(Some),
    }
}

pub(crate) fn set(call: &mut Call<'_>) -> Answer {
    let (key, value) = (call.word(1), call.word(2));
    let options = set_options(call, 3, false)?;
    let expires = expires_at(call, &options)?;
    let found = call.exists(key);
    if options.only_old && !found && !call.since(7, 0) {
        // 6.2 did not get so far as to read the key.
        return Ok(Reply::Nil);
    }
    let old = if options.get { Some(get_reply_counting(call, key)?) } else { None };
    let holds = match options.condition {
        None => true,
        Some((condition, operand)) => match call.read::<Text>(key)? {
            Some(text) => condition.holds(text, operand)?,
            None => condition.holds_of_nothing(),
        },
    };
    if (options.only_new && found) || (options.only_old && !call.since(7, 0)) {
        call.touch(key);
    }
    if (options.only_new && found) || (options.only_old && !found) || !holds {
        return Ok(old.unwrap_or(Reply::Nil));
    }
    set_text(call, key, value, expires, options.keep);
    Ok(old.unwrap_or_else(Reply::ok))
}

/// Sets a key, notifying `set` and `expire`.
/// A new string. What a script writes in Valkey 9.1 is not turned into an integer.
fn text_of(call: &Call<'_>, value: &[u8]) -> Text {
    if call.in_script && call.valkey(9, 1) { Text::Bytes(value.to_vec()) } else { Text::new(value) }
}

fn set_text(call: &mut Call<'_>, key: &[u8], value: &[u8], expires: Option<i64>, keep: bool) {
    if expires.is_some_and(|at| call.is_past(at)) && call.valkey(8, 0) && call.spec.id != CommandId::Msetex {
        // Valkey deletes the key instead. Redis keeps it until it is looked up.
        call.delete_expired(key);
        return;
    }
    let value = Value::Text(text_of(call, value));
    if keep {
        call.set_keeping(key, value);
    } else {
        call.set(key, value);
    }
    // Redis' MSETEX sets the expiry first.
    let late = call.spec.id == CommandId::Msetex && call.redis(8, 4) && expires.is_some();
    if !late {
        call.notify(Class::String, "set", key);
    }
    call.engine.dirty += 1;
    // A key whose time is over goes when it is looked up next.
    if let Some(at) = expires {
        call.set_expiry(key, Some(at));
        call.notify(Class::Generic, "expire", key);
    }
    if late {
        call.notify(Class::String, "set", key);
    }
}

pub(crate) fn setnx(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    if call.exists(key) {
        call.touch(key);
        return Ok(Reply::Int(0));
    }
    set_text(call, key, call.word(2), None, false);
    Ok(Reply::Int(1))
}

pub(crate) fn setex(call: &mut Call<'_>) -> Answer {
    let expires = expiry::positive(call, Expiry::Seconds, 2)?;
    set_text(call, call.word(1), call.word(3), Some(expires), false);
    Ok(Reply::ok())
}

pub(crate) fn psetex(call: &mut Call<'_>) -> Answer {
    let expires = expiry::positive(call, Expiry::Milliseconds, 2)?;
    set_text(call, call.word(1), call.word(3), Some(expires), false);
    Ok(Reply::ok())
}

pub(crate) fn getset(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    let old = get_reply_counting(call, key)?;
    set_text(call, key, call.word(2), None, false);
    Ok(old)
}

pub(crate) fn getdel(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    let old = get_reply_counting(call, key)?;
    call.delete_notifying(key);
    Ok(old)
}

pub(crate) fn delifeq(call: &mut Call<'_>) -> Answer {
    let (key, expected) = (call.word(1), call.word(2));
    let equal = call.read::<Text>(key)?.is_some_and(|text| text.with(|bytes| bytes == expected));
    Ok(Reply::Int(i64::from(equal && call.delete_notifying(key))))
}

pub(crate) fn getex(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    let options = set_options(call, 2, true)?;
    if call.valkey(9, 1) {
        expires_at(call, &options)?;
    }
    let old = get_reply_counting(call, key)?;
    if old == Reply::Nil {
        return Ok(old);
    }
    match expires_at(call, &options)? {
        Some(at) if call.is_past(at) => {
            call.delete_expired(key);
        }
        Some(at) => {
            call.set_expiry(key, Some(at));
            call.changed(key, Class::Generic, "expire", 1);
        }
        None if options.persist && call.entry(key).is_some_and(|entry| entry.expires.is_some()) => {
            call.set_expiry(key, None);
            call.changed(key, Class::Generic, "persist", 1);
        }
        None => {}
    }
    Ok(old)
}

pub(crate) fn mget(call: &mut Call<'_>) -> Answer {
    // A key of another type counts as none here.
    let all = call.rest(1).iter().inspect(|_| meter::tick(1)).map(|key| match call.read::<Text>(key) {
        Ok(Some(text)) => Reply::Bulk(text.to_vec()),
        _ => Reply::Nil,
    });
    Ok(Reply::array(all))
}

fn mset_pairs(call: &mut Call<'_>, only_new: bool) -> Result<bool, Error> {
    if call.count().is_multiple_of(2) {
        return Err(match (call.since(7, 0), only_new) {
            (true, _) => Error::wrong_count(call.spec),
            (false, _) => "ERR wrong number of arguments for MSET".into(),
        });
    }
    let pairs = call.rest(1);
    if only_new && let Some(pair) = pairs.chunks(2).find(|pair| call.exists(&pair[0])) {
        call.touch(&pair[0]);
        return Ok(false);
    }
    for pair in pairs.chunks(2) {
        set_text(call, &pair[0], &pair[1], None, false);
    }
    Ok(true)
}

pub(crate) fn mset(call: &mut Call<'_>) -> Answer {
    mset_pairs(call, false).map(|_| Reply::ok())
}

pub(crate) fn msetnx(call: &mut Call<'_>) -> Answer {
    mset_pairs(call, true).map(|set| Reply::Int(i64::from(set)))
}

pub(crate) fn msetex(call: &mut Call<'_>) -> Answer {
    let wrong =
        if call.valkey(9, 1) { "ERR invalid numkeys value or out of range" } else { "ERR invalid numkeys value" };
    let count = call.int_or(1, wrong)?;
    let count = usize::try_from(count).ok().filter(|count| (1..=i32::MAX as usize).contains(count)).ok_or(wrong)?;
    let end = count.saturating_mul(2).saturating_add(2);
    if end > call.count() {
        return if call.valkey(9, 1) { call.syntax() } else { Err("ERR wrong number of key-value pairs".into()) };
    }
    let options = set_options(call, end, false)?;
    if options.get || options.condition.is_some() {
        return call.syntax();
    }
    let expires = expires_at(call, &options)?;
    let pairs = &call.rest(2)[..2 * count];
    let found = pairs.chunks(2).filter(|pair| call.exists(&pair[0])).count();
    if (options.only_new && found > 0) || (options.only_old && found < count) {
        return Ok(Reply::Int(0));
    }
    for pair in pairs.chunks(2) {
        set_text(call, &pair[0], &pair[1], expires, options.keep);
    }
    Ok(Reply::Int(1))
}

fn add(call: &mut Call<'_>, key: &[u8], by: i64) -> Answer {
    let old = match call.read::<Text>(key)? {
        None => 0,
        Some(text) => text.int().ok_or(Error::from(crate::error::NOT_INT))?,
    };
    let new = old.checked_add(by).ok_or(Error::from(OVERFLOW))?;
    call.put(key, Value::Text(Text::Int(new)));
    call.changed(key, Class::String, "incrby", 1);
    Ok(Reply::Int(new))
}

pub(crate) fn incr(call: &mut Call<'_>) -> Answer {
    add(call, call.word(1), 1)
}

pub(crate) fn decr(call: &mut Call<'_>) -> Answer {
    add(call, call.word(1), -1)
}

pub(crate) fn incrby(call: &mut Call<'_>) -> Answer {
    add(call, call.word(1), call.int(2)?)
}

pub(crate) fn decrby(call: &mut Call<'_>) -> Answer {
    let by = call.int(2)?;
    // Redis 6.2 did not mind that this has no opposite.
    let by = match by.checked_neg() {
        None if call.since(7, 0) => return Err("ERR decrement would overflow".into()),
        opposite => opposite.unwrap_or(by),
    };
    add(call, call.word(1), by)
}

/// The sum of a text that is a number, none counting as zero, and the word at `at`.
pub(super) fn float_sum(call: &Call<'_>, old: Option<&[u8]>, at: usize, broken: &'static str) -> Result<String, Error> {
    let infinite = "ERR increment would produce NaN or Infinity";
    let is_infinite = |text: &[u8]| protocol::number::parse_double(text).is_some_and(f64::is_infinite);
    let old = old.unwrap_or(b"0");
    let stored = match LongDouble::parse(old) {
        None if !is_infinite(old) => return Err(broken.into()),
        stored => stored,
    };
    let by = LongDouble::parse(call.word(at));
    let Some(by) = by else {
        return Err(if is_infinite(call.word(at)) { infinite } else { NOT_FLOAT }.into());
    };
    match stored.map(|stored| stored.add(&by)) {
        Some(sum) if !sum.is_infinite() => Ok(sum.print()),
        _ => Err(infinite.into()),
    }
}

pub(crate) fn incrbyfloat(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    let old = call.read::<Text>(key)?.map(Text::to_vec);
    let sum = float_sum(call, old.as_deref(), 2, NOT_FLOAT)?;
    call.put(key, Value::Text(Text::Bytes(sum.clone().into_bytes())));
    call.changed(key, Class::String, "incrbyfloat", 1);
    Ok(Reply::Bulk(sum.into_bytes()))
}

fn check_length(call: &Call<'_>, len: i64) -> Result<(), Error> {
    if len <= call.engine.config.max_bulk {
        return Ok(());
    }
    Err(TOO_LONG.into())
}

pub(crate) fn append(call: &mut Call<'_>) -> Answer {
    let (key, more) = (call.word(1), call.word(2));
    let Some(len) = call.read::<Text>(key)?.map(Text::len) else {
        // The word is kept as it came, but for numbers.
        call.put(key, Value::Text(text_of(call, more)));
        call.changed(key, Class::String, "append", 1);
        return Ok(Reply::Int(more.len() as i64));
    };
    check_length(call, (len + more.len()) as i64)?;
    let len = call.edit::<Text>(key)?.map_or(0, |text| {
        let bytes = text.raw();
        meter::tick(1 + more.len() / 64);
        meter::grow(bytes, more.len());
        bytes.extend_from_slice(more);
        bytes.len()
    });
    call.changed(key, Class::String, "append", 1);
    Ok(Reply::Int(len as i64))
}

pub(crate) fn strlen(call: &mut Call<'_>) -> Answer {
    Ok(Reply::Int(call.read::<Text>(call.word(1))?.map_or(0, |text| text.len() as i64)))
}

/// The bytes from `start` to `end`, both included, negative ones counted from the end.
pub(super) fn slice(len: usize, start: i64, end: i64) -> std::ops::Range<usize> {
    let range = slice_of_bits(len as u64, start, end);
    to_usize(range.start)..to_usize(range.end)
}

/// As `slice`, for a length that may exceed `usize`, such as that of a string in bits.
pub(super) fn slice_of_bits(len: u64, start: i64, end: i64) -> std::ops::Range<u64> {
    if is_reversed(start, end) { 0..0 } else { clip(len, start, end) }
}

/// Returns true if both ends count from the end of the string, and the first is behind the last.
pub(super) fn is_reversed(start: i64, end: i64) -> bool {
    start < 0 && end < 0 && start > end
}

/// A range within `len` units, of ends that count from the end where they are negative; both are moved into it.
pub(super) fn clip(len: u64, start: i64, end: i64) -> std::ops::Range<u64> {
    let len = len as i64;
    let start = if start < 0 { (start + len).max(0) } else { start };
    let end = if end < 0 { (end + len).max(0) } else { end }.min(len - 1);
    if start > end || len == 0 { 0..0 } else { start as u64..end as u64 + 1 }
}

pub(crate) fn getrange(call: &mut Call<'_>) -> Answer {
    let (start, end) = (call.int(2)?, call.int(3)?);
    let part = call
        .read::<Text>(call.word(1))?
        .map_or(Vec::new(), |text| text.with(|bytes| meter::copy(&bytes[slice(bytes.len(), start, end)])));
    Ok(Reply::Bulk(part))
}

pub(crate) fn setrange(call: &mut Call<'_>) -> Answer {
    let (key, offset, part) = (call.word(1), call.int(2)?, call.word(3));
    if offset < 0 {
        return Err("ERR offset is out of range".into());
    }
    let len = call.read::<Text>(key)?.map(Text::len);
    if part.is_empty() {
        return Ok(Reply::Int(len.unwrap_or(0) as i64));
    }
    check_length(call, offset.saturating_add(part.len() as i64))?;
    let text = call.edit_or(key, |_| Text::Raw(Vec::new()))?;
    let from = to_usize(offset);
    let end = from.saturating_add(part.len());
    let bytes = text.raw_of(end);
    bytes[from..end].copy_from_slice(part);
    let len = bytes.len();
    call.changed(key, Class::String, "setrange", 1);
    Ok(Reply::Int(len as i64))
}

pub(crate) fn lcs(call: &mut Call<'_>) -> Answer {
    let (mut idx, mut only_len, mut with_len, mut min_len) = (false, false, false, 0);
    let mut at = 3;
    let text = |call: &mut Call<'_>, key: &[u8]| match call.read::<Text>(key) {
        Ok(text) => Ok(text.map_or(Vec::new(), Text::to_vec)),
        Err(_) => Err(Error::from("ERR The specified keys must contain string values")),
    };
    // Both are looked up before either is refused.
    let (a, b) = (text(call, call.word(1)), text(call, call.word(2)));
    let (a, b) = (a?, b?);
    while at < call.count() {
        if call.is(at, "IDX") {
            idx = true;
        } else if call.is(at, "LEN") {
            only_len = true;
        } else if call.is(at, "WITHMATCHLEN") {
            with_len = true;
        } else if call.is(at, "MINMATCHLEN") && at + 1 < call.count() {
            at += 1;
            min_len = to_usize(call.int(at)?);
        } else {
            return call.syntax();
        }
        at += 1;
    }
    if idx && only_len {
        return Err("ERR If you want both the length and indexes, please just use IDX.".into());
    }
    // A table of four bytes for each pair of places, those before the first bytes too.
    let table = (a.len() as u128 + 1) * (b.len() as u128 + 1) * 4;
    if table > call.engine.config.max_bulk.unsigned_abs().into() {
        return Err("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len".into());
    }
    let found = Lcs::of(&a, &b);
    if only_len {
        return Ok(Reply::Int(found.len as i64));
    }
    if !idx {
        return Ok(Reply::Bulk(found.text));
    }
    let pair = |(from, to): (usize, usize)| Reply::Array(vec![Reply::Int(from as i64), Reply::Int(to as i64)]);
    let ranges = found.ranges.iter().filter(|(a, _)| a.1 - a.0 + 1 >= min_len).map(|(a, b)| {
        let mut parts = vec![pair(*a), pair(*b)];
        if with_len {
            parts.push(Reply::Int((a.1 - a.0 + 1) as i64));
        }
        Reply::Array(parts)
    });
    Ok(Reply::Map(vec![
        (Reply::bulk("matches"), Reply::array(ranges)),
        (Reply::bulk("len"), Reply::Int(found.len as i64)),
    ]))
}

/// A longest common subsequence, and where it is in both texts, from the end on.
struct Lcs {
    len: usize,
    text: Vec<u8>,
    ranges: Vec<((usize, usize), (usize, usize))>,
}

impl Lcs {
    fn of(a: &[u8], b: &[u8]) -> Self {
        let width = b.len() + 1;
        let cells = (a.len() + 1) * width;
        let mut table: Vec<u32> = meter::with_capacity(cells);
        table.resize(cells, 0);
        for (i, x) in a.iter().enumerate() {
            meter::tick(width);
            for (j, y) in b.iter().enumerate() {
                table[(i + 1) * width + j + 1] = if x == y {
                    table[i * width + j] + 1
                } else {
                    table[i * width + j + 1].max(table[(i + 1) * width + j])
                };
            }
        }
        let len = table[a.len() * width + b.len()] as usize;
        let mut found = Self { len, text: Vec::with_capacity(len), ranges: Vec::new() };
        let (mut i, mut j) = (a.len(), b.len());
        let mut range: Option<((usize, usize), (usize, usize))> = None;
        while i > 0 && j > 0 {
            if a[i - 1] == b[j - 1] {
                found.text.push(a[i - 1]);
                range = Some(match range {
                    Some(((from, to), (from_b, to_b))) if from == i && from_b == j => {
                        ((from - 1, to), (from_b - 1, to_b))
                    }
                    other => {
                        found.ranges.extend(other);
                        ((i - 1, i - 1), (j - 1, j - 1))
                    }
                });
                i -= 1;
                j -= 1;
            } else if table[(i - 1) * width + j] > table[i * width + j - 1] {
                i -= 1;
            } else {
                j -= 1;
            }
        }
        found.ranges.extend(range);
        found.text.reverse();
        found
    }
}

/// A key's string, none where there is no key.
pub(super) fn bytes(call: &mut Call<'_>, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    Ok(call.read::<Text>(key)?.map(Text::to_vec))
}

/// Checks that a key holds a string or nothing.
pub(super) fn check_text(call: &mut Call<'_>, key: &[u8]) -> Result<(), Error> {
    match call.read::<Text>(key) {
        Ok(_) => Ok(()),
        Err(_) => Err(WRONG_TYPE.into()),
    }
}

/// An integer as commands take it that read the word before they look at the key.
pub(super) fn int(word: &[u8]) -> Option<i64> {
    parse_int(word)
}
