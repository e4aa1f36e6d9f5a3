//! `BUSY`: replies to other clients while a script runs for too long, and the commands that end it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use commands::{CommandId, Family};
use engine::Engine;
use protocol::Reply;

use crate::{
    admission, client, process, session,
    state::{Core, Hold, Hub, Job, Run, Running, Words, cost},
    transaction,
};

/// Checks now and then if a script takes too long, and if so answers in its place.
pub(crate) async fn watch(core: Arc<Core>) {
    // The real one is with the script; this one is only asked what there is.
    let databases = Engine::new(core.hub.lock().target).keyspace.databases();
    let mut clock = tokio::time::interval(Duration::from_millis(20));
    clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        clock.tick().await;
        if core.busy.overdue().is_none() {
            continue;
        }
        let mut hub = core.hub.lock();
        // Only under the lock is it certain that the run has not ended meanwhile.
        if let Some(running) = core.busy.overdue() {
            while let Some(job) = core.queue.take() {
                answer(&core, &mut hub, databases, &running, job);
            }
            hub.flush();
        }
    }
}

fn answer(core: &Core, hub: &mut Hub, databases: usize, running: &Running, job: Job) {
    match job {
        Job::Opened { link, peer, local } => admission::open(hub, link, peer, local),
        Job::Gone { id } => admission::remove(hub, id),
        Job::Drained { id } => hub.resume.push_back(id),
        Job::Broken { id, text } => {
            hub.error(id, format!("ERR {text}"));
            hub.close(id);
        }
        Job::Commands { id, commands } => {
            for words in commands {
                let Some(client) = hub.clients.get_mut(&id) else { return };
                if id == running.client || !matches!(client.hold, Hold::None) || !client.pending.is_empty() {
                    // It waits for its turn anyway.
                    client.pending.push_back(words);
                    continue;
                }
                client.link.sub_backlog(cost(&words));
                client.last = Instant::now();
                command(core, hub, databases, running, id, &words);
            }
        }
    }
}

fn command(core: &Core, hub: &mut Hub, databases: usize, running: &Running, id: u64, words: &Words) {
    let run = &running.run;
    if process::is_http(&words[0]) {
        return hub.close(id);
    }
    let stranger = hub.clients.get(&id).is_some_and(|client| hub.is_stranger(client));
    let spec = match process::find(hub, words, stranger) {
        Ok(spec) => spec,
        Err((spec, text)) => return process::refuse(hub, id, spec, text),
    };
    if stranger && !process::is_open_to_all(hub, spec.id) {
        return process::refuse(hub, id, Some(spec), "NOAUTH Authentication required.");
    }
    if hub.clients.get(&id).is_some_and(|client| client.multi.is_some()) {
        if let Some(text) = transaction::refusal(hub, spec) {
            return process::refuse(hub, id, Some(spec), text);
        }
        if is_allowed(hub, spec.id, words) && !transaction::is_immediate(spec.id) {
            // What is allowed neither writes nor takes memory. EXEC is not.
            let needs = transaction::Needs { memory: false, writes: false };
            return transaction::queue(hub, id, spec, words.clone(), needs);
        }
    }
    match spec.id {
        CommandId::Quit => {
            hub.ok(id);
            hub.close(id);
        }
        _ if !is_allowed(hub, spec.id, words) => process::refuse(hub, id, Some(spec), busy_text(hub, run)),
        CommandId::Auth | CommandId::Hello | CommandId::Reset => session::run(hub, id, spec, words),
        CommandId::Multi => transaction::multi(hub, id),
        CommandId::Discard => transaction::discard(hub, id),
        CommandId::Watch => transaction::watch_later(hub, id, words),
        CommandId::Unwatch => transaction::unwatch_all(hub, id),
        CommandId::ScriptKill | CommandId::FunctionKill if run.has_written() => kill(hub, id, run),
        CommandId::ScriptKill if !run.function => kill(hub, id, run),
        CommandId::FunctionKill if run.function => kill(hub, id, run),
        CommandId::FunctionStats if run.function => hub.reply(id, &stats(running)),
        CommandId::Shutdown => match session::wants_shutdown(hub, words) {
            Err(text) => hub.error(id, text),
            Ok(true) => {
                core.stop.notify_one();
                hub.close(id);
            }
            // Only NOSAVE is safe: what the script has half done must not be kept.
            Ok(false) => process::refuse(hub, id, Some(spec), busy_text(hub, run)),
        },
        CommandId::Select => session::select(hub, databases, id, words),
        _ if is_of_client(spec.id) => client::run(core, hub, id, spec, words),
        _ => process::refuse(hub, id, Some(spec), busy_text(hub, run)),
    }
}

