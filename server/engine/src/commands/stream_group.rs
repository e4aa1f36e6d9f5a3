//! Streams: consumer groups, and how far they have read.

use commands::CommandId;
use protocol::Reply;

use super::{
    stream::{make, subcommand_syntax},
    stream_ids::{any_id, ids, strict_id},
};
use crate::{
    Class,
    call::{Answer, Call},
    error::{Error, NO_KEY},
    resolve,
    value::{
        Bytes, Stream,
        stream::{Consumer, Group, Id},
    },
};

/// Version differences in counting the entries that groups have read.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    /// All entries are unread by a group whose last id is before the first that is left (Redis 8.0).
    pub(super) knows_trimmed: bool,
    /// A deleted entry before the first that is left leaves the group's count valid (all but Valkey from 8.1 on).
    pub(super) forgets_trimmed: bool,
    /// An empty stream has nothing to read (Redis 8.0).
    pub(super) knows_emptied: bool,
    /// An id before a deleted entry cannot be counted (Redis 8.0, Valkey 8.1).
    pub(super) knows_holes: bool,
    /// The count of entries read is bounded by that of entries added (Redis 8.0).
    pub(super) knows_bound: bool,
}

impl Rules {
    pub(super) fn of(call: &Call<'_>) -> Self {
        Self {
            knows_trimmed: call.redis(8, 0),
            forgets_trimmed: !call.valkey(8, 1),
            knows_emptied: call.redis(8, 0),
            knows_holes: call.redis(8, 0) || call.valkey(8, 1),
            knows_bound: call.redis(8, 0),
        }
    }
}

/// True if an entry behind `from` was deleted, so that the count of those read says nothing.
pub(super) fn has_hole_behind(stream: &Stream, from: Id, rules: Rules) -> bool {
    if stream.is_empty() || stream.max_deleted == Id::MIN {
        return false;
    }
    if rules.forgets_trimmed && stream.first_id() > stream.max_deleted {
        return false;
    }
    from <= stream.max_deleted
}

/// Number of entries that were ever added up to an id, if known.
pub(super) fn entries_read_of(stream: &Stream, id: Id, rules: Rules) -> Option<u64> {
    if stream.added == 0 {
        return Some(0);
    }
    if stream.is_empty() && id <= stream.last_id {
        return Some(stream.added);
    }
    if rules.knows_holes && id != Id::MIN && id < stream.max_deleted {
        return None;
    }
    if id == stream.last_id {
        return Some(stream.added);
    }
    if id > stream.last_id {
        return None;
    }
    let first = stream.first_id();
    let len = stream.len() as u64;
    if stream.max_deleted == Id::MIN || stream.max_deleted < first {
        if id < first {
            return Some(stream.added.wrapping_sub(len));
        }
        if id == first {
            return Some(stream.added.wrapping_sub(len).wrapping_add(1));
        }
    }
    None
}

/// Number of entries a group has yet to read, if known.
pub(super) fn lag(stream: &Stream, group: &Group, rules: Rules) -> Option<i64> {
    if stream.added == 0 || (rules.knows_emptied && stream.is_empty()) {
        return Some(0);
    }
    if rules.knows_trimmed && stream.first_id() > group.last_id && stream.max_deleted < stream.first_id() {
        return Some(stream.len() as i64);
    }
    let read = match group.entries_read {
        Some(read) if !has_hole_behind(stream, group.last_id, rules) => Some(read),
        _ => entries_read_of(stream, group.last_id, rules),
    };
    read.map(|read| stream.added.wrapping_sub(read) as i64)
}

/// `NOGROUP` error for a key or group that does not exist.
pub(super) fn no_group(key: &[u8], group: &[u8]) -> Error {
    Error::quoting(&[b"NOGROUP No such key '", key, b"' or consumer group '", group, b"'"])
}

fn no_group_of_key(key: &[u8], group: &[u8]) -> Error {
    Error::quoting(&[b"NOGROUP No such consumer group '", group, b"' for key name '", key, b"'"])
}

