//! Reading of files of other languages for the scripts in their strings.

use std::{collections::HashMap, path::PathBuf, sync::Arc};

use host::{HostDocument, Language, bindings::Binding};
use rayon::prelude::*;

use crate::{Embedding, FileStamp, Found, Host, Loaded, Settings, hosts::program_path, read, read_bounded};

impl Host {
    /// Its scripts, each analysed as a file of its own. Those that only are scripts if they parse are left out if they do not and
    /// `is_known` does not have them; so are those that end with the file, for they are being typed.
    pub fn scripts(self: &Arc<Self>, is_known: impl Fn(&str) -> bool) -> Vec<Loaded> {
        self.scripts_like(&[], is_known)
    }

    /// The same; what is in `before` with the same text is not analysed again.
    pub fn scripts_like(self: &Arc<Self>, before: &[Loaded], is_known: impl Fn(&str) -> bool) -> Vec<Loaded> {
        let mut by_id: HashMap<&str, Vec<&Loaded>> = HashMap::with_capacity(before.len());
        for loaded in before {
            if let Some(embedding) = &loaded.embedding {
                by_id.entry(&embedding.script().id).or_default().push(loaded);
            }
        }
        let mut scripts = Vec::with_capacity(self.document.embedded.len());
        for (nth, embedded) in self.document.embedded.iter().enumerate() {
            if !embedded.is_closed {
                continue;
            }
            let embedding = Embedding { host: Arc::clone(self), nth };
            let all = by_id.get(embedded.id.as_str()).into_iter().flatten();
            let known = all.copied().find(|it| *it.file.source == *embedded.text);
            let loaded = match known {
                Some(known) => known.clone(),
                None => Loaded::new(embedding.path(), Arc::clone(&embedded.text)),
            };
            if embedded.is_certain || is_known(&embedded.id) || loaded.file.parse.errors.is_empty() {
                scripts.push(Loaded { embedding: Some(embedding), ..loaded });
            }
        }
        let document = &self.document;
        if !document.calls.is_empty() || document.loads_unknown || !document.loaded.is_empty() {
            let path = program_path(&self.path);
            let known = before.iter().find(|it| it.path == path);
            let loaded = known.cloned().unwrap_or_else(|| Loaded::new(path, Arc::from(&b""[..])));
            scripts.push(Loaded { program: Some(Arc::clone(self)), ..loaded });
        }
        scripts
    }
}

/// Reads and analyses files on all cores, and maps each script with `keep`; an error for each file that cannot be read. `was_read` is
/// called after each file.
pub fn read_all<T: Send>(
    found: Vec<Found>,
    settings: &Settings,
    keep: impl Fn(Loaded) -> T + Sync,
    was_read: impl Fn() + Sync,
) -> Vec<Result<T, (PathBuf, std::io::Error)>> {
    let read_one = |found| {
        let scripts = match read_scripts(found, settings) {
            Ok(scripts) => scripts.into_iter().map(|loaded| Ok(keep(loaded))).collect(),
            Err(error) => vec![Err(error)],
        };
        was_read();
        scripts
    };
    found.into_par_iter().flat_map_iter(read_one).collect()
}

/// Bytes of a file of another language that is searched for scripts, unless it is named.
const MAX_HOST_BYTES: u64 = 2 * 1024 * 1024;

/// Reads and analyses the scripts of a file: itself, or those in its strings. Files of other languages that were made by a program
/// (large ones, minified ones) have none unless they are named.
///
/// # Errors
///
/// Returns the path and the error if the file cannot be read.
pub fn read_scripts(found: Found, settings: &Settings) -> Result<Vec<Loaded>, (PathBuf, std::io::Error)> {
    let Some(language) = settings.host_language(&found.path) else {
        let loaded = read(found, false)?;
        return Ok(match settings.host_language_of(&loaded.path, &loaded.file.source) {
            Some(language) => {
                let own = settings.own_bindings(language);
                scripts_in(loaded.path, language, Arc::clone(&loaded.file.source), &own, loaded.stamp)
            }
            None => vec![loaded],
        });
    };
    let stamp = FileStamp::of(&found.path);
    if !found.named && stamp.is_some_and(|stamp| stamp.bytes() > MAX_HOST_BYTES) {
        return Ok(Vec::new());
    }
    let source = match read_bounded(&found.path) {
        Ok(source) => source,
        Err(error) => return Err((found.path, error)),
    };
    // Most files have none, and cost no more than to be read.
    let own = settings.own_bindings(language);
    if !HostDocument::may_have_scripts(&source, &own) || (!found.named && Host::is_minified(&source)) {
        return Ok(Vec::new());
    }
    Ok(scripts_in(found.path, language, source.into(), &own, stamp))
}

/// The scripts in the strings of a file.
fn scripts_in(
    path: PathBuf,
    language: Language,
    source: Arc<[u8]>,
    own: &Arc<[Binding]>,
    stamp: Option<FileStamp>,
) -> Vec<Loaded> {
    let scripts = Host::new(path, language, source, own).map_or_else(Vec::new, |host| host.scripts(|_| false));
    scripts.into_iter().map(|loaded| Loaded { stamp, ..loaded }).collect()
}

/// Analyses `source` as the file at `path`: itself, or the scripts in its strings.
pub fn scripts_of(path: PathBuf, source: Arc<[u8]>, settings: &Settings) -> Vec<Loaded> {
    match settings.host_language_of(&path, &source) {
        Some(language) => scripts_in(path, language, source, &settings.own_bindings(language), None),
        None => vec![Loaded::new(path, source)],
    }
}
