//! Outcomes of runs on servers: in words and as JSON.

use protocol::{Reply, notation};
use remote::{End, Endpoint, Error, Failure as Broken, Loaded, Outcome, Ran, Refusal, Server};
use script::Failure;
use serde_json::{Value, json};

/// Tells where a line of the text that was sent is in the files: the line, and the path where it is not the script's.
type Place<'a> = &'a dyn Fn(u32) -> (u32, Option<String>);

fn refusal_in_files(mut refusal: Refusal, place: Place<'_>) -> Refusal {
    if let Some(at) = refusal.place_mut() {
        (at.line, at.file) = place(at.line);
    }
    refusal
}

/// Replaces the line in a refusal, which is that of the text that was sent, by that of the file.
pub fn in_files(error: Error, place: Place<'_>) -> Error {
    match error.failure {
        Broken::Refusal(refusal) => {
            Error { server: error.server, failure: Broken::Refusal(refusal_in_files(refusal, place)) }
        }
        _ => error,
    }
}

/// The failure that an error reply is, if the script raised it: one that it returns has no place.
pub fn failure(reply: &Reply) -> Option<Failure> {
    let Reply::Error(text) = reply else { return None };
    let line = remote::line(text);
    (line.is_some() || remote::is_in_script(text)).then(|| Failure {
        message: String::from_utf8_lossy(text).into_owned(),
        line,
        callers: Vec::new(),
        stopped: false,
    })
}

/// State of a script whose run was ended, as far as it is known.
pub fn end_text(end: &End) -> &'static str {
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

/// Advice on an error of the server's rules.
pub fn advice(server: &Server, outcome: &Outcome, place: Place<'_>) -> Option<Error> {
    let Ran::Replied { advice: Some(refusal), .. } = &outcome.result else { return None };
    Some(Error::new(&server.name, Broken::Refusal(refusal_in_files(refusal.clone(), place))))
}

/// The JSON of an outcome: as that of the embedded engine, without what a server does not tell. `ended` and `advice`
/// are sentences on a run that was ended, and on an error of the server's rules.
pub fn json(server: &Server, outcome: &Outcome, ended: Option<&str>, advice: Option<&str>, place: Place<'_>) -> Value {
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
            out["error"] = spec::json::failure(&failure, place);
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
        let row = |(why, place): &(&str, Endpoint)| json!({ "by": why, "to": place.to_string() });
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
