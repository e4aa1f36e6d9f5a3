//! The lines that clients show of a run, each with its kind and its place.

use std::convert::Infallible;

use protocol::notation;
use script::Outcome;
use serde_json::{Value, json};
use spec::report::{self, Kind, Style};
use workspace::Flattened;

use crate::run::job::Job;
use requests::run::candidates::{Candidate, Source};

/// Characters of the reply.
pub(super) const MAX_REPLY: usize = 100_000;
/// Characters of a command and of its reply.
const WIDTH: usize = 200;

/// Returns `[{"text", "kind"?, "location"?}]`.
pub(super) fn view(job: &Job, candidate: &Candidate, flat: &Flattened, outcome: &Outcome) -> Value {
    let mut rows = Vec::new();
    let kind = match &outcome.failure {
        Some(_) => "error",
        None if outcome.reply.is_error() => "warning",
        None => "reply",
    };
    rows.extend(notation::print_start(&outcome.reply, MAX_REPLY).split('\n').map(|text| row(text, kind, None)));
    if let Some(failure) = &outcome.failure {
        for (nth, &line) in failure.line.iter().chain(&failure.callers).enumerate() {
            let (key, path, at) = job.document_line(flat, line);
            let of = if key == job.key { String::new() } else { format!(" of {path}") };
            let before = if nth == 0 { "at" } else { "called from" };
            rows.push(row(&format!("{before} line {at}{of}"), "note", Some(location(job, flat, line))));
        }
    }
    let line = candidate.inputs.line();
    if !line.is_empty() {
        let made_up = if candidate.source == Source::MadeUp { "   (made up: examples would tell)" } else { "" };
        rows.push(row(&format!("with {line}{made_up}"), "note", None));
    }
    let place = |line: u32| {
        let (key, path, line) = job.document_line(flat, line);
        (line, (key != job.key).then_some(path))
    };
    let style = Style { commands: !outcome.trace.is_empty(), whole: true, width: WIDTH, place: &place };
    let Ok(()) = report::write(outcome, &style, &mut |line| {
        let kind = match line.kind {
            Kind::Plain => "",
            Kind::Title => "title",
            Kind::Key => "key",
            Kind::Before => "before",
            Kind::After => "after",
            Kind::Note => "note",
        };
        let length = line.pieces.iter().map(|piece| piece.text.len()).sum();
        meter::afford(length);
        let text: String = line.pieces.iter().map(|piece| piece.text).collect();
        rows.push(row(&text, kind, line.code.map(|line| location(job, flat, line))));
        Ok::<(), Infallible>(())
    });
    Value::Array(rows)
}

/// Returns the view of a run that did not begin.
pub(super) fn never_started(text: &str) -> Value {
    json!([row(text, "error", None)])
}

pub(super) fn row(text: &str, kind: &str, location: Option<Value>) -> Value {
    // Lines of buffers have neither.
    let mut row = json!({ "text": text.replace(['\r', '\0'], " ") });
    if !kind.is_empty() {
        row["kind"] = json!(kind);
    }
    if let Some(location) = location {
        row["location"] = location;
    }
    row
}

/// Returns the start of a line of the pasted text as the protocol's location.
pub(super) fn location(job: &Job, flat: &Flattened, line: u32) -> Value {
    let (uri, line) = job.location(flat, line);
    let start = json!({ "line": line.saturating_sub(1), "character": 0 });
    json!({ "uri": uri, "range": { "start": start, "end": start } })
}
