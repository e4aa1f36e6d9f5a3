//! Streams: `XINFO`.

use protocol::{Reply, number::to_usize};

use super::{
    stream::{entry_reply, id_reply, subcommand_syntax},
    stream_group::{Rules, lag},
};
use crate::{
    call::{Answer, Call},
    error::{Error, NO_KEY},
    value::{
        Stream,
        stream::{Consumer, Group, Id},
    },
};

fn field(name: &str, value: Reply) -> (Reply, Reply) {
    (Reply::bulk(name), value)
}

fn count(value: usize) -> Reply {
    Reply::Int(value as i64)
}

/// Fields that a version reports.
#[derive(Clone, Copy)]
struct Told {
    /// Entries read and lag (7.0).
    lag: bool,
    /// Time of consumers' last activity (7.2).
    active: bool,
    /// Idempotent IDs (8.6).
    idempotency: bool,
    rules: Rules,
}

impl Told {
    fn of(call: &Call<'_>) -> Self {
        Self { lag: call.since(7, 0), active: call.since(7, 2), idempotency: call.redis(8, 6), rules: Rules::of(call) }
    }
}

fn stream<'c>(call: &'c mut Call<'_>) -> Result<&'c Stream, Error> {
    call.read::<Stream>(call.word(2))?.ok_or(NO_KEY.into())
}

pub(crate) fn xinfo_consumers(call: &mut Call<'_>) -> Answer {
    let (now, told, key, name) = (call.now(), Told::of(call), call.word(2), call.word(3));
    let Some(group) = stream(call)?.groups.get(name) else {
        return Err(Error::quoting(&[b"NOGROUP No such consumer group '", name, b"' for key name '", key, b"'"]));
    };
    let consumers = group.consumers.iter().map(|(name, consumer)| {
        let mut fields = vec![
            field("name", Reply::bulk(name)),
            field("pending", count(consumer.pending.len())),
            field("idle", Reply::Int((now - consumer.seen).max(0))),
        ];
        if told.active {
            let inactive = if consumer.active == -1 { -1 } else { now - consumer.active };
            fields.push(field("inactive", Reply::Int(inactive)));
        }
        Reply::Map(fields)
    });
    Ok(Reply::array(consumers))
}

/// The entries that a group has read, and those that it has not.
fn progress(stream: &Stream, group: &Group, rules: Rules) -> [(Reply, Reply); 2] {
    [
        field("entries-read", group.entries_read.map_or(Reply::Nil, |read| Reply::Int(read as i64))),
        field("lag", lag(stream, group, rules).map_or(Reply::Nil, Reply::Int)),
    ]
}

pub(crate) fn xinfo_groups(call: &mut Call<'_>) -> Answer {
    let told = Told::of(call);
    let stream = stream(call)?;
    let groups = stream.groups.iter().map(|(name, group)| {
        let mut fields = vec![
            field("name", Reply::bulk(name)),
            field("consumers", count(group.consumers.len())),
            field("pending", count(group.pending.len())),
            field("last-delivered-id", id_reply(group.last_id)),
        ];
        if told.lag {
            fields.extend(progress(stream, group, told.rules));
        }
        Reply::Map(fields)
    });
    Ok(Reply::array(groups))
}

