//! The outcome of a run on a server: for people and as JSON.

use std::{io::Write as _, process::ExitCode};

use anyhow::Result;
use protocol::Reply;
use remote::{End, Error, Loaded, Outcome, Ran, Server, Why};
use serde_json::{Value, json};

use crate::{
    args::Run,
    notice,
    run::{Source, output, warn_of_comma},
};

/// Lines in a refusal are those of the text that was sent; makes them lines of the files.
pub(super) fn in_files(error: Error, source: &Source) -> Error {
    servers::in_files(error, &|line| source.place(line))
}

/// A sentence on a run that was ended.
fn stopped(server: &str, why: Why, end: &End, args: &Run) -> String {
    let why = match why {
        Why::TimeOver => match args.time {
            Some(time) => format!("the script ran on {server} for longer than --time, {time:?}"),
            None => format!("the script ran on {server} for longer than 30s; --time lets it run longer"),
        },
        Why::Interrupted => format!("the script on {server} was interrupted"),
    };
    format!("{why}: {}", servers::end_text(end))
}

/// A sentence on a run that was ended; none for one with a reply.
pub(super) fn ended(server: &Server, outcome: &Outcome, args: &Run) -> Option<String> {
    match &outcome.result {
        Ran::Stopped(why, end) => Some(stopped(&server.name, *why, end, args)),
        Ran::Replied { .. } => None,
    }
}

/// A sentence on an error of the server's rules.
pub(super) fn advice(server: &Server, outcome: &Outcome, source: &Source) -> Option<String> {
    servers::advice(server, outcome, &|line| source.place(line)).map(|error| error.to_string())
}

/// Writes the outcome. The status is 0 for a reply, 1 for an error or a run that was ended.
pub(super) fn write(server: &Server, outcome: &Outcome, source: &Source, args: &Run) -> Result<ExitCode> {
    if let Some(Loaded::New | Loaded::Replaced) = outcome.loaded {
        let what = if outcome.loaded == Some(Loaded::New) { "loaded" } else { "replaced" };
        notice::plain(&format!("the library was {what} on {}", server.name));
    }
    let mut out = std::io::BufWriter::new(anstream::stdout());
    let (ended, advice) = (ended(server, outcome, args), advice(server, outcome, source));
    let reply = outcome.reply();
    if args.json {
        let json = json(server, outcome, ended.as_deref(), advice.as_deref(), source);
        serde_json::to_writer_pretty(&mut out, &json)?;
        writeln!(out)?;
    } else if let Some(reply) = reply {
        output::reply(&mut out, reply, servers::failure(reply).as_ref(), source)?;
        writeln!(out)?;
        let identity = outcome.identity.as_ref().map_or_else(|| "a server".to_owned(), ToString::to_string);
        let micros = u64::try_from(outcome.time.as_micros()).unwrap_or(u64::MAX);
        if args.trace {
            for (why, place) in &outcome.redirections {
                output::note(&mut out, &format!("{why} to {place}, with the same user and password"))?;
            }
        }
        output::note(&mut out, &format!("{} ({identity}), {}", server.name, spec::report::time(micros)))?;
    }
    out.flush()?;
    drop(out);
    if !args.json {
        ended.iter().chain(&advice).for_each(|text| notice::error(text));
    }
    let failed = reply.is_none_or(Reply::is_error);
    if reply.is_some_and(Reply::is_error) {
        warn_of_comma(args, source);
    }
    Ok(if failed { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// The JSON of a run without an outcome: the server was not reached, or refused before it ran.
pub(super) fn error_json(error: &Error, text: &str) -> Value {
    json!({ "server": { "name": &*error.server }, "error": { "message": text, "reason": text } })
}

/// Prints JSON.
pub(super) fn write_json(json: &Value) -> Result<()> {
    let mut out = std::io::BufWriter::new(anstream::stdout());
    serde_json::to_writer_pretty(&mut out, json)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// The JSON of an outcome: as that of the embedded engine, without what a server does not tell.
pub(super) fn json(
    server: &Server,
    outcome: &Outcome,
    ended: Option<&str>,
    advice: Option<&str>,
    source: &Source,
) -> Value {
    servers::json(server, outcome, ended, advice, &|line| source.place(line))
}
