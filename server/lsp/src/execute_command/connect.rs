//! `redlua.connect`: connects to a real server and tells what it is. What nobody may read, a URL with a password or a password
//! alone, comes through a socket of the client's instead of the protocol, whose messages clients write into logs.

use std::{io::Read, time::Duration};

use remote::{Secret, Session};
use serde_json::{Value, json};
use tower_lsp_server::jsonrpc::{Error, Result};

use super::context::Context;
use crate::run::connected::wants_password;

pub(crate) const NAME: &str = "redlua.connect";

/// Bytes that a client may send through its socket.
const MAX_SECRET: u64 = 64 * 1024;

pub(super) async fn answer(context: Context) -> Result<Option<Value>> {
    let arguments = context.read(NAME)?;
    let view = context.snapshot.view(&arguments.uri).or_else(|| context.snapshot.views_of(&arguments.uri).pop());
    let settings = match view {
        Some(view) => std::sync::Arc::clone(&view.root.settings),
        None => match context.snapshot.roots.first() {
            Some(root) => std::sync::Arc::clone(&root.settings),
            None => return Err(Error::invalid_params(format!("{NAME}: there is no folder"))),
        },
    };
    let sessions = std::sync::Arc::clone(&context.sessions);
    let work = move || -> std::result::Result<Value, String> {
        let (mut name, mut password) = (arguments.on, None);
        if let Some(pipe) = &arguments.pipe {
            let given: Value =
                serde_json::from_str(&read_pipe(pipe).map_err(|error| format!("{NAME}: {pipe}: {error}"))?)
                    .map_err(|_| format!("{NAME}: what came through {pipe} is no JSON"))?;
            name = given["server"].as_str().map(str::to_owned).or(name);
            password = given["password"].as_str().map(Secret::new);
        }
        let name = name.ok_or_else(|| format!("{NAME}: `on` is missing"))?;
        let connected = &sessions.connected;
        let (server, _) = servers::named(&name, &settings.config.servers, &settings.root)?;
        // That of a URL is kept too: the client knows the server by its name from now on, which has none.
        let of_url = settings.config.servers.iter().all(|it| it.name != name).then(|| server.address.password.clone());
        if let Some(password) = password.or(of_url.flatten()) {
            connected.set_password(&server, password);
        }
        let mut shown = server.clone();
        shown.address.password = None;
        let is_named = settings.config.servers.iter().any(|it| it.name == name);
        let public = if is_named { name.clone() } else { shown.address.to_string() };
        let (server, known) = connected.find(&public, &settings, false)?;
        let mut row = json!({ "name": public, "url": shown.address.to_string(), "cluster": server.address.cluster });
        if let Some(confirm) = known.and_then(|it| it.confirm.as_deref()) {
            row["confirm"] = json!(confirm);
        }
        match Session::open(&server) {
            Ok(session) => {
                connected.set_identity(&server, session.identity());
                if let Some(identity) = session.identity() {
                    row["product"] = json!(identity.product.to_string());
                    row["version"] = json!(identity.version);
                }
            }
            Err(error) => {
                connected.forget(&server, &error.failure);
                row["problem"] = json!(error.to_string());
                if wants_password(&error.failure) {
                    row["wants"] = json!("password");
                }
            }
        }
        Ok(row)
    };
    let done = tokio::task::spawn_blocking(work).await.map_err(|_| Error::internal_error())?;
    done.map(Some).map_err(Error::invalid_params)
}

/// Reads all that a client writes into its socket or, on Windows, its pipe.
fn read_pipe(path: &str) -> std::io::Result<String> {
    /// The client has it at hand.
    const PATIENCE: Duration = Duration::from_secs(5);
    #[cfg(unix)]
    let source = {
        let socket = std::os::unix::net::UnixStream::connect(path)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket
    };
    #[cfg(not(unix))]
    let source = {
        let _ = PATIENCE;
        std::fs::File::open(path)?
    };
    let mut text = String::new();
    source.take(MAX_SECRET).read_to_string(&mut text)?;
    Ok(text)
}
