//! Processing of a command: what may refuse it, what may make it wait, and what runs it.

use std::time::Instant;

use commands::{CommandId, CommandSpec};
use engine::{Caller, Support, acl::Context, resolve};
use parking_lot::MutexGuard;
use protocol::Reply;
use script::Server;

use crate::{
    admission, blocking, client, engine_calls,
    engine_calls::is_nothing,
    monitor, pause, pubsub, session,
    settings::Settings,
    state::{Client, DeferredUpdate, Hold, Hub, ReplyMode, Words, cost},
    tracking, transaction,
    turn::Turn,
};

/// Runs a client's commands until one has to wait.
pub(crate) fn run_pending(turn: &mut Turn<'_, '_>, id: u64) {
    loop {
        let Some(client) = turn.hub.clients.get_mut(&id) else { return };
        if !matches!(client.hold, Hold::None) {
            return;
        }
        if !turn.runs_scripts && client.pending.front().is_some_and(|words| may_run_script(client, words)) {
            turn.hub.resume.push_front(id);
            turn.waits_for_scripts = true;
            return;
        }
        let Some(words) = client.pending.pop_front() else { return };
        command(turn, id, words);
        after(turn);
        if turn.hub.is_full(id) {
            turn.client(id, |client| {
                if matches!(client.hold, Hold::None) {
                    client.hold = Hold::Full;
                }
            });
        }
    }
}

/// Returns true if a command runs a script, by itself or in the transaction that it ends.
fn may_run_script(client: &Client, words: &Words) -> bool {
    let runs_scripts = |spec: &CommandSpec| matches!(engine::support(spec.id), Support::Scripting);
    // EVAL…, EXEC, FCALL…, FUNCTION, SCRIPT: most others are told apart by two letters.
    let (Some(first), Some(second)) = (words[0].first(), words[0].get(1)) else { return false };
    if !matches!(&[first | 0x20, second | 0x20], b"ev" | b"ex" | b"fc" | b"fu" | b"sc") {
        return false;
    }
    match commands::lookup(&words[0]) {
        Some(spec) if spec.id == CommandId::Exec => {
            client.multi.as_ref().is_some_and(|multi| multi.queue.iter().any(|(spec, _)| runs_scripts(spec)))
        }
        Some(spec) => runs_scripts(spec),
        None => false,
    }
}

/// Handles the effects of a command: messages, and keys that others wait for.
pub(crate) fn after(turn: &mut Turn<'_, '_>) {
    if !turn.hub.deferred.is_empty() {
        turn.apply_deferred();
    }
    deliver(turn);
    invalidate(turn);
    loop {
        let ready = turn.server.engine.keyspace.take_ready();
        if ready.is_empty() {
            break;
        }
        // Serving a client can make further keys ready, as BLMOVE does.
        for (db, key) in ready {
            blocking::serve(turn, db, &key);
        }
        deliver(turn);
        invalidate(turn);
    }
    if !turn.hub.deferred.is_empty() {
        turn.apply_deferred();
    }
}

/// Invalidates the cached copies that clients have of modified keys.
fn invalidate(turn: &mut Turn<'_, '_>) {
    tell_flushed(turn);
    tracking::collect(turn);
    for (db, key) in turn.server.engine.keyspace.take_changed() {
        tracking::invalidate(turn.hub, db, &key);
    }
}

fn tell_flushed(turn: &mut Turn<'_, '_>) {
    if std::mem::take(&mut turn.server.engine.keyspace.flushed) {
        tracking::flushed(turn.hub);
    }
}

fn deliver(turn: &mut Turn<'_, '_>) {
    if turn.server.engine.published.is_empty() {
        return;
    }
    for message in std::mem::take(&mut turn.server.engine.published) {
        pubsub::deliver(turn.hub, &message);
    }
}

