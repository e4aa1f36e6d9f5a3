//! Streams: entries that were delivered and not acknowledged, and claims to them.

use protocol::{Reply, number::to_usize};

use super::{
    stream::{entry_reply, id_reply},
    stream_group::{no_group, report_created, see_consumer},
    stream_ids::{BAD_ID, end_id, start_id, strict_id},
};
use crate::{
    call::{Answer, Call},
    error::Error,
    value::{
        Bytes, Stream,
        stream::{Group, Id, Pending, parse_id},
    },
};

fn group<'c>(call: &'c mut Call<'_>) -> Result<&'c Group, Error> {
    call.reads = true;
    let (key, name) = (call.word(1), call.word(2));
    call.read::<Stream>(key)?.and_then(|stream| stream.groups.get(name)).ok_or_else(|| no_group(key, name))
}

pub(crate) fn xpending(call: &mut Call<'_>) -> Answer {
    let words = call.count();
    if words != 3 && !(6..=9).contains(&words) {
        return call.syntax();
    }
    if words == 3 {
        return summary(call);
    }
    let (mut at, mut idle) = (3, 0);
    if call.is(3, "IDLE") {
        idle = call.int(4)?;
        if words < 8 {
            return call.syntax();
        }
        at = 5;
    }
    let count = to_usize(call.int(at + 2)?);
    let (start, end) = (start_id(call.word(at))?, end_id(call.word(at + 1))?);
    let name = call.rest(at + 3).first();
    let now = call.now();
    let group = group(call)?;
    if start > end {
        return Ok(Reply::Array(Vec::new()));
    }
    let reply = |id: Id, pending: &Pending| {
        let elapsed = now.wrapping_sub(pending.delivered);
        (idle == 0 || elapsed >= idle).then(|| {
            let consumer = Reply::bulk(&pending.consumer);
            Reply::Array(vec![id_reply(id), consumer, Reply::Int(elapsed.max(0)), Reply::Int(pending.count)])
        })
    };
    let replies = match name {
        None => meter::collect(group.pending.range(start..=end).filter_map(|(id, it)| reply(*id, it)).take(count)),
        Some(name) => group.consumers.get(name.as_slice()).map_or(Vec::new(), |consumer| {
            let all = consumer.pending.range(start..=end).filter_map(|id| reply(*id, group.pending.get(id)?));
            meter::collect(all.take(count))
        }),
    };
    Ok(Reply::Array(replies))
}

fn summary(call: &mut Call<'_>) -> Answer {
    let group = group(call)?;
    let (Some((first, _)), Some((last, _))) = (group.pending.first_key_value(), group.pending.last_key_value()) else {
        return Ok(Reply::Array(vec![Reply::Int(0), Reply::Nil, Reply::Nil, Reply::NilArray]));
    };
    let consumers =
        group.consumers.iter().filter(|(_, consumer)| !consumer.pending.is_empty()).map(|(name, consumer)| {
            Reply::Array(vec![Reply::bulk(name), Reply::bulk(consumer.pending.len().to_string())])
        });
    Ok(Reply::Array(vec![
        Reply::Int(group.pending.len() as i64),
        id_reply(*first),
        id_reply(*last),
        Reply::array(consumers),
    ]))
}

/// Options of `XCLAIM` after the ids.
struct Claim {
    ids: Vec<Id>,
    min_idle: i64,
    /// Delivery time of the claimed entries, in milliseconds since 1970.
    time: i64,
    count: Option<i64>,
    force: bool,
    only_ids: bool,
    last_id: Id,
}

fn claim_options(call: &Call<'_>) -> Result<Claim, Error> {
    let now = call.now();
    let min_idle = call.int_or(4, "ERR Invalid min-idle-time argument for XCLAIM")?.max(0);
    let ids: Vec<Id> = call.rest(5).iter().map_while(|word| parse_id(word, 0)).collect();
    let mut at = 5 + ids.len();
    let mut it = Claim { ids, min_idle, time: -1, count: None, force: false, only_ids: false, last_id: Id::MIN };
    while at < call.count() {
        let more = at + 1 < call.count();
        if call.is(at, "FORCE") {
            it.force = true;
        } else if call.is(at, "JUSTID") {
            it.only_ids = true;
        } else if call.is(at, "IDLE") && more {
            at += 1;
            it.time = now.wrapping_sub(call.int_or(at, "ERR Invalid IDLE option argument for XCLAIM")?);
        } else if call.is(at, "TIME") && more {
            at += 1;
            it.time = call.int_or(at, "ERR Invalid TIME option argument for XCLAIM")?;
        } else if call.is(at, "RETRYCOUNT") && more {
            at += 1;
            let count = call.int_or(at, "ERR Invalid RETRYCOUNT option argument for XCLAIM")?;
            it.count = Some(count).filter(|count| *count >= 0);
        } else if call.is(at, "LASTID") && more {
            at += 1;
            it.last_id = strict_id(call.word(at), 0).map_err(|_| Error::from(BAD_ID))?;
        } else {
            return Err(Error::quoting(&[b"ERR Unrecognized XCLAIM option '", call.word(at), b"'"]));
        }
        at += 1;
    }
    // A time that cannot be is taken for now: clients may have a clock of their own.
    if it.time < 0 || it.time > now {
        it.time = now;
    }
    Ok(it)
}

