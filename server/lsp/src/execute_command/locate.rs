//! `redlua.where`: where an error of a server's came from, among the scripts of the workspace as they lie on disk: those
//! were loaded.

use std::{path::Path, sync::Arc};

use serde_json::{Value, json};
use tower_lsp_server::{
    jsonrpc::{Error, Result},
    ls_types::{MessageType, Uri},
};
use workspace::{Found, Named, Place, Raised};

use super::context::Context;
use crate::outbox::Message;
use requests::snapshot::{RootSnapshot, Snapshot, uri_of};

pub(crate) const NAME: &str = "redlua.where";

/// Finds the places that an error may have come from; one alone is opened.
pub(super) async fn answer(context: Context) -> Result<Option<Value>> {
    let query = Query::read(&context.arguments).map_err(Error::invalid_params)?;
    let work = tokio::task::spawn_blocking(move || {
        let places = query.find(&context.snapshot);
        if query.show {
            context.outbox.put(query.shown(&context.snapshot, &places));
        }
        json(&context.snapshot, &places)
    });
    work.await.map(Some).map_err(|_| Error::internal_error())
}

/// An error, and how the answer is shown.
struct Query {
    raised: Raised,
    /// True if the place is to be opened.
    show: bool,
}

impl Query {
    /// Reads the argument of the command: the error's text, or an object with it and whether the place is to be opened.
    ///
    /// # Errors
    /// A sentence for the user.
    fn read(arguments: &[Value]) -> std::result::Result<Self, String> {
        let text = match arguments {
            [Value::String(text)] => Some(text.as_str()),
            [Value::Object(fields)] => fields.get("error").and_then(Value::as_str),
            _ => None,
        };
        let text = text.ok_or("the text of an error is wanted: \"…\" or {\"error\": \"…\"}")?;
        let show = arguments[0].get("show").and_then(Value::as_bool).unwrap_or(true);
        let raised = Raised::read(text)
            .ok_or("the error names no script: give the whole of it, with `script: SHA1, on @user_script:LINE`")?;
        Ok(Self { raised, show })
    }

    /// Opens the only place, or names several.
    fn shown(&self, snapshot: &Snapshot, places: &[Place]) -> Message {
        let named = |place: &Place| format!("{}:{}", place.file.display(), place.line);
        match places {
            [] => Message::Show(MessageType::WARNING, self.nothing()),
            [place] => match uri(snapshot, &place.file).filter(|_| snapshot.client.shows_documents) {
                Some(uri) => Message::Open(uri, place.line.checked_sub(1)),
                None => Message::Show(MessageType::INFO, named(place)),
            },
            several => Message::Show(MessageType::INFO, several.iter().map(named).collect::<Vec<_>>().join("\n")),
        }
    }

    /// The places. Reads files.
    fn find(&self, snapshot: &Arc<Snapshot>) -> Vec<Place> {
        let mut all = Vec::new();
        for root in &snapshot.roots {
            let files = match &root.folder {
                // A client may not have told of a file that is new.
                Some(folder) => workspace::files_with_hosts(std::slice::from_ref(folder), folder, &root.settings).0,
                None => {
                    let own = root.documents.iter().filter(|it| it.own && it.path.is_absolute());
                    let mut paths: Vec<&Path> = own.map(|it| it.disk_path()).collect();
                    paths.dedup();
                    paths.into_iter().map(|path| Found { path: path.to_path_buf(), named: false }).collect()
                }
            };
            all.extend(workspace::locate(&self.raised, &files, &root.settings, script::sha1_hex).0);
        }
        all
    }

    /// A sentence for the user when nothing is found.
    fn nothing(&self) -> String {
        let what = match &self.raised.script {
            Named::Sha1(sha1) => format!("has the SHA1 {sha1}"),
            Named::Function(name) => format!("registers the function {name}"),
        };
        format!("No script of the workspace {what}: it may have been loaded from another version of a file")
    }
}

/// The URI of a file: the client's own, if it has one for it.
fn uri(snapshot: &Snapshot, path: &Path) -> Option<Uri> {
    let known =
        |root: &Arc<RootSnapshot>| root.documents.iter().find(|it| it.disk_path() == path).map(|it| it.uri.clone());
    snapshot.roots.iter().find_map(known).or_else(|| uri_of(path))
}

/// The places as a client gets them; lines count from 0, as everywhere in the protocol.
fn json(snapshot: &Snapshot, places: &[Place]) -> Value {
    let uri = |path: &Path| uri(snapshot, path).map(|uri| uri.as_str().to_owned());
    let one = |place: &Place| {
        json!({
            "uri": uri(&place.file),
            "line": place.line.checked_sub(1),
            "script": uri(&place.script),
            "sha1": place.sha1,
        })
    };
    Value::Array(places.iter().map(one).collect())
}
