//! Lists.

use commands::Target;
use protocol::{Reply, number::to_usize};

use super::blocking;
use crate::{
    Class,
    call::{Answer, Call},
    error::{Error, NO_KEY, OUT_OF_RANGE},
    value::{Bytes, List, Value},
};

fn bulk(item: &Bytes) -> Reply {
    Reply::bulk(item)
}

/// The event of a push to an end of a list.
fn push_event(at_head: bool) -> &'static str {
    if at_head { "lpush" } else { "rpush" }
}

/// The event of a pop from an end of a list.
fn pop_event(at_head: bool) -> &'static str {
    if at_head { "lpop" } else { "rpop" }
}

/// Puts items into a list, which is made if it is not there, without reporting a modification; its length.
fn push_all(call: &mut Call<'_>, key: &[u8], items: &[Vec<u8>], at_head: bool) -> Result<usize, Error> {
    call.edit_or(key, |_| List::default())?;
    let len = call.edit_with(key, |list: &mut List, config| {
        list.grow(items.len(), items.iter().map(Vec::len).sum(), config);
        for item in items {
            list.push(item.as_slice().into(), at_head);
        }
        list.len()
    })?;
    Ok(len.unwrap_or(0))
}

fn push(call: &mut Call<'_>, at_head: bool) -> Answer {
    let (key, items) = (call.word(1), call.rest(2));
    let len = push_all(call, key, items, at_head)?;
    call.changed(key, Class::List, push_event(at_head), items.len());
    Ok(Reply::Int(len as i64))
}

pub(crate) fn lpush(call: &mut Call<'_>) -> Answer {
    push(call, true)
}

pub(crate) fn rpush(call: &mut Call<'_>) -> Answer {
    push(call, false)
}

fn push_if_there(call: &mut Call<'_>, at_head: bool) -> Answer {
    if call.read::<List>(call.word(1))?.is_none() {
        return Ok(Reply::Int(0));
    }
    push(call, at_head)
}

pub(crate) fn lpushx(call: &mut Call<'_>) -> Answer {
    push_if_there(call, true)
}

pub(crate) fn rpushx(call: &mut Call<'_>) -> Answer {
    push_if_there(call, false)
}

/// Takes up to `count` items of a list; none if there is no list.
fn take(call: &mut Call<'_>, key: &[u8], at_head: bool, count: usize) -> Result<Option<Vec<Bytes>>, Error> {
    let taken = call.edit_with(key, |list: &mut List, config| {
        let items: Vec<_> = meter::collect((0..count.min(list.len())).filter_map(|_| list.pop(at_head)));
        list.shrink(config);
        items
    })?;
    if let Some(items) = &taken {
        call.changed(key, Class::List, pop_event(at_head), items.len());
        call.drop_if_empty(key);
    }
    Ok(taken)
}

fn pop(call: &mut Call<'_>, at_head: bool) -> Answer {
    let key = call.word(1);
    if call.count() > 3 {
        return call.wrong_count();
    }
    if call.count() < 3 {
        let item = take(call, key, at_head, 1)?;
        return Ok(item.and_then(|items| items.first().map(bulk)).unwrap_or(Reply::Nil));
    }
    let count = to_usize(call.int_in(2, 0..=i64::MAX)?);
    if count == 0 {
        let found = call.read::<List>(key)?.is_some();
        return Ok(if found { Reply::Array(Vec::new()) } else { Reply::NilArray });
    }
    Ok(match take(call, key, at_head, count)? {
        Some(items) => Reply::array(items.iter().map(bulk)),
        None => Reply::NilArray,
    })
}

pub(crate) fn lpop(call: &mut Call<'_>) -> Answer {
    pop(call, true)
}

pub(crate) fn rpop(call: &mut Call<'_>) -> Answer {
    pop(call, false)
}

pub(crate) fn llen(call: &mut Call<'_>) -> Answer {
    Ok(Reply::Int(call.read::<List>(call.word(1))?.map_or(0, List::len) as i64))
}

pub(crate) fn lindex(call: &mut Call<'_>) -> Answer {
    let found = call.read::<List>(call.word(1))?.is_some();
    if !found {
        return Ok(Reply::Nil);
    }
    let index = call.int(2)?;
    let item = call.read::<List>(call.word(1))?.and_then(|list| list.get(list.place(index)?));
    Ok(item.map_or(Reply::Nil, bulk))
}

pub(crate) fn lset(call: &mut Call<'_>) -> Answer {
    let (key, value) = (call.word(1), call.word(3));
    if call.read::<List>(key)?.is_none() {
        return Err(NO_KEY.into());
    }
    let mut index = call.int(2)?;
    if call.since(7, 2) {
        // It is cut to 32 bits.
        index = i64::from(index as i32);
    }
    let done = call.edit_with(key, |list: &mut List, config| {
        // The servers count the item as one more, and make room for it before they look if the place is there.
        list.grow(1, value.len(), config);
        let at = list.place(index)?;
        list.set(at, value.into());
        list.shrink_after_set(config);
        Some(())
    })?;
    match done.flatten() {
        Some(()) => {
            call.changed(key, Class::List, "lset", 1);
            Ok(Reply::ok())
        }
        None => Err(OUT_OF_RANGE.into()),
    }
}

