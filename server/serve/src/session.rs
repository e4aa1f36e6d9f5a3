//! State of a connection: the protocol, the user, the database; and the end of the server.

use std::sync::{Arc, atomic::Ordering};

use commands::{CommandId, CommandSpec, Family};
use engine::{
    Clients,
    acl::{Context, DEFAULT, LogEntry, Reason},
};
use protocol::{Reply, number::parse_int};

use crate::{
    admission, client, pubsub,
    state::{Client, DeferredUpdate, Hold, Hub, Job, Kind, Pause, ReplyMode, Words},
    tracking,
    turn::Turn,
};

const WRONG_PASSWORD: &str = "WRONGPASS invalid username-password pair or user is disabled.";

/// Returns true if a subscriber that speaks RESP2 may call it: other replies could not be distinguished from messages.
pub(crate) fn is_for_subscribers(id: CommandId) -> bool {
    matches!(
        id,
        CommandId::Ping
            | CommandId::Subscribe
            | CommandId::Ssubscribe
            | CommandId::Psubscribe
            | CommandId::Unsubscribe
            | CommandId::Sunsubscribe
            | CommandId::Punsubscribe
            | CommandId::Quit
            | CommandId::Reset
    )
}

/// Runs a command that does not need the engine, so that it can be run while a script has it.
pub(crate) fn run(hub: &mut Hub, id: u64, spec: &'static CommandSpec, words: &Words) {
    match spec.id {
        CommandId::Hello => hello(hub, id, words),
        CommandId::Auth => auth(hub, id, words),
        CommandId::Reset => reset(hub, id),
        _ => ping(hub, id, words),
    }
}

fn ping(hub: &mut Hub, id: u64, words: &Words) {
    let Some(client) = hub.clients.get(&id) else { return };
    if words.len() > 2 {
        return hub.error(id, "ERR wrong number of arguments for 'ping' command");
    }
    let reply = match words.get(1) {
        text if client.is_subscriber() && !client.resp3 => {
            Reply::Array(vec![Reply::bulk("pong"), Reply::bulk(text.map_or(&b""[..], Vec::as_slice))])
        }
        Some(text) => Reply::bulk(text),
        None => Reply::Status(b"PONG".to_vec()),
    };
    hub.reply(id, &reply);
}

/// Authenticates a client as a user. A failure is noted for `ACL LOG`.
fn authenticate(hub: &mut Hub, id: u64, command: &[u8], name: &[u8], password: &[u8]) -> bool {
    let user = hub.users.authenticate(name, password).map(|user| user.name.clone());
    if let Some(user) = user {
        hub.client(id, |client| {
            client.user = user;
            client.authenticated = true;
        });
        return true;
    }
    if let Some(client) = hub.clients.get(&id) {
        let entry = LogEntry {
            reason: Reason::Auth,
            context: if client.multi.is_some() { Context::Multi } else { Context::Toplevel },
            object: command.to_vec(),
            user: name.to_vec(),
            client: client::line(hub, client),
        };
        hub.deferred.push(DeferredUpdate::WrongPassword(entry));
    }
    false
}

fn auth(hub: &mut Hub, id: u64, words: &Words) {
    let open = hub.users.get(DEFAULT).is_some_and(|user| user.no_password);
    let (name, password) = match words.as_slice() {
        [_, _] if open => {
            return hub.error(
                id,
                "ERR AUTH <password> called without any password configured for the default user. Are you sure your \
                 configuration is correct?",
            );
        }
        [_, password] => (DEFAULT, password),
        [_, name, password] => (name.as_slice(), password),
        _ => return hub.error(id, "ERR syntax error"),
    };
    match authenticate(hub, id, &words[0], name, password) {
        true => hub.ok(id),
        false => hub.error(id, WRONG_PASSWORD),
    }
}

fn hello(hub: &mut Hub, id: u64, words: &Words) {
    let mut version = None;
    if let Some(word) = words.get(1) {
        match parse_int(word) {
            None => return hub.error(id, "ERR Protocol version is not an integer or out of range"),
            Some(number @ (2 | 3)) => version = Some(number),
            Some(_) => return hub.error(id, "NOPROTO unsupported protocol version"),
        }
    }
    let mut rest = words.get(2..).unwrap_or_default();
    let (mut credentials, mut name) = (None, None);
    while let [option, after @ ..] = rest {
        rest = match (option.to_ascii_uppercase().as_slice(), after) {
            (b"AUTH", [user, password, after @ ..]) => {
                credentials = Some((user, password));
                after
            }
            (b"SETNAME", [text, after @ ..]) => {
                name = Some(text);
                after
            }
            _ => return hub.error(id, [b"ERR Syntax error in HELLO option '", option.as_slice(), b"'"].concat()),
        };
    }
    if let Some((user, password)) = credentials
        && !authenticate(hub, id, &words[0], user, password)
    {
        return hub.error(id, WRONG_PASSWORD);
    }
    if hub.clients.get(&id).is_some_and(|client| hub.is_stranger(client)) {
        let form = if hub.since(7, 2) { "HELLO <proto> AUTH <user> <pass>" } else { "HELLO AUTH <user> <pass>" };
        return hub.error(
            id,
            format!(
                "NOAUTH HELLO must be called with the client already authenticated, otherwise the {form} option can be \
                 used to authenticate the client and select the RESP protocol version at the same time"
            ),
        );
    }
    if let Some(name) = name
        && let Err(text) = client::set_name(hub, id, name)
    {
        return hub.error(id, text);
    }
    let Some(client) = hub.clients.get_mut(&id) else { return };
    if let Some(version) = version {
        client.resp3 = version == 3;
    }
    let protocol = if client.resp3 { 3 } else { 2 };
    let reply = greeting(hub, id, protocol);
    hub.reply(id, &reply);
}

