//! Immutable snapshot of all files, from which requests are answered.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use ide::{File, Project};
use ls_types::{TextDocumentPositionParams, Uri};
use text::Encoding;

use workspace::{Embedding, Host, Settings};

use crate::{
    client::ClientAbilities,
    disk::Disk,
    run::results::{Runs, Stamp},
    settings_file::SettingsFile,
};

/// A file of a root as the client knows it; its text is in the project, under the same number.
#[derive(Clone, Debug)]
pub struct Document {
    /// Canonical path of the file, or a made-up path for an unsaved buffer.
    pub path: PathBuf,
    /// The file's name in snapshots.
    pub key: String,
    /// Its URI as the client has it.
    pub uri: Uri,
    /// Generation of the text; no other text has the same number.
    pub generation: u64,
    /// The version that the client gave it, if it is open.
    pub version: Option<i32>,
    /// True for a file of the root; false for one that is only read for its names.
    pub own: bool,
    /// For a script in a string, its place in the file of another language that `uri` leads to.
    pub embedding: Option<Embedding>,
    /// The program whose calls of scripts it stands for; its own text is empty, and its findings have places of the program's file.
    pub program: Option<Arc<Host>>,
    /// True if that place is one of an older text, for a quote before it is missing: nothing is asked or changed there.
    pub is_stale: bool,
}

impl Document {
    /// The file of another language that it is in.
    pub fn host(&self) -> Option<&Arc<Host>> {
        self.embedding.as_ref().map(|it| &it.host).or(self.program.as_ref())
    }

    /// The file on disk that it is, or is in.
    pub fn disk_path(&self) -> &Path {
        self.host().map_or(&self.path, |host| &host.path)
    }
}

/// The files of a root at one moment: those that may be scripts or have to do with one, and those that are open.
#[derive(Debug, Default)]
pub struct RootSnapshot {
    /// The folder, if the client named it: all its files count.
    pub folder: Option<PathBuf>,
    /// The files.
    pub project: Project,
    /// The documents, in the order of the files in `project`.
    pub documents: Vec<Arc<Document>>,
    /// Numbers of the files by their keys.
    pub by_key: Arc<HashMap<String, usize>>,
    /// For each file of another language the numbers of its scripts, by its key.
    pub hosts: Arc<HashMap<String, Vec<usize>>>,
    /// The root's settings.
    pub settings: Arc<Settings>,
}

/// All files at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The roots.
    pub roots: Vec<Arc<RootSnapshot>>,
    /// The keys of open files whose URIs have another.
    pub aliases: HashMap<String, String>,
    /// The settings' files that are open, by their keys.
    pub settings: HashMap<String, Arc<SettingsFile>>,
    /// Capabilities of the client.
    pub client: ClientAbilities,
    /// Stored results of runs of these texts.
    pub runs: Arc<Runs>,
    /// The files that are not in it.
    pub disk: Arc<dyn Disk>,
}

/// A file of a snapshot, with its context.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Its root.
    pub root: &'a RootSnapshot,
    /// The number of the root.
    pub nth: usize,
    /// Number of the file in the root.
    pub at: usize,
    /// Unit of the client's columns.
    pub encoding: Encoding,
    /// Capabilities of the client.
    pub client: ClientAbilities,
    /// Stored results of runs.
    pub runs: &'a Runs,
    /// The files that are not in the snapshot.
    pub disk: &'a dyn Disk,
}

impl RootSnapshot {
    /// Generations of the texts of a run: of the file and of its includes, sorted.
    pub fn stamp(&self, at: usize) -> Stamp {
        let (mut seen, mut open) = (std::collections::BTreeSet::from([at]), vec![at]);
        while let Some(at) = open.pop() {
            open.extend(self.project.included(at).iter().flatten().filter(|&&at| seen.insert(at)));
        }
        let mut stamp: Stamp = seen.into_iter().filter_map(|at| Some(self.documents.get(at)?.generation)).collect();
        stamp.sort_unstable();
        stamp
    }
}