/// Gives an entry to a consumer; nothing is counted where only ids are asked for.
fn give(group: &mut Group, id: Id, consumer: &Bytes, time: i64, count: i64, now: i64) {
    group.deliver(id, consumer, time, count);
    if let Some(consumer) = group.consumers.get_mut(consumer) {
        consumer.active = now;
    }
}

pub(crate) fn xclaim(call: &mut Call<'_>) -> Answer {
    group(call)?;
    let it = claim_options(call)?;
    let (key, name, consumer) = (call.word(1), call.word(2), Bytes::from(call.word(3)));
    let (now, since_70, since_72) = (call.now(), call.since(7, 0), call.since(7, 2));
    let Some(stream) = call.edit::<Stream>(key)? else { return Err(no_group(key, name)) };
    let mut groups = std::mem::take(&mut stream.groups);
    let (mut replies, mut created, mut changes) = (Vec::new(), false, 0);
    if let Some(group) = groups.get_mut(name) {
        changes += u64::from(it.last_id > group.last_id);
        group.last_id = group.last_id.max(it.last_id);
        if since_72 {
            created |= see_consumer(group, &consumer, now);
        }
        for id in it.ids {
            let entry = stream.get(id);
            if entry.is_none() && since_70 {
                // Whoever claims what was deleted frees the group of it.
                changes += u64::from(group.acknowledge(id));
                continue;
            }
            let count = match group.pending.get(&id) {
                Some(pending) if it.min_idle > 0 && now.wrapping_sub(pending.delivered) < it.min_idle => continue,
                Some(pending) => pending.count,
                None if it.force && entry.is_some() => 1,
                None => continue,
            };
            let count = it.count.unwrap_or(if it.only_ids { count } else { count.wrapping_add(1) });
            created |= see_consumer(group, &consumer, now);
            changes += 1;
            give(group, id, &consumer, it.time, count, now);
            replies.push(match entry {
                _ if it.only_ids => id_reply(id),
                Some(entry) => entry_reply(id, &entry.fields),
                None => Reply::Nil,
            });
        }
    }
    stream.groups = groups;
    if created {
        report_created(call, key);
    }
    call.engine.dirty += changes;
    Ok(Reply::Array(replies))
}

pub(crate) fn xautoclaim(call: &mut Call<'_>) -> Answer {
    // The key is looked up before the words are read.
    call.reads = true;
    call.look_up(call.word(1));
    let min_idle = call.int_or(4, "ERR Invalid min-idle-time argument for XAUTOCLAIM")?.max(0);
    let start = start_id(call.word(5))?;
    let (mut count, mut only_ids) = (100, false);
    let most = if call.since(7, 0) { i64::MAX / 16 } else { i64::MAX };
    let mut at = 6;
    while at < call.count() {
        if call.is(at, "COUNT") && at + 1 < call.count() {
            at += 1;
            count = call.int(at).ok().filter(|count| (1..=most).contains(count)).ok_or("ERR COUNT must be > 0")?;
        } else if call.is(at, "JUSTID") {
            only_ids = true;
        } else {
            return call.syntax();
        }
        at += 1;
    }
    group(call)?;
    let (key, name, consumer) = (call.word(1), call.word(2), Bytes::from(call.word(3)));
    let (now, since_70, since_72) = (call.now(), call.since(7, 0), call.since(7, 2));
    let Some(stream) = call.edit::<Stream>(key)? else { return Err(no_group(key, name)) };
    let mut groups = std::mem::take(&mut stream.groups);
    let (mut replies, mut gone, mut next) = (Vec::new(), Vec::new(), Id::MIN);
    let (mut created, mut changes) = (false, 0);
    if let Some(group) = groups.get_mut(name) {
        if since_72 {
            created |= see_consumer(group, &consumer, now);
        }
        // Ten entries are looked at for each that may be given.
        let mut attempts = count.saturating_mul(10);
        let mut from = Some(start);
        while let Some((id, pending)) = from.and_then(|from| group.pending.range(from..).next()) {
            let (id, old, delivered) = (*id, pending.count, pending.delivered);
            if attempts == 0 || count == 0 {
                next = id;
                break;
            }
            attempts -= 1;
            from = id.next();
            let entry = stream.get(id);
            if entry.is_none() && since_70 {
                group.acknowledge(id);
                changes += 1;
                gone.push(id_reply(id));
                count -= 1;
                continue;
            }
            if min_idle > 0 && now.wrapping_sub(delivered) < min_idle {
                continue;
            }
            created |= see_consumer(group, &consumer, now);
            changes += 1;
            give(group, id, &consumer, now, if only_ids { old } else { old.wrapping_add(1) }, now);
            replies.push(match entry {
                _ if only_ids => id_reply(id),
                Some(entry) => entry_reply(id, &entry.fields),
                None => Reply::Nil,
            });
            count -= 1;
        }
    }
    stream.groups = groups;
    if created {
        report_created(call, key);
    }
    call.engine.dirty += changes;
    let mut reply = vec![id_reply(next), Reply::Array(replies)];
    if since_70 {
        reply.push(Reply::Array(gone));
    }
    Ok(Reply::Array(reply))
}
