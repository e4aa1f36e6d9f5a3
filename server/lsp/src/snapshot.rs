//! What requests are answered from: all files at one moment, never changed.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use ide::{File, Project};
use text::Encoding;
use tower_lsp_server::ls_types::Uri;

use workspace::Settings;

use crate::{
    client::ClientAbilities,
    run::results::{Runs, Stamp},
    settings_file::SettingsFile,
};

/// The files of a root at one moment.
#[derive(Debug, Default)]
pub(crate) struct RootSnapshot {
    /// The folder, if the client named it: all its files count.
    pub folder: Option<PathBuf>,
    /// The files.
    pub project: Project,
    /// Where each lies: the one path of it, or the made-up one of an unsaved buffer.
    pub paths: Vec<PathBuf>,
    /// The same, as the client has it.
    pub uris: Vec<Uri>,
    /// Which text of it this is: a number that no other text has.
    pub generations: Vec<u64>,
    /// The version that the client gave it, if it is open.
    pub versions: Vec<Option<i32>>,
    /// Whether it is a file of the root, and not read only for what it says of others.
    pub own: Vec<bool>,
    /// The root's settings.
    pub settings: Arc<Settings>,
}

/// All files at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot {
    /// The roots.
    pub roots: Vec<Arc<RootSnapshot>>,
    /// The root and the number of each file, by its key.
    pub files: HashMap<String, (usize, usize)>,
    /// The keys of open files whose URIs have another.
    pub aliases: HashMap<String, String>,
    /// The settings' files that are open, by their keys.
    pub settings: HashMap<String, Arc<SettingsFile>>,
    /// What the client can do.
    pub client: ClientAbilities,
    /// What runs of these texts left to show.
    pub runs: Arc<Runs>,
}

/// One file of a snapshot, with what is around it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    /// Its root.
    pub root: &'a RootSnapshot,
    /// Its number there.
    pub at: usize,
    /// How the client counts.
    pub encoding: Encoding,
    /// What the client can do.
    pub client: ClientAbilities,
    /// What runs left to show.
    pub runs: &'a Runs,
}

impl RootSnapshot {
    /// The texts of which a run of a file is made: its own and those that it includes, by their numbers.
    pub(crate) fn stamp(&self, at: usize) -> Stamp {
        let (mut seen, mut open) = (std::collections::BTreeSet::from([at]), vec![at]);
        while let Some(file) = open.pop().and_then(|at| self.project.files.get(at)) {
            open.extend(file.included.iter().flatten().filter(|&&at| seen.insert(at)));
        }
        let mut stamp: Stamp = seen.into_iter().filter_map(|at| self.generations.get(at).copied()).collect();
        stamp.sort_unstable();
        stamp
    }
}

impl Snapshot {
    /// A file, if it is known.
    pub(crate) fn view(&self, uri: &Uri) -> Option<View<'_>> {
        let &(root, at) = self.files.get(&self.key(uri))?;
        Some(self.view_at(root, at))
    }

    /// An open settings' file.
    pub(crate) fn settings_file(&self, uri: &Uri) -> Option<&SettingsFile> {
        self.settings.get(&key(uri)).map(Arc::as_ref)
    }

    /// The key of a file, by whatever path the client names it.
    pub(crate) fn key(&self, uri: &Uri) -> String {
        let own = key(uri);
        if self.files.contains_key(&own) {
            return own;
        }
        match (self.aliases.get(&own), path_of(uri)) {
            (Some(real), _) => real.clone(),
            (None, Some(path)) => key_of(&workspace::canonical(&path)),
            (None, None) => own,
        }
    }

    /// The texts of which a run of a file is made.
    pub(crate) fn stamp(&self, key: &str) -> Option<Stamp> {
        let &(root, at) = self.files.get(key)?;
        Some(self.roots[root].stamp(at))
    }

    /// All files of the roots.
    pub(crate) fn views(&self) -> impl Iterator<Item = View<'_>> {
        self.roots.iter().enumerate().flat_map(move |(nth, root)| {
            (0..root.uris.len()).filter(|&at| root.own[at]).map(move |at| self.view_at(nth, at))
        })
    }

    /// The file with a number of the root with a number.
    pub(crate) fn view_at(&self, root: usize, at: usize) -> View<'_> {
        View { root: &self.roots[root], at, encoding: self.client.encoding, client: self.client, runs: &self.runs }
    }
}

impl<'a> View<'a> {
    pub(crate) fn project(&self) -> &'a Project {
        &self.root.project
    }

    pub(crate) fn file(&self) -> &'a File {
        &self.root.project.files[self.at]
    }

    pub(crate) fn uri(&self) -> &'a Uri {
        &self.root.uris[self.at]
    }

    /// The file's name in snapshots.
    pub(crate) fn key(&self) -> String {
        key_of(&self.root.paths[self.at])
    }

    /// The same for another file of the root.
    pub(crate) fn other(&self, at: usize) -> Self {
        Self { at, ..*self }
    }
}

/// A URI in one form: clients escape differently (`%3A`, `:`).
pub(crate) fn key(uri: &Uri) -> String {
    match path_of(uri) {
        Some(path) => uri_of(&path).map_or_else(|| uri.as_str().to_owned(), |uri| uri.as_str().to_owned()),
        None => uri.as_str().to_owned(),
    }
}

/// The key of a file, which names it in snapshots.
pub(crate) fn key_of(path: &Path) -> String {
    uri_of(path).map_or_else(|| path.to_string_lossy().into_owned(), |uri| uri.as_str().to_owned())
}

/// The file of a URI; none for what is no file, such as an unsaved buffer.
pub(crate) fn path_of(uri: &Uri) -> Option<PathBuf> {
    if !uri.as_str().starts_with("file:") {
        return None;
    }
    uri.to_file_path().map(|path| semantic::normalise(&path))
}

/// The URI of a file.
pub(crate) fn uri_of(path: &Path) -> Option<Uri> {
    Uri::from_file_path(path)
}
