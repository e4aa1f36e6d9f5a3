//! `MULTI`, `EXEC`, `WATCH` and their like.

use std::sync::Arc;

use commands::{CommandId, CommandSpec};
use engine::acl::{Context, Denial};
use protocol::{Reply, resp};

use crate::{
    admission::unwatch,
    client,
    state::{DeferredUpdate, Hub, Multi, Watched, Words, cost},
    turn::Turn,
};

/// True if a command runs at once though a transaction is being queued.
pub(crate) fn is_immediate(id: CommandId) -> bool {
    matches!(
        id,
        CommandId::Exec | CommandId::Discard | CommandId::Multi | CommandId::Watch | CommandId::Quit | CommandId::Reset
    )
}

/// Returns the reason why a command may not be queued, if any.
pub(crate) fn refusal(hub: &Hub, spec: &'static CommandSpec) -> Option<String> {
    let refused = match spec.id {
        // 7.0 marks commands for it; 6.2 queues everything.
        CommandId::Save | CommandId::Shutdown | CommandId::Sync | CommandId::Psync => hub.since(7, 0),
        CommandId::Multi | CommandId::Watch => hub.valkey(8, 0),
        CommandId::ClientReply => hub.valkey(9, 0),
        _ => false,
    };
    refused.then(|| {
        let name = spec.name.to_ascii_lowercase().replace(' ', "|");
        match hub.valkey(9, 0) {
            true => format!("ERR Command '{name}' not allowed inside a transaction"),
            false => "ERR Command not allowed inside a transaction".to_owned(),
        }
    })
}

/// `MULTI`
pub(crate) fn multi(hub: &mut Hub, id: u64) {
    let Some(client) = hub.clients.get_mut(&id) else { return };
    if client.multi.is_some() {
        return hub.error(id, "ERR MULTI calls can not be nested");
    }
    client.multi = Some(Multi::default());
    client.has_transactions = true;
    hub.ok(id);
}

/// Conditions that a queued command puts on its `EXEC`.
pub(crate) struct Needs {
    /// Refused while memory is full.
    pub(crate) memory: bool,
    /// Held back while writes are paused.
    pub(crate) writes: bool,
}

/// Queues a command.
pub(crate) fn queue(hub: &mut Hub, id: u64, spec: &'static CommandSpec, words: Words, needs: Needs) {
    let limit = hub.settings.query_limit;
    let Some(client) = hub.clients.get_mut(&id) else { return };
    let Some(multi) = &mut client.multi else { return };
    multi.bytes += cost(&words);
    if multi.bytes > limit {
        // The servers would run out of memory; we end who asks for it.
        client.link.kill();
        return;
    }
    multi.needs_memory |= needs.memory;
    multi.may_write |= needs.writes;
    // What will not run needs no room.
    if !multi.aborted {
        multi.queue.push((spec, words));
    }
    hub.reply(id, &Reply::Status(b"QUEUED".to_vec()));
}

/// `DISCARD`
pub(crate) fn discard(hub: &mut Hub, id: u64) {
    let had = hub.clients.get_mut(&id).and_then(|client| client.multi.take()).is_some();
    if !had {
        return hub.error(id, "ERR DISCARD without MULTI");
    }
    unwatch(hub, id);
    hub.ok(id);
}

/// `WATCH`
pub(crate) fn watch(turn: &mut Turn<'_, '_>, id: u64, words: &Words) {
    let Some(client) = turn.hub.clients.get_mut(&id) else { return };
    if client.multi.is_some() {
        return turn.hub.error(id, "ERR WATCH inside MULTI is not allowed");
    }
    client.has_transactions = true;
    let db = client.db;
    turn.server.engine.tick();
    for key in &words[1..] {
        if client.watched.iter().any(|watched| watched.db == db && *watched.key == **key) {
            continue;
        }
        let watch = turn.server.engine.watch(db, key);
        client.watched.push(Watched { db, key: key.as_slice().into(), watch });
    }
    turn.hub.ok(id);
}

/// `WATCH` while a script has the keys. What the script has still to write is not seen.
pub(crate) fn watch_later(hub: &mut Hub, id: u64, words: &Words) {
    let Some(client) = hub.clients.get_mut(&id) else { return };
    if client.multi.is_some() {
        return hub.error(id, "ERR WATCH inside MULTI is not allowed");
    }
    client.has_transactions = true;
    let db = client.db;
    hub.deferred.extend(words[1..].iter().map(|key| DeferredUpdate::Watch(id, db, key.as_slice().into())));
    hub.ok(id);
}

/// `UNWATCH`
pub(crate) fn unwatch_all(hub: &mut Hub, id: u64) {
    unwatch(hub, id);
    hub.ok(id);
}

/// Returns the error of a queued command if its client's user has lost the permission.
pub(crate) fn denied(turn: &mut Turn<'_, '_>, id: u64, spec: &'static CommandSpec, words: &Words) -> Option<String> {
    let client = turn.hub.clients.get(&id)?;
    let user = Arc::clone(turn.hub.users.get(&client.user)?);
    let engine = &mut turn.server.engine;
    let denial = user.permit(engine.target, spec, words, client.db).err()?;
    // Redis 8.6 checks the keys of EXEC here, which has none.
    if matches!(denial, Denial::Key(_)) && turn.hub.redis(8, 6) {
        return None;
    }
    let line = client::line(turn.hub, client);
    engine.note_refusal(denial.entry(engine.target, &user, spec, words, Context::Multi, line));
    Some(denial.text_at_exec())
}

/// Begins `EXEC`. Returns the commands to run, or `None` if it does nothing. [`end`] ends it.
pub(crate) fn begin(turn: &mut Turn<'_, '_>, id: u64) -> Option<Vec<(&'static CommandSpec, Words)>> {
    let client = turn.hub.clients.get_mut(&id)?;
    let Some(multi) = client.multi.take() else {
        turn.hub.error(id, "ERR EXEC without MULTI");
        return None;
    };
    turn.server.engine.tick();
    let engine = &turn.server.engine;
    let dirty = client.watched.iter().any(|watched| engine.is_aborted(watched.db, &watched.key, watched.watch));
    unwatch(turn.hub, id);
    if multi.aborted {
        turn.hub.error(id, "EXECABORT Transaction discarded because of previous errors.");
        return None;
    }
    if dirty {
        turn.hub.reply(id, &Reply::NilArray);
        return None;
    }
    let mut head = Vec::new();
    // An array's head alone: each command then replies as it does by itself.
    resp::encode(&Reply::Array(Vec::new()), false, &mut head);
    head.splice(1..2, multi.queue.len().to_string().into_bytes());
    turn.hub.raw(id, &head);
    turn.client(id, |client| client.exec = Some((multi.queue.len(), multi.bytes)));
    turn.server.engine.in_transaction = true;
    Some(multi.queue)
}

/// Ends what [`begin`] began.
pub(crate) fn end(turn: &mut Turn<'_, '_>, id: u64) {
    turn.server.engine.in_transaction = false;
    turn.client(id, |client| client.exec = None);
}
