//! `SORT` and `SORT_RO`.

use std::cmp::Ordering;

use commands::CommandId;
use protocol::{
    Reply,
    number::{strtod, to_usize},
};

use super::list;
use crate::{
    Class,
    call::{Answer, Call},
    error::{Error, WRONG_TYPE},
    value::{Bytes, Value, Zset},
};

struct Options<'a> {
    descending: bool,
    alpha: bool,
    offset: i64,
    count: i64,
    by: Option<&'a [u8]>,
    get: Vec<&'a [u8]>,
    store: Option<&'a [u8]>,
}

fn options<'a>(call: &Call<'a>) -> Result<Options<'a>, Error> {
    let mut it =
        Options { descending: false, alpha: false, offset: 0, count: -1, by: None, get: Vec::new(), store: None };
    let mut at = 2;
    while at < call.count() {
        let left = call.count() - at - 1;
        if call.is(at, "ASC") {
            it.descending = false;
        } else if call.is(at, "DESC") {
            it.descending = true;
        } else if call.is(at, "ALPHA") {
            it.alpha = true;
        } else if call.is(at, "LIMIT") && left >= 2 {
            it.offset = call.int(at + 1)?;
            it.count = call.int(at + 2)?;
            at += 2;
        } else if call.is(at, "STORE") && left >= 1 && call.spec.id == CommandId::Sort {
            it.store = Some(call.word(at + 1));
            at += 1;
        } else if call.is(at, "BY") && left >= 1 {
            it.by = Some(call.word(at + 1));
            at += 1;
        } else if call.is(at, "GET") && left >= 1 {
            it.get.push(call.word(at + 1));
            at += 1;
        } else {
            return call.syntax();
        }
        at += 1;
    }
    Ok(it)
}

/// Returns the value at `prefix*suffix` or `prefix*suffix->field` with the element in place of the star; `#` is the element.
fn look_up(call: &mut Call<'_>, pattern: &[u8], element: &[u8]) -> Option<Vec<u8>> {
    if pattern == b"#" {
        return Some(meter::copy(element));
    }
    let star = pattern.iter().position(|byte| *byte == b'*')?;
    let behind = &pattern[star + 1..];
    // An arrow with nothing behind it belongs to the key.
    let arrow = behind.windows(2).position(|two| two == b"->").filter(|arrow| arrow + 2 < behind.len());
    let (suffix, field) = match arrow {
        Some(arrow) => (&behind[..arrow], Some(&behind[arrow + 2..])),
        None => (behind, None),
    };
    meter::tick(1 + (pattern.len() + element.len()) / 64);
    meter::afford(pattern.len() + element.len());
    let key = [&pattern[..star], element, suffix].concat();
    // The key is made anew each time, and may be where the one before was.
    call.forget_lookups();
    let now = call.now();
    let entry = call.look_up(&key)?;
    match (&*entry.value, field) {
        (Value::Text(text), None) => Some(text.to_vec()),
        (Value::Hash(hash), Some(field)) => hash.live(field, now).map(|field| meter::copy(&field.value)),
        _ => None,
    }
}

/// A weight, all of the text being one. Up to Redis 7.4 and Valkey 9.0 `strtod` reads it, which passes over blanks, knows
/// hexadecimal and takes no text for zero; Redis 8.2 takes what overflows for infinite, which the others refuse.
fn weight(call: &Call<'_>, text: &[u8]) -> Option<f64> {
    let by_strtod = !call.redis(8, 2) && !call.valkey(9, 1);
    // All of them stop at a NUL.
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    if text.is_empty() {
        return (!call.valkey(9, 1)).then_some(0.0);
    }
    let trimmed = if by_strtod { text.trim_ascii_start() } else { text };
    let letters = |letter: u8| trimmed.iter().any(|byte| byte.eq_ignore_ascii_case(&letter));
    if !by_strtod && letters(b'x') {
        return None;
    }
    let value = strtod(trimmed).filter(|value| !value.is_nan())?;
    let overflows = value.is_infinite() && !letters(b'n');
    let underflows = value == 0.0
        && trimmed.iter().take_while(|byte| !b"eEpP".contains(byte)).any(|byte| (b'1'..=b'9').contains(byte));
    (call.redis(8, 2) || !(overflows || underflows)).then_some(value)
}

/// The elements of the value; those of a list or sorted set in its order, from the other end where `reversed`.
fn elements(value: &Value, reversed: bool) -> Option<Vec<Bytes>> {
    Some(match value {
        Value::List(list) if reversed => meter::collect(list.iter().rev().cloned()),
        Value::List(list) => meter::collect(list.iter().cloned()),
        Value::Set(set) => meter::collect(set.iter()),
        Value::Zset(zset) if reversed => meter::collect(zset.iter().rev().map(|(member, _)| member.clone())),
        Value::Zset(zset) => meter::collect(zset.iter().map(|(member, _)| member.clone())),
        _ => return None,
    })
}

