//! `redlua.run`: runs a script or a function.

use std::sync::Arc;

use ide::entry::Entry;
use serde_json::Value;
use tokio::sync::oneshot;
use tower_lsp_server::{
    jsonrpc::{Error, Result},
    ls_types::MessageType,
};

use super::{
    arguments::Arguments,
    context::{Context, Running},
    run_on,
};
use crate::{
    event::Event,
    outbox::Message,
    run::{
        embedded::{self, Options},
        job::Job,
    },
};
use requests::run::{
    candidates::{Candidate, Source},
    inputs::Inputs,
    show,
};

pub(crate) const NAME: &str = requests::run::names::RUN;

/// Memory of the keyspaces of all documents together, in runs.
const MAX_KEPT_RUNS: usize = 2;

pub(super) async fn answer(mut context: Context) -> Result<Option<Value>> {
    let (arguments, job) = context.read_job(NAME)?;
    let entry = embedded::entry(&job, arguments.function.as_deref()).map_err(Error::invalid_params)?;
    let Some(candidate) = choose(&context, &job, &entry, &arguments).await else { return Ok(None) };
    if arguments.ask {
        // It is later than what came while the user chose.
        context.number = context.sessions.number();
    }
    if let Some(on) = arguments.on.clone() {
        return run_on::answer(context, job, entry, candidate, arguments, on).await;
    }
    let options = Options {
        target: arguments.target,
        resp3: arguments.resp3,
        fresh: arguments.fresh,
        view: arguments.view,
        example: arguments.example,
    };
    let title = format!("Running {}", entry.function.as_deref().unwrap_or(&job.name));
    let client = context.snapshot.client;
    let key = job.key.clone();
    let (outbox, events, sessions) = (context.outbox.clone(), context.events.clone(), Arc::clone(&context.sessions));
    let work = move |running: &Running<'_>| {
        let ended = embedded::run(&job, &entry, &candidate, &options, running.session, running.cancel);
        let limit = job.budget(None).memory.saturating_mul(MAX_KEPT_RUNS);
        let dropped = sessions.bound(&job.key, limit);
        if !dropped.is_empty() {
            let text = format!(
                "The keyspaces of all documents took more than {} MiB: as at the beginning again: {}",
                limit >> 20,
                dropped.join(", ")
            );
            outbox.put(Message::Show(MessageType::WARNING, text));
        }
        if let Some(ran) = ended.ran.filter(|_| !running.is_superseded()) {
            let remember = matches!(candidate.source, Source::Given | Source::Example(_)).then_some(candidate.inputs);
            events.send(Event::Ran { key: job.key.clone(), ran: Box::new(ran), remember }).ok();
        }
        // Who ran it again waits for the other reply; who has a box of its own shows the result there.
        if !client.inputs && !running.is_superseded() {
            let text = if client.terse { show::one_line(&ended.message) } else { ended.message };
            outbox.put(Message::Show(ended.kind, text));
        }
        ended.json
    };
    context.work(&key, title, work).await
}

/// Returns what a run is given; `None` if the user was asked and chose nothing.
async fn choose(context: &Context, job: &Job, entry: &Entry, arguments: &Arguments) -> Option<Candidate> {
    if arguments.keys.is_some() || arguments.args.is_some() {
        let (keys, args) = (arguments.keys.clone(), arguments.args.clone());
        let inputs =
            Inputs { function: entry.function.clone(), keys: keys.unwrap_or_default(), args: args.unwrap_or_default() };
        return Some(Candidate { inputs, source: arguments.example.map_or(Source::Given, Source::Example) });
    }
    let mut candidates = job.candidates(entry);
    if !arguments.ask || candidates.len() < 2 {
        return (!candidates.is_empty()).then(|| candidates.remove(0));
    }
    let (sender, answer) = oneshot::channel();
    let mut titles: Vec<String> = candidates.iter().map(|candidate| candidate.inputs.title()).collect();
    // Long ones may be cut to the same words.
    for at in 1..titles.len() {
        if titles[..at].contains(&titles[at]) {
            titles[at] = format!("{} ({})", titles[at], at + 1);
        }
    }
    context.outbox.put(Message::Ask {
        text: format!("Run {} with which keys and arguments?", entry.function.as_deref().unwrap_or(&job.name)),
        choices: titles.clone(),
        answer: sender,
    });
    let chosen = answer.await.ok().flatten()?;
    let at = titles.iter().position(|title| *title == chosen)?;
    Some(candidates.swap_remove(at))
}