fn greeting(hub: &Hub, id: u64, protocol: i64) -> Reply {
    let bulk = |text: &str| Reply::bulk(text);
    let module = |name: &str, path: &str| {
        Reply::Map(vec![
            (bulk("name"), bulk(name)),
            (bulk("ver"), Reply::Int(1)),
            (bulk("path"), bulk(path)),
            (bulk("args"), Reply::Array(Vec::new())),
        ])
    };
    // Redis 8 has vector sets as a module, and Valkey 9.1 its Lua.
    let modules = match hub.target.family {
        Family::Redis if hub.redis(8, 0) => vec![module("vectorset", "")],
        Family::Valkey if hub.valkey(9, 1) => vec![module("lua", "lua")],
        _ => Vec::new(),
    };
    let mut greeting = vec![
        (bulk("server"), bulk(if hub.valkey(8, 0) { "valkey" } else { "redis" })),
        (bulk("version"), Reply::bulk(engine::release::text(hub.target))),
        (bulk("proto"), Reply::Int(protocol)),
        (bulk("id"), Reply::Int(id as i64)),
        (bulk("mode"), bulk("standalone")),
        (bulk("role"), bulk("master")),
        (bulk("modules"), Reply::Array(modules)),
    ];
    if hub.valkey(8, 1) && !hub.settings.availability_zone.is_empty() {
        greeting.push((bulk("availability_zone"), bulk(&hub.settings.availability_zone)));
    }
    Reply::Map(greeting)
}

/// `RESET` restores the state of a new client.
fn reset(hub: &mut Hub, id: u64) {
    admission::unwatch(hub, id);
    for kind in [Kind::Channel, Kind::Pattern, Kind::Shard] {
        pubsub::leave(hub, id, kind);
    }
    tracking::stop(hub, id);
    hub.monitors.remove(&id);
    let authenticated = !hub.users.need_authentication();
    let imports_on = !hub.valkey(9, 1);
    if let Some(client) = hub.clients.get_mut(&id) {
        client.multi = None;
        client.monitor = false;
        client.db = 0;
        client.resp3 = false;
        client.name.clear();
        client.no_evict = false;
        client.no_touch = false;
        client.readonly = false;
        // Valkey forgot this before 9.1.
        client.import_source &= imports_on;
        client.reply_mode = ReplyMode::On;
        client.authenticated = authenticated;
        client.user = DEFAULT.to_vec();
    }
    hub.reply(id, &Reply::Status(b"RESET".to_vec()));
}

/// `SELECT`
pub(crate) fn select(hub: &mut Hub, databases: usize, id: u64, words: &Words) {
    let Some(db) = parse_int(&words[1]).filter(|db| i32::try_from(*db).is_ok()) else {
        return hub.error(id, "ERR value is not an integer or out of range");
    };
    match usize::try_from(db).ok().filter(|db| *db < databases) {
        None => hub.error(id, "ERR DB index is out of range"),
        Some(db) => {
            hub.client(id, |client| client.db = db);
            hub.ok(id);
        }
    }
}

/// `MONITOR`
pub(crate) fn monitor(hub: &mut Hub, id: u64, in_exec: bool) {
    if in_exec {
        return hub.error(id, "ERR MONITOR isn't allowed for DENY BLOCKING client");
    }
    hub.monitors.insert(id);
    if let Some(client) = hub.clients.get_mut(&id) {
        client.monitor = true;
    }
    hub.ok(id);
}

/// `READONLY` and its like, which are for clusters: Valkey 8.0 began to let them pass elsewhere, as 6.2 did with one.
pub(crate) fn cluster(hub: &mut Hub, id: u64, spec: &'static CommandSpec) {
    let passes = match spec.id {
        CommandId::Readonly => hub.valkey(8, 0),
        CommandId::Readwrite => hub.valkey(8, 0) || !hub.since(7, 0),
        _ => false,
    };
    if passes {
        hub.client(id, |client| client.readonly = spec.id == CommandId::Readonly);
        hub.ok(id);
    } else {
        hub.error(id, "ERR This instance has cluster support disabled")
    }
}