/// Returns true if a command runs, or is queued, while a script takes too long: since 7.0 those with the flag `allow_busy`.
fn is_allowed(hub: &Hub, id: CommandId, words: &Words) -> bool {
    match id {
        CommandId::Auth
        | CommandId::Discard
        | CommandId::FunctionKill
        | CommandId::FunctionStats
        | CommandId::Hello
        | CommandId::Multi
        | CommandId::Quit
        | CommandId::Reset
        | CommandId::ScriptKill
        | CommandId::Unwatch
        | CommandId::Watch => true,
        // 6.2 looked at one letter.
        CommandId::Shutdown => {
            hub.since(7, 0) || (words.len() == 2 && words[1].first().is_some_and(|first| b"nN".contains(first)))
        }
        CommandId::Select => hub.valkey(9, 1),
        _ => is_of_client(id) && hub.valkey(9, 1),
    }
}

/// Returns true for the `CLIENT` subcommands by which a client reads or sets its own state.
fn is_of_client(id: CommandId) -> bool {
    matches!(
        id,
        CommandId::ClientCaching
            | CommandId::ClientCapa
            | CommandId::ClientGetname
            | CommandId::ClientGetredir
            | CommandId::ClientId
            | CommandId::ClientNoEvict
            | CommandId::ClientNoTouch
            | CommandId::ClientReply
            | CommandId::ClientSetinfo
            | CommandId::ClientSetname
    )
}

fn busy_text(hub: &Hub, run: &Run) -> String {
    let server = if hub.target.family == Family::Valkey && hub.valkey(8, 0) { "Valkey" } else { "Redis" };
    let kill = if run.function { "FUNCTION KILL" } else { "SCRIPT KILL" };
    format!("BUSY {server} is busy running a script. You can only call {kill} or SHUTDOWN NOSAVE.")
}

/// Part of `FUNCTION STATS` about the function that runs.
fn stats(running: &Running) -> Reply {
    let Some((words, (libraries, functions))) = &running.stats else { return Reply::Nil };
    let pair = |name: &str, value: Reply| (Reply::bulk(name), value);
    let script = Reply::Map(vec![
        pair("name", Reply::bulk(words.get(1).map_or(&[][..], Vec::as_slice))),
        pair("command", Reply::bulks(words)),
        pair("duration_ms", Reply::Int(running.since.elapsed().as_millis() as i64)),
    ]);
    let engine = Reply::Map(vec![
        pair("libraries_count", Reply::Int(*libraries as i64)),
        pair("functions_count", Reply::Int(*functions as i64)),
    ]);
    Reply::Map(vec![pair("running_script", script), pair("engines", Reply::Map(vec![pair("LUA", engine)]))])
}