/// The part of `len` elements that `LIMIT` leaves.
fn window(options: &Options<'_>, len: usize) -> std::ops::Range<usize> {
    let start = to_usize(options.offset).min(len);
    let end = if options.count < 0 { len } else { start.saturating_add(to_usize(options.count)).min(len) };
    start..end
}

pub(crate) fn sort(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    let mut options = options(call)?;
    // 6.2 looked keys up as a command that writes where the result is stored.
    call.reads = options.store.is_none() || call.since(7, 0);
    // Without a star every element would have the same weight, which is how one asks for no sorting.
    let mut sorts = options.by.is_none_or(|by| by.contains(&b'*'));
    // A sorted set is taken out of its compact form for this, and stays so.
    if let Ok(Some(zset)) = call.read::<Zset>(key)
        && zset.is_compact()
        && let Some(entry) = call.engine.keyspace.get_mut(*call.db, key)
        && let Value::Zset(zset) = Value::make_mut(&mut entry.value)
    {
        zset.make_table();
    }
    let value = call.entry(key).map(|entry| entry.value.clone());
    let is_set = matches!(value.as_deref(), Some(Value::Set(_)));
    if is_set && !sorts && (options.store.is_some() || call.in_script) {
        // What is stored or seen by a script must not depend on the order of a table.
        sorts = true;
        options.alpha = true;
        options.by = None;
    }
    let mut elements = match value.as_deref() {
        None => Vec::new(),
        Some(value) => elements(value, !sorts && options.descending).ok_or(WRONG_TYPE)?,
    };
    if let Some(Value::Zset(zset)) = value.as_deref()
        && zset.is_compact()
    {
        // The servers make a skip list of it to sort it, and leave it so.
        drop(value);
        if let Some(entry) = call.engine.keyspace.reshape(*call.db, key)
            && let Value::Zset(zset) = Value::make_mut(&mut entry.value)
        {
            zset.make_table();
        }
    }
    if sorts {
        sort_elements(call, &options, &mut elements)?;
    }
    let window = window(&options, elements.len());
    let elements = &elements[window];
    let mut found: Vec<Option<Vec<u8>>> = meter::with_capacity(elements.len());
    for element in elements {
        if options.get.is_empty() {
            meter::push(&mut found, Some(meter::copy(element)));
        }
        for pattern in &options.get {
            meter::push(&mut found, look_up(call, pattern, element));
        }
    }
    let Some(store) = options.store else {
        return Ok(Reply::array(found.into_iter().map(|text| text.map_or(Reply::Nil, Reply::Bulk))));
    };
    let count = found.len();
    if count == 0 {
        call.delete_notifying(store);
    } else {
        let value = list::of_items(call, found.into_iter().map(Option::unwrap_or_default));
        call.set(store, value);
        call.notify(Class::List, "sortstore", store);
        call.engine.dirty += count as u64;
    }
    Ok(Reply::Int(count as i64))
}

/// The part of a text that SORT compares: what is only shown is compared by C's strcoll, which ends at a zero byte.
fn compared(text: Option<&[u8]>, whole: bool) -> Option<&[u8]> {
    text.map(|text| match text.iter().position(|&byte| byte == 0) {
        Some(end) if !whole => &text[..end],
        _ => text,
    })
}

fn sort_elements(call: &mut Call<'_>, options: &Options<'_>, elements: &mut Vec<Bytes>) -> Result<(), Error> {
    let mut weighed: Vec<(f64, Option<Vec<u8>>, Bytes)> = meter::with_capacity(elements.len());
    let mut converted = true;
    for element in elements.drain(..) {
        let by = match options.by {
            Some(pattern) => look_up(call, pattern, &element),
            None => Some(meter::copy(&element)),
        };
        let number = match &by {
            _ if options.alpha => 0.0,
            None => 0.0,
            Some(text) => weight(call, text).unwrap_or_else(|| {
                converted = false;
                0.0
            }),
        };
        weighed.push((number, by, element));
    }
    // All elements are looked up before the error is replied.
    if !converted {
        return Err("ERR One or more scores can't be converted into double".into());
    }
    let by_text = options.alpha;
    let whole = options.store.is_some();
    // The sort takes as much again.
    meter::afford(size_of_val(&*weighed));
    weighed.sort_by(|a, b| {
        meter::tick(1 + a.2.len() / 64);
        let order = if by_text {
            compared(a.1.as_deref(), whole).cmp(&compared(b.1.as_deref(), whole))
        } else {
            a.0.partial_cmp(&b.0).unwrap_or(Ordering::Equal).then_with(|| a.2.cmp(&b.2))
        };
        if options.descending { order.reverse() } else { order }
    });
    elements.extend(weighed.into_iter().map(|(_, _, element)| element));
    Ok(())
}