/// Checks the words of `SHUTDOWN`. Returns true if they have `NOSAVE`.
///
/// # Errors
/// The words do not fit together, or ask for nothing that can be done.
pub(crate) fn wants_shutdown(hub: &Hub, words: &Words) -> Result<bool, &'static str> {
    let (mut save, mut no_save, mut abort, mut failover) = (false, false, false, false);
    for word in &words[1..] {
        match word.to_ascii_uppercase().as_slice() {
            b"SAVE" => save = true,
            b"NOSAVE" => no_save = true,
            b"NOW" | b"FORCE" if hub.since(7, 0) => {}
            b"ABORT" if hub.since(7, 0) => abort = true,
            b"SAFE" if hub.valkey(9, 0) => {}
            b"FAILOVER" if hub.valkey(9, 0) => failover = true,
            _ => return Err("ERR syntax error"),
        }
    }
    if (save && no_save) || (abort && words.len() > 2) {
        return Err("ERR syntax error");
    }
    match (abort, failover) {
        (true, _) => Err("ERR No shutdown in progress."),
        (_, true) => Err("ERR SHUTDOWN FAILOVER is only supported in cluster mode."),
        _ => Ok(no_save),
    }
}

/// `SHUTDOWN`
pub(crate) fn shutdown(turn: &mut Turn<'_, '_>, id: u64, words: &Words) {
    match wants_shutdown(turn.hub, words) {
        Err(text) => turn.hub.error(id, text),
        Ok(_) => {
            turn.core.stop.notify_one();
            turn.hub.close(id);
        }
    }
}

/// Updates the engine's client counters, for `INFO`.
pub(crate) fn tell_engine(turn: &mut Turn<'_, '_>) {
    // One pass: scripts too may ask, and there may be thousands.
    let (mut blocked, mut subscribed, mut watching, mut watched_keys, mut tracking, mut groups) = (0, 0, 0, 0, 0, 0);
    for client in turn.hub.clients.values() {
        // Those whom CLIENT PAUSE holds count too, in all versions.
        blocked += usize::from(client.is_parked() || matches!(client.hold, Hold::Paused));
        subscribed += usize::from(client.is_subscriber());
        watching += usize::from(!client.watched.is_empty());
        watched_keys += client.watched.len();
        tracking += usize::from(client.tracking.is_some());
        groups += usize::from(client.waits_as_group());
    }
    turn.server.engine.clients = Clients {
        connected: turn.hub.clients.len(),
        blocked,
        subscribed,
        watching,
        watched_keys,
        tracking,
        tracked_keys: turn.hub.tracked.counts().0,
        tracked_items: turn.hub.tracked.counts().1,
        tracked_prefixes: turn.hub.tracked.counts().2,
        with_timeout: turn.hub.waiting.with_timeout(),
        blocking_keys: turn.hub.waiting.keys(),
        blocking_keys_on_nokey: groups,
        paused: turn.hub.pause.map_or("none", Pause::action),
        paused_millis: turn.hub.pause.map_or(0, Pause::millis),
        accepted: turn.hub.accepted,
        rejected: turn.hub.rejected,
        received: turn.core.traffic.received.load(Ordering::Relaxed),
        sent: turn.hub.sent,
        reads: turn.core.traffic.reads.load(Ordering::Relaxed),
        writes: turn.hub.writes,
        query_disconnections: turn.core.traffic.too_long.load(Ordering::Relaxed),
        output_disconnections: turn.hub.dropped,
        evicted: turn.hub.evicted,
    };
    turn.server.engine.libraries = turn.server.libraries();
}

/// Applies changed users: drops clients whose user is gone, or that listen to channels which their user may no longer access.
pub(crate) fn users_changed(turn: &mut Turn<'_, '_>, id: u64) {
    turn.hub.users = Arc::clone(&turn.server.engine.acl.users);
    let hub = &mut **turn.hub;
    let users = Arc::clone(&hub.users);
    let lost = |client: &Client| match users.get(&client.user) {
        None => true,
        Some(user) => {
            let all = [(&client.channels, false), (&client.patterns, true), (&client.shards, false)];
            all.iter().any(|(names, pattern)| names.iter().any(|name| !user.may_listen(name, *pattern)))
        }
    };
    let lost: Vec<u64> = hub.clients.values().filter(|client| lost(client)).map(|client| client.link.id).collect();
    for other in lost {
        if other == id {
            hub.clients.entry(id).and_modify(|client| client.leaving = true);
        } else if let Some(client) = hub.clients.get(&other) {
            client.link.kill();
            turn.core.queue.push(Job::Gone { id: other });
        }
    }
}
