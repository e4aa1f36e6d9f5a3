//! Streams: deleting with a say in what becomes of pending entries (Redis 8.2).

use protocol::Reply;

use super::{stream::delete, stream_ids::strict_id, stream_trim::references};
use crate::{
    Class,
    call::{Answer, Call},
    error::{Error, SYNTAX},
    value::{
        Stream,
        stream::{Id, References},
    },
};

/// `[KEEPREF|DELREF|ACKED] IDS numids id…`, the words from a place on.
fn arguments<'a>(call: &Call<'a>, from: usize) -> Result<(References, &'a [Vec<u8>]), Error> {
    let mut policy = None;
    let mut ids = None;
    let mut at = from;
    while at < call.count() {
        if let Some(references) = references(call, at) {
            if policy.is_some() {
                return Err(SYNTAX.into());
            }
            policy = Some(references);
            at += 1;
        } else if call.is(at, "IDS") && at + 1 < call.count() {
            let count = call
                .int(at + 1)
                .ok()
                .filter(|count| (1..=i64::from(i32::MAX)).contains(count))
                .ok_or("ERR Number of IDs must be a positive integer")? as usize;
            if count > call.count() - at - 2 {
                return Err("ERR The `numids` parameter must match the number of arguments".into());
            }
            ids = Some(at + 2..at + 2 + count);
            at += 2 + count;
        } else {
            return Err(SYNTAX.into());
        }
    }
    let Some(range) = ids else { return Err(SYNTAX.into()) };
    Ok((policy.unwrap_or_default(), call.rest(0).get(range).unwrap_or_default()))
}

fn read_ids(words: &[Vec<u8>]) -> Result<Vec<Id>, Error> {
    words.iter().map(|word| strict_id(word, 0)).collect()
}

/// Deletes an entry by the policy. Returns 1 if deleted, 2 if kept because a group waits for it, −1 if it does not exist.
fn delete_one(stream: &mut Stream, id: Id, policy: References) -> i64 {
    // Even of an entry that is not there a group may have yet to hear.
    if policy == References::Acknowledged && stream.is_referenced(id) {
        return 2;
    }
    if stream.get(id).is_none() {
        return -1;
    }
    if policy == References::Delete {
        stream.forget(id);
    }
    delete(stream, id);
    1
}

pub(crate) fn xdelex(call: &mut Call<'_>) -> Answer {
    call.read::<Stream>(call.word(1))?;
    let (policy, ids) = arguments(call, 2)?;
    let Some(stream) = call.edit::<Stream>(call.word(1))? else {
        return Ok(Reply::array(ids.iter().map(|_| Reply::Int(-1))));
    };
    let ids = read_ids(ids)?;
    let outcomes: Vec<i64> = meter::collect(ids.into_iter().map(|id| delete_one(stream, id, policy)));
    let deleted = outcomes.iter().filter(|outcome| **outcome == 1).count();
    if deleted > 0 {
        call.changed(call.word(1), Class::Stream, "xdel", deleted);
    }
    Ok(Reply::array(outcomes.into_iter().map(Reply::Int)))
}

pub(crate) fn xackdel(call: &mut Call<'_>) -> Answer {
    let name = call.word(2);
    call.reads = true;
    call.read::<Stream>(call.word(1))?;
    let (policy, ids) = arguments(call, 3)?;
    let none = Reply::array(ids.iter().map(|_| Reply::Int(-1)));
    let Some(stream) = call.edit::<Stream>(call.word(1))? else { return Ok(none) };
    if !stream.groups.contains_key(name) {
        return Ok(none);
    }
    let (mut outcomes, before) = (Vec::new(), stream.len());
    for id in read_ids(ids)? {
        let acknowledged = stream.groups.get_mut(name).is_some_and(|group| group.acknowledge(id));
        outcomes.push(match acknowledged {
            false => -1,
            true => delete_one(stream, id, policy).max(1),
        });
    }
    let deleted = before - stream.len();
    if deleted > 0 {
        call.changed(call.word(1), Class::Stream, "xdel", 0);
    }
    // The acknowledged entries count, deleted or not.
    call.engine.dirty += outcomes.iter().filter(|outcome| **outcome > 0).count() as u64;
    Ok(Reply::array(outcomes.into_iter().map(Reply::Int)))
}
