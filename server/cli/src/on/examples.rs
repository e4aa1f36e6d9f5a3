//! `redlua test --on`: examples on real servers.
//!
//! Examples begin with an empty keyspace and write what they like. On a real server that takes a database that is empty, and
//! consent. It is emptied again behind each file, by FLUSHDB of this one database; commands that reach beyond it are not run.

use std::time::Duration;

use anyhow::{Result, bail};
use commands::{Flags, Target};
use protocol::{Reply, notation};
use remote::{Connection, Error, Identity, Resp, Server};
use semantic::{Script, facts};
use spec::{Example, Result as Judged, Verdict};
use workspace::Settings;

use super::servers::{Place, places};
use crate::args::On;

/// Longest wait for the reply to an example.
const TIME: Duration = Duration::from_secs(30);

/// A file with examples.
pub(crate) struct File<'a> {
    /// Script that `.` denotes; none in a transcript.
    pub code: Option<&'a [u8]>,
    /// The examples.
    pub examples: &'a [Example],
}

/// The place of verdicts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Label {
    /// The embedded engine, as this server.
    Embedded(Target),
    /// A real server, by its name.
    Real(String),
}

impl std::fmt::Display for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Embedded(target) => write!(f, "{target}"),
            Self::Real(name) => f.write_str(name),
        }
    }
}

/// Verdicts of the real servers.
pub(crate) struct ByServer {
    /// For each server the verdicts by file.
    pub real: Vec<(Label, Vec<Vec<Verdict>>)>,
    /// True if `--on` names the embedded engine too, which the caller runs.
    pub has_embedded: bool,
}

