//! `CLIENT TRACKING`: a client that keeps copies is notified when a key that it has read changes.

use std::{collections::BTreeSet, sync::Arc};

use commands::{CommandSpec, Flags, bind};
use engine::{Support, value::Bytes};
use protocol::{Reply, number::parse_int, resp};

use crate::{
    prefix_tree,
    state::{DeferredUpdate, Hub, Tracking, Words},
    turn::Turn,
};

/// Maximum number of keys remembered; beyond it, the oldest copies of clients are declared stale.
const MOST: usize = 1_000_000;

const SYNTAX: &str = "ERR syntax error";

/// `CLIENT TRACKING`
pub(crate) fn command(hub: &mut Hub, id: u64, words: &Words) -> Result<Reply, Vec<u8>> {
    let mut new = Tracking::default();
    let mut prefixes: Vec<Vec<u8>> = Vec::new();
    let mut rest = &words[3..];
    while let [option, after @ ..] = rest {
        rest = after;
        match option.to_ascii_uppercase().as_slice() {
            b"REDIRECT" if !after.is_empty() => {
                if new.redirect != 0 {
                    return Err(b"ERR A client can only redirect to a single other client".to_vec());
                }
                new.redirect =
                    parse_int(&after[0]).ok_or("ERR value is not an integer or out of range")?.unsigned_abs();
                rest = &after[1..];
                if hub.open_client(new.redirect).is_none() {
                    return Err(b"ERR The client ID you want redirect to does not exist".to_vec());
                }
            }
            b"BCAST" => new.broadcasts = true,
            b"OPTIN" => new.opt_in = true,
            b"OPTOUT" => new.opt_out = true,
            b"NOLOOP" => new.no_loop = true,
            b"PREFIX" if !after.is_empty() => {
                prefixes.push(after[0].clone());
                rest = &after[1..];
            }
            _ => return Err(SYNTAX.into()),
        }
    }
    match words[2].to_ascii_lowercase().as_slice() {
        b"off" => {
            stop(hub, id);
            return Ok(Reply::ok());
        }
        b"on" => {}
        _ => return Err(SYNTAX.into()),
    }
    if !prefixes.is_empty() && !new.broadcasts {
        return Err(b"ERR PREFIX option requires BCAST mode to be enabled".to_vec());
    }
    // Up to Valkey 8.0 the size of a node is multiplied with that of a pointer, since 8.1 added to it.
    let node = if hub.valkey(8, 1) { 12 } else { 32 };
    let Some(client) = hub.clients.get_mut(&id) else { return Ok(Reply::ok()) };
    if client.tracking.as_ref().is_some_and(|old| old.broadcasts != new.broadcasts) {
        return Err(b"ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then \
                     re-enabling it with a different mode."
            .to_vec());
    }
    if new.broadcasts && (new.opt_in || new.opt_out) {
        return Err(b"ERR OPTIN and OPTOUT are not compatible with BCAST".to_vec());
    }
    if new.opt_in && new.opt_out {
        return Err(b"ERR You can't specify both OPTIN mode and OPTOUT mode".to_vec());
    }
    if let Some(old) = &client.tracking
        && ((old.opt_in && new.opt_out) || (old.opt_out && new.opt_in))
    {
        return Err(b"ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then \
                     re-enabling it with a different mode."
            .to_vec());
    }
    new.prefixes = client.tracking.as_ref().map(|old| old.prefixes.clone()).unwrap_or_default();
    if new.broadcasts {
        check_prefixes(&new.prefixes, &prefixes)?;
        // Without a prefix all keys are told of.
        new.prefixes.extend(if prefixes.is_empty() { vec![Vec::new()] } else { prefixes });
    }
    new.prefix_bytes = if new.broadcasts { node * prefix_tree::nodes(&new.prefixes) } else { 0 };
    client.tracking = Some(new);
    renew_prefixes(hub);
    Ok(Reply::ok())
}

fn renew_prefixes(hub: &mut Hub) {
    hub.tracked.prefixes.clear();
    for client in hub.clients.values() {
        for prefix in client.tracking.iter().flat_map(|tracking| &tracking.prefixes) {
            hub.tracked.prefixes.entry(prefix.clone()).or_default().insert(client.link.id);
        }
    }
}

/// Prefixes of a client must not overlap, or it would be notified twice.
fn check_prefixes(known: &BTreeSet<Vec<u8>>, new: &[Vec<u8>]) -> Result<(), Vec<u8>> {
    let overlap = |a: &[u8], b: &[u8]| a.starts_with(b) || b.starts_with(a);
    let refusal = |a: &[u8], which: &[u8], b: &[u8]| {
        let end = b"'. Prefixes for a single client must not overlap.";
        Err([b"ERR Prefix '", a, b"' overlaps with ", which, b" prefix '", b, end].concat())
    };
    for (at, prefix) in new.iter().enumerate() {
        if let Some(other) = known.iter().find(|other| overlap(prefix, other)) {
            return refusal(prefix, b"an existing", other);
        }
        if let Some(other) = new[at + 1..].iter().find(|other| overlap(prefix, other)) {
            return refusal(prefix, b"another provided", other);
        }
    }
    Ok(())
}

