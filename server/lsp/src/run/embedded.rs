//! A run of a script or a function: on the keyspace of its document, within the budget of the settings.

use std::panic::{AssertUnwindSafe, catch_unwind};

use commands::Target;
use ide::entry::Entry;
use protocol::Reply;
use script::{Budget, Cancel, Entry as Code, Invocation, NoObserver, Outcome, Running, Server};
use serde_json::{Value, json};
use tower_lsp_server::ls_types::MessageType;
use workspace::Flattened;

use crate::run::{job::Job, sessions::Session, view};
use requests::run::{
    candidates::{self, Candidate, Source},
    inputs::Inputs,
    results::{Failed, Ran},
    show,
};

/// Choices of a run that are not its inputs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// The server's version, if it is not that of the settings.
    pub target: Option<Target>,
    /// True for the reply that a client gets that speaks RESP3.
    pub resp3: bool,
    /// True to begin with a new keyspace.
    pub fresh: bool,
    /// True to return the lines that a client shows.
    pub view: bool,
    /// Line of an example, counted from 1: the commands of the examples before it run first, on a new keyspace.
    pub example: Option<u32>,
}

/// Result of a run, for the client.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Return value of the command.
    pub json: Value,
    /// Kind of the message to the user.
    pub kind: MessageType,
    /// Message to the user.
    pub message: String,
    /// Result to show in the script, if there is one.
    pub ran: Option<Ran>,
}

/// Finds the script, or a library's function by its name.
///
/// # Errors
/// A sentence for the user if the document has no such entry.
pub(crate) fn entry(job: &Job, function: Option<&str>) -> Result<Entry, String> {
    let entries = ide::entry::entries(&job.file);
    match (job.is_library(), function) {
        (false, None) => Ok(ide::entry::whole(&job.file)),
        (false, Some(name)) => Err(format!("{} is no function library, so it has no function `{name}`", job.name)),
        (true, Some(name)) => {
            let known = entries.into_iter().find(|entry| entry.function.as_deref() == Some(name));
            // Names may be computed; then the engine knows whether there is such a function.
            Ok(known.unwrap_or_else(|| Entry {
                function: Some(name.to_owned()),
                keys: Vec::new(),
                args: Vec::new(),
                open_keys: true,
                open_args: true,
                ..ide::entry::whole(&job.file)
            }))
        }
        (true, None) => {
            let names: Vec<String> = entries.iter().filter_map(|entry| entry.function.clone()).collect();
            let mut entries = entries.into_iter();
            match (entries.next(), entries.next()) {
                (Some(only), None) => Ok(only),
                (None, _) => Err(format!("{} registers no function that could be run", job.name)),
                _ => Err(format!(
                    "{} registers several functions: say which as `function`: {}",
                    job.name,
                    names.join(", ")
                )),
            }
        }
    }
}

/// Runs, when the run before has ended.
pub(crate) fn run(
    job: &Job,
    entry: &Entry,
    candidate: &Candidate,
    options: &Options,
    session: &Session,
    cancel: &Cancel,
) -> Ended {
    let Some(mut kept) = session.wait(cancel) else {
        return never_started(job, "the run was cancelled before it began");
    };
    // What panics does not come back.
    let before = kept.take();
    let held = meter::held();
    let ended = catch_unwind(AssertUnwindSafe(|| within(job, entry, candidate, options, before, cancel)));
    match ended {
        Ok((ended, told, server)) => {
            session.left(&job.name, server.is_some().then(|| meter::held() - held - told));
            *kept = server;
            ended
        }
        Err(_) => {
            session.left(&job.name, None);
            never_started(job, "redlua failed while it ran this script, and its keyspace is lost: please report it")
        }
    }
}

/// A run that did not come to a reply.
pub(super) fn never_started(job: &Job, why: &str) -> Ended {
    Ended {
        json: json!({
            "reply": format!("(error) ERR {why}"), "resp": { "error": why }, "error": { "message": why },
            "view": view::never_started(&format!("(error) ERR {why}")),
        }),
        kind: MessageType::ERROR,
        message: format!("{}: {why}", job.name),
        ran: None,
    }
}

/// A new server that holds only the seed of the settings.
///
/// # Errors
/// A sentence about the seed's mistake.
pub(crate) fn seeded(job: &Job, target: Target) -> Result<Server, String> {
    let mut server = Server::new(target);
    spec::seed(&mut server, &job.seed()?, job.budget(None)).map_err(|error| job.seed_problem(&error))?;
    Ok(server)
}