/// Refuses a command, and aborts the transaction that it was meant for.
pub(crate) fn refuse(hub: &mut Hub, id: u64, spec: Option<&'static CommandSpec>, text: impl Into<Vec<u8>>) {
    let mut text = text.into();
    if let Some(client) = hub.clients.get_mut(&id)
        && let Some(multi) = &mut client.multi
    {
        multi.aborted = true;
    }
    if spec.is_some_and(|spec| spec.id == CommandId::Exec) {
        hub.client(id, |client| client.multi = None);
        admission::unwatch(hub, id);
        let why = text.strip_prefix(b"ERR ").unwrap_or(&text);
        text = [b"EXECABORT Transaction discarded because of: ", why].concat();
    }
    hub.deferred.push(DeferredUpdate::Rejected(spec, text.clone()));
    hub.error(id, text);
}

fn command(turn: &mut Turn<'_, '_>, id: u64, words: Words) {
    let Some(client) = turn.hub.clients.get_mut(&id) else { return };
    client.last = Instant::now();
    client.link.sub_backlog(cost(&words));
    let name = &words[0];
    if is_http(name) {
        client.link.kill();
        return;
    }
    match client.reply_mode {
        ReplyMode::SkipNext => client.reply_mode = ReplyMode::Skip,
        ReplyMode::Skip => client.reply_mode = ReplyMode::On,
        ReplyMode::On | ReplyMode::Off => {}
    }
    turn.hub.running = Some((id, words.iter().map(Vec::len).sum(), engine::request_size(&words)));
    turn.hub.tracked.writer = id;
    let processed = turn.server.engine.stats.processed;
    gate(turn, id, words);
    turn.hub.running = None;
    tracking::limit(turn.hub);
    if std::mem::take(&mut turn.hub.may_evict) {
        // A smaller `maxmemory` evicts at once, not with the next command.
        let evicted = turn.server.engine.stats.evicted;
        // A pause may have begun with the command.
        turn.server.engine.expiration = turn.hub.expiration(false);
        turn.server.engine.make_room();
        if turn.server.engine.stats.evicted > evicted {
            invalidate(turn);
            deliver(turn);
        }
    }
    let processed = turn.server.engine.stats.processed.saturating_sub(processed);
    turn.client(id, |client| client.commands += processed);
    if turn.hub.clients.get(&id).is_some_and(|client| client.leaving) {
        turn.hub.close(id);
    }
    turn.client(id, |client| {
        if client.reply_mode == ReplyMode::Skip {
            client.reply_mode = ReplyMode::On;
        }
    });
}

/// A browser that was led here must not be able to do anything: its request's first lines end the connection.
pub(crate) fn is_http(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"POST") || name.eq_ignore_ascii_case(b"Host:")
}

