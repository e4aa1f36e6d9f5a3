//! Streams: reading ranges, and what is new.

use protocol::{Reply, number::to_usize};

use super::{
    stream::{entry_reply, id_reply},
    stream_group::{entries_read_of, has_hole_behind, report_created, see_consumer},
    stream_ids::{end_id, start_id, strict_id},
};
use crate::{
    call::{Answer, Call},
    error::Error,
    value::{Bytes, Stream, stream::Id},
};

fn range(call: &mut Call<'_>, reverse: bool) -> Answer {
    let (first, last) = if reverse { (3, 2) } else { (2, 3) };
    let (start, end) = (start_id(call.word(first))?, end_id(call.word(last))?);
    let mut count = None;
    let mut at = 4;
    while at < call.count() {
        if !call.is(at, "COUNT") || at + 1 >= call.count() {
            return call.syntax();
        }
        // −1 is how the servers remember that no count was given; less than that is none.
        count = Some(to_usize(call.int(at + 1)?));
        at += 2;
    }
    let Some(stream) = call.read::<Stream>(call.word(1))? else { return Ok(Reply::Array(Vec::new())) };
    if count == Some(0) {
        return Ok(Reply::NilArray);
    }
    let limit = count.unwrap_or(usize::MAX);
    let reply = |(id, entry): (Id, &crate::value::stream::Entry)| entry_reply(id, &entry.fields);
    let entries = stream.range(start, end);
    Ok(Reply::Array(if reverse {
        meter::collect(entries.rev().take(limit).map(reply))
    } else {
        meter::collect(entries.take(limit).map(reply))
    }))
}

pub(crate) fn xrange(call: &mut Call<'_>) -> Answer {
    range(call, false)
}

pub(crate) fn xrevrange(call: &mut Call<'_>) -> Answer {
    range(call, true)
}

#[derive(Default)]
struct Options<'a> {
    count: usize,
    group: Option<(&'a [u8], &'a [u8])>,
    no_ack: bool,
    /// Least idle time of pending entries that are claimed, in milliseconds (Redis 8.4).
    claim: Option<i64>,
    /// Keys, then as many ids.
    streams: &'a [Vec<u8>],
}

fn options<'a>(call: &Call<'a>, of_group: bool) -> Result<Options<'a>, Error> {
    let mut it = Options::default();
    let mut at = 1;
    let mut found = false;
    while at < call.count() {
        let more = call.count() - at - 1;
        if call.is(at, "BLOCK") && more > 0 {
            if call.in_script && !(call.redis(7, 4) || call.valkey(8, 0)) {
                let text = b" command is not allowed with BLOCK option from scripts";
                return Err(Error::quoting(&[b"ERR ", call.word(0), text]));
            }
            at += 1;
            let timeout = call.int_or(at, "ERR timeout is not an integer or out of range")?;
            if timeout < 0 {
                return Err("ERR timeout is negative".into());
            }
            if call.since(7, 2) && timeout > i64::MAX - call.now() {
                return Err("ERR timeout is out of range".into());
            }
        } else if call.is(at, "COUNT") && more > 0 {
            at += 1;
            it.count = to_usize(call.int(at)?);
        } else if call.is(at, "STREAMS") && more > 0 {
            it.streams = call.rest(at + 1);
            found = true;
            if it.streams.len() % 2 == 1 {
                return Err(unbalanced(call, of_group));
            }
            break;
        } else if call.is(at, "GROUP") && more >= 2 {
            if !of_group {
                return Err("ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.".into());
            }
            it.group = Some((call.word(at + 1), call.word(at + 2)));
            at += 2;
        } else if call.is(at, "CLAIM") && more > 0 && call.redis(8, 4) {
            if !of_group {
                return Err("ERR The CLAIM option is only supported by XREADGROUP. You called XREAD instead.".into());
            }
            at += 1;
            let idle = call.int_or(at, "ERR min-idle-time is not an integer or out of range")?;
            if idle < 0 {
                return Err("ERR min-idle-time must be a positive integer".into());
            }
            it.claim = Some(idle);
        } else if call.is(at, "NOACK") {
            if !of_group {
                return Err("ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.".into());
            }
            it.no_ack = true;
        } else {
            return call.syntax();
        }
        at += 1;
    }
    if !found {
        return call.syntax();
    }
    if of_group && it.group.is_none() {
        return Err("ERR Missing GROUP option for XREADGROUP".into());
    }
    Ok(it)
}

fn unbalanced(call: &Call<'_>, of_group: bool) -> Error {
    if !call.since(7, 2) {
        return "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.".into();
    }
    let name = call.spec.name.to_ascii_lowercase();
    let ids = match of_group {
        true => "an ID or '>'",
        false if call.redis(8, 0) => "an ID, '+', or '$'",
        false => "an ID or '$'",
    };
    format!("ERR Unbalanced '{name}' list of streams: for each stream key {ids} must be specified.").into()
}