/// `CLIENT TRACKINGINFO`
pub(crate) fn info(hub: &Hub, id: u64) -> Reply {
    let tracking = hub.clients.get(&id).and_then(|client| client.tracking.as_ref());
    let mut flags = vec![if tracking.is_some() { "on" } else { "off" }];
    if let Some(tracking) = tracking {
        let told = [
            ("bcast", tracking.broadcasts),
            ("optin", tracking.opt_in),
            ("optout", tracking.opt_out),
            ("caching-yes", tracking.caching == Some(true)),
            ("caching-no", tracking.caching == Some(false)),
            ("noloop", tracking.no_loop),
            ("broken_redirect", tracking.broken),
        ];
        flags.extend(told.iter().filter(|(_, set)| *set).map(|(name, _)| *name));
    }
    Reply::Map(vec![
        (Reply::bulk("flags"), Reply::Set(flags.into_iter().map(Reply::bulk).collect())),
        (Reply::bulk("redirect"), Reply::Int(tracking.map_or(-1, |tracking| tracking.redirect as i64))),
        (Reply::bulk("prefixes"), Reply::bulks(tracking.iter().flat_map(|tracking| &tracking.prefixes))),
    ])
}

/// `CLIENT CACHING`
pub(crate) fn caching(hub: &mut Hub, id: u64, words: &Words) -> Result<Reply, Vec<u8>> {
    let tracking = hub.clients.get_mut(&id).and_then(|client| client.tracking.as_mut());
    let Some(tracking) = tracking.filter(|tracking| tracking.opt_in || tracking.opt_out) else {
        return Err(b"ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT \
                     mode enabled"
            .to_vec());
    };
    match words[2].to_ascii_lowercase().as_slice() {
        b"yes" if tracking.opt_in => tracking.caching = Some(true),
        b"yes" => {
            return Err(b"ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.".to_vec());
        }
        b"no" if tracking.opt_out => tracking.caching = Some(false),
        b"no" => {
            return Err(b"ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.".to_vec());
        }
        _ => return Err(SYNTAX.into()),
    }
    Ok(Reply::ok())
}

/// Ends a client's tracking. Its keys are forgotten when they change.
pub(crate) fn stop(hub: &mut Hub, id: u64) {
    if hub.clients.get_mut(&id).and_then(|client| client.tracking.take()).is_some_and(|old| old.broadcasts) {
        renew_prefixes(hub);
    }
}

/// Has the engine collect the keys that a script of the client reads, if the client tracks any.
pub(crate) fn collect_reads(turn: &mut Turn<'_, '_>, id: u64) {
    let tracking = turn.hub.clients.get(&id).and_then(|client| client.tracking.as_ref());
    turn.server.engine.script_reads = tracking.is_some_and(|tracking| !tracking.broadcasts).then(Vec::new);
}

/// Remembers the keys that a client has read.
pub(crate) fn remember(turn: &mut Turn<'_, '_>, id: u64, spec: &'static CommandSpec, words: &Words, db: usize) {
    let target = turn.hub.target;
    let in_script = turn.server.engine.script_reads.take().unwrap_or_default();
    let Some(tracking) = turn.hub.clients.get_mut(&id).and_then(|client| client.tracking.as_mut()) else { return };
    if tracking.broadcasts {
        return;
    }
    let caching = tracking.caching.take();
    let wanted = if tracking.opt_in { caching == Some(true) } else { caching != Some(false) };
    if !wanted {
        return;
    }
    let runs_script = matches!(engine::support(spec.id), Support::Scripting);
    let mut read: Vec<(usize, Bytes)> = Vec::new();
    if runs_script && turn.hub.since(7, 2) {
        read.extend(in_script.iter().map(|(db, key)| (*db, Bytes::from(key.as_slice()))));
    } else if if runs_script { !in_script.is_empty() } else { spec.flags(target).has(Flags::READONLY) } {
        // 6.2 and 7.0 take the keys that the script was called with for those that it read.
        let known: Vec<bind::Word<'_>> = words.iter().map(|word| bind::Word::Known(word)).collect();
        read.extend(bind::bind(&known, &[target]).keys().map(|(at, _)| (db, Bytes::from(words[at].as_slice()))));
    }
    for (db, key) in read {
        if turn.hub.tracked.keys.len() >= MOST {
            return;
        }
        let ids = turn.hub.tracked.keys.entry((db, Arc::clone(&key))).or_default();
        if ids.is_empty() {
            turn.server.engine.keyspace.watch(db, &key);
        }
        ids.insert(id);
    }
}