fn kill(hub: &mut Hub, id: u64, run: &Run) {
    if run.has_written() {
        return hub.reply(
            id,
            &Reply::error(
                "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the \
                 script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.",
            ),
        );
    }
    run.cancel();
    hub.ok(id);
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream},
        sync::mpsc,
    };

    use commands::Target;
    use engine::config::Config;

    use super::*;
    use crate::{listen, settings::Settings};

    fn start(target: Target) -> Option<SocketAddr> {
        let mut settings = Settings::read(&Config::new(target), target);
        settings.busy = 30;
        let (told, address) = mpsc::channel();
        let options = listen::Options { bind: IpAddr::V4(Ipv4Addr::LOCALHOST), port: 0, target };
        std::thread::spawn(move || listen::run_with(options, settings, |address| told.send(address).unwrap_or(())));
        address.recv_timeout(Duration::from_secs(10)).ok()
    }

    fn ask(stream: &mut TcpStream, command: &str) -> String {
        let mut buffer = [0; 4096];
        stream.set_read_timeout(Some(Duration::from_secs(10))).ok();
        stream.write_all(format!("{command}\r\n").as_bytes()).ok();
        let count = stream.read(&mut buffer).unwrap_or(0);
        String::from_utf8_lossy(&buffer[..count]).trim_end().to_owned()
    }

    #[test]
    fn a_long_script_can_be_killed_and_nothing_else_runs() {
        let Some(address) = start(Target::redis(7, 0)) else { panic!("the port does not open") };
        let connect = || TcpStream::connect(address).and_then(|stream| stream.set_nodelay(true).map(|()| stream));
        let (Ok(mut one), Ok(mut two)) = (connect(), connect()) else { panic!("no connection") };
        assert_eq!(ask(&mut two, "MULTI"), "+OK");
        one.write_all(b"EVAL 'while true do end' 0\r\nPING\r\n").ok();
        std::thread::sleep(Duration::from_millis(200));
        let busy = "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";
        assert_eq!(ask(&mut two, "SET a 1"), format!("-{busy}"));
        assert_eq!(ask(&mut two, "EXEC"), format!("-EXECABORT Transaction discarded because of: {busy}"));
        let Ok(mut late) = connect() else { panic!("no connection") };
        assert_eq!(ask(&mut late, "GET a"), format!("-{busy}"));
        assert_eq!(ask(&mut late, "FUNCTION KILL"), format!("-{busy}"));
        assert_eq!(ask(&mut late, "SCRIPT KILL"), "+OK");
        // The script ends soon, but not before its next check.
        let begun = Instant::now();
        let mut reply = ask(&mut late, "GET a");
        while reply == format!("-{busy}") && begun.elapsed() < Duration::from_secs(10) {
            reply = ask(&mut late, "GET a");
        }
        assert_eq!(reply, "$-1");
        let (mut text, mut buffer) = (Vec::new(), [0; 4096]);
        one.set_read_timeout(Some(Duration::from_secs(10))).ok();
        while !text.ends_with(b"+PONG\r\n") {
            let Ok(count @ 1..) = one.read(&mut buffer) else { break };
            text.extend_from_slice(&buffer[..count]);
        }
        let text = String::from_utf8_lossy(&text);
        assert!(text.contains("SCRIPT KILL") && text.ends_with("+PONG\r\n"), "{text}");
    }

    /// Replies to calls in a transaction, and then out of it, while another client's script takes too long.
    fn told(target: Target, queued: &[&str], calls: &[&str]) -> Vec<String> {
        let Some(address) = start(target) else { panic!("the port does not open") };
        let connect = || TcpStream::connect(address).and_then(|stream| stream.set_nodelay(true).map(|()| stream));
        let (Ok(mut one), Ok(mut two), Ok(mut three)) = (connect(), connect(), connect()) else {
            panic!("no connection")
        };
        assert_eq!(ask(&mut two, "MULTI"), "+OK");
        one.write_all(b"EVAL 'while true do end' 0\r\n").ok();
        // Only while the script takes too long is it told so.
        let begun = Instant::now();
        while !ask(&mut three, "PING").starts_with("-BUSY") && begun.elapsed() < Duration::from_secs(20) {}
        let short = |reply: String| match reply.split_once(": BUSY") {
            Some((start, _)) => format!("{start}: BUSY"),
            None if reply.starts_with("-BUSY") => "-BUSY".to_owned(),
            None => reply,
        };
        let mut replies: Vec<String> = queued.iter().map(|call| short(ask(&mut two, call))).collect();
        replies.extend(calls.iter().map(|call| short(ask(&mut three, call))));
        ask(&mut three, "SCRIPT KILL");
        replies
    }

    #[test]
    fn transactions_are_queued_and_shutdown_read_while_a_script_runs() {
        let queued = ["AUTH x", "SCRIPT KILL", "UNWATCH", "SHUTDOWN NOSAVE", "SHUTDOWN", "CLIENT ID", "EXEC"];
        let calls = ["SHUTDOWN", "SHUTDOWN NOSAVE X", "SHUTDOWN ABORT", "SHUTDOWN NOW", "CLIENT ID", "SELECT 3"];
        let (yes, busy, syntax) = ("+QUEUED", "-BUSY", "-ERR syntax error");
        let exec = "-EXECABORT Transaction discarded because of: BUSY";
        let none = "-ERR No shutdown in progress.";
        let never = "-ERR Command not allowed inside a transaction";
        let named = "-ERR Command 'shutdown' not allowed inside a transaction";
        let all = [
            (Target::redis(6, 2), [yes, yes, yes, yes, busy, busy, exec, busy, busy, busy, syntax, busy, busy]),
            (Target::redis(8, 6), [yes, yes, yes, never, never, busy, exec, busy, syntax, none, busy, busy, busy]),
            (Target::valkey(9, 0), [yes, yes, yes, named, named, busy, exec, busy, syntax, none, busy, busy, busy]),
            (Target::valkey(9, 1), [yes, yes, yes, named, named, yes, exec, busy, syntax, none, busy, ":3", "+OK"]),
        ];
        for (target, wanted) in all {
            assert_eq!(told(target, &queued, &calls), wanted, "{target}");
        }
    }

    /// Returns what a client receives when another one kills its script or function.
    fn killed(target: Target, call: &[u8], kill: &str) -> String {
        let Some(address) = start(target) else { panic!("the port does not open") };
        let (Ok(mut one), Ok(mut two)) = (TcpStream::connect(address), TcpStream::connect(address)) else {
            panic!("no connection")
        };
        let load =
            b"FUNCTION LOAD \"#!lua name=l\\nredis.register_function('f', function()\\nwhile true do end end)\"\r\n";
        if target != Target::redis(6, 2) {
            one.write_all(load).ok();
            assert_eq!(ask(&mut one, ""), "$1\r\nl");
        }
        one.write_all(call).ok();
        let begun = Instant::now();
        while ask(&mut two, kill) != "+OK" && begun.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(5));
        }
        let text = ask(&mut one, "");
        // The script is called by its SHA1.
        match text.find("script: ").filter(|_| !text.contains("script: f")) {
            Some(at) => format!("{}{}", &text[..at], text[at..].split_once(" on ").map_or("", |(_, place)| place)),
            None => text,
        }
    }

    #[test]
    fn the_error_of_a_killed_script_is_that_of_the_version() {
        let script = b"EVAL \"local a\\npcall(function() while true do end end)\\nreturn 1\" 0\r\n";
        let kill = "-ERR Script killed by user with SCRIPT KILL";
        for (target, dots) in [(Target::redis(7, 0), "..."), (Target::redis(8, 2), "..."), (Target::valkey(9, 1), ".")]
        {
            assert_eq!(killed(target, script, "SCRIPT KILL"), format!("{kill}{dots} @user_script:3."), "{target}");
        }
        assert!(
            killed(Target::redis(6, 2), script, "SCRIPT KILL")
                .ends_with(": @user_script:3: Script killed by user with SCRIPT KILL...")
        );
        // What catches the error on one line may still end well.
        let caught = b"EVAL 'xpcall(function() while true do end end, function() end) return 1' 0\r\n";
        assert_eq!(killed(Target::redis(7, 2), caught, "SCRIPT KILL"), ":1");
        for (target, text) in [
            (Target::redis(8, 2), "SCRIPT KILL... script: f, on @user_function:3."),
            (Target::valkey(8, 0), "SCRIPT KILL... script: f, on @user_function:3."),
            (Target::valkey(8, 1), "FUNCTION KILL. script: f, on @user_function:3."),
        ] {
            let told = killed(target, b"FCALL f 0\r\n", "FUNCTION KILL");
            assert_eq!(told, format!("-ERR Script killed by user with {text}"), "{target}");
        }
    }
}