/// The id behind which to read; the greatest of all for what a group has not delivered yet.
fn from_id(call: &mut Call<'_>, key: &[u8], word: &[u8], of_group: bool) -> Result<Id, Error> {
    let meaningless = |symbol: &str| -> Result<Id, Error> {
        Err(format!(
            "ERR The {symbol} ID is meaningless in the context of XREADGROUP: you want to read the history of this \
             consumer by specifying a proper ID, or use the > ID to get new messages. The {symbol} ID would just return \
             an empty result set."
        )
        .into())
    };
    match word {
        b"$" if of_group => meaningless("$"),
        b"$" => Ok(call.read::<Stream>(key)?.map_or(Id::MIN, |stream| stream.last_id)),
        b"+" if of_group && (call.redis(7, 4) || call.valkey(8, 0)) => meaningless("+"),
        // The last entry itself.
        b"+" if call.redis(7, 4) || call.valkey(8, 0) => {
            // At first it was the entry of the last id that was meant, which a stream without entries may not have.
            let (by_last_id, forgives) = (!call.redis(8, 0), call.valkey(9, 1));
            let Some(stream) = call.read::<Stream>(key)? else { return Ok(Id::MIN) };
            if by_last_id && !(forgives && stream.last_id == Id::MIN) {
                return stream.last_id.previous().ok_or("ERR the stream last element ID is 0-0".into());
            }
            Ok(stream.top_id().previous().unwrap_or_default())
        }
        b">" if !of_group => {
            Err("ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option."
                .into())
        }
        b">" => Ok(Id::MAX),
        _ => strict_id(word, 0),
    }
}

pub(crate) fn xread(call: &mut Call<'_>) -> Answer {
    read(call, false)
}

pub(crate) fn xreadgroup(call: &mut Call<'_>) -> Answer {
    read(call, true)
}

fn read(call: &mut Call<'_>, of_group: bool) -> Answer {
    let mut options = options(call, of_group)?;
    let (keys, words) = options.streams.split_at(options.streams.len() / 2);
    call.reads = true;
    let mut from = Vec::with_capacity(keys.len());
    for (key, word) in keys.iter().zip(words) {
        let stream = call.read::<Stream>(key)?;
        if let Some((group, _)) = options.group
            && stream.is_none_or(|stream| !stream.groups.contains_key(group))
        {
            return Err(Error::quoting(&[
                b"NOGROUP No such key '",
                key,
                b"' or consumer group '",
                group,
                b"' in XREADGROUP with GROUP option",
            ]));
        }
        from.push(from_id(call, key, word, of_group)?);
    }
    // With the history of one stream nothing is claimed of the others.
    options.claim = options.claim.filter(|_| from.iter().all(|id| *id == Id::MAX));
    let mut found = Vec::new();
    for (key, from) in keys.iter().zip(from) {
        // The servers look each key up a second time.
        call.forget_lookups();
        let entries = match options.group {
            Some((group, consumer)) => read_of_group(call, key, group, consumer, from, &options)?,
            None => call.read::<Stream>(key)?.and_then(|stream| {
                let limit = if options.count == 0 { usize::MAX } else { options.count };
                // Nothing is served of a stream without entries behind the id.
                let start = from.next().filter(|_| stream.top_id() > from)?;
                let entries = stream.range(start, Id::MAX).take(limit);
                Some(meter::collect(entries.map(|(id, entry)| entry_reply(id, &entry.fields))))
            }),
        };
        if let Some(entries) = entries {
            found.push((Reply::bulk(key), Reply::Array(entries)));
        }
    }
    Ok(if found.is_empty() {
        Reply::NilArray
    } else if call.resp3 {
        Reply::Map(found)
    } else {
        Reply::array(found.into_iter().map(|(key, entries)| Reply::Array(vec![key, entries])))
    })
}

/// An entry's reply with how long it was idle, in milliseconds, and how often it had been delivered.
fn with_delivery(reply: Reply, idle: i64, count: i64) -> Reply {
    match reply {
        Reply::Array(mut parts) => {
            parts.extend([Reply::Int(idle), Reply::Int(count)]);
            Reply::Array(parts)
        }
        other => other,
    }
}

