//! A script as loaders hand it to the server: with its includes pasted, and the SHA1 by which EVALSHA knows it.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::run::job::Job;

/// A script with its includes pasted.
#[derive(Clone, Debug)]
pub(crate) struct Assembled {
    /// The text, byte by byte what a run loads.
    pub text: Vec<u8>,
    /// The SHA1 of the text; none for a library, which is loaded under its name.
    pub sha1: Option<String>,
    /// File name of the script.
    pub name: String,
    /// The files that are pasted, without the script itself.
    files: Vec<PathBuf>,
    /// The includes that lead nowhere, as they are written.
    missing: Vec<String>,
}

impl Assembled {
    /// Reads files.
    pub(crate) fn of(job: &Job) -> Self {
        let flat = job.flatten();
        let sha1 = (!job.is_library()).then(|| script::sha1_hex(&flat.code));
        let files = flat.files.into_iter().skip(1).collect();
        Self { text: flat.code, sha1, name: job.name.clone(), files, missing: flat.missing }
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "name": self.name,
            "sha1": self.sha1,
            "text": String::from_utf8_lossy(&self.text),
            "files": self.files,
            "missing": self.missing,
        })
    }

    /// Name of a file for the text, with its SHA1.
    pub(crate) fn file_name(&self) -> String {
        let stem = self.name.strip_suffix(".lua").unwrap_or(&self.name);
        let digest = script::sha1_hex(&self.text);
        format!("{stem}.{}.lua", self.sha1.as_deref().unwrap_or(&digest[..8]))
    }
}
