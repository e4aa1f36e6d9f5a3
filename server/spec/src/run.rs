//! Running examples: each command on a keyspace that begins empty, and its reply beside what is expected.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use commands::Target;
use engine::Clock;
use protocol::{Reply, notation, split_line};
use script::{Budget, Cancel, Running, Server};

use crate::{Example, SeedError};

/// Options for running examples.
#[derive(Clone, Debug)]
pub struct Options {
    /// Family and version of the server.
    pub target: Target,
    /// True to check slots as on a node of a cluster.
    pub cluster: bool,
    /// Budget of each command.
    pub budget: Budget,
    /// Ends the run.
    pub cancel: Cancel,
    /// Commands that fill the keyspace first.
    pub seed: Vec<(u32, Vec<Vec<u8>>)>,
}

/// Result of an example.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Result {
    /// The reply is the one that is expected, or there was none to expect and no error came.
    Passed,
    /// The reply is another.
    Differs {
        /// Expected reply.
        expected: String,
        /// Actual reply.
        got: String,
    },
    /// The example cannot be run, with the reason.
    Broken(String),
}

/// An example with its result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// The example.
    pub example: Example,
    /// Result of the example.
    pub result: Result,
}

/// Fills the keyspace of a server. Each command may take the budget.
///
/// # Errors
/// The first command that is refused.
pub fn seed(
    server: &mut Server,
    commands: &[(u32, Vec<Vec<u8>>)],
    budget: Budget,
) -> std::result::Result<(), SeedError> {
    server.set_running(Running::default(), budget);
    let seeded = seed_within(server, commands);
    server.set_running(Running::default(), Budget::UNLIMITED);
    seeded
}

fn seed_within(server: &mut Server, commands: &[(u32, Vec<Vec<u8>>)]) -> std::result::Result<(), SeedError> {
    let mut db = 0;
    for (line, words) in commands.iter().filter(|(_, words)| !words.is_empty()) {
        let reply = server.call(words, &mut db, false);
        if reply.is_error() {
            let command: Vec<_> = words.iter().map(|word| String::from_utf8_lossy(word)).collect();
            let reply = notation::print_start(&reply, LONGEST);
            return Err(SeedError::Refused { line: *line, command: command.join(" "), reply });
        }
    }
    Ok(())
}

/// Runs the examples of a script; `.` stands for it where a command takes a script. A library is loaded first. A
/// transcript has no script: there such a `.` breaks the example. All examples together may hold the memory of the budget.
///
/// # Errors
/// The keyspace cannot be filled.
pub fn run(
    script: Option<&[u8]>,
    examples: &[Example],
    options: &Options,
) -> std::result::Result<Vec<Verdict>, SeedError> {
    let limits = options.budget.limits(Instant::now(), &options.cancel);
    let limits = meter::Limits { deadline: None, cancel: None, ..limits };
    meter::within(&limits, || run_within(script, examples, options)).unwrap_or_else(|_| {
        let broken = || Result::Broken("the examples together took more memory than the budget".to_owned());
        Ok(examples.iter().map(|example| Verdict { example: example.clone(), result: broken() }).collect())
    })
}

fn run_within(
    script: Option<&[u8]>,
    examples: &[Example],
    options: &Options,
) -> std::result::Result<Vec<Verdict>, SeedError> {
    let mut server = Server::new(options.target);
    server.cluster = options.cluster;
    // Time stands still, so that what an example promises of it holds on a slow machine too.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64);
    server.engine.set_clock(Clock::Fixed(now));
    seed(&mut server, &options.seed, options.budget)?;
    server.set_running(Running { cancel: options.cancel.clone(), ..Running::default() }, options.budget);
    let mut db = 0;
    let mut broken = None;
    if let Some(script) = script.filter(|script| is_library(script)) {
        let reply = server.call(&[b"FUNCTION".to_vec(), b"LOAD".to_vec(), script.to_vec()], &mut db, false);
        if let Reply::Error(text) = reply {
            broken = Some(format!("the library does not load: {}", String::from_utf8_lossy(&text)));
        }
    }
    let verdicts = examples.iter().map(|example| Verdict {
        example: example.clone(),
        result: match &broken {
            Some(why) => Result::Broken(why.clone()),
            None if options.cancel.is_cancelled() => Result::Broken("the run was cancelled".to_owned()),
            None => judge(&mut server, script, example, &mut db, &options.budget),
        },
    });
    Ok(verdicts.collect())
}