/// Delivers pending entries that have been idle for `idle` milliseconds to a consumer, the longest idle first.
fn claim(stream: &mut Stream, group: &[u8], consumer: &Bytes, now: i64, idle: i64, limit: usize) -> Vec<Reply> {
    let Some(it) = stream.groups.get(group) else { return Vec::new() };
    let idle_since = |delivered: i64| now.saturating_sub(delivered).max(0);
    let old =
        it.pending.iter().inspect(|_| meter::tick(1)).filter(|(_, pending)| idle_since(pending.delivered) >= idle);
    let mut old: Vec<(i64, Id, i64)> = meter::collect(old.map(|(id, pending)| (pending.delivered, *id, pending.count)));
    old.sort_unstable();
    let mut replies = Vec::new();
    for (delivered, id, count) in old {
        if replies.len() >= limit {
            break;
        }
        let Some(entry) = stream.get(id).map(|entry| entry_reply(id, &entry.fields)) else { continue };
        meter::push(&mut replies, with_delivery(entry, idle_since(delivered), count));
        if let Some(it) = stream.groups.get_mut(group) {
            it.deliver(id, consumer, now, count + 1);
            if let Some(consumer) = it.consumers.get_mut(consumer) {
                consumer.active = now;
            }
        }
    }
    replies
}

fn read_of_group(
    call: &mut Call<'_>,
    key: &[u8],
    group: &[u8],
    name: &[u8],
    from: Id,
    options: &Options<'_>,
) -> Result<Option<Vec<Reply>>, Error> {
    let now = call.now();
    let (since_72, has_lag) = (call.since(7, 2), call.since(7, 0));
    let rules = super::stream_group::Rules::of(call);
    let limit = if options.count == 0 { usize::MAX } else { options.count };
    let mut created = false;
    let Some(stream) = call.edit::<Stream>(key)? else { return Ok(None) };
    let top = stream.top_id();
    let empty = stream.is_empty();
    let Some(it) = stream.groups.get_mut(group) else { return Ok(None) };
    let history = from != Id::MAX;
    let serves = history || (!empty && top > it.last_id);
    if !serves && !since_72 {
        // Before 7.2 a consumer was made, or seen, only when there was something for it.
        return Ok(None);
    }
    let consumer_name: Bytes = name.into();
    created |= see_consumer(it, &consumer_name, now);
    let mut replies = Vec::new();
    if let Some(idle) = options.claim.filter(|_| !history) {
        replies = claim(stream, group, &consumer_name, now, idle, limit);
    }
    let claimed = replies.len();
    if !serves && claimed == 0 {
        if created {
            report_created(call, key);
        }
        return Ok(None);
    }
    if history {
        let Some(consumer) = stream.groups.get(group).and_then(|it| it.consumers.get(name)) else { return Ok(None) };
        let start = from.next().unwrap_or_default();
        let ids: Vec<Id> = meter::collect(consumer.pending.range(start..).take(limit).copied());
        let mut replies = Vec::with_capacity(ids.len());
        for id in ids {
            let fields = stream.get(id).map(|entry| entry_reply(id, &entry.fields));
            if fields.is_some()
                && let Some(pending) = stream.groups.get_mut(group).and_then(|it| it.pending.get_mut(&id))
            {
                pending.delivered = now;
                pending.count += 1;
            }
            // An entry that was deleted meanwhile is shown without its fields.
            replies.push(fields.unwrap_or_else(|| Reply::Array(vec![id_reply(id), Reply::NilArray])));
        }
        if created {
            report_created(call, key);
        }
        // Up to Redis 7.2, and in Valkey, also reading the history counts.
        call.engine.dirty += u64::from(!call.redis(7, 4));
        return Ok(Some(replies));
    }
    let start = stream.groups.get(group).and_then(|it| it.last_id.next()).unwrap_or_default();
    let limit = limit.saturating_sub(claimed);
    let entries: Vec<(Id, Reply)> = meter::collect(stream.range(start, Id::MAX).take(limit).map(|(id, entry)| {
        // Never delivered before.
        let reply = entry_reply(id, &entry.fields);
        (id, if options.claim.is_some() { with_delivery(reply, 0, 0) } else { reply })
    }));
    for (id, reply) in entries {
        if has_lag {
            let (read, before) = stream.groups.get(group).map_or((None, id), |it| (it.entries_read, it.last_id));
            // Newer servers ask from where the group stood, and whether that is still in the stream.
            let counts = match rules.knows_holes {
                true => before >= stream.first_id() && !has_hole_behind(stream, before, rules),
                false => !has_hole_behind(stream, id, rules),
            };
            let read = match read {
                Some(read) if counts => Some(read + 1),
                // The count was lost; perhaps it can be told from the id.
                _ if stream.added > 0 => entries_read_of(stream, id, rules),
                read => read,
            };
            if let Some(it) = stream.groups.get_mut(group) {
                it.entries_read = read;
            }
        }
        if let Some(it) = stream.groups.get_mut(group) {
            it.last_id = id;
            if !options.no_ack {
                it.deliver(id, &consumer_name, now, 1);
                if let Some(consumer) = it.consumers.get_mut(name) {
                    consumer.active = now;
                }
            }
        }
        replies.push(reply);
    }
    if created {
        report_created(call, key);
    }
    // However many entries were delivered.
    call.engine.dirty += 1;
    Ok(Some(replies))
}
