//! `redlua run --on A --on B`: does the script answer the same?

use std::{io::Write as _, process::ExitCode};

use anyhow::Result;
use commands::Target;
use protocol::Reply;
use remote::{Failure as Broken, Stop};
use serde_json::{Value, json};

use super::{
    normal::{Nature, same},
    report,
    servers::{EMBEDDED, Place},
    single,
};
use crate::{
    args::Run,
    notice,
    run::{Request, embedded, output, target},
};

/// A run at one place.
struct Side {
    /// Name and version of the place.
    name: String,
    result: Told,
    json: Value,
}

/// End of a run.
enum Told {
    /// A reply, with the failure if the script raised it.
    Reply(Reply, Option<script::Failure>),
    /// A refusal, or a run that was ended.
    Refused(String),
    /// The server was not reached.
    Broken(String),
}

impl Side {
    fn is_like(&self, other: &Self, nature: &Nature) -> bool {
        match (&self.result, &other.result) {
            (Told::Reply(a, _), Told::Reply(b, _)) => same(a, b, nature),
            _ => false,
        }
    }
}

/// Runs a request everywhere, and writes the replies that differ.
pub(super) fn run(places: &[Place], args: &Run, request: &Request, stop: &Stop) -> Result<ExitCode> {
    let mut sides = Vec::new();
    for place in places {
        sides.push(match place {
            Place::Embedded => on_engine(args, request)?,
            Place::Real(server) => on_server(server, args, request, stop),
        });
    }
    let nature = Nature::of(&request.source.flat.code, Target::DEFAULT);
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (nth, side) in sides.iter().enumerate() {
        match groups.iter_mut().find(|group| side.is_like(&sides[group[0]], &nature)) {
            Some(group) => group.push(nth),
            None => groups.push(vec![nth]),
        }
    }
    let is_same = groups.len() == 1;
    let mut out = std::io::BufWriter::new(anstream::stdout());
    if args.json {
        let runs: Vec<&Value> = sides.iter().map(|side| &side.json).collect();
        serde_json::to_writer_pretty(&mut out, &json!({ "same": is_same, "random": nature.random, "runs": runs }))?;
        writeln!(out)?;
    } else {
        for group in &groups {
            let names: Vec<&str> = group.iter().map(|nth| sides[*nth].name.as_str()).collect();
            if !is_same {
                writeln!(out, "\u{1b}[1m{}\u{1b}[0m", names.join(", "))?;
            }
            match &sides[group[0]].result {
                Told::Reply(reply, failure) => output::reply(&mut out, reply, failure.as_ref(), &request.source)?,
                Told::Refused(text) | Told::Broken(text) => writeln!(out, "{text}")?,
            }
            writeln!(out)?;
            if is_same {
                output::note(&mut out, &format!("the same on {}", names.join(", ")))?;
            }
        }
    }
    out.flush()?;
    drop(out);
    if !is_same && !args.json {
        notice::error("the replies differ");
        if !nature.random.is_empty() {
            notice::plain(&format!("they may differ from run to run on one server too: {}", nature.random.join(", ")));
        }
    }
    let broken = sides.iter().any(|side| matches!(side.result, Told::Broken(_)));
    let failed = sides.iter().any(|side| !matches!(&side.result, Told::Reply(reply, _) if !reply.is_error()));
    Ok(match (broken, is_same && !failed) {
        (true, _) => ExitCode::from(2),
        (false, true) => ExitCode::SUCCESS,
        (false, false) => ExitCode::from(1),
    })
}

fn on_engine(args: &Run, request: &Request) -> Result<Side> {
    let outcome = embedded(args, request)?;
    let mut json = spec::json::outcome(&outcome, &|line| request.source.place(line));
    let target = target(&request.settings).to_string();
    json["server"] = json!({ "name": EMBEDDED, "product": EMBEDDED, "version": target });
    let name = format!("{EMBEDDED} ({target})");
    Ok(Side { name, result: Told::Reply(outcome.reply, outcome.failure), json })
}

fn on_server(server: &remote::Server, args: &Run, request: &Request, stop: &Stop) -> Side {
    let outcome = match single::run(server, args, request, stop) {
        Ok(outcome) => outcome,
        Err(error) => {
            let error = report::in_files(error, &request.source);
            let text = error.to_string();
            let json = report::error_json(&error, &text);
            let is_refused = matches!(error.failure, Broken::Refusal(_));
            let result = if is_refused { Told::Refused(text) } else { Told::Broken(text) };
            return Side { name: server.name.to_string(), result, json };
        }
    };
    let version = outcome.identity.as_ref().map_or_else(|| "a server".to_owned(), ToString::to_string);
    let ended = report::ended(server, &outcome, args);
    let advice = report::advice(server, &outcome, &request.source);
    let json = report::json(server, &outcome, ended.as_deref(), advice.as_deref(), &request.source);
    let result = match (outcome.reply(), ended) {
        (Some(reply), _) => Told::Reply(reply.clone(), servers::failure(reply)),
        (None, ended) => Told::Refused(ended.unwrap_or_default()),
    };
    Side { name: format!("{} ({version})", server.name), result, json }
}
