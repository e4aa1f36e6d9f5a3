//! `redlua run --on`.

use std::{
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use anyhow::Result;
use commands::{Flags, Target};
use remote::{Entry, Failure, Invocation, Outcome, Server, Session, Stop};
use semantic::{
    Script,
    facts::{self, Access},
};

use super::{report, servers};
use crate::{args::Run, notice, run::Request};

/// Time of a run on a server, if none is given.
const TIME: Duration = Duration::from_secs(30);

/// Runs a script where `--on` says.
pub(crate) fn run(args: &Run) -> Result<ExitCode> {
    let request = &Request::read(args)?;
    let places = servers::places(&args.on, &request.settings, args.resp3)?;
    let stop = interrupts()?;
    let [servers::Place::Real(server)] = &places[..] else {
        anyhow::bail!("--on takes one server: to compare several is not built yet");
    };
    let result = on_server(server, args, request, &stop);
    match result {
        Ok(outcome) => report::write(server, outcome, &request.source, args),
        Err(error) => {
            let error = report::in_files(error, &request.source);
            // The server's word, or ours in its place: the run was refused. All else is no answer to it.
            let code = if matches!(error.failure, Failure::Refusal(_)) { 1 } else { 2 };
            notice::error(&error.to_string());
            Ok(ExitCode::from(code))
        }
    }
}

/// Runs a script on one server.
pub(super) fn on_server(server: &Server, args: &Run, request: &Request, stop: &Stop) -> Result<Outcome, remote::Error> {
    let mut session = Session::open(server)?;
    let target = session.identity().and_then(remote::Identity::target).unwrap_or(Target::DEFAULT);
    let entry = match request.entry.clone() {
        script::Entry::Script(code) => Entry::Script(code),
        script::Entry::Function { library, name } => Entry::Function {
            library: library_name(&library),
            code: library,
            name: String::from_utf8_lossy(&name).into_owned(),
        },
    };
    let proved_read_only = matches!(&entry, Entry::Script(code) if reads_only(code, target));
    let invocation = Invocation {
        entry,
        keys: request.keys.clone(),
        args: request.arguments.clone(),
        write: args.on.write,
        proved_read_only,
        time: args.time.unwrap_or(TIME),
        replicas: args.replicas,
    };
    session.run(&invocation, stop)
}

/// The name in `#!lua name=shop` at the beginning of a library.
fn library_name(code: &[u8]) -> String {
    let line = code.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let words = protocol::split_line(line).unwrap_or_default();
    let name = words.iter().find_map(|word| word.strip_prefix(b"name=")).unwrap_or_default();
    String::from_utf8_lossy(name).into_owned()
}

/// True if the facts prove that a script reads only: all that it calls is known, and nothing of it writes or is sent to replicas.
pub(super) fn reads_only(code: &[u8], target: Target) -> bool {
    let mut script = Script::new(code.into(), None);
    script.bind_commands(&[target]);
    let all = facts::of(&[facts::Part::new("script", &script)], &[target]);
    let proved = |facts: &facts::Facts| {
        facts.incomplete.is_none()
            && facts.unknown.is_empty()
            && matches!(facts.access, Access::Nothing | Access::Reads)
            && facts.commands.iter().all(|it| !it.spec.may_replicate() && !it.spec.flags(target).has(Flags::WRITE))
    };
    !all.is_empty() && all.iter().all(proved)
}

/// A stop that Ctrl-C uses. A second Ctrl-C ends the program at once.
fn interrupts() -> Result<Stop> {
    static BEFORE: AtomicBool = AtomicBool::new(false);
    let stop = Stop::default();
    let handle = stop.clone();
    ctrlc::set_handler(move || {
        if BEFORE.swap(true, Ordering::Relaxed) {
            #[allow(clippy::exit, reason = "the user asks for the second time")]
            std::process::exit(130);
        }
        notice::plain("the server is asked to end the script; Ctrl-C again leaves without waiting");
        handle.stop();
    })?;
    Ok(stop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_to_read_is_proved() {
        let proved = |code: &str| reads_only(code.as_bytes(), Target::redis(6, 2));
        assert!(proved("return 1"));
        assert!(proved("return redis.call('GET', KEYS[1])"));
        assert!(proved("local v = redis.call('HGETALL', KEYS[1]) return #v + redis.call('TIME')[1]"));
        for code in [
            "return redis.call('SET', KEYS[1], 1)",
            "return redis.call('PUBLISH', 'c', 1)",
            "return redis.call('PFCOUNT', KEYS[1])",
            "return redis.call(ARGV[1], KEYS[1])",
            "return loadstring(ARGV[1])()",
            "local call = redis[ARGV[1]] return call('GET', KEYS[1])",
            "if true then",
            "return helper()",
        ] {
            assert!(!proved(code), "{code}");
        }
    }

    #[test]
    fn names_of_libraries() {
        assert_eq!(library_name(b"#!lua name=shop\nreturn"), "shop");
        assert_eq!(library_name(b"#!LUA engine=lua name=\"a\"\n"), "");
        assert_eq!(library_name(b"#!lua\n"), "");
    }
}