pub(crate) fn xinfo_stream(call: &mut Call<'_>) -> Answer {
    stream(call)?;
    let options = call.rest(3);
    let mut limit = 10;
    match options {
        [] => {}
        [full] if full.eq_ignore_ascii_case(b"FULL") => {}
        [full, word, _] if full.eq_ignore_ascii_case(b"FULL") && word.eq_ignore_ascii_case(b"COUNT") => {
            limit = match call.int(5)? {
                ..0 => 10,
                0 => usize::MAX,
                count => to_usize(count),
            };
        }
        _ => return subcommand_syntax(call),
    }
    let told = Told::of(call);
    let stream = stream(call)?;
    let mut fields = vec![
        field("length", count(stream.len())),
        field("radix-tree-keys", count(stream.nodes())),
        field("radix-tree-nodes", count(stream.radix_nodes())),
        field("last-generated-id", id_reply(stream.last_id)),
    ];
    if told.lag {
        fields.push(field("max-deleted-entry-id", id_reply(stream.max_deleted)));
        fields.push(field("entries-added", Reply::Int(stream.added as i64)));
        fields.push(field("recorded-first-entry-id", id_reply(stream.first_id())));
    }
    if told.idempotency {
        let it = &stream.idempotency;
        fields.push(field("idmp-duration", Reply::Int(it.duration)));
        fields.push(field("idmp-maxsize", Reply::Int(it.max_size)));
        fields.push(field("pids-tracked", count(it.producers.len())));
        fields.push(field("iids-tracked", count(it.len())));
        fields.push(field("iids-added", Reply::Int(it.added as i64)));
        fields.push(field("iids-duplicates", Reply::Int(it.duplicates as i64)));
    }
    if options.is_empty() {
        let edge = |entry: Option<(Id, &crate::value::stream::Entry)>| {
            entry.map_or(Reply::Nil, |(id, entry)| entry_reply(id, &entry.fields))
        };
        fields.push(field("groups", count(stream.groups.len())));
        fields.push(field("first-entry", edge(stream.range(Id::MIN, Id::MAX).next())));
        fields.push(field("last-entry", edge(stream.range(Id::MIN, Id::MAX).next_back())));
        return Ok(Reply::Map(fields));
    }
    let entries = stream.range(Id::MIN, Id::MAX).take(limit).map(|(id, entry)| entry_reply(id, &entry.fields));
    fields.push(field("entries", Reply::array(entries)));
    let groups = stream.groups.iter().map(|(name, group)| {
        let mut fields = vec![field("name", Reply::bulk(name)), field("last-delivered-id", id_reply(group.last_id))];
        if told.lag {
            fields.extend(progress(stream, group, told.rules));
        }
        let pending = group.pending.iter().take(limit).map(|(id, it)| {
            let (consumer, delivered) = (Reply::bulk(&it.consumer), Reply::Int(it.delivered));
            Reply::Array(vec![id_reply(*id), consumer, delivered, Reply::Int(it.count)])
        });
        fields.push(field("pel-count", count(group.pending.len())));
        fields.push(field("pending", Reply::array(pending)));
        let consumers =
            group.consumers.iter().map(|(name, consumer)| consumer_reply(name, consumer, group, limit, told.active));
        fields.push(field("consumers", Reply::array(consumers)));
        Reply::Map(fields)
    });
    fields.push(field("groups", Reply::array(groups)));
    Ok(Reply::Map(fields))
}

fn consumer_reply(name: &[u8], consumer: &Consumer, group: &Group, limit: usize, active: bool) -> Reply {
    let mut fields = vec![field("name", Reply::bulk(name)), field("seen-time", Reply::Int(consumer.seen))];
    if active {
        fields.push(field("active-time", Reply::Int(consumer.active)));
    }
    let pending = consumer.pending.iter().take(limit).filter_map(|id| {
        let it = group.pending.get(id)?;
        Some(Reply::Array(vec![id_reply(*id), Reply::Int(it.delivered), Reply::Int(it.count)]))
    });
    fields.push(field("pel-count", count(consumer.pending.len())));
    fields.push(field("pending", Reply::array(pending)));
    Reply::Map(fields)
}

pub(crate) fn xinfo_help(call: &mut Call<'_>) -> Answer {
    super::help::reply(
        call,
        &[
            ("CONSUMERS <key> <group>", "The consumers of a group."),
            ("GROUPS <key>", "The groups of a stream."),
            ("STREAM <key> [FULL [COUNT <count>]]", "The stream itself; in full with its entries and groups."),
        ],
    )
}
