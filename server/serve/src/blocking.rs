//! Clients that wait for a key: the engine found nothing, so the call is kept and made again when the key has changed.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use commands::{CommandId, CommandSpec};
use engine::value::{Bytes, Value};
use protocol::{
    Reply,
    number::{parse_double, parse_int},
};

use crate::{
    engine_calls,
    engine_calls::is_nothing,
    state::{DeferredUpdate, Hold, Hub, Parked, Wish, Words},
    turn::Turn,
};

/// A call that is about to wait.
pub(crate) struct Plan {
    wish: Wish,
    keys: Vec<Bytes>,
    db: usize,
    timeout: Option<Duration>,
    /// Words with which the call is made again, if they are not those that were sent.
    words: Option<Words>,
}

/// True if a command can make its client wait.
pub(crate) fn may_wait(id: CommandId) -> bool {
    matches!(
        id,
        CommandId::Blpop
            | CommandId::Brpop
            | CommandId::Blmove
            | CommandId::Brpoplpush
            | CommandId::Blmpop
            | CommandId::Bzpopmin
            | CommandId::Bzpopmax
            | CommandId::Bzmpop
            | CommandId::Xread
            | CommandId::Xreadgroup
            | CommandId::Wait
            | CommandId::Waitaof
    )
}

fn seconds(word: &[u8]) -> Option<Duration> {
    let seconds = parse_double(word).filter(|seconds| *seconds > 0.0)?;
    // The servers count in whole milliseconds and round up.
    Some(Duration::from_millis((seconds * 1000.0).ceil() as u64))
}

fn millis(word: &[u8]) -> Option<Duration> {
    parse_int(word).filter(|millis| *millis > 0).map(|millis| Duration::from_millis(millis as u64))
}

/// Returns what a call would wait for, if the engine's reply says that there was nothing.
pub(crate) fn wish(turn: &mut Turn<'_, '_>, id: CommandId, words: &Words, reply: &Reply, db: usize) -> Option<Plan> {
    let word = |at: usize| words.get(at).map_or(&[][..], Vec::as_slice);
    if matches!(id, CommandId::Wait | CommandId::Waitaof) {
        let wanted = parse_int(word(if id == CommandId::Wait { 1 } else { 2 })).unwrap_or(0);
        let timeout = millis(word(words.len() - 1));
        let wish = Wish::Nobody(reply.clone());
        let waits = wanted > 0 && !reply.is_error();
        return waits.then_some(Plan { wish, keys: Vec::new(), db, timeout, words: None });
    }
    if !is_nothing(reply) {
        return None;
    }
    let (wish, keys, timeout) = match id {
        CommandId::Blpop | CommandId::Brpop => (Wish::List, &words[1..words.len() - 1], seconds(words.last()?)),
        CommandId::Bzpopmin | CommandId::Bzpopmax => (Wish::Zset, &words[1..words.len() - 1], seconds(words.last()?)),
        CommandId::Blmove => (Wish::List, words.get(1..2)?, seconds(word(5))),
        CommandId::Brpoplpush => (Wish::List, words.get(1..2)?, seconds(word(3))),
        CommandId::Blmpop | CommandId::Bzmpop => {
            let count = usize::try_from(parse_int(word(2))?).ok()?;
            let wish = if id == CommandId::Blmpop { Wish::List } else { Wish::Zset };
            (wish, words.get(3..count.checked_add(3)?)?, seconds(word(1)))
        }
        CommandId::Xread | CommandId::Xreadgroup => return stream_wish(turn, id, words, db),
        _ => return None,
    };
    let keys = keys.iter().map(|key| key.as_slice().into()).collect();
    Some(Plan { wish, keys, db, timeout, words: None })
}

fn stream_wish(turn: &mut Turn<'_, '_>, id: CommandId, words: &Words, db: usize) -> Option<Plan> {
    let is = |word: &Vec<u8>, option: &str| word.eq_ignore_ascii_case(option.as_bytes());
    // The group's name and the consumer's may be spelt like options.
    let first = if id == CommandId::Xreadgroup { 4 } else { 1 };
    let streams = first + words.get(first..)?.iter().position(|word| is(word, "STREAMS"))?;
    let block = first + words[first..streams].iter().position(|word| is(word, "BLOCK"))?;
    let timeout = millis(words.get(block + 1)?);
    let count = (words.len() - streams - 1) / 2;
    let mut again = words.clone();
    let mut keys = Vec::new();
    for at in streams + 1..=streams + count {
        let key: Bytes = words[at].as_slice().into();
        // What is new is told from now, not from when the call is made again.
        if id == CommandId::Xread && matches!(words.get(at + count).map(Vec::as_slice), Some(b"$" | b"+")) {
            let last = match turn.server.engine.keyspace.get(db, &key).map(|entry| &*entry.value) {
                Some(Value::Stream(stream)) => stream.last_id.to_string(),
                _ => "0-0".to_owned(),
            };
            again[at + count] = last.into_bytes();
        }
        keys.push(key);
    }
    let claim = words[first..streams].iter().rposition(|word| is(word, "CLAIM"));
    let claim = claim.and_then(|at| parse_int(words.get(first + at + 1)?));
    let wish = if id == CommandId::Xread { Wish::Stream } else { Wish::Group { claim } };
    Some(Plan { wish, keys, db, timeout, words: Some(again) })
}