/// Runs the examples of files on the real servers of `--on`.
///
/// # Errors
/// Consent or an empty database is missing, or a server is not reached.
pub(crate) fn run(
    args: &On,
    settings: &Settings,
    files: &[File<'_>],
    seed: &[(u32, Vec<Vec<u8>>)],
) -> Result<ByServer> {
    let places = places(args, settings, false)?;
    if !args.write && places.iter().any(|place| matches!(place, Place::Real(_))) {
        bail!(
            "examples write: on a real server they need --write, and an empty database that nobody else uses, such as \
             redis://HOST/9; it is emptied behind each file"
        );
    }
    let mut all = Vec::new();
    for place in &places {
        let Place::Real(server) = place else { continue };
        all.push((Label::Real(server.name.to_string()), on_server(server, files, seed)?));
    }
    Ok(ByServer { real: all, has_embedded: places.iter().any(|place| matches!(place, Place::Embedded)) })
}

fn on_server(server: &Server, files: &[File<'_>], seed: &[(u32, Vec<Vec<u8>>)]) -> Result<Vec<Vec<Verdict>>> {
    if server.address.cluster {
        bail!("examples run on one server, for their keys are in any slots: {} is a cluster", server.name);
    }
    // Examples are written in the replies of RESP2.
    let mut connection = Connection::open(&Server { resp: Some(Resp::Two), ..server.clone() })?;
    let identity = connection.identity().cloned();
    files.iter().map(|file| on_file(&mut connection, identity.as_ref(), file, seed)).collect()
}

/// Runs one file in an empty database, and empties it.
fn on_file(
    connection: &mut Connection,
    identity: Option<&Identity>,
    file: &File<'_>,
    seed: &[(u32, Vec<Vec<u8>>)],
) -> Result<Vec<Verdict>> {
    let name = std::sync::Arc::clone(&connection.server().name);
    let database = connection.server().address.database;
    match connection.call(&["DBSIZE"])? {
        Reply::Int(0) => {}
        Reply::Int(keys) => bail!(
            "database {database} of {name} has {keys} keys: examples need one that is empty and that nobody else uses, such as \
             redis://HOST/9"
        ),
        other => bail!("{name} does not tell whether database {database} is empty: {}", notation::print(&other)),
    }
    let mut verdicts = Vec::new();
    let loaded = load(connection, file)?;
    let target = identity.and_then(Identity::target).unwrap_or(Target::DEFAULT);
    let mut broken = loaded.as_ref().err().cloned().or_else(|| file.code.and_then(|code| leaves(code, target)));
    if broken.is_none() {
        broken = seed.iter().find_map(|(line, words)| fill(connection, *line, words).transpose()).transpose()?;
    }
    for example in file.examples {
        let result = match &broken {
            Some(why) => Judged::Broken(why.clone()),
            None => judge(connection, identity, file.code, example)?,
        };
        verdicts.push(Verdict { example: example.clone(), result });
    }
    connection.call(&["FLUSHDB"])?;
    if let Ok(Some(library)) = loaded {
        connection.call(&["FUNCTION", "DELETE", &library])?;
    }
    Ok(verdicts)
}

/// Loads the library that a file is; its name, if it was not there before. The inner error is a reason why no example can run.
fn load(connection: &mut Connection, file: &File<'_>) -> Result<Result<Option<String>, String>> {
    let Some(code) = file.code.filter(|code| spec::is_library(code)) else { return Ok(Ok(None)) };
    let name = super::single::library_name(code);
    let there = connection.libraries(Some(&name), true)?;
    if let Some(library) = there.iter().find(|library| library.name == name) {
        return Ok(match library.code == code {
            true => Ok(None),
            false => Err(format!("the server has another library {name}, which is left as it is")),
        });
    }
    match connection.load_library(code, false) {
        Ok(()) => Ok(Ok(Some(name))),
        Err(error @ Error { failure: remote::Failure::Refusal(_), .. }) => Ok(Err(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

/// Calls a command of the seed; the reason why it cannot be, if so.
fn fill(connection: &mut Connection, line: u32, words: &[Vec<u8>]) -> Result<Option<String>> {
    if words.is_empty() {
        return Ok(None);
    }
    if let Some(why) = beyond(words, None) {
        return Ok(Some(format!("the seed, line {line}: {why}")));
    }
    match connection.call_for(words, TIME)? {
        error @ Reply::Error(_) => Ok(Some(format!("the seed, line {line}: {}", notation::print(&error)))),
        _ => Ok(None),
    }
}

fn judge(
    connection: &mut Connection,
    identity: Option<&Identity>,
    script: Option<&[u8]>,
    example: &Example,
) -> Result<Judged> {
    let words = match spec::words_of(example, script) {
        Ok(words) => words,
        Err(why) => return Ok(Judged::Broken(why)),
    };
    if let Some(why) = beyond(&words, identity) {
        return Ok(Judged::Broken(why));
    }
    Ok(spec::judge_reply(example, &connection.call_for(&words, TIME)?))
}

/// The reason why a script's examples are not run: it calls a command that reaches beyond the database.
fn leaves(code: &[u8], target: Target) -> Option<String> {
    let mut script = Script::new(code.into(), None);
    script.bind_commands(&[target]);
    let all = facts::of(&[facts::Part::new("script", &script)], &[target]);
    let mut commands = all.iter().flat_map(|facts| &facts.commands).map(|command| command.spec.name);
    let name = commands.find(|name| matches!(*name, "FLUSHALL" | "SELECT" | "SWAPDB" | "MOVE"))?;
    Some(format!(
        "the script calls {name}, so it is not run on a real server: that reaches beyond the database of the examples"
    ))
}

/// The reason why a command is not run on a real server: it reaches beyond the database, or would never answer.
fn beyond(words: &[Vec<u8>], identity: Option<&Identity>) -> Option<String> {
    let text = |nth: usize| words.get(nth).map(|word| String::from_utf8_lossy(word).to_ascii_uppercase());
    let (first, second) = (text(0)?, text(1));
    let allowed = matches!(
        (first.as_str(), second.as_deref()),
        ("SCRIPT", Some("LOAD" | "EXISTS")) | ("FUNCTION", Some("LIST" | "STATS"))
    );
    let listed = matches!(
        first.as_str(),
        "FLUSHALL"
            | "SELECT"
            | "SWAPDB"
            | "MOVE"
            | "MULTI"
            | "SUBSCRIBE"
            | "PSUBSCRIBE"
            | "SSUBSCRIBE"
            | "MONITOR"
            | "HELLO"
            | "AUTH"
            | "RESET"
            | "QUIT"
            | "SCRIPT"
            | "FUNCTION"
            | "CLIENT"
            | "SYNC"
            | "PSYNC"
            | "CONFIG"
            | "ACL"
            | "CLUSTER"
            | "DEBUG"
            | "LATENCY"
            | "MODULE"
            | "SLOWLOG"
            | "COMMANDLOG"
            | "SHUTDOWN"
    );
    let target = identity.and_then(Identity::target).unwrap_or(Target::DEFAULT);
    let admin =
        commands::lookup(&words[0].to_ascii_uppercase()).is_some_and(|spec| spec.flags(target).has(Flags::ADMIN));
    let copies = first == "COPY" && words.iter().any(|word| word.eq_ignore_ascii_case(b"DB"));
    (!allowed && (listed || admin || copies))
        .then(|| format!("{first} is not run on a real server: it reaches beyond the database of the examples"))
}
