//! `redlua test --on`: examples on real servers.
//!
//! Examples begin with an empty keyspace and write what they like. On a real server that takes a database that is empty, and
//! consent. It is emptied again behind each file, by FLUSHDB of this one database; commands that reach beyond it are not run.

use std::time::Duration;

use anyhow::{Result, bail};
use commands::{Flags, Target};
use protocol::{Reply, notation};
use remote::{Connection, Error, Identity, Ran, Resp, Server, Session, Stop, Why};
use semantic::{Script, facts};
use spec::{Example, Result as Judged, Verdict};
use workspace::Settings;

use super::{
    interrupt,
    servers::{Place, places},
};
use crate::args::On;

/// Longest time of an example, unless `[run] time` is set: that of the embedded engine.
const TIME: Duration = Duration::from_secs(5);

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
    let stop = interrupt::stop()?;
    let time = settings.config.run.time.unwrap_or(TIME);
    let mut all = Vec::new();
    for place in &places {
        let Place::Real(server) = place else { continue };
        all.push((Label::Real(server.name.to_string()), on_server(server, files, seed, time, &stop)?));
    }
    Ok(ByServer { real: all, has_embedded: places.iter().any(|place| matches!(place, Place::Embedded)) })
}

fn on_server(
    server: &Server,
    files: &[File<'_>],
    seed: &[(u32, Vec<Vec<u8>>)],
    time: Duration,
    stop: &Stop,
) -> Result<Vec<Vec<Verdict>>> {
    if server.address.cluster {
        bail!("examples run on one server, for their keys are in any slots: {} is a cluster", server.name);
    }
    // Examples are written in the replies of RESP2.
    let session = Session::open(&Server { resp: Some(Resp::Two), ..server.clone() })?;
    let target = session.identity().and_then(Identity::target).unwrap_or(Target::DEFAULT);
    let mut runner = Runner { session, target, time, stop };
    files.iter().map(|file| runner.file(file, seed)).collect()
}

/// Runs examples on one server.
struct Runner<'a> {
    session: Session,
    target: Target,
    /// Longest time of an example.
    time: Duration,
    stop: &'a Stop,
}

impl Runner<'_> {
    fn connection(&mut self) -> Result<&mut Connection, Error> {
        let place = self.session.server().address.endpoint.clone();
        self.session.connection(&place)
    }

    /// Name of the database in messages.
    fn database(&self) -> String {
        let server = self.session.server();
        format!("database {} of {}", server.address.database, server.name)
    }

    /// Runs one file in an empty database, and empties it, whatever happens between.
    fn file(&mut self, file: &File<'_>, seed: &[(u32, Vec<Vec<u8>>)]) -> Result<Vec<Verdict>> {
        if self.stop.is_stopped() {
            bail!("interrupted: the other files were not run");
        }
        match self.connection()?.call(&["DBSIZE"])? {
            Reply::Int(0) => {}
            Reply::Int(keys) => bail!(
                "{} has {keys} keys: examples need one that is empty and that nobody else uses, such as redis://HOST/9",
                self.database()
            ),
            other => bail!("{} does not tell whether it is empty: {}", self.database(), notation::print(&other)),
        }
        let loaded = load(self.connection()?, file)?;
        let verdicts = match &loaded {
            Err(why) => Ok(broken(file, why)),
            Ok(_) => self.examples(file, seed),
        };
        let cleaned = self.clean(loaded.ok().flatten());
        let verdicts = verdicts?;
        cleaned?;
        Ok(verdicts)
    }

    fn examples(&mut self, file: &File<'_>, seed: &[(u32, Vec<Vec<u8>>)]) -> Result<Vec<Verdict>> {
        if let Some(why) = file.code.and_then(|code| leaves(code, self.target)) {
            return Ok(broken(file, &why));
        }
        for (line, words) in seed.iter().filter(|(_, words)| !words.is_empty()) {
            let refused = match beyond(words, self.target) {
                Some(why) => Some(why),
                None => match self.call(words)? {
                    Ok(error @ Reply::Error(_)) => Some(notation::print(&error)),
                    Ok(_) => None,
                    Err(why) => Some(why),
                },
            };
            if let Some(why) = refused {
                return Ok(broken(file, &format!("the seed, line {line}: {why}")));
            }
        }
        let judge =
            |example: &Example| Ok(Verdict { example: example.clone(), result: self.judge(file.code, example)? });
        file.examples.iter().map(judge).collect()
    }

    fn judge(&mut self, script: Option<&[u8]>, example: &Example) -> Result<Judged> {
        let words = match spec::words_of(example, script) {
            Ok(words) => words,
            Err(why) => return Ok(Judged::Broken(why)),
        };
        if let Some(why) = beyond(&words, self.target) {
            return Ok(Judged::Broken(why));
        }
        Ok(match self.call(&words)? {
            Ok(reply) => spec::judge_reply(example, &reply),
            Err(why) => Judged::Broken(why),
        })
    }

    /// Calls a command within the time of an example. The inner error is the reason why it has no reply.
    fn call(&mut self, words: &[Vec<u8>]) -> Result<Result<Reply, String>> {
        Ok(match self.session.call(words, self.time, self.stop)? {
            Ran::Replied { reply, .. } => Ok(reply),
            Ran::Stopped(Why::Interrupted, end) => Err(format!("interrupted: {}", servers::end_text(&end))),
            Ran::Stopped(Why::TimeOver, end) => {
                Err(format!("it took longer than {:?}: {}", self.time, servers::end_text(&end)))
            }
        })
    }

    /// Empties the database, and takes out a library that was loaded.
    fn clean(&mut self, library: Option<String>) -> Result<()> {
        let database = self.database();
        let connection = self.connection()?;
        let mut calls = vec![vec!["FLUSHDB"]];
        calls.extend(library.as_deref().map(|name| vec!["FUNCTION", "DELETE", name]));
        for words in calls {
            let reply = connection.call(&words)?;
            if reply.is_error() {
                bail!("{database} still has what the examples left there: {}", notation::print(&reply));
            }
        }
        Ok(())
    }
}

/// Verdicts on a file whose examples cannot run.
fn broken(file: &File<'_>, why: &str) -> Vec<Verdict> {
    let verdict = |example: &Example| Verdict { example: example.clone(), result: Judged::Broken(why.to_owned()) };
    file.examples.iter().map(verdict).collect()
}

/// Loads the library that a file is; its name, if it was not there before. The inner error is a reason why no example can run.
fn load(connection: &mut Connection, file: &File<'_>) -> Result<Result<Option<String>, String>> {
    let Some(code) = file.code.filter(|code| spec::is_library(code)) else { return Ok(Ok(None)) };
    let name = servers::library_name(code);
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
fn beyond(words: &[Vec<u8>], target: Target) -> Option<String> {
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
    let admin =
        commands::lookup(&words[0].to_ascii_uppercase()).is_some_and(|spec| spec.flags(target).has(Flags::ADMIN));
    let copies = first == "COPY" && words.iter().any(|word| word.eq_ignore_ascii_case(b"DB"));
    (!allowed && (listed || admin || copies))
        .then(|| format!("{first} is not run on a real server: it reaches beyond the database of the examples"))
}
