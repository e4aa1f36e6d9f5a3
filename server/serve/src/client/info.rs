//! A client's line in `CLIENT LIST`, with the fields of each version.

use std::{fmt::Write as _, sync::atomic::Ordering};

use commands::Family;

use crate::state::{Client, Hold, Hub};

/// The letters of a client's state.
pub(super) fn flags(client: &Client) -> String {
    let tracking = client.tracking.as_ref();
    let letters = [
        ('O', client.monitor),
        ('P', client.is_subscriber()),
        ('x', client.multi.is_some() || client.exec.is_some()),
        ('b', matches!(client.hold, Hold::Parked(_) | Hold::Paused)),
        ('t', tracking.is_some()),
        ('R', tracking.is_some_and(|tracking| tracking.broken)),
        ('B', tracking.is_some_and(|tracking| tracking.broadcasts)),
        ('c', client.closing),
        ('r', client.readonly),
        ('e', client.no_evict),
        ('T', client.no_touch),
        ('I', client.import_source),
    ];
    let flags: String = letters.iter().filter(|(_, set)| *set).map(|(letter, _)| *letter).collect();
    if flags.is_empty() { "N".to_owned() } else { flags }
}

/// Bytes of commands that wait to be run.
fn waiting(client: &Client) -> usize {
    client.pending.iter().flatten().map(Vec::len).sum()
}

/// Bytes of replies that are not written.
fn unwritten(client: &Client) -> usize {
    client.link.unwritten() + client.out.len()
}

/// Bytes that a client takes (`tot-mem`).
pub(crate) fn memory(client: &Client) -> usize {
    let multi = client.multi.as_ref().map_or(0, |multi| multi.bytes);
    let tracking = client.tracking.as_ref().map_or(0, |tracking| tracking.prefix_bytes);
    let names = [&client.channels, &client.patterns, &client.shards];
    let names: usize = names.iter().flat_map(|names| names.iter()).map(|name| name.len() + 64).sum();
    1024 + waiting(client) + multi + unwritten(client) + client.name.len() + tracking + names
}

/// The line, without its end.
pub(crate) fn line(hub: &Hub, client: &Client) -> Vec<u8> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let redirect = client.tracking.as_ref().map_or(-1, |tracking| tracking.redirect as i64);
    let transaction = client.exec.or_else(|| client.multi.as_ref().map(|multi| (multi.queue.len(), multi.bytes)));
    let (multi, multi_bytes) = match transaction {
        Some((count, bytes)) => (count as i64, bytes),
        // Valkey 8.1 makes what a transaction needs when it is first needed, and goes by that.
        None if client.has_transactions && hub.valkey(8, 1) => (0, 0),
        None => (-1, 0),
    };
    let (waiting, unwritten) = (waiting(client), unwritten(client));
    let mut out = format!(
        "id={} addr={} laddr={} fd={} name={} age={} idle={} flags={}",
        client.link.id,
        client.peer,
        client.local,
        descriptor(client),
        text(&client.name),
        client.since.elapsed().as_secs(),
        client.last.elapsed().as_secs(),
        flags(client),
    );
    // A string takes what is written to it.
    let mut add = |text: std::fmt::Arguments<'_>| out.write_fmt(text).unwrap_or_default();
    if hub.valkey(8, 1) {
        add(format_args!(" capa={}", if client.capa { "r" } else { "" }));
    }
    add(format_args!(" db={} sub={} psub={}", client.db, client.channels.len(), client.patterns.len()));
    if hub.since(7, 0) {
        add(format_args!(" ssub={}", client.shards.len()));
    }
    add(format_args!(" multi={multi}"));
    if hub.redis(7, 4) || hub.valkey(8, 0) {
        add(format_args!(" watch={}", client.watched.len()));
    }
    // Redis has the command that runs in the buffer still.
    let (words, request) = match hub.running {
        Some((id, words, request)) if id == client.link.id => (words, request),
        _ => (0, 0),
    };
    let buffered = waiting + if hub.target.family == Family::Redis { request } else { 0 };
    add(format_args!(" qbuf={buffered} qbuf-free=0 argv-mem={words}"));
    if hub.since(7, 0) {
        add(format_args!(" multi-mem={multi_bytes} rbs=1024 rbp=0"));
    }
    add(format_args!(" obl=0 oll=0 omem={unwritten} tot-mem={} events=r", memory(client)));
    // 7.0 began to tell the subcommand.
    let command = client.last_command.to_ascii_lowercase().replace(' ', "|");
    let command = if hub.since(7, 0) { command.as_str() } else { command.split('|').next().unwrap_or("NULL") };
    add(format_args!(" cmd={command} user={} redir={redirect}", text(&client.user)));
    if hub.since(7, 0) {
        add(format_args!(" resp={}", if client.resp3 { 3 } else { 2 }));
    }
    if hub.since(7, 2) {
        add(format_args!(" lib-name={} lib-ver={}", text(&client.lib_name), text(&client.lib_ver)));
    }
    if hub.redis(8, 0) {
        add(format_args!(" io-thread=0"));
    }
    if hub.redis(8, 0) || hub.valkey(8, 0) {
        add(format_args!(
            " tot-net-in={} tot-net-out={} tot-cmds={}",
            client.link.received.load(Ordering::Relaxed),
            client.sent + client.out.len() as u64,
            // One that waits is counted when it has been served.
            client.commands - u64::from(matches!(client.hold, Hold::Parked(_)))
        ));
    }
    out.into_bytes()
}

#[cfg(unix)]
fn descriptor(client: &Client) -> i32 {
    std::os::fd::AsRawFd::as_raw_fd(&client.link.stream)
}

#[cfg(not(unix))]
fn descriptor(client: &Client) -> i32 {
    client.link.id as i32
}
