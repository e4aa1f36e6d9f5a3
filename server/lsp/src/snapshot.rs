//! What requests are answered from: all files at one moment, never changed.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use ide::{File, Project};
use text::Encoding;
use tower_lsp_server::ls_types::Uri;

use crate::client::ClientAbilities;

/// The files of a root at one moment.
#[derive(Debug, Default)]
pub(crate) struct RootSnapshot {
    /// The files.
    pub project: Project,
    /// Where each lies.
    pub uris: Vec<Uri>,
    /// Which text of it this is: a number that no other text has.
    pub generations: Vec<u64>,
    /// The version that the client gave it, if it is open.
    pub versions: Vec<Option<i32>>,
    /// Whether it is a file of the root, and not read only for what it says of others.
    pub own: Vec<bool>,
}

/// All files at one moment.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    /// The roots.
    pub roots: Vec<Arc<RootSnapshot>>,
    /// The root and the number of each file, by its URI.
    pub files: HashMap<String, (usize, usize)>,
    /// What the client can do.
    pub client: ClientAbilities,
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
}

impl Snapshot {
    /// A file, if it is known.
    pub(crate) fn view(&self, uri: &Uri) -> Option<View<'_>> {
        let &(root, at) = self.files.get(&key(uri))?;
        Some(self.view_at(root, at))
    }

    /// All files of the roots.
    pub(crate) fn views(&self) -> impl Iterator<Item = View<'_>> {
        self.roots.iter().enumerate().flat_map(move |(nth, root)| {
            (0..root.uris.len()).filter(|&at| root.own[at]).map(move |at| self.view_at(nth, at))
        })
    }

    /// The file with a number of the root with a number.
    pub(crate) fn view_at(&self, root: usize, at: usize) -> View<'_> {
        View { root: &self.roots[root], at, encoding: self.client.encoding, client: self.client }
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
