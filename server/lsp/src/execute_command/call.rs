//! `redlua.call`: calls a command on the keyspace of a document.

use protocol::{Reply, notation};
use serde_json::{Value, json};
use tower_lsp_server::jsonrpc::{Error, Result};

use super::context::{Context, Running};
use crate::run::embedded;

pub(crate) const NAME: &str = "redlua.call";

/// Characters of a reply.
const MAX_REPLY: usize = 100_000;

pub(super) async fn answer(context: Context) -> Result<Option<Value>> {
    let (arguments, job) = context.read_job(NAME)?;
    let words = arguments.command.filter(|words| !words.is_empty());
    let words = words.ok_or_else(|| Error::invalid_params(format!("{NAME}: `command` is missing")))?;
    let title = format!("Calling {} on the keyspace of {}", String::from_utf8_lossy(&words[0]), job.name);
    let key = job.key.clone();
    let work = move |running: &Running<'_>| {
        let reply = embedded::call(&job, &words, arguments.db, running.session, running.cancel);
        let reply = reply.unwrap_or_else(|why| Reply::Error(format!("ERR {why}").into_bytes()));
        json!({ "reply": notation::print_start(&reply, MAX_REPLY) })
    };
    context.work(&key, title, work).await
}
