//! What the server itself can add to a refusal. What it does not tell is left out.

use std::time::Duration;

use protocol::Reply;

use crate::{
    Connection, Refusal,
    functions::{bytes, field},
    topology::{Topology, slot_of},
};

/// Most keys that are asked about one by one.
const MAX_KEYS: usize = 100;

/// Adds what the server tells of a refusal.
pub(crate) fn explain(refusal: Refusal, connection: &mut Connection, keys: &[Vec<u8>]) -> Refusal {
    match refusal {
        Refusal::ReplicaRefusesWrite(None) => Refusal::ReplicaRefusesWrite(master(connection)),
        Refusal::MasterDown(None) => Refusal::MasterDown(master(connection)),
        Refusal::OutOfMemory(None) => {
            let memory = info(connection, "memory");
            let number = |name: &str| memory.as_deref().and_then(|text| of_info(text, name)?.parse().ok());
            Refusal::OutOfMemory(number("used_memory").zip(number("maxmemory")))
        }
        Refusal::Loading(None) => {
            let persistence = info(connection, "persistence");
            let eta = persistence.as_deref().and_then(|text| of_info(text, "loading_eta_seconds")?.parse().ok());
            Refusal::Loading(eta)
        }
        Refusal::Busy(None) => Refusal::Busy(running(connection)),
        Refusal::CrossSlot(None) => slot_of(keys).err().unwrap_or(Refusal::CrossSlot(None)),
        Refusal::ClusterDown(none) if none.is_empty() => {
            let slots = connection.call(&["CLUSTER", "SLOTS"]);
            Refusal::ClusterDown(slots.map(|reply| Topology::of_slots(&reply, "").gaps()).unwrap_or_default())
        }
        Refusal::NoPermissionForKey { user, key: None, place } => {
            let key = refused_key(connection, &user, keys);
            Refusal::NoPermissionForKey { user, key, place }
        }
        other => other,
    }
}

/// A section of INFO; none if the user may not ask, or the server is too busy to tell.
fn info(connection: &mut Connection, section: &str) -> Option<String> {
    match connection.call(&["INFO", section]).ok()? {
        Reply::Bulk(text) | Reply::Verbatim { text, .. } => Some(String::from_utf8_lossy(&text).into_owned()),
        _ => None,
    }
}

fn of_info<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

fn master(connection: &mut Connection) -> Option<String> {
    let text = info(connection, "replication")?;
    Some(format!("{}:{}", of_info(&text, "master_host")?, of_info(&text, "master_port")?))
}

/// The function that runs. Of scripts a server tells nothing.
fn running(connection: &mut Connection) -> Option<(String, Duration)> {
    let reply = connection.call(&["FUNCTION", "STATS"]).ok()?;
    let script = field(&reply, "running_script")?;
    let Some(Reply::Int(millis)) = field(script, "duration_ms") else { return None };
    let name = String::from_utf8_lossy(bytes(field(script, "name"))).into_owned();
    Some((name, Duration::from_millis(u64::try_from(*millis).ok()?)))
}

/// The first key that the user may not touch, by ACL DRYRUN (7.0), if that may be called.
fn refused_key(connection: &mut Connection, user: &str, keys: &[Vec<u8>]) -> Option<String> {
    for key in keys.iter().take(MAX_KEYS) {
        let words: [&[u8]; 5] = [b"ACL", b"DRYRUN", user.as_bytes(), b"TYPE", key];
        match connection.call(&words).ok()? {
            Reply::Error(_) => return None,
            Reply::Status(text) if text == b"OK" => {}
            // The user may be kept from TYPE itself.
            Reply::Bulk(text) | Reply::Status(text) if text.windows(3).any(|part| part == b"key") => {
                return Some(String::from_utf8_lossy(key).into_owned());
            }
            _ => return None,
        }
    }
    None
}