impl Snapshot {
    /// A snapshot without files.
    pub fn new(disk: Arc<dyn Disk>) -> Self {
        Self {
            roots: Vec::new(),
            aliases: HashMap::new(),
            settings: HashMap::new(),
            client: ClientAbilities::default(),
            runs: Arc::default(),
            disk,
        }
    }

    /// A file, if it is known. A script in a string is named by the fragment of its file's URI: see [`View::name`].
    pub fn view(&self, uri: &Uri) -> Option<View<'_>> {
        // Clients may escape the sign of a fragment.
        let named = uri.as_str().split_once('#').or_else(|| uri.as_str().rsplit_once("%23"));
        if let Some((host, id)) = named.filter(|_| self.find(&self.key(uri)).is_none()) {
            let id = percent_decoded(id);
            let host = host.parse::<Uri>().ok()?;
            return self
                .embedded(&host)
                .into_iter()
                .find(|view| view.document().embedding.as_ref().is_some_and(|it| it.script().id == id));
        }
        let (root, at) = self.find(&self.key(uri))?;
        Some(self.view_at(root, at))
    }

    /// True if a quote is missing in a file of another language, so that the findings of its last whole text are to stay.
    pub fn is_half_typed(&self, uri: &Uri) -> bool {
        let key = self.key(uri);
        let is_stale = |root: &Arc<RootSnapshot>, at: &usize| root.documents[*at].is_stale;
        self.roots.iter().any(|root| root.hosts.get(&key).is_some_and(|all| all.iter().any(|at| is_stale(root, at))))
    }

    /// The scripts in the strings of a file of another language; empty for others.
    pub fn embedded(&self, uri: &Uri) -> Vec<View<'_>> {
        let is_script = |view: &View<'_>| view.document().embedding.is_some() && !view.document().is_stale;
        self.hosted(uri).filter(is_script).collect()
    }

    /// The calls of scripts in a file of another language.
    pub fn program(&self, uri: &Uri) -> Option<View<'_>> {
        self.hosted(uri).find(|view| view.document().program.is_some())
    }

    /// All that has findings at a document: the scripts behind it, and the calls of scripts in it.
    pub fn checked(&self, uri: &Uri) -> Vec<View<'_>> {
        self.views_of(uri).into_iter().chain(self.program(uri)).collect()
    }

    /// All that is in a file of another language.
    fn hosted(&self, uri: &Uri) -> impl Iterator<Item = View<'_>> {
        let key = self.key(uri);
        let found = self.roots.iter().enumerate().find_map(|(nth, root)| Some((nth, root.hosts.get(&key)?)));
        found.into_iter().flat_map(move |(nth, all)| all.iter().map(move |&at| self.view_at(nth, at)))
    }

    /// The scripts behind a document: itself, or those in its strings. A transcript has both.
    pub fn views_of(&self, uri: &Uri) -> Vec<View<'_>> {
        self.view(uri).into_iter().chain(self.embedded(uri)).collect()
    }

    /// A file and the place in its script of a position in the document.
    pub fn at(&self, place: &TextDocumentPositionParams) -> Option<(View<'_>, u32)> {
        let uri = &place.text_document.uri;
        let inner = |view: View<'_>| view.inner_offset(place.position);
        let embedded = self.embedded(uri).into_iter().find_map(|view| Some((view, inner(view)?)));
        embedded.or_else(|| self.view(uri).map(|view| (view, view.offset(place.position))))
    }

    /// The root and the number of the file with a key. A file of one root may be read by another for its includes.
    pub fn find(&self, key: &str) -> Option<(usize, usize)> {
        let found = || self.roots.iter().enumerate().filter_map(|(nth, root)| Some((nth, *root.by_key.get(key)?)));
        found().find(|&(root, at)| self.roots[root].documents[at].own).or_else(|| found().next())
    }

    /// An open settings' file.
    pub fn settings_file(&self, uri: &Uri) -> Option<&SettingsFile> {
        self.settings.get(&key(uri)).map(Arc::as_ref)
    }

    /// The key of a file, by whatever path the client names it.
    pub fn key(&self, uri: &Uri) -> String {
        let own = key(uri);
        if self.find(&own).is_some() {
            return own;
        }
        match (self.aliases.get(&own), path_of(uri)) {
            (Some(real), _) => real.clone(),
            (None, Some(path)) => key_of(&self.disk.canonical(&path)),
            (None, None) => own,
        }
    }

    /// Generations of the texts of a run of a file; none for an unknown file.
    pub fn stamp(&self, key: &str) -> Option<Stamp> {
        let (root, at) = self.find(key)?;
        Some(self.roots[root].stamp(at))
    }

    /// All files of the roots.
    pub fn views(&self) -> impl Iterator<Item = View<'_>> {
        self.roots.iter().enumerate().flat_map(move |(nth, root)| {
            (0..root.documents.len()).filter(|&at| root.documents[at].own).map(move |at| self.view_at(nth, at))
        })
    }

    /// The file with a number of the root with a number.
    pub fn view_at(&self, root: usize, at: usize) -> View<'_> {
        View {
            root: &self.roots[root],
            nth: root,
            at,
            encoding: self.client.encoding,
            client: self.client,
            runs: &self.runs,
            disk: &*self.disk,
        }
    }
}

