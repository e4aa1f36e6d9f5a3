//! `CLIENT` with its subcommands.

use commands::{CommandId, CommandSpec};
use protocol::{Reply, number::parse_int};

use super::{filter, filter::Filter, info};
use crate::{
    blocking, pause,
    state::{Client, Core, Hub, Job, ReplyMode, Words},
    tracking,
};

const SYNTAX: &str = "ERR syntax error";

/// Runs a subcommand of `CLIENT`.
pub(crate) fn run(core: &Core, hub: &mut Hub, id: u64, spec: &'static CommandSpec, words: &Words) {
    let reply = match spec.id {
        CommandId::ClientId => Ok(Reply::Int(id as i64)),
        CommandId::ClientGetname => Ok(match hub.clients.get(&id).map(|client| &client.name) {
            Some(name) if !name.is_empty() => Reply::bulk(name),
            _ => Reply::Nil,
        }),
        CommandId::ClientSetname => set_name(hub, id, &words[2]).map(|()| Reply::ok()),
        CommandId::ClientSetinfo => set_info(hub, id, words),
        CommandId::ClientInfo => Ok(told(hub, |client| client.link.id == id)),
        CommandId::ClientList => list(hub, words),
        CommandId::ClientKill => return kill(core, hub, id, words),
        CommandId::ClientNoEvict => switch(words).map(|on| {
            hub.client(id, |client| client.no_evict = on);
            Reply::ok()
        }),
        CommandId::ClientNoTouch => switch(words).map(|on| {
            hub.client(id, |client| client.no_touch = on);
            Reply::ok()
        }),
        CommandId::ClientImportSource if !hub.settings.import_mode && !words[2].eq_ignore_ascii_case(b"off") => {
            Err(b"ERR Server is not in import mode".to_vec())
        }
        CommandId::ClientImportSource => switch(words).map(|on| {
            hub.client(id, |client| client.import_source = on);
            Reply::ok()
        }),
        CommandId::ClientReply => return reply_mode(hub, id, words),
        CommandId::ClientPause => pause::pause(hub, words),
        CommandId::ClientUnpause => {
            pause::unpause(hub);
            Ok(Reply::ok())
        }
        CommandId::ClientUnblock => unblock(hub, words),
        CommandId::ClientTracking => tracking::command(hub, id, words),
        CommandId::ClientTrackinginfo => Ok(tracking::info(hub, id)),
        CommandId::ClientCaching => tracking::caching(hub, id, words),
        CommandId::ClientGetredir => {
            let tracking = hub.clients.get(&id).and_then(|client| client.tracking.as_ref());
            Ok(Reply::Int(tracking.map_or(-1, |tracking| tracking.redirect as i64)))
        }
        CommandId::ClientCapa => {
            let redirect = words.iter().skip(2).any(|word| word.eq_ignore_ascii_case(b"redirect"));
            hub.client(id, |client| client.capa |= redirect);
            Ok(Reply::ok())
        }
        CommandId::ClientHelp => Ok(help(spec, hub)),
        _ => Err(SYNTAX.into()),
    };
    hub.reply(id, &reply.unwrap_or_else(Reply::Error));
}

/// Names are written in lists, so what would break a line is refused.
pub(crate) fn set_name(hub: &mut Hub, id: u64, name: &[u8]) -> Result<(), Vec<u8>> {
    if !is_printable(name) {
        return Err(b"ERR Client names cannot contain spaces, newlines or special characters.".to_vec());
    }
    if let Some(client) = hub.clients.get_mut(&id) {
        client.name = name.to_vec();
    }
    Ok(())
}

fn is_printable(text: &[u8]) -> bool {
    text.iter().all(|byte| (b'!'..=b'~').contains(byte))
}

fn set_info(hub: &mut Hub, id: u64, words: &Words) -> Result<Reply, Vec<u8>> {
    let (option, value) = (words[2].to_ascii_lowercase(), &words[3]);
    if option != b"lib-name" && option != b"lib-ver" {
        return Err([b"ERR Unrecognized option '", words[2].as_slice(), b"'"].concat());
    }
    if !is_printable(value) {
        return Err([&b"ERR "[..], &option, b" cannot contain spaces, newlines or special characters."].concat());
    }
    if let Some(client) = hub.clients.get_mut(&id) {
        *(if option == b"lib-name" { &mut client.lib_name } else { &mut client.lib_ver }) = value.clone();
    }
    Ok(Reply::ok())
}

