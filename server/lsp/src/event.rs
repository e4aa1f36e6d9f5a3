//! Events of the main loop.

use std::{path::PathBuf, sync::Arc};

use ide::File;
use serde_json::Value;
use tokio::sync::oneshot;
use tower_lsp_server::ls_types::{FileEvent, Registration, TextDocumentContentChangeEvent, Uri};
use workspace::Source;

use requests::{
    client::ClientAbilities,
    run::{
        inputs::Inputs,
        results::{Judged, Ran},
    },
    snapshot::Snapshot,
};

/// An event of the main loop.
#[derive(Debug)]
pub(crate) enum Event {
    /// The client is there.
    Start {
        folders: Vec<PathBuf>,
        abilities: ClientAbilities,
        settings: Value,
        /// To be sent when the client is ready.
        registrations: Vec<Registration>,
    },
    /// The client is ready to be asked.
    Ready,
    Open {
        uri: Uri,
        text: String,
        version: i32,
        language: String,
    },
    Change {
        uri: Uri,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
    },
    Close {
        uri: Uri,
    },
    Saved {
        uri: Uri,
    },
    Folders {
        added: Vec<PathBuf>,
        removed: Vec<PathBuf>,
    },
    /// The settings may have changed.
    Reconfigure(Value),
    /// The settings that we requested, one a root.
    Configured(Vec<Value>),
    Watched(Vec<FileEvent>),
    /// A request for the newest snapshot.
    Snapshot(oneshot::Sender<Arc<Snapshot>>),
    /// The files of a workspace folder were read.
    Loaded {
        folder: PathBuf,
        files: Vec<Source>,
        unreadable: usize,
    },
    /// The findings of a file were computed.
    Linted {
        file: Arc<File>,
        key: String,
    },
    /// A document was run.
    Ran {
        key: String,
        ran: Box<Ran>,
        /// Inputs to use again in the next run.
        remember: Option<Inputs>,
    },
    /// The examples of a document were run.
    Judged {
        key: String,
        judged: Judged,
        /// True if the main loop began it.
        own: bool,
    },
}
