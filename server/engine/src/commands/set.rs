//! Sets.

use protocol::{Reply, number::to_usize};

use crate::{
    Class,
    call::{Answer, Call},
    error::Error,
    value::{Bytes, Set, Value},
};

pub(crate) fn sadd(call: &mut Call<'_>) -> Answer {
    let (key, members) = (call.word(1), call.rest(2));
    if call.read::<Set>(key)?.is_some_and(|set| members.iter().all(|member| set.contains(member))) {
        return Ok(Reply::Int(0));
    }
    // Before 7.2 only the first member chose the form.
    let expected = if call.since(7, 2) { members.len() } else { 1 };
    call.edit_or(key, |call| Set::for_member(&members[0], expected, &call.engine.config))?;
    let new = call
        .edit_with(key, |set: &mut Set, config| members.iter().filter(|member| set.insert(member, config)).count())?;
    let new = new.unwrap_or(0);
    call.changed(key, Class::Set, "sadd", new);
    Ok(Reply::Int(new as i64))
}

pub(crate) fn srem(call: &mut Call<'_>) -> Answer {
    let (key, members) = (call.word(1), call.rest(2));
    if call.read::<Set>(key)?.is_none_or(|set| !members.iter().any(|member| set.contains(member))) {
        return Ok(Reply::Int(0));
    }
    let gone = call.edit::<Set>(key)?.map_or(0, |set| members.iter().filter(|member| set.remove(member)).count());
    call.changed(key, Class::Set, "srem", gone);
    call.drop_if_empty(key);
    Ok(Reply::Int(gone as i64))
}

pub(crate) fn smove(call: &mut Call<'_>) -> Answer {
    let (from, to, member) = (call.word(1), call.word(2), call.word(3));
    if call.read::<Set>(from)?.is_none() {
        return Ok(Reply::Int(0));
    }
    call.read::<Set>(to)?;
    if from == to {
        return sismember_of(call, from, member);
    }
    if !call.read::<Set>(from)?.is_some_and(|set| set.contains(member)) {
        return Ok(Reply::Int(0));
    }
    if let Some(set) = call.edit::<Set>(from)? {
        set.remove(member);
    }
    call.changed(from, Class::Set, "srem", 1);
    call.drop_if_empty(from);
    call.edit_or(to, |call| Set::for_member(member, 1, &call.engine.config))?;
    if call.edit_with(to, |set: &mut Set, config| set.insert(member, config))?.unwrap_or(false) {
        call.changed(to, Class::Set, "sadd", 1);
    }
    Ok(Reply::Int(1))
}

pub(crate) fn scard(call: &mut Call<'_>) -> Answer {
    Ok(Reply::Int(call.read::<Set>(call.word(1))?.map_or(0, Set::len) as i64))
}

fn sismember_of(call: &mut Call<'_>, key: &[u8], member: &[u8]) -> Answer {
    Ok(Reply::Int(i64::from(call.read::<Set>(key)?.is_some_and(|set| set.contains(member)))))
}

pub(crate) fn sismember(call: &mut Call<'_>) -> Answer {
    sismember_of(call, call.word(1), call.word(2))
}

pub(crate) fn smismember(call: &mut Call<'_>) -> Answer {
    let members = call.rest(2);
    let set = call.read::<Set>(call.word(1))?;
    let is = |member: &Vec<u8>| Reply::Int(i64::from(set.is_some_and(|set| set.contains(member))));
    Ok(Reply::array(members.iter().map(is)))
}

fn reply(members: impl IntoIterator<Item = Bytes>) -> Answer {
    Ok(Reply::set(members.into_iter().map(Reply::bulk)))
}

pub(crate) fn smembers(call: &mut Call<'_>) -> Answer {
    // One set is the intersection of one, as the servers have it.
    let members: Vec<_> = call.read::<Set>(call.word(1))?.map_or(Vec::new(), |set| meter::collect(set.iter()));
    reply(members)
}