/// Makes a client wait.
pub(crate) fn park(turn: &mut Turn<'_, '_>, id: u64, spec: &'static CommandSpec, words: Words, plan: Plan) {
    let Plan { wish, mut keys, db, timeout, words: again } = plan;
    let mut seen = BTreeSet::new();
    keys.retain(|key| seen.insert(key.clone()));
    for key in &keys {
        turn.server.engine.keyspace.watch(db, key);
        turn.hub.waiting.by_key.entry((db, key.clone())).or_default().push_back(id);
    }
    // A time beyond what can be counted is none.
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    if let Some(at) = deadline {
        turn.hub.waiting.deadlines.insert((at, id));
    }
    if matches!(wish, Wish::Group { claim: Some(_) }) {
        turn.hub.waiting.claiming.push(id);
    }
    let parked = Parked { spec, words: again.unwrap_or(words), db, wish, keys, deadline };
    turn.client(id, |client| client.hold = Hold::Parked(Box::new(parked)));
}

/// Removes a client from all queues. Returns the call that waited.
pub(crate) fn leave(hub: &mut Hub, id: u64) -> Option<Box<Parked>> {
    let client = hub.clients.get_mut(&id)?;
    let parked = match std::mem::replace(&mut client.hold, Hold::None) {
        Hold::Parked(parked) => parked,
        other => {
            client.hold = other;
            return None;
        }
    };
    for key in &parked.keys {
        let at = (parked.db, key.clone());
        if let Some(ids) = hub.waiting.by_key.get_mut(&at) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                hub.waiting.by_key.remove(&at);
            }
        }
        hub.deferred.push(DeferredUpdate::Unwatch(parked.db, Arc::clone(key)));
    }
    if let Some(at) = parked.deadline {
        hub.waiting.deadlines.remove(&(at, id));
    }
    hub.waiting.claiming.retain(|other| *other != id);
    Some(parked)
}

/// Ends a client's waiting with a reply, or with the reply of a timeout.
pub(crate) fn finish(hub: &mut Hub, id: u64, reply: Option<&Reply>) {
    let Some(parked) = leave(hub, id) else { return };
    match (reply, parked.wish) {
        (Some(reply), _) => hub.reply(id, reply),
        (None, Wish::Nobody(reply)) => hub.reply(id, &reply),
        // An array's nothing for all, BLMOVE among them, whose own nothing is a text's.
        (None, _) => hub.reply(id, &Reply::NilArray),
    }
    hub.resume.push_back(id);
}

/// Ends the waiting of clients whose time is over.
pub(crate) fn expire(hub: &mut Hub) {
    let now = Instant::now();
    while let Some((at, id)) = hub.waiting.deadlines.first().copied() {
        if at > now {
            return;
        }
        hub.waiting.deadlines.pop_first();
        finish(hub, id, None);
    }
}

/// Returns true if a value may serve a waiting client: other types do not wake it.
fn suits(wish: &Wish, value: Option<&Value>) -> bool {
    match wish {
        Wish::List => matches!(value, Some(Value::List(_))),
        Wish::Zset => matches!(value, Some(Value::Zset(_))),
        Wish::Stream => matches!(value, Some(Value::Stream(_))),
        // A group must hear too that its stream is gone.
        Wish::Group { .. } => true,
        Wish::Nobody(_) => false,
    }
}

/// Serves the clients that wait for a key that has changed, first come first.
pub(crate) fn serve(turn: &mut Turn<'_, '_>, db: usize, key: &Bytes) {
    let Some(ids) = turn.hub.waiting.by_key.get(&(db, Arc::clone(key))) else { return };
    let ids: Vec<u64> = ids.iter().copied().collect();
    for id in ids {
        let value = turn.server.engine.keyspace.get(db, key).map(|entry| &*entry.value);
        let Some(client) = turn.hub.clients.get(&id) else { continue };
        let Hold::Parked(parked) = &client.hold else { continue };
        if !suits(&parked.wish, value) {
            continue;
        }
        let group = parked.is_group();
        let Some(mut reply) = again(turn, id) else { continue };
        if group && reply.is_error() && !turn.hub.since(7, 2) {
            reply = match turn.server.engine.keyspace.get(db, key) {
                None => Reply::error("UNBLOCKED the stream key no longer exists"),
                Some(_) => Reply::error("NOGROUP the consumer group this client was blocked on no longer exists"),
            };
        }
        finish(turn.hub, id, Some(&reply));
    }
}

/// Makes a client's call again. Returns its reply, or `None` if it goes on waiting.
fn again(turn: &mut Turn<'_, '_>, id: u64) -> Option<Reply> {
    let client = turn.hub.clients.get(&id)?;
    let Hold::Parked(parked) = &client.hold else { return None };
    let (spec, mut db) = (parked.spec, parked.db);
    let reply = engine_calls::call(turn.server, spec, &parked.words, &mut db, client.resp3);
    turn.server.engine.stats.count_once(spec);
    if is_nothing(&reply) {
        turn.server.engine.take_back_log();
        return None;
    }
    Some(reply)
}

/// Serves the clients that wait for pending entries to be idle for long enough. Returns true if there were any.
pub(crate) fn claim(turn: &mut Turn<'_, '_>) -> bool {
    let mut served = false;
    for id in turn.hub.waiting.claiming.clone() {
        let Some(client) = turn.hub.clients.get(&id) else { continue };
        let Hold::Parked(parked) = &client.hold else { continue };
        let Wish::Group { claim: Some(idle) } = parked.wish else { continue };
        let engine = &turn.server.engine;
        let (now, group) = (engine.now(), parked.words.get(2).map_or(&[][..], Vec::as_slice));
        let is_due = |key: &Bytes| match engine.keyspace.get(parked.db, key).map(|entry| &*entry.value) {
            Some(Value::Stream(stream)) => stream.groups.get(group).is_some_and(|group| {
                group.pending.values().any(|pending| now.saturating_sub(pending.delivered) >= idle)
            }),
            _ => false,
        };
        if parked.keys.iter().any(is_due)
            && let Some(reply) = again(turn, id)
        {
            finish(turn.hub, id, Some(&reply));
            served = true;
        }
    }
    served
}