/// Lines of the clients that `takes` accepts, oldest first.
fn told(hub: &Hub, takes: impl Fn(&Client) -> bool) -> Reply {
    let mut all: Vec<_> = hub.clients.values().filter(|client| takes(client)).collect();
    all.sort_unstable_by_key(|client| client.link.id);
    let mut text = Vec::new();
    for client in all {
        text.extend_from_slice(&info::line(hub, client));
        text.push(b'\n');
    }
    Reply::Verbatim { format: *b"txt", text }
}

fn list(hub: &Hub, words: &Words) -> Result<Reply, Vec<u8>> {
    let filter = match words.get(2..).unwrap_or_default() {
        [] => Filter::default(),
        [option, kind] if option.eq_ignore_ascii_case(b"TYPE") => Filter::of_kind(filter::kind(hub, kind)?),
        [option, ids @ ..] if option.eq_ignore_ascii_case(b"ID") && !ids.is_empty() && !hub.valkey(8, 1) => {
            let ids = ids.iter().map(|id| parse_int(id).map(|id| id as u64).ok_or("ERR Invalid client ID"));
            Filter::of_ids(ids.collect::<Result<_, _>>()?)
        }
        rest if hub.valkey(8, 1) => Filter::read(hub, rest)?,
        _ => return Err(SYNTAX.into()),
    };
    Ok(told(hub, |client| filter.takes(client)))
}

fn kill(core: &Core, hub: &mut Hub, id: u64, words: &Words) {
    // The old form names an address, may end its own caller, and says so if there is nobody.
    let (filter, old) = match words.get(2..).unwrap_or_default() {
        [addr] => (Ok(Filter::of_addr(addr)), true),
        [] => (Err(SYNTAX.into()), false),
        rest => (Filter::read(hub, rest), false),
    };
    let filter = match filter {
        Ok(filter) => filter,
        Err(text) => return hub.error(id, text),
    };
    let skip_me = filter.skip_me.unwrap_or(!old);
    let mut found: Vec<u64> =
        hub.clients.values().filter(|client| filter.takes(client)).map(|client| client.link.id).collect();
    found.retain(|other| !(skip_me && *other == id));
    if old && found.is_empty() {
        return hub.error(id, "ERR No such client");
    }
    hub.reply(id, &if old { Reply::ok() } else { Reply::Int(found.len() as i64) });
    for other in found {
        if other == id {
            hub.close(id);
        } else if let Some(client) = hub.clients.get(&other) {
            client.link.kill();
            core.queue.push(Job::Gone { id: other });
        }
    }
}

fn switch(words: &Words) -> Result<bool, Vec<u8>> {
    match words[2].to_ascii_lowercase().as_slice() {
        b"on" => Ok(true),
        b"off" => Ok(false),
        _ => Err(SYNTAX.into()),
    }
}

fn reply_mode(hub: &mut Hub, id: u64, words: &Words) {
    match words[2].to_ascii_lowercase().as_slice() {
        b"on" => {
            hub.client(id, |client| client.reply_mode = ReplyMode::On);
            hub.ok(id);
        }
        b"off" => hub.client(id, |client| client.reply_mode = ReplyMode::Off),
        b"skip" => hub.client(id, |client| {
            if client.reply_mode != ReplyMode::Off {
                client.reply_mode = ReplyMode::SkipNext;
            }
        }),
        _ => hub.error(id, SYNTAX),
    }
}

fn unblock(hub: &mut Hub, words: &Words) -> Result<Reply, Vec<u8>> {
    let error = match words.get(3).map(|word| word.to_ascii_uppercase()).as_deref() {
        None | Some(b"TIMEOUT") => false,
        Some(b"ERROR") => true,
        Some(_) => return Err(b"ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR".to_vec()),
    };
    let other = parse_int(&words[2]).ok_or("ERR value is not an integer or out of range")? as u64;
    let parked = hub.clients.get(&other).is_some_and(Client::is_parked);
    if parked && error {
        blocking::finish(hub, other, Some(&Reply::error("UNBLOCKED client unblocked via CLIENT UNBLOCK")));
    } else if parked {
        blocking::finish(hub, other, None);
    }
    Ok(Reply::Int(i64::from(parked)))
}

/// Help for `CLIENT` on this version, in our own words: those of the command table.
fn help(spec: &'static CommandSpec, hub: &Hub) -> Reply {
    let container = commands::lookup(b"CLIENT").map_or(&[][..], |client| client.subcommands);
    let subs = container.iter().filter(|sub| sub.id != spec.id && sub.is_available(hub.target));
    let lines: Vec<_> = subs.map(|sub| (&sub.name["CLIENT ".len()..], sub.summary)).collect();
    engine::help("CLIENT", &lines)
}
