//! `redlua.showAssembled`: a script as loaders hand it to the server, with its includes pasted, and the SHA1 by which
//! EVALSHA knows it. Opened as a file in clients without a view of their own.

use std::path::PathBuf;

use serde_json::{Value, json};
use tower_lsp_server::jsonrpc::{Error, Result};

use super::context::Context;
use crate::{run::job::Job, scratch};

pub(crate) const NAME: &str = requests::run::names::SHOW_ASSEMBLED;

pub(super) async fn answer(context: Context) -> Result<Option<Value>> {
    let (arguments, job) = context.read_job(NAME)?;
    if !job.file.is_script {
        return Err(Error::invalid_params(format!("{NAME}: {} is no script", job.name)));
    }
    let client = context.snapshot.client;
    let work = tokio::task::spawn_blocking(move || {
        let assembled = Assembled::of(&job);
        if arguments.show {
            let (name, text) = (assembled.file_name(), &assembled.text);
            context.outbox.put(scratch::shown(client, "assembled", &name, text, "The script"));
        }
        assembled.json()
    });
    work.await.map(Some).map_err(|_| Error::internal_error())
}

/// A script with its includes pasted.
#[derive(Clone, Debug)]
struct Assembled {
    /// The text, byte by byte what a run loads.
    text: Vec<u8>,
    /// The SHA1 of the text; none for a library, which is loaded under its name.
    sha1: Option<String>,
    /// File name of the script.
    name: String,
    /// The files that are pasted, without the script itself.
    files: Vec<PathBuf>,
    /// Unresolved includes, as written.
    missing: Vec<String>,
}

impl Assembled {
    /// Reads files.
    fn of(job: &Job) -> Self {
        let flat = job.flatten();
        let sha1 = (!job.is_library()).then(|| script::sha1_hex(&flat.code));
        let files = flat.files.into_iter().skip(1).collect();
        Self { text: flat.code, sha1, name: job.name.clone(), files, missing: flat.missing }
    }

    fn json(&self) -> Value {
        json!({
            "name": self.name,
            "sha1": self.sha1,
            "text": String::from_utf8_lossy(&self.text),
            "files": self.files,
            "missing": self.missing,
        })
    }

    /// Name of a file for the text, with its SHA1.
    fn file_name(&self) -> String {
        let stem = self.name.strip_suffix(".lua").unwrap_or(&self.name);
        let digest = script::sha1_hex(&self.text);
        format!("{stem}.{}.lua", self.sha1.as_deref().unwrap_or(&digest[..8]))
    }
}