impl<'a> View<'a> {
    /// The files of the root.
    pub fn project(&self) -> &'a Project {
        &self.root.project
    }

    /// The file as the features see it.
    pub fn file(&self) -> &'a File {
        &self.root.project.files[self.at]
    }

    /// URI as the client has it.
    pub fn uri(&self) -> &'a Uri {
        &self.document().uri
    }

    /// The URI by which commands and payloads name it: for a script in a string with the script's id as its fragment.
    pub fn name(&self) -> Uri {
        let uri = self.uri();
        let Some(embedding) = &self.document().embedding else { return uri.clone() };
        let named = format!("{}#{}", uri.as_str(), percent_encoded(&embedding.script().id)).parse::<Uri>();
        named.unwrap_or_else(|_| uri.clone())
    }

    /// True if a program pastes values into the script, so that its text is not known.
    pub fn has_holes(&self) -> bool {
        self.document().embedding.as_ref().is_some_and(|it| !it.script().values.is_empty())
    }

    /// The file as the client knows it.
    pub fn document(&self) -> &'a Document {
        &self.root.documents[self.at]
    }

    /// The file's name in snapshots.
    pub fn key(&self) -> &'a str {
        &self.document().key
    }

    /// The view of another file of the same root.
    pub fn other(&self, at: usize) -> Self {
        Self { at, ..*self }
    }
}

/// A text as the fragment of a URI.
fn percent_encoded(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    text.bytes().map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// The text of a fragment.
fn percent_decoded(text: &str) -> String {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        let code =
            text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%').and_then(|it| u8::from_str_radix(it, 16).ok());
        out.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A URI in one form: clients escape differently (`%3A`, `:`).
pub fn key(uri: &Uri) -> String {
    match path_of(uri) {
        Some(path) => uri_of(&path).map_or_else(|| uri.as_str().to_owned(), |uri| uri.as_str().to_owned()),
        None => uri.as_str().to_owned(),
    }
}

/// The key of a file, which names it in snapshots.
pub fn key_of(path: &Path) -> String {
    uri_of(path).map_or_else(|| path.to_string_lossy().into_owned(), |uri| uri.as_str().to_owned())
}

/// The path of a `file:` URI; none for others, such as that of an unsaved buffer.
pub fn path_of(uri: &Uri) -> Option<PathBuf> {
    if !uri.as_str().starts_with("file:") {
        return None;
    }
    uri.to_file_path().map(|path| semantic::normalise(&path))
}

/// The URI of a file.
pub fn uri_of(path: &Path) -> Option<Uri> {
    Uri::from_file_path(path)
}
