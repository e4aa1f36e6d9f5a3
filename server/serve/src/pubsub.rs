//! Subscriptions and the delivery of messages.

use commands::{CommandId, CommandSpec};
use engine::{Published, glob};
use protocol::{Reply, resp};
use rustc_hash::FxHashMap;

use crate::state::{Client, DeferredUpdate, Hub, Ids, Kind, Names, Words};

fn names(client: &mut Client, kind: Kind) -> &mut Names {
    match kind {
        Kind::Channel => &mut client.channels,
        Kind::Pattern => &mut client.patterns,
        Kind::Shard => &mut client.shards,
    }
}

fn add(hub: &mut Hub, id: u64, kind: Kind, name: &[u8]) {
    let Some(client) = hub.clients.get_mut(&id) else { return };
    if !names(client, kind).insert(name.to_vec()) {
        return;
    }
    let ids = match kind {
        Kind::Channel => hub.channels.channels.entry(name.to_vec()).or_default(),
        Kind::Pattern => hub.channels.patterns.entry(name.to_vec()).or_default(),
        Kind::Shard => hub.channels.shards.entry(name.to_vec()).or_default(),
    };
    ids.insert(id);
    hub.deferred.push(DeferredUpdate::Listens(kind, name.to_vec(), 1));
}

fn remove(hub: &mut Hub, id: u64, kind: Kind, name: &[u8]) {
    let Some(client) = hub.clients.get_mut(&id) else { return };
    if !names(client, kind).shift_remove(name) {
        return;
    }
    let channels = &mut hub.channels;
    match kind {
        Kind::Channel => drop_listener(&mut channels.channels, id, name),
        Kind::Shard => drop_listener(&mut channels.shards, id, name),
        Kind::Pattern => {
            if let Some(ids) = channels.patterns.get_mut(name) {
                ids.swap_remove(&id);
                if ids.is_empty() {
                    channels.patterns.shift_remove(name);
                }
            }
        }
    }
    hub.deferred.push(DeferredUpdate::Listens(kind, name.to_vec(), -1));
}

fn drop_listener(channels: &mut FxHashMap<Vec<u8>, Ids>, id: u64, name: &[u8]) {
    if let Some(ids) = channels.get_mut(name) {
        ids.swap_remove(&id);
        if ids.is_empty() {
            channels.remove(name);
        }
    }
}

/// Ends all subscriptions of a kind without a message.
pub(crate) fn leave(hub: &mut Hub, id: u64, kind: Kind) {
    let Some(client) = hub.clients.get_mut(&id) else { return };
    for name in names(client, kind).clone() {
        remove(hub, id, kind, &name);
    }
}

/// Number of subscriptions that the client's replies show: shard channels count by themselves.
fn total(hub: &Hub, id: u64, kind: Kind) -> i64 {
    hub.clients.get(&id).map_or(0, |client| match kind {
        Kind::Shard => client.shards.len(),
        _ => client.channels.len() + client.patterns.len(),
    }) as i64
}

fn confirm(hub: &mut Hub, id: u64, kind: Kind, word: &str, name: Option<&[u8]>) {
    let name = name.map_or(Reply::Nil, Reply::bulk);
    let reply = Reply::Push(vec![Reply::bulk(word), name, Reply::Int(total(hub, id, kind))]);
    let resp3 = hub.clients.get(&id).is_some_and(|client| client.resp3);
    let mut out = Vec::new();
    resp::encode(&reply, resp3, &mut out);
    hub.push(id, &out);
}

/// `SUBSCRIBE` and its like.
pub(crate) fn subscribe(hub: &mut Hub, id: u64, spec: &'static CommandSpec, words: &Words) {
    let (kind, word) = match spec.id {
        CommandId::Psubscribe => (Kind::Pattern, "psubscribe"),
        CommandId::Ssubscribe => (Kind::Shard, "ssubscribe"),
        _ => (Kind::Channel, "subscribe"),
    };
    for name in &words[1..] {
        add(hub, id, kind, name);
        confirm(hub, id, kind, word, Some(name));
    }
}

/// `UNSUBSCRIBE` and its like; without names from everything of the kind.
pub(crate) fn unsubscribe(hub: &mut Hub, id: u64, spec: &'static CommandSpec, words: &Words) {
    let (kind, word) = match spec.id {
        CommandId::Punsubscribe => (Kind::Pattern, "punsubscribe"),
        CommandId::Sunsubscribe => (Kind::Shard, "sunsubscribe"),
        _ => (Kind::Channel, "unsubscribe"),
    };
    // Valkey 8.0 alone refuses this to those who do not subscribe to anything.
    let subscribes = hub.clients.get(&id).is_some_and(Client::is_subscriber);
    if hub.target == commands::Target::valkey(8, 0) && !subscribes {
        return hub.error(id, format!("NOSUB '{word}' command executed not in subscribed mode"));
    }
    let mut all: Vec<Vec<u8>> = words[1..].to_vec();
    if all.is_empty() {
        all = hub.clients.get_mut(&id).map(|client| names(client, kind).iter().cloned().collect()).unwrap_or_default();
        if all.is_empty() {
            return confirm(hub, id, kind, word, None);
        }
    }
    for name in &all {
        remove(hub, id, kind, name);
        confirm(hub, id, kind, word, Some(name));
    }
}

/// A message in both protocols.
struct Encoded([Vec<u8>; 2]);

impl Encoded {
    fn new(words: &[&[u8]]) -> Self {
        let reply = Reply::Push(words.iter().map(Reply::bulk).collect());
        Self([false, true].map(|resp3| {
            let mut out = Vec::new();
            resp::encode(&reply, resp3, &mut out);
            out
        }))
    }

    fn send(&self, hub: &mut Hub, ids: &[u64]) {
        for id in ids {
            let resp3 = hub.clients.get(id).is_some_and(|client| client.resp3);
            hub.push(*id, &self.0[usize::from(resp3)]);
        }
    }
}

/// Delivers a message to all subscribers.
pub(crate) fn deliver(hub: &mut Hub, message: &Published) {
    let (channel, text) = (&*message.channel, &*message.message);
    let (channels, word) = match message.sharded {
        true => (&hub.channels.shards, &b"smessage"[..]),
        false => (&hub.channels.channels, &b"message"[..]),
    };
    if let Some(ids) = channels.get(channel) {
        let ids: Vec<u64> = ids.iter().copied().collect();
        Encoded::new(&[word, channel, text]).send(hub, &ids);
    }
    if message.sharded || hub.channels.patterns.is_empty() {
        return;
    }
    let found: Vec<(Vec<u8>, Vec<u64>)> = hub
        .channels
        .patterns
        .iter()
        .filter(|(pattern, _)| glob::matches(pattern, channel))
        .map(|(pattern, ids)| (pattern.clone(), ids.iter().copied().collect()))
        .collect();
    for (pattern, ids) in found {
        Encoded::new(&[b"pmessage", &pattern, channel, text]).send(hub, &ids);
    }
}