/// A range of places, both ends included, negative ones counted from the end.
pub(super) fn range_of(len: usize, start: i64, end: i64) -> std::ops::Range<usize> {
    let len = len as i64;
    let start = if start < 0 { (start + len).max(0) } else { start };
    let end = if end < 0 { end + len } else { end }.min(len - 1);
    if start > end || start >= len { 0..0 } else { to_usize(start)..to_usize(end) + 1 }
}

pub(crate) fn lrange(call: &mut Call<'_>) -> Answer {
    let (start, end) = (call.int(2)?, call.int(3)?);
    let items = call.read::<List>(call.word(1))?.map_or(Vec::new(), |list| {
        let range = range_of(list.len(), start, end);
        meter::collect(list.iter().skip(range.start).take(range.len()).map(bulk))
    });
    Ok(Reply::Array(items))
}

pub(crate) fn ltrim(call: &mut Call<'_>) -> Answer {
    let (key, start, end) = (call.word(1), call.int(2)?, call.int(3)?);
    let trimmed = call.edit_with(key, |list: &mut List, config| {
        let before = list.len();
        list.trim(range_of(before, start, end));
        list.shrink(config);
        before - list.len()
    })?;
    if let Some(trimmed) = trimmed {
        call.notify(Class::List, "ltrim", key);
        // Valkey 8.1 and 9.1, but not 9.0, abort no transaction where nothing is trimmed.
        let quiet = call.engine.target == Target::valkey(8, 1) || call.valkey(9, 1);
        if trimmed > 0 || !quiet {
            call.signal(key);
        }
        call.engine.dirty += trimmed as u64;
        call.drop_if_empty(key);
    }
    Ok(Reply::ok())
}

pub(crate) fn lrem(call: &mut Call<'_>) -> Answer {
    let (key, count, value) = (call.word(1), call.int(2)?, call.word(3));
    let limit = if count == 0 { usize::MAX } else { to_usize(count.unsigned_abs()) };
    let removed = call.edit_with(key, |list: &mut List, config| {
        let is = |(at, item): (usize, &Bytes)| (**item == *value).then_some(at);
        let places: Vec<usize> = if count < 0 {
            meter::collect((0..list.len()).rev().filter_map(|at| is((at, list.get(at)?))).take(limit))
        } else {
            let mut places: Vec<_> = meter::collect(list.iter().enumerate().filter_map(is).take(limit));
            places.reverse();
            places
        };
        for at in &places {
            list.remove(*at);
        }
        if !places.is_empty() {
            list.shrink(config);
        }
        places.len()
    })?;
    let removed = removed.unwrap_or(0);
    if removed > 0 {
        call.changed(key, Class::List, "lrem", removed);
        call.drop_if_empty(key);
    }
    Ok(Reply::Int(removed as i64))
}

pub(crate) fn linsert(call: &mut Call<'_>) -> Answer {
    let after = call.is(2, "AFTER");
    if !after && !call.is(2, "BEFORE") {
        return call.syntax();
    }
    let (key, pivot, value) = (call.word(1), call.word(3), call.word(4));
    let len = call.edit_with(key, |list: &mut List, config| {
        // Room is made before the pivot is looked for.
        list.grow(1, value.len(), config);
        let Some(at) = list.iter().position(|item| **item == *pivot) else { return -1 };
        list.insert(at + usize::from(after), value.into());
        list.len() as i64
    })?;
    let len = len.unwrap_or(0);
    if len > 0 {
        call.changed(key, Class::List, "linsert", 1);
    }
    Ok(Reply::Int(len))
}

pub(crate) fn lpos(call: &mut Call<'_>) -> Answer {
    let (mut rank, mut count, mut max_len) = (1, None, 0);
    let mut at = 3;
    while at < call.count() {
        if at + 1 >= call.count() {
            return call.syntax();
        }
        if call.is(at, "RANK") {
            rank = call.int(at + 1)?;
            if rank == i64::MIN && !call.since(7, 2) {
                // It has no opposite, and so no match was too early.
                rank = -1;
            }
            if rank == i64::MIN {
                return Err(
                    "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807".into(),
                );
            }
            if rank == 0 && !call.since(7, 0) {
                return Err(
                    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second, ...".into()
                );
            }
            if rank == 0 {
                return Err("ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list".into());
            }
        } else if call.is(at, "COUNT") {
            count = Some(call.int(at + 1).ok().filter(|count| *count >= 0).ok_or("ERR COUNT can't be negative")?);
        } else if call.is(at, "MAXLEN") {
            max_len = call.int(at + 1).ok().filter(|count| *count >= 0).ok_or("ERR MAXLEN can't be negative")?;
        } else {
            return call.syntax();
        }
        at += 2;
    }
    let value = call.word(2);
    let limit = match count {
        Some(0) => usize::MAX,
        Some(count) => to_usize(count),
        None => 1,
    };
    let max_len = if max_len == 0 { usize::MAX } else { to_usize(max_len) };
    let skip = to_usize(rank.unsigned_abs() - 1);
    let found: Vec<usize> = call.read::<List>(call.word(1))?.map_or(Vec::new(), |list| {
        let last = list.len().saturating_sub(1);
        let all: Box<dyn Iterator<Item = (usize, &Bytes)>> = if rank < 0 {
            Box::new(list.iter().rev().enumerate().map(move |(at, item)| (last - at, item)))
        } else {
            Box::new(list.iter().enumerate())
        };
        meter::collect(all.take(max_len).filter(|(_, item)| ***item == *value).map(|(at, _)| at).skip(skip).take(limit))
    });
    Ok(match (count, found.first()) {
        (Some(_), _) => Reply::array(found.iter().map(|at| Reply::Int(*at as i64))),
        (None, Some(at)) => Reply::Int(*at as i64),
        (None, None) => Reply::Nil,
    })
}