/// Options after the id of `XGROUP CREATE` and `SETID`: true to make the stream, and the entries read.
fn options(call: &Call<'_>, creating: bool) -> Result<(bool, Option<u64>), Error> {
    let (mut makes, mut read) = (false, None);
    // Before 7.0 one word was an option, and more were complained about later.
    let mut at = if call.since(7, 0) || (creating && call.count() == 6) { 5 } else { call.count() };
    while at < call.count() {
        if creating && call.is(at, "MKSTREAM") {
            makes = true;
        } else if call.since(7, 0) && call.is(at, "ENTRIESREAD") && at + 1 < call.count() {
            at += 1;
            read = match call.int(at)? {
                -1 => None,
                count => Some(
                    u64::try_from(count)
                        .map_err(|_| Error::from("ERR value for ENTRIESREAD must be positive or -1"))?,
                ),
            };
        } else {
            return subcommand_syntax(call);
        }
        at += 1;
    }
    Ok((makes, read))
}

fn bounded(read: Option<u64>, stream: &Stream, rules: Rules) -> Option<u64> {
    read.map(|read| if rules.knows_bound { read.min(stream.added) } else { read })
}

pub(super) const NO_STREAM: &str = "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to \
                                    use the MKSTREAM option to create an empty stream automatically.";

/// The stream that a subcommand works on, unless it may make it.
fn check_key(call: &mut Call<'_>, makes: bool) -> Result<(), Error> {
    if call.read::<Stream>(call.word(2))?.is_none() && !makes {
        return Err(NO_STREAM.into());
    }
    Ok(())
}

fn check_group(call: &mut Call<'_>) -> Result<(), Error> {
    check_key(call, false)?;
    let (key, group) = (call.word(2), call.word(3));
    match call.read::<Stream>(key)?.is_some_and(|stream| stream.groups.contains_key(group)) {
        true => Ok(()),
        false => Err(no_group_of_key(key, group)),
    }
}

fn last_id(call: &mut Call<'_>) -> Option<Id> {
    (call.word(4) == b"$")
        .then(|| call.read::<Stream>(call.word(2)).ok().flatten().map_or(Id::MIN, |stream| stream.last_id))
}

/// Reports a change of a group or its consumers. It aborts no transaction that watches the stream.
fn report(call: &mut Call<'_>, key: &[u8], event: &str) {
    call.notify(Class::Stream, event, key);
    call.engine.dirty += 1;
}

pub(crate) fn xgroup_create(call: &mut Call<'_>) -> Answer {
    let (makes, entries_read) = options(call, true)?;
    check_key(call, makes)?;
    if call.count() > 8 || (call.count() > 6 && !call.since(7, 0)) {
        return subcommand_syntax(call);
    }
    let (key, name) = (call.word(2), call.word(3));
    let last_id = match last_id(call) {
        Some(id) => id,
        None => strict_id(call.word(4), 0)?,
    };
    if !call.exists(key) {
        make(call, key);
        call.signal(key);
    }
    if call.read::<Stream>(key)?.is_some_and(|stream| stream.groups.contains_key(name)) {
        return Err("BUSYGROUP Consumer Group name already exists".into());
    }
    let rules = Rules::of(call);
    if let Some(stream) = call.edit::<Stream>(key)? {
        let entries_read = bounded(entries_read, stream, rules);
        stream.groups.insert(name.into(), Group { last_id, entries_read, ..Group::default() });
    }
    report(call, key, "xgroup-create");
    Ok(Reply::ok())
}

pub(crate) fn xgroup_setid(call: &mut Call<'_>) -> Answer {
    let (_, entries_read) = options(call, false)?;
    check_group(call)?;
    if call.count() != 5 && !(call.count() == 7 && call.since(7, 0)) {
        return subcommand_syntax(call);
    }
    let last_id = match last_id(call) {
        Some(id) => id,
        None => any_id(call.word(4), 0)?,
    };
    let name = call.word(3);
    let rules = Rules::of(call);
    if let Some(stream) = call.edit::<Stream>(call.word(2))? {
        let entries_read = bounded(entries_read, stream, rules);
        if let Some(group) = stream.groups.get_mut(name) {
            group.last_id = last_id;
            group.entries_read = entries_read;
        }
    }
    report(call, call.word(2), "xgroup-setid");
    Ok(Reply::ok())
}