fn gate(turn: &mut Turn<'_, '_>, id: u64, words: Words) {
    let hub = &mut *turn.hub;
    let Some(client) = hub.clients.get(&id) else { return };
    let (in_multi, in_push) = (client.multi.is_some(), client.is_subscriber() && !client.resp3);
    let stranger = hub.is_stranger(client);
    // QUIT takes anything behind it.
    if words[0].eq_ignore_ascii_case(b"QUIT") {
        monitor::feed(hub, id, quit(), &words);
        hub.ok(id);
        return hub.close(id);
    }
    let spec = match find(hub, &words, stranger) {
        Ok(spec) => spec,
        Err((spec, text)) => return refuse(hub, id, spec, text),
    };
    if stranger && !is_open_to_all(hub, spec.id) {
        return refuse(hub, id, Some(spec), "NOAUTH Authentication required.");
    }
    if in_multi && let Some(text) = transaction::refusal(hub, spec) {
        return refuse(hub, id, Some(spec), text);
    }
    let Some(client) = hub.clients.get(&id) else { return };
    turn.server.engine.tick();
    turn.server.engine.keyspace.no_touch = client.no_touch;
    turn.server.engine.expiration = hub.expiration(client.import_source);
    let user = hub.users.get(&client.user).cloned();
    let restricted = user.filter(|user| !user.is_unrestricted());
    turn.server.engine.caller = Caller {
        address: Some(client.peer),
        name: client.name.clone(),
        user: client.user.clone(),
        line: if restricted.is_some() { client::line(hub, client) } else { Vec::new() },
    };
    if let Some(user) = restricted
        && let Err(denial) = user.permit(turn.server.engine.target, spec, &words, client.db)
    {
        turn.client(id, |client| client.last_command = spec.name);
        let context = if in_multi { Context::Multi } else { Context::Toplevel };
        let line = turn.hub.clients.get(&id).map(|client| client::line(turn.hub, client));
        let engine = &mut turn.server.engine;
        engine.note_refusal(denial.entry(engine.target, &user, spec, &words, context, line.unwrap_or_default()));
        let text = denial.text(engine.target, &user, spec);
        return refuse(turn.hub, id, Some(spec), text);
    }
    let evicted = turn.server.engine.stats.evicted;
    turn.server.engine.make_room();
    if turn.server.engine.stats.evicted > evicted {
        // Before the reply of the command that keys were evicted for.
        invalidate(turn);
    }
    let hub = &mut *turn.hub;
    if turn.server.engine.is_full() && needs_memory(turn.server, hub, id, spec, &words) {
        return refuse(hub, id, Some(spec), script::OOM);
    }
    if in_push && !session::is_for_subscribers(spec.id) {
        let name = spec.name.to_ascii_lowercase().replace(' ', "|");
        let (p, un) = if hub.since(7, 0) { ("(P|S)", "(P|S)") } else { ("(P)", "(P)") };
        let text = format!(
            "ERR Can't execute '{name}': only {p}SUBSCRIBE / {un}UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
        );
        return refuse(hub, id, Some(spec), text);
    }
    if hub.pause.is_some()
        && let Some(client) = hub.clients.get(&id)
        && pause::holds(hub, client, spec, turn.server.may_write(spec, &words))
        && let Some(client) = hub.clients.get_mut(&id)
    {
        client.link.add_backlog(cost(&words));
        client.pending.push_front(words);
        client.hold = Hold::Paused;
        return;
    }
    if in_multi && !transaction::is_immediate(spec.id) {
        let needs = transaction::Needs {
            memory: turn.server.needs_memory(spec, &words),
            writes: turn.server.may_write(spec, &words),
        };
        return transaction::queue(hub, id, spec, words, needs);
    }
    run(turn, id, spec, words, false);
}

/// True if a command is refused while memory is full.
fn needs_memory(server: &Server, hub: &Hub, id: u64, spec: &'static CommandSpec, words: &Words) -> bool {
    let multi = hub.clients.get(&id).and_then(|client| client.multi.as_ref());
    if server.needs_memory(spec, words) {
        return true;
    }
    match (spec.id, multi) {
        (CommandId::Exec, Some(multi)) => multi.needs_memory && !(multi.aborted && hub.valkey(8, 0)),
        // The queue takes memory too: up to 7.2 nothing is queued.
        (CommandId::Discard | CommandId::Reset, _) | (_, None) => false,
        (_, Some(_)) => !(hub.redis(7, 4) || hub.valkey(8, 0)),
    }
}

/// True if a client may call a command before it has authenticated.
pub(crate) fn is_open_to_all(hub: &Hub, id: CommandId) -> bool {
    match id {
        CommandId::Auth | CommandId::Hello | CommandId::Quit => true,
        CommandId::Reset => hub.since(7, 0),
        _ => false,
    }
}

