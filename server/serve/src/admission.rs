//! Clients that connect and disconnect.

use std::{net::SocketAddr, sync::Arc};

use crate::{
    blocking,
    client::memory,
    pubsub,
    state::{Client, DeferredUpdate, Hub, Kind, Link},
    tracking,
};

/// Accepts a client, unless there are too many.
pub(crate) fn open(hub: &mut Hub, link: Arc<Link>, peer: SocketAddr, local: SocketAddr) {
    if hub.clients.len() >= hub.settings.max_clients {
        hub.rejected += 1;
        link.send(b"-ERR max number of clients reached\r\n");
        link.close();
        return;
    }
    hub.accepted += 1;
    let authenticated = !hub.users.need_authentication();
    hub.clients.insert(link.id, Client::new(link, peer, local, authenticated));
}

/// Forgets a client. Nothing here needs the engine: a script may have it.
pub(crate) fn remove(hub: &mut Hub, id: u64) {
    if hub.clients.get(&id).is_some_and(Client::is_parked) {
        blocking::leave(hub, id);
    }
    unwatch(hub, id);
    for kind in [Kind::Channel, Kind::Pattern, Kind::Shard] {
        pubsub::leave(hub, id, kind);
    }
    tracking::stop(hub, id);
    hub.monitors.remove(&id);
    if let Some(client) = hub.clients.remove(&id) {
        client.link.kill();
    }
}

/// Drops the clients that take most while all together take more than `maxmemory-clients`.
pub(crate) fn evict(hub: &mut Hub) {
    let limit = hub.settings.client_memory;
    if limit == 0 {
        return;
    }
    let mut all: Vec<(usize, u64)> = hub.clients.values().map(|client| (memory(client), client.link.id)).collect();
    let mut sum: usize = all.iter().map(|(bytes, _)| bytes).sum();
    all.sort_unstable();
    while sum > limit
        && let Some((bytes, id)) = all.pop()
    {
        sum -= bytes;
        if hub.clients.get(&id).is_some_and(|client| !client.no_evict && !client.closing) {
            hub.evicted += 1;
            remove(hub, id);
        }
    }
}

/// Stops watching all keys that a client watches.
pub(crate) fn unwatch(hub: &mut Hub, id: u64) {
    if let Some(client) = hub.clients.get_mut(&id) {
        hub.deferred.extend(client.watched.drain(..).map(|watched| DeferredUpdate::Unwatch(watched.db, watched.key)));
    }
}