/// The line of the example that has the inputs of an candidate. A run that begins on a new keyspace gives the reply of that
/// example.
fn example_of(job: &Job, candidate: &Candidate) -> Option<u32> {
    match candidate.source {
        Source::Example(line) => Some(line),
        Source::Last | Source::Given => {
            let examples = candidates::of_examples(job.file.source());
            examples.into_iter().find(|(_, inputs)| *inputs == candidate.inputs).map(|(line, _)| line)
        }
        Source::MadeUp | Source::None => None,
    }
}

/// Calls a command on the keyspace of a document, within the budget of a run. Returns its reply.
///
/// # Errors
/// The reason why there is no keyspace.
pub(crate) fn call(
    job: &Job,
    words: &[Vec<u8>],
    mut db: usize,
    session: &Session,
    cancel: &Cancel,
) -> Result<Reply, String> {
    let mut kept = session.wait(cancel).ok_or("the command was cancelled before it began")?;
    let before = kept.take();
    let held = meter::held();
    let called = catch_unwind(AssertUnwindSafe(|| {
        let mut server = before.map_or_else(|| seeded(job, job.target()), Ok)?;
        server.set_running(Running { cancel: cancel.clone(), ..Running::default() }, job.budget(None));
        let reply = server.call(words, &mut db, false);
        server.set_running(Running::default(), Budget::UNLIMITED);
        Ok((reply, server))
    }));
    match called {
        Ok(Ok((reply, server))) => {
            *kept = Some(server);
            session.left(&job.name, Some(meter::held() - held));
            Ok(reply)
        }
        Ok(Err(why)) => {
            session.left(&job.name, None);
            Err(why)
        }
        Err(_) => {
            session.left(&job.name, None);
            Err("redlua failed while it called this command, and the keyspace is lost: please report it".to_owned())
        }
    }
}

/// Runs on the kept server. Returns the result, its memory in bytes, and the server.
fn within(
    job: &Job,
    entry: &Entry,
    candidate: &Candidate,
    options: &Options,
    before: Option<Server>,
    cancel: &Cancel,
) -> (Ended, isize, Option<Server>) {
    let target = options.target.unwrap_or_else(|| job.target());
    let flat = job.flatten();
    // Another server version has another keyspace.
    let kept = before.filter(|server| !options.fresh && options.example.is_none() && server.engine.target == target);
    let example = options.example.or_else(|| {
        let is_new = kept.is_none() && !options.fresh;
        is_new.then(|| example_of(job, candidate)).flatten()
    });
    let mut server = match kept {
        Some(server) => server,
        None => match seeded(job, target) {
            Ok(server) => server,
            Err(why) => return (never_started(job, &why), 0, None),
        },
    };
    server.cluster = job.cluster();
    if let Some(line) = example {
        let mut before = show::examples(&job.file);
        before.retain(|example| example.line < line);
        spec::call_all(&mut server, &flat.code, &before, job.budget(None), cancel);
    }
    let code = match &entry.function {
        None => Code::Script(flat.code.clone()),
        Some(name) => Code::Function { library: flat.code.clone(), name: name.clone().into_bytes() },
    };
    let invocation = Invocation {
        entry: code,
        keys: candidate.inputs.keys.clone(),
        args: candidate.inputs.args.clone(),
        db: 0,
        resp3: options.resp3,
        read_only: false,
        budget: job.budget(None),
        cancel: cancel.clone(),
    };
    let outcome = server.run(&invocation, &mut NoObserver);
    let held = meter::held();
    let mut ended = tell(job, entry, candidate, &flat, &outcome, target);
    if options.view {
        let rows = meter::within(&limits(), || view::view(job, candidate, &flat, &outcome));
        ended.json["view"] = rows.unwrap_or_else(|_| view::never_started(&show::reply(&outcome)));
    }
    let told = meter::held() - held;
    // Who ends a run knows that it failed.
    if cancel.is_cancelled() && outcome.failure.as_ref().is_some_and(|failure| failure.stopped) {
        ended.ran = None;
        ended.kind = MessageType::INFO;
        let line = outcome.failure.as_ref().and_then(|failure| failure.line);
        let place = line.map(|line| job.document_line(&flat, line));
        let place = place.map(|(_, path, line)| format!(" at line {line} of {path}")).unwrap_or_default();
        ended.message = format!("{}: the run was cancelled{place}; nothing that it did was kept", job.name);
    }
    (ended, told, Some(server))
}

