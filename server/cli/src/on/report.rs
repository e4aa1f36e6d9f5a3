//! The outcome of a run on a server: for people and as JSON.

use std::{io::Write as _, process::ExitCode};

use anyhow::Result;
use protocol::{Reply, notation};
use remote::{End, Error, Failure as Broken, Loaded, Outcome, Ran, Refusal, Server, Why};
use script::Failure;
use serde_json::{Value, json};

use crate::{
    args::Run,
    notice,
    run::{Source, output, warn_of_comma},
};

/// Lines in a refusal are those of the text that was sent; makes them lines of the files.
fn refusal_in_files(mut refusal: Refusal, source: &Source) -> Refusal {
    if let Some(place) = refusal.place_mut() {
        (place.line, place.file) = source.place(place.line);
    }
    refusal
}

/// The same for an error.
pub(super) fn in_files(error: Error, source: &Source) -> Error {
    match error.failure {
        Broken::Refusal(refusal) => {
            Error { server: error.server, failure: Broken::Refusal(refusal_in_files(refusal, source)) }
        }
        _ => error,
    }
}

/// The failure that an error reply is, if the script raised it: one that it returns has no place.
pub(super) fn failure(reply: &Reply) -> Option<Failure> {
    let Reply::Error(text) = reply else { return None };
    let line = remote::line(text);
    (line.is_some() || remote::is_in_script(text)).then(|| Failure {
        message: String::from_utf8_lossy(text).into_owned(),
        line,
        callers: Vec::new(),
        stopped: false,
    })
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
    format!("{why}: {}", end_text(end))
}

/// What is known of a script after its run was ended.
pub(super) fn end_text(end: &End) -> &'static str {
    match end {
        End::NotSent => "it was not sent yet",
        End::Killed => "the server ended it, and it had written nothing",
        End::GoesOnAfterWriting => {
            "the server does not end it, since it has written (UNKILLABLE): it goes on, and others wait, until it ends by itself"
        }
        End::NotAllowed => {
            "the user may not end scripts there (ACL: +script|kill, +function|kill), so it goes on until it ends by itself"
        }
        End::Deaf => "the server listens to nobody meanwhile, so it could not be asked to end it: the script may go on",
        End::Ended => "it ended by itself meanwhile, and what it wrote is kept",
        End::Unknown(_) => "the server did not say whether it ended it: it may have written, and may go on",
    }
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
    let Ran::Replied { advice: Some(refusal), .. } = &outcome.result else { return None };
    let refusal = refusal_in_files(refusal.clone(), source);
    Some(Error::new(&server.name, Broken::Refusal(refusal)).to_string())
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
        output::reply(&mut out, reply, failure(reply).as_ref(), source)?;
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
    let mut out = json!({
        "server": {
            "name": &*server.name,
            "product": outcome.identity.as_ref().map(|it| it.product.to_string()),
            "version": outcome.identity.as_ref().map(|it| it.version.clone()),
            "node": outcome.node.to_string(),
        },
        "cost": { "microseconds": u64::try_from(outcome.time.as_micros()).unwrap_or(u64::MAX) },
    });
    if let Some(reply) = outcome.reply() {
        out["reply"] = json!(notation::print(reply));
        out["resp"] = spec::json::reply(reply);
        if let Some(failure) = failure(reply) {
            out["error"] = spec::json::failure(&failure, &|line| source.place(line));
        }
    }
    if let (Ran::Stopped(_, end), Some(text)) = (&outcome.result, ended) {
        let writes = match end {
            End::Killed | End::NotSent => json!(false),
            End::GoesOnAfterWriting => json!(true),
            _ => Value::Null,
        };
        out["error"] = json!({ "message": text, "reason": text, "stopped": true, "wrote": writes });
    }
    if let Some(advice) = advice {
        out["advice"] = json!(advice);
    }
    if !outcome.redirections.is_empty() {
        let row = |(why, place): &(&str, remote::Endpoint)| json!({ "by": why, "to": place.to_string() });
        out["redirections"] = outcome.redirections.iter().map(row).collect();
    }
    if let Some(loaded) = outcome.loaded {
        out["library"] = json!(match loaded {
            Loaded::Same => "same",
            Loaded::New => "new",
            Loaded::Replaced => "replaced",
        });
    }
    out
}
