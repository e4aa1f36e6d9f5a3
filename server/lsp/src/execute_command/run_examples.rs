//! `redlua.runExamples`: runs the examples in a script's comments, or of a transcript.

use serde_json::Value;
use tower_lsp_server::jsonrpc::Result;

use super::context::{Context, Running};
use crate::{event::Event, outbox::Message, run::examples};
use requests::run::results::Judged;

pub(crate) const NAME: &str = requests::run::names::RUN_EXAMPLES;

pub(super) async fn answer(context: Context) -> Result<Option<Value>> {
    let (_, job) = context.read_job(NAME)?;
    let shows_results = context.snapshot.client.inputs;
    let title = format!("Running the examples of {}", job.name);
    let key = job.key.clone();
    let (outbox, events) = (context.outbox.clone(), context.events.clone());
    let work = move |running: &Running<'_>| {
        let verdicts = examples::judge(&job, None, running.cancel);
        let told = examples::on_document_lines(&job, &verdicts);
        let json = spec::json::verdicts(&told);
        if !running.is_superseded() {
            if !shows_results {
                let (kind, text) = examples::summary(&job, &told);
                outbox.put(Message::Show(kind, text));
            }
            let judged = Judged { stamp: job.stamp.clone(), verdicts };
            events.send(Event::Judged { key: job.key.clone(), judged, own: false }).ok();
        }
        json
    };
    context.work(&key, title, work).await
}