fn tell(job: &Job, entry: &Entry, candidate: &Candidate, flat: &Flattened, outcome: &Outcome, target: Target) -> Ended {
    let mut json = json_of(outcome, &|line| {
        let (key, path, line) = job.document_line(flat, line);
        (line, (key != job.key).then_some(path))
    });
    flatten_deep(&mut json["resp"], DEEPEST);
    json["inputs"] = candidate.inputs.as_json(job.uri.as_str()).unwrap_or_default();
    json["inputs"]["line"] = json!(candidate.inputs.line());
    json["inputs"]["madeUp"] = json!(candidate.source == Source::MadeUp);

    let name = match &entry.function {
        None => job.name.clone(),
        Some(function) => format!("{function} of {}", job.name),
    };
    let with = with(&candidate.inputs, candidate.source);
    let mut message = match &outcome.failure {
        None => format!("{name}{with}: {}", show::reply(outcome)),
        Some(failure) => {
            let place = failure.line.map(|line| job.document_line(flat, line));
            let place = place.map(|(_, path, line)| format!(" (line {line} of {path})")).unwrap_or_default();
            format!("{name}{with} failed{place}: {}", failure.message)
        }
    };
    if candidate.source == Source::MadeUp {
        message.push_str(
            "\nNothing says what its keys and options should be: examples (`--> EVAL . 1 key argument`) would.",
        );
    }
    for missing in &flat.missing {
        message.push_str(&format!("\nThe include `{missing}` leads nowhere."));
    }
    let failed = outcome.failure.as_ref().map(|failure| {
        let line = failure.line.unwrap_or(1);
        let (key, _, line) = job.origin(flat, line);
        let pasted = if flat.has_includes() { ", its includes pasted" } else { "" };
        let callers: Vec<String> = failure.callers.iter().map(|&line| called_from(job, flat, line)).collect();
        let path =
            if callers.is_empty() { String::new() } else { format!("\nCalled from {}.", callers.join(", from ")) };
        let reason = failure.reason();
        Failed { key, line, message: format!("{reason}{path}\nThe run of {name}{with}{pasted}, as {target}.") }
    });
    let kind = match &outcome.failure {
        Some(_) => MessageType::ERROR,
        None if outcome.reply.is_error() => MessageType::WARNING,
        None => MessageType::INFO,
    };
    let tooltip = show::tooltip(outcome, &format!("{name}{with}, as {target}"));
    let ran = Ran {
        stamp: job.stamp.clone(),
        inputs: candidate.inputs.clone(),
        at: entry.result,
        label: show::label(outcome),
        tooltip,
        failed,
    };
    Ended { json, kind, message, ran: Some(ran) }
}

/// A place in a call path, in words.
fn called_from(job: &Job, flat: &Flattened, line: u32) -> String {
    let (key, path, line) = job.document_line(flat, line);
    if key == job.key { format!("line {line}") } else { format!("line {line} of {path}") }
}

/// Maximum size of an outcome as JSON, in bytes: the client has it in memory several times.
const MOST_JSON: usize = 16 * 1024 * 1024;

/// Limits of an outcome as JSON.
pub(super) fn limits() -> meter::Limits {
    meter::Limits { memory: Some(MOST_JSON), ..meter::Limits::default() }
}

/// The outcome as JSON; of a larger one the beginning of its reply.
fn json_of(outcome: &Outcome, place: &dyn Fn(u32) -> (u32, Option<String>)) -> Value {
    meter::within(&limits(), || spec::json::outcome(outcome, place)).unwrap_or_else(|_| {
        let reply = show::reply(outcome);
        let mut json = json!({ "reply": reply, "resp": reply, "shortened": true });
        if let Some(failure) = &outcome.failure {
            json["error"] = json!({ "message": failure.message, "line": failure.line });
        }
        json
    })
}

/// Maximum depth of JSON: some clients read none deeper than 128, and then close the connection.
pub(super) const DEEPEST: usize = 100;

/// Replaces what is nested too deep by `…`. The reply's text has all of it.
pub(super) fn flatten_deep(value: &mut Value, left: usize) {
    match value {
        Value::Array(_) | Value::Object(_) if left == 0 => *value = json!("…"),
        Value::Array(items) => items.iter_mut().for_each(|item| flatten_deep(item, left - 1)),
        Value::Object(fields) => fields.values_mut().for_each(|field| flatten_deep(field, left - 1)),
        _ => {}
    }
}

/// Describes the inputs of a run, to follow the words of a sentence.
pub(super) fn with(inputs: &Inputs, source: Source) -> String {
    let words = inputs.title();
    match source {
        Source::None => String::new(),
        _ if inputs.keys.is_empty() && inputs.args.is_empty() => String::new(),
        Source::Given => format!(" with `{words}`"),
        Source::Last => format!(" with `{words}` as last time"),
        Source::Example(line) => format!(" with `{words}` of the example at line {line}"),
        Source::MadeUp => format!(" with the made-up inputs `{words}`"),
    }
}