/// A count for `SRANDMEMBER` and its like: below zero a member may come more than once.
pub(super) fn random_count(call: &Call<'_>, at: usize, pairs: bool) -> Result<i64, Error> {
    let count = call.int_in(at, -i64::MAX..=i64::MAX)?;
    // Twice as many replies must still be countable.
    if pairs && !(-(i64::MAX / 2)..=i64::MAX / 2).contains(&count) {
        return Err("ERR value is out of range".into());
    }
    Ok(count)
}

/// Places among `len`, left to chance: each at most once, or, for a count below zero, as often as it comes.
pub(super) fn random_places(call: &mut Call<'_>, len: usize, count: i64) -> Vec<usize> {
    if len == 0 {
        return Vec::new();
    }
    if count < 0 {
        // The servers answer until their memory ends; here there is an end where a client would have none left.
        let most = if meter::is_limited() { u64::MAX } else { 1 << 24 };
        return meter::collect(places_again(call, len, count.unsigned_abs().min(most)));
    }
    let mut places: Vec<usize> = meter::collect(0..len);
    let count = to_usize(count);
    if count >= len {
        return places;
    }
    for at in 0..count {
        let other = at + call.engine.random(len - at);
        places.swap(at, other);
    }
    places.truncate(count);
    places
}

/// Returns `count` random places below `len`, with repetition. Allocates nothing up front, for `count` may be any size.
fn places_again(call: &mut Call<'_>, len: usize, count: u64) -> impl Iterator<Item = usize> {
    let mut left = count;
    std::iter::from_fn(move || {
        left = left.checked_sub(1)?;
        Some(call.engine.random(len))
    })
}

pub(crate) fn srandmember(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    if call.count() > 3 {
        return call.syntax();
    }
    if call.count() == 2 {
        let len = call.read::<Set>(key)?.map_or(0, Set::len);
        let at = call.engine.random(len);
        let member = call.read::<Set>(key)?.and_then(|set| set.get_index(at));
        return Ok(member.map_or(Reply::Nil, Reply::bulk));
    }
    let count = random_count(call, 2, false)?;
    let len = call.read::<Set>(key)?.map_or(0, Set::len);
    let places = random_places(call, len, count);
    let members: Vec<_> = call
        .read::<Set>(key)?
        .map_or(Vec::new(), |set| places.into_iter().filter_map(|at| set.get_index(at)).collect());
    Ok(Reply::array(members.into_iter().map(Reply::bulk)))
}

