//! `redlua.keyspace`: returns the keys of a document.

use script::Cancel;
use serde_json::{Value, json};
use tower_lsp_server::jsonrpc::{Error, Result};

use super::context::{Context, Guard};
use crate::run::embedded;

pub(crate) const NAME: &str = "redlua.keyspace";

/// Keys that are returned.
const MAX_KEYS: usize = 1000;

/// Waits for the run under way.
pub(super) async fn answer(context: Context) -> Result<Option<Value>> {
    let (_, job) = context.read_job(NAME)?;
    let may_run = !context.snapshot.client.no_runs;
    let session = context.sessions.find(&job.key);
    let cancel = Cancel::default();
    let guard = Guard(cancel.clone());
    let looked = tokio::task::spawn_blocking(move || {
        let mut held = session.as_ref().and_then(|session| session.wait(&cancel));
        // Before the first run there is what the run would find.
        let mut first = match held.as_deref() {
            Some(Some(_)) => None,
            _ => may_run.then(|| embedded::seeded(&job, job.target()).ok()).flatten(),
        };
        let server = held.as_deref_mut().and_then(Option::as_mut).or(first.as_mut());
        let target = server.as_ref().map_or_else(|| job.target(), |server| server.engine.target);
        let (keys, more) = server.map(|server| server.contents(MAX_KEYS)).unwrap_or_default();
        json!({ "target": target.to_string(), "keys": spec::json::keys(&keys), "more": more })
    });
    let looked = looked.await.map_err(|_| Error::internal_error());
    drop(guard);
    looked.map(Some)
}
