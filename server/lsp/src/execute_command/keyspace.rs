//! `redlua.keyspace`: returns the keys of a document, or those of a real server.

use std::time::{Duration, SystemTime};

use remote::{Session, Stop};
use script::Cancel;
use serde_json::{Value, json};
use tower_lsp_server::jsonrpc::{Error, Result};

use super::context::{Context, Guard};
use crate::run::{connected::wants_password, embedded, job::Job, real::until_cancelled, sessions::Sessions};

pub(crate) const NAME: &str = "redlua.keyspace";

/// Keys that are returned.
const MAX_KEYS: usize = 1000;

/// Longest time of a look at a real server.
const MAX_TIME: Duration = Duration::from_secs(3);

/// Waits for the run under way.
pub(super) async fn answer(context: Context) -> Result<Option<Value>> {
    let (arguments, job) = context.read_job(NAME)?;
    if let Some(on) = arguments.on {
        return real(context, job, on, arguments.pattern).await;
    }
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

/// The keys of a real server, without their values. It is read only, and no longer than [`MAX_TIME`].
async fn real(context: Context, job: Job, on: String, pattern: Option<String>) -> Result<Option<Value>> {
    if context.snapshot.client.no_runs {
        return Err(Error::invalid_params("no server is asked here, for the editor does not trust this folder"));
    }
    let sessions = std::sync::Arc::clone(&context.sessions);
    let cancel = Cancel::default();
    let guard = Guard(cancel.clone());
    let looked = tokio::task::spawn_blocking(move || {
        let stop = Stop::default();
        until_cancelled(&cancel, &stop, || scan(&job, &on, pattern.as_deref(), &sessions, &stop))
    });
    let looked = looked.await.map_err(|_| Error::internal_error());
    drop(guard);
    looked.map(Some)
}

fn scan(job: &Job, on: &str, pattern: Option<&str>, sessions: &Sessions, stop: &Stop) -> Value {
    let problem = |why: String| json!({ "keys": [], "more": 0, "problem": why });
    let server = match sessions.connected.find(on, &job.settings, false) {
        Ok((server, _)) => server,
        Err(why) => return problem(why),
    };
    let looked = Session::open(&server).and_then(|mut session| {
        let keys = session.keys(pattern, MAX_KEYS, MAX_TIME, stop)?;
        Ok((keys, session.identity().cloned()))
    });
    let mut json = match looked {
        Err(error) => {
            sessions.connected.forget(&server, &error.failure);
            let mut json = problem(error.to_string());
            if wants_password(&error.failure) {
                json["wants"] = json!("password");
            }
            json
        }
        Ok((found, identity)) => {
            sessions.connected.set_identity(&server, identity.as_ref());
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            let rows = found.keys.iter().map(|key| {
                let mut row = json!({ "key": String::from_utf8_lossy(&key.name), "type": key.kind });
                if std::str::from_utf8(&key.name).is_err() {
                    row["quoted"] = json!(protocol::notation::quote(&key.name));
                }
                if let Some(ttl) = key.ttl {
                    row["expires"] = json!(u64::try_from((now + ttl).as_millis()).unwrap_or(u64::MAX));
                }
                row
            });
            let rows: Vec<Value> = rows.collect();
            // With a pattern nobody knows how many others match.
            let more = if pattern.is_none() { found.total.saturating_sub(rows.len() as u64) } else { 0 };
            let target = identity.map(|identity| identity.to_string()).unwrap_or_default();
            json!({ "target": target, "keys": rows, "more": more, "total": found.total, "partial": found.partial })
        }
    };
    json["server"] = json!({ "name": &*server.name });
    json
}