/// True if a word names the head of a list.
fn side(call: &Call<'_>, at: usize) -> Result<bool, Error> {
    if call.is(at, "LEFT") {
        Ok(true)
    } else if call.is(at, "RIGHT") {
        Ok(false)
    } else {
        call.syntax()
    }
}

/// Takes an item of one list and puts it into another, or the same.
fn move_item(call: &mut Call<'_>, from: &[u8], to: &[u8], from_head: bool, to_head: bool) -> Answer {
    if call.read::<List>(from)?.is_none() {
        // Those who waited in vain get no array.
        let waits = call.spec.name.starts_with('B') && !call.in_script;
        return Ok(if waits { Reply::NilArray } else { Reply::Nil });
    }
    call.read::<List>(to)?;
    // Where both are the same and hold one item, the key stays.
    let item = call.edit_with(from, |list: &mut List, config| {
        let item = list.pop(from_head);
        list.shrink(config);
        item
    })?;
    let Some(item) = item.flatten() else { return Ok(Reply::Nil) };
    push_all(call, to, &[item.to_vec()], to_head)?;
    call.changed(to, Class::List, push_event(to_head), 1);
    call.changed(from, Class::List, pop_event(from_head), 0);
    call.drop_if_empty(from);
    Ok(bulk(&item))
}

pub(crate) fn lmove(call: &mut Call<'_>) -> Answer {
    let (from_head, to_head) = (side(call, 3)?, side(call, 4)?);
    move_item(call, call.word(1), call.word(2), from_head, to_head)
}

pub(crate) fn blmove(call: &mut Call<'_>) -> Answer {
    let (from_head, to_head) = (side(call, 3)?, side(call, 4)?);
    blocking::timeout(call, 5)?;
    move_item(call, call.word(1), call.word(2), from_head, to_head)
}

pub(crate) fn rpoplpush(call: &mut Call<'_>) -> Answer {
    move_item(call, call.word(1), call.word(2), false, true)
}

pub(crate) fn brpoplpush(call: &mut Call<'_>) -> Answer {
    blocking::timeout(call, 3)?;
    move_item(call, call.word(1), call.word(2), false, true)
}

fn blocking_pop(call: &mut Call<'_>, at_head: bool) -> Answer {
    let last = call.count() - 1;
    blocking::timeout(call, last)?;
    for key in &call.rest(1)[..last - 1] {
        if let Some(item) = take(call, key, at_head, 1)?.and_then(|items| items.into_iter().next()) {
            return Ok(Reply::Array(vec![Reply::bulk(key), bulk(&item)]));
        }
    }
    call.nil_array()
}

pub(crate) fn blpop(call: &mut Call<'_>) -> Answer {
    blocking_pop(call, true)
}

pub(crate) fn brpop(call: &mut Call<'_>) -> Answer {
    blocking_pop(call, false)
}

fn pop_of_many(call: &mut Call<'_>, from: usize) -> Answer {
    let keys = blocking::keys(call, from)?;
    let at_head = side(call, from + 1 + keys.len())?;
    let count = blocking::count(call, from + 2 + keys.len())?;
    if from > 1 {
        // The timeout is before the rest, and looked at last.
        blocking::timeout(call, 1)?;
    }
    for key in keys {
        if let Some(items) = take(call, key, at_head, count)? {
            let items = meter::collect(items.iter().map(bulk));
            return Ok(Reply::Array(vec![Reply::bulk(key), Reply::Array(items)]));
        }
    }
    call.nil_array()
}

pub(crate) fn lmpop(call: &mut Call<'_>) -> Answer {
    pop_of_many(call, 1)
}

pub(crate) fn blmpop(call: &mut Call<'_>) -> Answer {
    pop_of_many(call, 2)
}

/// A list of these items.
pub(super) fn of_items(call: &Call<'_>, items: impl Iterator<Item = Vec<u8>>) -> Value {
    let mut list = List::default();
    for item in items {
        list.grow(1, item.len(), &call.engine.config);
        list.push(item.into(), false);
    }
    Value::List(list)
}