/// Notifies the clients that have read a key that it has changed.
pub(crate) fn invalidate(hub: &mut Hub, db: usize, key: &Bytes) {
    if hub.tracked.keys.is_empty() {
        return;
    }
    let Some(ids) = hub.tracked.keys.remove(&(db, Arc::clone(key))) else { return };
    hub.deferred.push(DeferredUpdate::Unwatch(db, Arc::clone(key)));
    for id in ids {
        // A client that went over to broadcasts after it read the key is told of it by these alone.
        let tracking = hub.clients.get(&id).and_then(|client| client.tracking.as_ref());
        if tracking.is_some_and(|now| !(now.broadcasts || (now.no_loop && hub.tracked.writer == id))) {
            tell(hub, id, Some(vec![Arc::clone(key)]));
        }
    }
}

/// Forgets tracked keys beyond the limit, and notifies their readers.
pub(crate) fn limit(hub: &mut Hub) {
    let most = hub.settings.tracked_keys;
    while most > 0 && hub.tracked.keys.len() > most {
        let Some((db, key)) = hub.tracked.keys.keys().next().cloned() else { return };
        // Nobody changed it: NOLOOP clients are told too.
        hub.tracked.writer = 0;
        invalidate(hub, db, &key);
    }
}

/// Collects the keys that were modified, for the broadcasts.
pub(crate) fn collect(turn: &mut Turn<'_, '_>) {
    let (keyspace, tracked) = (&mut turn.server.engine.keyspace, &mut turn.hub.tracked);
    let writer = tracked.writer;
    // A key that expires is nobody's change: NOLOOP clients are told, whoever's command found it.
    let modified = keyspace.take_modified().into_iter();
    tracked.modified.extend(modified.map(|(key, expired)| (key, if expired { 0 } else { writer })));
    keyspace.broadcasts = tracked.broadcasts();
}

/// Notifies the clients of broadcasts of all keys modified since the last time, with one message for each prefix.
pub(crate) fn broadcast(hub: &mut Hub) {
    if hub.tracked.modified.is_empty() {
        return;
    }
    let modified = std::mem::take(&mut hub.tracked.modified);
    for (prefix, ids) in hub.tracked.prefixes.clone() {
        for id in ids {
            let Some(tracking) = hub.clients.get(&id).and_then(|client| client.tracking.as_ref()) else { continue };
            let no_loop = tracking.no_loop;
            let keys = modified.iter().filter(|(key, _)| key.starts_with(&prefix));
            let keys: Vec<Bytes> =
                keys.filter(|(_, writer)| !(no_loop && **writer == id)).map(|(key, _)| Arc::clone(key)).collect();
            if !keys.is_empty() {
                tell(hub, id, Some(keys));
            }
        }
    }
}

/// Notifies all tracking clients that nothing is left.
pub(crate) fn flushed(hub: &mut Hub) {
    hub.tracked.modified.clear();
    for ((db, key), _) in std::mem::take(&mut hub.tracked.keys) {
        hub.deferred.push(DeferredUpdate::Unwatch(db, key));
    }
    let ids: Vec<u64> =
        hub.clients.values().filter(|client| client.tracking.is_some()).map(|client| client.link.id).collect();
    for id in ids {
        tell(hub, id, None);
    }
}

/// Notifies a client that keys have changed; `None` for all keys.
fn tell(hub: &mut Hub, id: u64, keys: Option<Vec<Bytes>>) {
    let Some(client) = hub.clients.get(&id) else { return };
    let resp3 = client.resp3;
    let Some(tracking) = &client.tracking else { return };
    let to = if tracking.redirect == 0 { id } else { tracking.redirect };
    let keys = keys.map_or(Reply::Nil, Reply::bulks);
    let mut out = Vec::new();
    let Some(other) = hub.open_client(to) else {
        hub.client(id, |client| client.tracking.iter_mut().for_each(|tracking| tracking.broken = true));
        if resp3 {
            let words = vec![Reply::bulk("tracking-redir-broken"), Reply::Int(to as i64)];
            resp::encode(&Reply::Push(words), true, &mut out);
            hub.push(id, &out);
        }
        return;
    };
    if other.resp3 {
        resp::encode(&Reply::Push(vec![Reply::bulk("invalidate"), keys]), true, &mut out);
    } else if other.channels.contains(&b"__redis__:invalidate"[..]) {
        // RESP2 has no messages of this kind: they come as those of a channel.
        let words = vec![Reply::bulk("message"), Reply::bulk("__redis__:invalidate"), keys];
        resp::encode(&Reply::Array(words), false, &mut out);
    }
    hub.push(to, &out);
}