/// Returns the command that words name, or the error if there is none.
pub(crate) fn find(
    hub: &Hub,
    words: &Words,
    stranger: bool,
) -> Result<&'static CommandSpec, (Option<&'static CommandSpec>, Vec<u8>)> {
    let target = hub.target;
    let found = resolve::command(target, words);
    // Before 7.0 subcommands were their command's own affair: a call with a wrong one is queued, and fails when it runs.
    if !hub.since(7, 0)
        && !found.as_ref().is_ok_and(|spec| resolve::fits(target, spec, words.len()))
        && let Some(container) = commands::lookup(&words[0])
        && container.is_available(target)
        && !container.subcommands.is_empty()
        && resolve::fits(target, container, words.len())
    {
        return Ok(container);
    }
    let spec = match found {
        // Valkey 9.0 began not to tell strangers what there is.
        Err(_) if stranger && hub.valkey(9, 0) => return Err((None, b"NOAUTH Authentication required.".to_vec())),
        Err(error) => return Err((None, error.0.into_owned())),
        Ok(spec) => spec,
    };
    if resolve::fits(target, spec, words.len()) {
        return Ok(spec);
    }
    if stranger && hub.valkey(9, 0) && !is_open_to_all(hub, spec.id) {
        return Err((Some(spec), b"NOAUTH Authentication required.".to_vec()));
    }
    Err((Some(spec), resolve::wrong_count(target, spec, words).0.into_owned()))
}

fn quit() -> &'static CommandSpec {
    commands::lookup(b"QUIT").unwrap_or(&commands::all()[0])
}

/// Runs a command that has passed all checks, by itself or in a transaction.
pub(crate) fn run(turn: &mut Turn<'_, '_>, id: u64, spec: &'static CommandSpec, words: Words, in_exec: bool) {
    if !turn.hub.deferred.is_empty() {
        turn.apply_deferred();
    }
    // A transaction's commands are parts of EXEC.
    if !in_exec {
        turn.client(id, |client| client.last_command = spec.name);
    }
    // Those who monitor are told when the command has run, but of a script before what it calls.
    let scripting = matches!(engine::support(spec.id), Support::Scripting);
    let mut told = None;
    if !turn.hub.monitors.is_empty() {
        match scripting {
            true => monitor::feed(turn.hub, id, spec, &words),
            false => told = Some(words.clone()),
        }
    }
    turn.hub.last_error = None;
    let start = Instant::now();
    match spec.id {
        CommandId::Multi => transaction::multi(turn.hub, id),
        CommandId::Exec => exec(turn, id),
        CommandId::Discard => transaction::discard(turn.hub, id),
        CommandId::Watch => transaction::watch(turn, id, &words),
        CommandId::Unwatch => transaction::unwatch_all(turn.hub, id),
        CommandId::Subscribe | CommandId::Psubscribe | CommandId::Ssubscribe => {
            pubsub::subscribe(turn.hub, id, spec, &words);
        }
        CommandId::Unsubscribe | CommandId::Punsubscribe | CommandId::Sunsubscribe => {
            pubsub::unsubscribe(turn.hub, id, spec, &words);
        }
        CommandId::Select => {
            session::select(turn.hub, turn.server.engine.keyspace.databases(), id, &words);
        }
        CommandId::Monitor => session::monitor(turn.hub, id, in_exec),
        CommandId::Shutdown => session::shutdown(turn, id, &words),
        CommandId::Hello | CommandId::Auth | CommandId::Reset | CommandId::Ping => {
            session::run(turn.hub, id, spec, &words);
        }
        CommandId::Readonly | CommandId::Readwrite | CommandId::Asking => session::cluster(turn.hub, id, spec),
        _ if spec.name.starts_with("CLIENT ") => client::run(turn.core, turn.hub, id, spec, &words),
        _ => {
            engine(turn, id, spec, words, in_exec);
            // It has been counted, and is no error of the EXEC around it.
            turn.hub.last_error = None;
            return tell_monitors(turn, id, spec, told);
        }
    }
    let reply = turn.hub.last_error.take().map_or(Reply::Nil, Reply::Error);
    turn.server.engine.note(spec, &words, Some(start.elapsed()), false, &reply);
    tell_monitors(turn, id, spec, told);
}