pub(crate) fn xgroup_destroy(call: &mut Call<'_>) -> Answer {
    check_key(call, false)?;
    let name = call.word(3);
    let key = call.word(2);
    let gone = call.edit::<Stream>(key)?.is_some_and(|stream| stream.groups.remove(name).is_some());
    if gone {
        report(call, key, "xgroup-destroy");
        // Clients blocked in XREADGROUP get an error.
        call.engine.keyspace.signal_ready(*call.db, key);
    }
    Ok(Reply::Int(i64::from(gone)))
}

pub(crate) fn xgroup_createconsumer(call: &mut Call<'_>) -> Answer {
    check_group(call)?;
    let (group, name, now) = (call.word(3), call.word(4), call.now());
    let Some(group) = call.edit::<Stream>(call.word(2))?.and_then(|stream| stream.groups.get_mut(group)) else {
        return Ok(Reply::Int(0));
    };
    if group.consumers.contains_key(name) {
        return Ok(Reply::Int(0));
    }
    group.consumers.insert(name.into(), Consumer { seen: now, active: -1, ..Consumer::default() });
    report(call, call.word(2), "xgroup-createconsumer");
    Ok(Reply::Int(1))
}

pub(crate) fn xgroup_delconsumer(call: &mut Call<'_>) -> Answer {
    check_group(call)?;
    let (group, name, since_70) = (call.word(3), call.word(4), call.since(7, 0));
    let Some(group) = call.edit::<Stream>(call.word(2))?.and_then(|stream| stream.groups.get_mut(group)) else {
        return Ok(Reply::Int(0));
    };
    let consumer = match group.consumers.remove(name) {
        Some(consumer) => consumer,
        None if since_70 => return Ok(Reply::Int(0)),
        // 6.2 reported one that was not there, too.
        None => Consumer::default(),
    };
    for id in &consumer.pending {
        group.pending.remove(id);
    }
    report(call, call.word(2), "xgroup-delconsumer");
    Ok(Reply::Int(consumer.pending.len() as i64))
}

pub(crate) fn xack(call: &mut Call<'_>) -> Answer {
    let (key, name) = (call.word(1), call.word(2));
    call.reads = true;
    if call.read::<Stream>(key)?.is_none_or(|stream| !stream.groups.contains_key(name)) {
        return Ok(Reply::Int(0));
    }
    let ids = ids(call, 3)?;
    let group = call.edit::<Stream>(key)?.and_then(|stream| stream.groups.get_mut(name));
    let count = group.map_or(0, |group| ids.into_iter().filter(|id| group.acknowledge(*id)).count());
    // The entries are what they were: nobody is told.
    call.engine.dirty += count as u64;
    Ok(Reply::Int(count as i64))
}

/// Marks the consumer of a claim or a read as seen now. Returns true if it was created.
pub(super) fn see_consumer(group: &mut Group, name: &Bytes, now: i64) -> bool {
    let before = group.consumers.len();
    let make = || Consumer { seen: now, active: -1, ..Consumer::default() };
    group.consumers.entry(name.clone()).or_insert_with(make).seen = now;
    group.consumers.len() > before
}

/// Reports a consumer that a claim or a read created, which 6.2 did not.
pub(super) fn report_created(call: &mut Call<'_>, key: &[u8]) {
    if call.since(7, 0) {
        report(call, key, "xgroup-createconsumer");
    }
}

pub(crate) fn xgroup_help(call: &mut Call<'_>) -> Answer {
    super::help::reply(
        call,
        &[
            ("CREATE <key> <group> <id|$> [MKSTREAM] [ENTRIESREAD <count>]", "Makes a group that reads behind an id."),
            ("CREATECONSUMER <key> <group> <consumer>", "Makes a consumer."),
            ("DELCONSUMER <key> <group> <consumer>", "Deletes a consumer with what it has pending."),
            ("DESTROY <key> <group>", "Deletes a group."),
            ("SETID <key> <group> <id|$> [ENTRIESREAD <count>]", "Sets the id behind which a group reads."),
        ],
    )
}

/// A container of streams called without a subcommand, or in 6.2 with one that is unknown.
pub(crate) fn stream_container(call: &mut Call<'_>) -> Answer {
    if call.count() < 3 {
        return call.wrong_count();
    }
    if call.read::<Stream>(call.word(2))?.is_some() {
        return Err(resolve::unknown_subcommand(call.engine.target, call.spec, call.word(1)));
    }
    Err(if call.spec.id == CommandId::Xgroup { NO_STREAM } else { NO_KEY }.into())
}