/// True if a script is a function library, by its shebang.
pub fn is_library(script: &[u8]) -> bool {
    let line = script.split(|byte| *byte == b'\n').next().unwrap_or_default();
    line.starts_with(b"#!")
        && line.to_ascii_lowercase().split(u8::is_ascii_whitespace).any(|word| word.starts_with(b"name="))
}

/// Reason why a `.` of a transcript cannot be run.
const NO_SCRIPT: &str = "`.` stands for the script that an example is written in, and a transcript has none: write the \
                         script itself, or move the example into the script";

/// The place of the `.` that stands for the script: where a command takes the text of one. Elsewhere it is a dot.
fn script_place(words: &[Vec<u8>]) -> Option<usize> {
    let upper = |at: usize| words.get(at).map(|word| word.to_ascii_uppercase());
    let place = match (upper(0)?.as_slice(), upper(1).as_deref()) {
        (b"EVAL" | b"EVAL_RO", _) => 1,
        (b"SCRIPT" | b"FUNCTION", Some(b"LOAD")) => words.len() - 1,
        _ => return None,
    };
    (words.get(place)? == b".").then_some(place)
}

/// Characters of a reply that a verdict has.
const LONGEST: usize = 100_000;

/// Calls the commands of examples, whatever they reply, each within the budget. `.` stands for the script; a library is
/// loaded first. Commands that cannot be read are left out.
pub fn call_all(server: &mut Server, script: &[u8], examples: &[Example], budget: Budget, cancel: &Cancel) {
    server.set_running(Running { cancel: cancel.clone(), ..Running::default() }, budget);
    let mut db = 0;
    if is_library(script) {
        server.call(&[b"FUNCTION".to_vec(), b"LOAD".to_vec(), script.to_vec()], &mut db, false);
    }
    for example in examples.iter().take_while(|_| !cancel.is_cancelled()) {
        if let Ok(words) = words_of(example, Some(script)) {
            server.call(&words, &mut db, false);
        }
    }
    server.set_running(Running::default(), Budget::UNLIMITED);
}

/// The words of an example's command, with the script in the place of `.`.
///
/// # Errors
/// The reason why it cannot be run.
pub fn words_of(example: &Example, script: Option<&[u8]>) -> std::result::Result<Vec<Vec<u8>>, String> {
    let mut words = split_line(example.command.as_bytes()).map_err(|error| error.to_string())?;
    if let Some(at) = script_place(&words) {
        words[at] = script.ok_or(NO_SCRIPT)?.to_vec();
    }
    Ok(words)
}

fn judge(server: &mut Server, script: Option<&[u8]>, example: &Example, db: &mut usize, budget: &Budget) -> Result {
    let words = match words_of(example, script) {
        Ok(words) => words,
        Err(why) => return Result::Broken(why),
    };
    let reply = server.call(&words, db, false);
    let limits = budget.limits(Instant::now(), &Cancel::default());
    match meter::within(&limits, || judge_reply(example, &reply)) {
        Ok(result) => result,
        Err(_) => differs(example, &reply),
    }
}

/// Judges a reply to the command of an example, under RESP2.
pub fn judge_reply(example: &Example, reply: &Reply) -> Result {
    let passed = match &example.expected {
        None => !reply.is_error(),
        Some(expected) => {
            // A reply in another layout is the same reply.
            notation::print(reply).trim_end() == expected.trim_end()
                || notation::parse(expected).is_ok_and(|it| same(&it, reply))
        }
    };
    if passed { Result::Passed } else { differs(example, reply) }
}

fn differs(example: &Example, reply: &Reply) -> Result {
    let expected = example.expected.clone().unwrap_or_else(|| "no error".to_owned());
    Result::Differs { expected, got: notation::print_start(reply, LONGEST) }
}

/// Returns true if a reply read from its notation equals a reply. Kinds of nothing look the same in the notation.
fn same(read: &Reply, reply: &Reply) -> bool {
    match (read, reply) {
        (Reply::Nil, Reply::NilArray) => true,
        (Reply::Array(a), Reply::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (a, b) => a == b,
    }
}
