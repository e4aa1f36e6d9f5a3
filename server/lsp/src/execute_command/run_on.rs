//! `redlua.run` with `on`: a run on a real server. Clients that ask by themselves get the question as `consent`; the others are
//! asked by the protocol's own means, where these suffice.

use std::sync::Arc;

use ide::entry::Entry;
use protocol::notation;
use serde_json::Value;
use tokio::sync::oneshot;
use tower_lsp_server::{
    jsonrpc::{Error, Result},
    ls_types::MessageType,
};

use super::{
    arguments::Arguments,
    context::{Context, Running},
};
use crate::{
    event::Event,
    outbox::Message,
    run::{
        job::Job,
        real::{self, Options},
    },
};
use requests::run::{
    candidates::{Candidate, Source},
    names, show,
};

/// Runs on the server `on`, and asks for consent if it lacks and the client cannot.
pub(super) async fn answer(
    context: Context,
    job: Job,
    entry: Entry,
    candidate: Candidate,
    arguments: Arguments,
    on: String,
) -> Result<Option<Value>> {
    if arguments.target.is_some() || arguments.fresh {
        return Err(Error::invalid_params(format!(
            "{}: `target` and `fresh` are for the embedded engine: a real server is what it is",
            names::RUN
        )));
    }
    let client = context.snapshot.client;
    let (write, confirm) = (arguments.write, arguments.confirm.clone());
    let mut options = Options { on, write, confirm, resp3: arguments.resp3, view: arguments.view };
    let mut done = run(context.clone(), &job, &entry, &candidate, &options).await?;
    let consent = done.as_ref().map(|json| json["consent"].clone()).unwrap_or_default();
    if client.inputs || consent.is_null() {
        return Ok(done);
    }
    if client.terse || consent["confirm"].is_string() {
        context.show(MessageType::WARNING, cannot_ask(&job, &entry, &candidate, &options, &done, client.terse));
        return Ok(done);
    }
    let yes = format!("Run on {}", consent["server"].as_str().unwrap_or(&options.on));
    let (sender, answer) = oneshot::channel();
    let text = consent["question"].as_str().unwrap_or_default().to_owned();
    context.outbox.put(Message::Ask { text, choices: vec![yes.clone(), "Cancel".to_owned()], answer: sender });
    if answer.await.ok().flatten() == Some(yes) {
        options.write = true;
        let again = Context { number: context.sessions.number(), token: None, ..context };
        done = run(again, &job, &entry, &candidate, &options).await?;
    }
    Ok(done)
}

async fn run(
    context: Context,
    job: &Job,
    entry: &Entry,
    candidate: &Candidate,
    options: &Options,
) -> Result<Option<Value>> {
    let title = format!("Running {} on {}", entry.function.as_deref().unwrap_or(&job.name), shown(&options.on));
    let client = context.snapshot.client;
    let key = job.key.clone();
    let (outbox, events, sessions) = (context.outbox.clone(), context.events.clone(), Arc::clone(&context.sessions));
    let (job, entry, candidate, options) = (job.clone(), entry.clone(), candidate.clone(), options.clone());
    let work = move |running: &Running<'_>| {
        let ended = real::run(&job, &entry, &candidate, &options, &sessions.connected, running.cancel);
        if let Some(ran) = ended.ran.filter(|_| !running.is_superseded()) {
            let remember = matches!(candidate.source, Source::Given | Source::Example(_)).then_some(candidate.inputs);
            events.send(Event::Ran { key: job.key.clone(), ran: Box::new(ran), remember }).ok();
        }
        // Of a script that goes on, or that was ended, the user hears also if a later run has begun.
        let is_told = !running.is_superseded() || ended.json["error"]["stopped"] == true;
        if !client.inputs && ended.json["consent"].is_null() && is_told {
            let text = if client.terse { show::one_line(&ended.message) } else { ended.message };
            outbox.put(Message::Show(ended.kind, text));
        }
        ended.json
    };
    context.work(&key, title, work).await
}

/// A name or URL without its password.
fn shown(on: &str) -> String {
    on.parse::<remote::Address>().map_or_else(|_| on.to_owned(), |address| address.to_string())
}

/// Tells why nothing was run where the client cannot ask, and how it is run in a terminal.
fn cannot_ask(
    job: &Job,
    entry: &Entry,
    candidate: &Candidate,
    options: &Options,
    done: &Option<Value>,
    terse: bool,
) -> String {
    let why = done.as_ref().and_then(|json| json["error"]["message"].as_str()).unwrap_or_default();
    let mut words = vec!["redlua run --write --on".to_owned(), notation::readable_word(shown(&options.on).as_bytes())];
    if let Some(function) = &entry.function {
        words.extend(["--function".to_owned(), function.clone()]);
    }
    words.extend([job.file.path.clone(), candidate.inputs.line()]);
    let text =
        format!("{}: {why}. This editor has no way to ask for it; in a terminal: {}", job.name, words.join(" ").trim());
    if terse { show::one_line(&text) } else { text }
}
