//! Commands about the server itself: its role, its saves, its modules.

use protocol::Reply;

use super::{expiry::Expiry, help};
use crate::{
    call::{Answer, Call},
    error::Error,
    release,
};

const MODULE_HELP: &[(&str, &str)] = &[("LIST", "The modules that are loaded.")];

const PUBSUB_HELP: &[(&str, &str)] = &[
    ("CHANNELS [<pattern>]", "The channels that somebody listens to."),
    ("NUMPAT", "How many patterns somebody listens to."),
    ("NUMSUB [<channel> ...]", "How many listen to channels."),
    ("SHARDCHANNELS [<pattern>]", "The shard channels that somebody listens to."),
    ("SHARDNUMSUB [<channel> ...]", "How many listen to shard channels."),
];

pub(crate) fn pubsub_help(call: &mut Call<'_>) -> Answer {
    help::reply(call, PUBSUB_HELP)
}

pub(crate) fn role(_: &mut Call<'_>) -> Answer {
    Ok(Reply::Array(vec![Reply::bulk("master"), Reply::Int(0), Reply::Array(vec![])]))
}

/// The engine keeps nothing on a disk; clients that save get the reply that they wait for.
pub(crate) fn save(call: &mut Call<'_>) -> Answer {
    saved(call);
    Ok(Reply::ok())
}

fn saved(call: &mut Call<'_>) {
    call.engine.saved = call.engine.micros() / 1_000_000;
    call.engine.dirty = 0;
}

pub(crate) fn bgsave(call: &mut Call<'_>) -> Answer {
    match call.count() {
        1 => {}
        2 if call.is(1, "SCHEDULE") => {}
        _ => return call.syntax(),
    }
    saved(call);
    Ok(Reply::Status(b"Background saving started".to_vec()))
}

pub(crate) fn bgrewriteaof(_: &mut Call<'_>) -> Answer {
    Ok(Reply::Status(b"Background append only file rewriting started".to_vec()))
}

pub(crate) fn lastsave(call: &mut Call<'_>) -> Answer {
    Ok(Reply::Int(call.engine.saved))
}

/// A timeout in milliseconds.
fn timeout(call: &Call<'_>, at: usize) -> Result<i64, Error> {
    let value = call.int_or(at, "ERR timeout is not an integer or out of range")?;
    if value < 0 {
        return Err("ERR timeout is negative".into());
    }
    Expiry::Milliseconds.at(value, call.now()).ok_or_else(|| "ERR timeout is out of range".into())
}

/// There are no replicas to wait for.
pub(crate) fn wait(call: &mut Call<'_>) -> Answer {
    timeout(call, 2)?;
    call.int(1)?;
    Ok(Reply::Int(0))
}

pub(crate) fn waitaof(call: &mut Call<'_>) -> Answer {
    let local = call.int_in(1, 0..=1)?;
    call.int_in(2, 0..=i64::MAX)?;
    timeout(call, 3)?;
    let appends = call.engine.config.get("appendonly").is_some_and(|value| value == "yes");
    if local == 1 && !appends {
        return Err("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.".into());
    }
    Ok(Reply::Array(vec![Reply::Int(local), Reply::Int(0)]))
}

pub(crate) fn module_list(call: &mut Call<'_>) -> Answer {
    let mut modules = Vec::new();
    // Valkey 9.1 made a module of its Lua.
    if call.valkey(9, 1) {
        modules.push(Reply::Map(vec![
            (Reply::bulk("name"), Reply::bulk("lua")),
            (Reply::bulk("ver"), Reply::Int(1)),
            (Reply::bulk("path"), Reply::bulk("lua")),
            (Reply::bulk("args"), Reply::Array(vec![])),
        ]));
    }
    if call.redis(8, 0) {
        modules.push(Reply::Map(vec![
            (Reply::bulk("name"), Reply::bulk("vectorset")),
            (Reply::bulk("ver"), Reply::Int(1)),
            (Reply::bulk("path"), Reply::bulk("")),
            (Reply::bulk("args"), Reply::Array(vec![])),
        ]));
    }
    Ok(Reply::Array(modules))
}

pub(crate) fn module_help(call: &mut Call<'_>) -> Answer {
    help::reply(call, MODULE_HELP)
}

pub(crate) fn replicaof(call: &mut Call<'_>) -> Answer {
    if call.is(1, "NO") && call.is(2, "ONE") {
        return Ok(Reply::ok());
    }
    if !(0..=65_535).contains(&call.int(2).unwrap_or(-1)) {
        return Err(if call.since(7, 0) { "ERR Invalid master port" } else { crate::error::NOT_INT }.into());
    }
    Err("ERR the embedded engine is nobody's replica".into())
}

pub(crate) fn failover(call: &mut Call<'_>) -> Answer {
    match call.count() {
        2 if call.is(1, "ABORT") => Err("ERR No failover in progress.".into()),
        1 => Err("ERR FAILOVER requires connected replicas.".into()),
        _ => call.syntax(),
    }
}

pub(crate) fn lolwut(call: &mut Call<'_>) -> Answer {
    // Valkey 8 still said Redis, with its own number.
    let name = if call.valkey(9, 0) { "Valkey" } else { "Redis" };
    let version = release::text(call.engine.target);
    Ok(Reply::Verbatim { format: *b"txt", text: format!("{name} ver. {version}\n").into_bytes() })
}