pub(crate) fn spop(call: &mut Call<'_>) -> Answer {
    let key = call.word(1);
    if call.count() > 3 {
        return call.syntax();
    }
    let count = if call.count() == 3 { Some(call.int_in(2, 0..=i64::MAX)?) } else { None };
    let len = call.read::<Set>(key)?.map_or(0, Set::len);
    let places = random_places(call, len, count.unwrap_or(1));
    let members: Vec<Bytes> = call
        .read::<Set>(key)?
        .map_or(Vec::new(), |set| meter::collect(places.into_iter().filter_map(|at| set.get_index(at))));
    if !members.is_empty()
        && let Some(set) = call.edit::<Set>(key)?
    {
        for member in &members {
            set.remove(member);
        }
        call.changed(key, Class::Set, "spop", members.len());
        call.drop_if_empty(key);
    }
    match count {
        Some(_) => reply(members),
        None => Ok(members.into_iter().next().map_or(Reply::Nil, Reply::bulk)),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    Union,
    Intersection,
    Difference,
}

/// The sets of keys, each an empty one where there is no key.
fn sets(call: &mut Call<'_>, keys: &[Vec<u8>]) -> Result<Vec<Option<Set>>, Error> {
    keys.iter().inspect(|_| meter::tick(1)).map(|key| Ok(call.read::<Set>(key)?.cloned())).collect()
}

fn combine(call: &mut Call<'_>, keys: &[Vec<u8>], operation: Operation, limit: usize) -> Result<Vec<Bytes>, Error> {
    let sets = sets(call, keys)?;
    let mut members: Vec<Bytes> = Vec::new();
    match operation {
        Operation::Union => {
            let mut seen = indexmap::IndexSet::new();
            for member in sets.iter().flatten().flat_map(Set::iter) {
                if seen.len() == seen.capacity() {
                    let more = seen.len().max(8);
                    meter::reserve(more * 2 * size_of::<Bytes>(), || seen.try_reserve(more).is_ok());
                }
                seen.insert(member);
            }
            members = meter::collect(seen);
        }
        Operation::Intersection => {
            if sets.iter().any(Option::is_none) {
                return Ok(members);
            }
            let mut sets: Vec<&Set> = sets.iter().flatten().collect();
            // The smallest leads, and so decides the order.
            sets.sort_by_key(|set| set.len());
            if let Some((first, others)) = sets.split_first() {
                let common = first.iter().filter(|member| others.iter().all(|set| set.contains(member)));
                members = meter::collect(common.take(limit));
            }
        }
        Operation::Difference => {
            if let Some((Some(first), others)) = sets.split_first() {
                let own = first.iter().filter(|member| !others.iter().flatten().any(|set| set.contains(member)));
                members = meter::collect(own);
            }
        }
    }
    Ok(members)
}

/// The set of these members, in the form that the server builds for a result.
pub(super) fn of_members(call: &Call<'_>, members: &[Bytes]) -> Value {
    let config = &call.engine.config;
    let mut set = Set::default();
    for member in members {
        set.insert(member, config);
    }
    Value::Set(set)
}

fn show(call: &mut Call<'_>, operation: Operation) -> Answer {
    let keys = call.rest(1);
    // Before 7.0 an intersection with a key that is missing did not look at the others.
    let members = combine(call, keys, operation, usize::MAX)?;
    reply(members)
}

fn store(call: &mut Call<'_>, operation: Operation) -> Answer {
    // 6.2 looked keys up as a command that writes.
    call.reads = call.since(7, 0);
    let to = call.word(1);
    let members = combine(call, call.rest(2), operation, usize::MAX)?;
    let value = of_members(call, &members);
    let event = match operation {
        Operation::Union => "sunionstore",
        Operation::Intersection => "sinterstore",
        Operation::Difference => "sdiffstore",
    };
    call.store(to, value, Class::Set, event);
    Ok(Reply::Int(members.len() as i64))
}

pub(crate) fn sunion(call: &mut Call<'_>) -> Answer {
    show(call, Operation::Union)
}

pub(crate) fn sinter(call: &mut Call<'_>) -> Answer {
    show(call, Operation::Intersection)
}

pub(crate) fn sdiff(call: &mut Call<'_>) -> Answer {
    show(call, Operation::Difference)
}

pub(crate) fn sunionstore(call: &mut Call<'_>) -> Answer {
    store(call, Operation::Union)
}

pub(crate) fn sinterstore(call: &mut Call<'_>) -> Answer {
    store(call, Operation::Intersection)
}

pub(crate) fn sdiffstore(call: &mut Call<'_>) -> Answer {
    store(call, Operation::Difference)
}

/// The keys behind their count at `at`, and the `LIMIT n` behind them.
pub(super) fn keys_and_limit<'a>(call: &Call<'a>, at: usize) -> Result<(&'a [Vec<u8>], usize), Error> {
    let count = super::string::int(call.word(at))
        .filter(|count| *count > 0)
        .map(to_usize)
        .ok_or(Error::from("ERR numkeys should be greater than 0"))?;
    let keys =
        call.rest(at + 1).get(..count).ok_or(Error::from("ERR Number of keys can't be greater than number of args"))?;
    let (mut limit, mut at) = (usize::MAX, at + 1 + count);
    while at < call.count() {
        if !call.is(at, "LIMIT") || at + 1 >= call.count() {
            return call.syntax();
        }
        let given = super::string::int(call.word(at + 1)).filter(|limit| *limit >= 0);
        limit = match given.ok_or("ERR LIMIT can't be negative")? {
            0 => usize::MAX,
            limit => to_usize(limit),
        };
        at += 2;
    }
    Ok((keys, limit))
}

pub(crate) fn sintercard(call: &mut Call<'_>) -> Answer {
    let (keys, limit) = keys_and_limit(call, 1)?;
    let members = combine(call, keys, Operation::Intersection, limit)?;
    Ok(Reply::Int(members.len() as i64))
}