fn exec(turn: &mut Turn<'_, '_>, id: u64) {
    let Some(queue) = transaction::begin(turn, id) else { return };
    for (spec, words) in queue {
        match transaction::denied(turn, id, spec, &words) {
            Some(text) => turn.hub.error(id, text),
            None => run(turn, id, spec, words, true),
        }
    }
    transaction::end(turn, id);
}

fn tell_monitors(turn: &mut Turn<'_, '_>, id: u64, spec: &'static CommandSpec, told: Option<Words>) {
    if let Some(words) = told {
        monitor::feed(turn.hub, id, spec, &words);
    }
}

fn engine(turn: &mut Turn<'_, '_>, id: u64, spec: &'static CommandSpec, words: Words, in_exec: bool) {
    let Some(client) = turn.hub.clients.get(&id) else { return };
    let (mut db, resp3) = (client.db, client.resp3);
    if !spec.subcommands.is_empty() && words.len() > 1 {
        let text = match resolve::command(turn.server.engine.target, &words) {
            Err(error) => error.0.into_owned(),
            Ok(sub) if sub.id == CommandId::ClientKill => b"ERR syntax error".to_vec(),
            Ok(sub) => resolve::wrong_count(turn.server.engine.target, sub, &words).0.into_owned(),
        };
        turn.server.engine.note(spec, &words, Some(std::time::Duration::ZERO), false, &Reply::Error(text.clone()));
        return turn.hub.error(id, text);
    }
    let reply = if matches!(engine::support(spec.id), Support::Scripting) {
        tracking::collect_reads(turn, id);
        session::tell_engine(turn);
        let libraries = turn.server.libraries();
        let run = turn.core.busy.begin(id, spec, &words, libraries, turn.hub.settings.busy);
        let server = &mut *turn.server;
        let mut called = (!turn.hub.monitors.is_empty()).then(engine_calls::Called::default);
        let reply = MutexGuard::unlocked(turn.hub, || {
            engine_calls::call_script(server, &words, &mut db, resp3, &run, called.as_mut())
        });
        turn.core.busy.end();
        for words in called.into_iter().flat_map(|called| called.0) {
            monitor::feed_script(turn.hub, db, &words);
        }
        reply
    } else {
        // What is counted so far is shown, or begins anew.
        if matches!(spec.id, CommandId::Info | CommandId::ConfigResetstat) {
            session::tell_engine(turn);
        }
        engine_calls::call(turn.server, spec, &words, &mut db, resp3)
    };
    turn.client(id, |client| client.db = db);
    match spec.id {
        CommandId::AclSetuser | CommandId::AclDeluser => session::users_changed(turn, id),
        CommandId::ConfigSet => {
            session::users_changed(turn, id);
            turn.hub.settings = Settings::read(&turn.server.engine.config, turn.hub.target);
            turn.core.set_query_limit(turn.hub.settings.query_limit);
            turn.hub.may_evict = true;
        }
        // Redis tells this before its reply since 7.4.
        CommandId::Flushall | CommandId::Flushdb if !in_exec && turn.hub.redis(7, 4) => tell_flushed(turn),
        _ => {}
    }
    if !in_exec && blocking::may_wait(spec.id) {
        match blocking::wish(turn, spec.id, &words, &reply, db) {
            None => {}
            Some(parked) => {
                turn.server.engine.take_back_log();
                return blocking::park(turn, id, spec, words, parked);
            }
        }
    }
    // In a transaction nothing is moved as a text's nothing, where one that has waited gets an array's.
    let moves = matches!(spec.id, CommandId::Blmove | CommandId::Brpoplpush);
    let reply = if in_exec && moves && is_nothing(&reply) { Reply::Nil } else { reply };
    tracking::remember(turn, id, spec, &words, db);
    // Before 7.2 a publisher that listens itself got the message before the count.
    if !turn.server.engine.published.is_empty() && !turn.hub.since(7, 2) {
        deliver(turn);
    }
    turn.hub.reply(id, &reply);
}
