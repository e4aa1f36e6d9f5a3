//! The main loop: it alone owns the documents. Events come in order; whatever waits is taken in before anything is
//! analysed, so that a fast typist, or a thousand edits a second, cost one analysis and not a thousand.

mod content;
mod documents;
mod examples;
mod reports;
mod runs;

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender},
    },
    time::{Duration, Instant},
};

use host::Language;
use serde_json::Value;
use text::Document;
use tower_lsp_server::ls_types::{
    Diagnostic, DidChangeWatchedFilesRegistrationOptions, FileChangeType, FileSystemWatcher, GlobPattern, MessageType,
    Registration, Uri,
};
use workspace::{Loaded, Source};

use self::content::Content;
use crate::{
    disk::LocalDisk,
    event::Event,
    outbox::{Message, Outbox},
    root::{OpenFile, Root, source},
};
use requests::{
    client::ClientAbilities,
    run::results::Runs,
    settings_file::SettingsFile,
    snapshot::{Snapshot, key, key_of, path_of, uri_of},
};

struct Open {
    uri: Uri,
    /// Canonical path of the file, or a made-up one.
    path: PathBuf,
    /// The number of its last opening or edit: of several documents of one file the last counts.
    touched: u64,
    document: Document,
    named: bool,
    /// The analysis of the text.
    content: Content,
}

impl Open {
    /// The file's name in snapshots.
    fn key(&self) -> String {
        key_of(&self.path)
    }

    /// The scripts that are in it, as a root sees them.
    fn files(&self) -> Vec<OpenFile> {
        let alias = path_of(&self.uri).filter(|path| *path != self.path);
        let file = |path: &Path, file: &Arc<semantic::File>| OpenFile {
            path: path.to_path_buf(),
            alias: alias.clone(),
            uri: self.uri.clone(),
            version: self.document.version,
            file: Arc::clone(file),
            named: self.named,
            embedding: None,
            program: None,
            is_stale: false,
        };
        let (script, hosted) = match &self.content {
            Content::Script(script) => (script.as_ref(), None),
            Content::Host(hosted) => (None, Some(hosted)),
            Content::Transcript(file, hosted) => (file.as_ref(), Some(hosted)),
        };
        let embedded = |loaded: &Loaded, is_stale: bool| OpenFile {
            embedding: loaded.embedding.clone(),
            program: loaded.program.clone(),
            is_stale,
            ..file(&loaded.path, &loaded.file)
        };
        let mut found: Vec<OpenFile> = script.map(|script| file(&self.path, script)).into_iter().collect();
        if let Some(hosted) = hosted {
            found.extend(hosted.scripts.iter().map(|it| embedded(it, false)));
            found.extend(hosted.stale.iter().map(|it| embedded(it, true)));
        }
        found
    }
}

/// Number of times the progress of reading a folder is reported.
const REPORTS: usize = 20;

/// Number of files that are read without a report.
const LEAST_REPORTED: usize = 250;

/// Minimum age of our view of the disk before a request refreshes it, for clients that watch no files.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The main loop's own.
pub(crate) struct World {
    events: Receiver<Event>,
    sender: Sender<Event>,
    outbox: Outbox,
    abilities: ClientAbilities,
    /// Not yet sent.
    registrations: Vec<Registration>,
    settings: Value,
    roots: Vec<Root>,
    open: HashMap<String, Open>,
    /// The settings' files that are open, which are no scripts.
    open_settings: HashMap<String, (Document, Arc<SettingsFile>)>,
    /// Number of times documents were opened or edited.
    touches: u64,
    dirty: bool,
    snapshot: Arc<Snapshot>,
    generation: u64,
    /// The generation that was last published of each file, and the version that the client gave the text.
    published: HashMap<String, (u64, Option<i32>, Uri)>,
    /// Diagnostics that were last sent for each `redlua.toml`.
    told_settings: Vec<(Uri, Vec<Diagnostic>)>,
    loading: usize,
    /// True if the client has heard our answer to `initialize`.
    greeted: bool,
    /// Stored results of runs.
    runs: Arc<Runs>,
    /// True if `runs` changed since the snapshot was made.
    runs_changed: bool,
    /// The files whose findings runs changed.
    touched: HashSet<String>,
    examples: examples::Examples,
    /// True if the disk is to be looked at before the next snapshot.
    look: bool,
    /// Time of the last look at the disk for changes that no event reported.
    looked: Instant,
}

impl World {
    /// Runs the loop until all senders are gone.
    pub(crate) fn run(events: Receiver<Event>, sender: Sender<Event>, outbox: Outbox) {
        let mut world = Self {
            events,
            sender,
            outbox,
            abilities: ClientAbilities::default(),
            registrations: Vec::new(),
            settings: Value::Null,
            roots: Vec::new(),
            open: HashMap::new(),
            open_settings: HashMap::new(),
            touches: 0,
            dirty: false,
            snapshot: Arc::new(Snapshot::new(Arc::new(LocalDisk))),
            generation: 0,
            published: HashMap::new(),
            told_settings: Vec::new(),
            loading: 0,
            greeted: false,
            runs: Arc::default(),
            runs_changed: false,
            touched: HashSet::new(),
            examples: examples::Examples::default(),
            look: false,
            looked: Instant::now(),
        };
        while let Ok(event) = world.next() {
            let mut waiting: Vec<Event> = event.into_iter().collect();
            while let Ok(event) = world.events.try_recv() {
                waiting.push(event);
            }
            let mut asked = Vec::new();
            for event in waiting {
                match event {
                    // A request sees the edits before it. Where some are not taken in yet it sees later ones too, which the
                    // client has made; else its positions are those of the text that it was made for.
                    Event::Snapshot(answer) if world.is_current() => {
                        answer.send(Arc::clone(&world.snapshot)).ok();
                    }
                    Event::Snapshot(answer) => asked.push(answer),
                    event => world.take(event),
                }
            }
            let is_due = !asked.is_empty() && !world.abilities.watches && world.looked.elapsed() > LOOK_AGAIN;
            if std::mem::take(&mut world.look) || is_due {
                world.catch_up();
            }
            world.refresh();
            world.show_runs();
            world.run_examples();
            for answer in asked {
                answer.send(Arc::clone(&world.snapshot)).ok();
            }
        }
    }

    /// True if the snapshot has all that is known.
    fn is_current(&self) -> bool {
        let is_watched = self.abilities.watches || self.looked.elapsed() <= LOOK_AGAIN;
        !self.dirty && !self.look && !self.runs_changed && self.loading == 0 && is_watched
    }

    /// The next event, or none when the time for something has come before it.
    fn next(&self) -> Result<Option<Event>, RecvTimeoutError> {
        let Some(due) = self.examples.due() else {
            return self.events.recv().map(Some).map_err(|_| RecvTimeoutError::Disconnected);
        };
        match self.events.recv_timeout(due.saturating_duration_since(Instant::now())) {
            Ok(event) => Ok(Some(event)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(gone) => Err(gone),
        }
    }

    fn take(&mut self, event: Event) {
        // A client that forgets `initialized` shows with its first message that it has the answer.
        let ours = matches!(
            event,
            Event::Start { .. }
                | Event::Loaded { .. }
                | Event::Linted { .. }
                | Event::Ran { .. }
                | Event::Judged { .. }
        );
        if !self.greeted && !ours {
            self.greeted = true;
            self.outbox.put(Message::Greeted);
        }
        match event {
            Event::Start { folders, abilities, settings, registrations } => {
                self.registrations = registrations;
                self.abilities = abilities;
                self.settings = settings;
                folders.into_iter().for_each(|folder| self.add_folder(folder));
            }
            Event::Ready => self.ready(),
            Event::Open { uri, text, version, language } => {
                self.open(uri, &text, version, &language);
                self.look = true;
            }
            Event::Change { uri, version, changes } => self.change(&uri, version, changes),
            Event::Close { uri } => self.close(&uri),
            Event::Saved { uri } => {
                // Clients that watch nothing tell of files this way.
                if let Some(path) = path_of(&uri).filter(|path| is_settings(path)) {
                    self.file_event(&workspace::canonical(&path), FileChangeType::CHANGED);
                }
                self.look = true;
            }
            Event::Folders { added, removed } => {
                self.roots.retain(|root| !removed.contains(&root.shown));
                added.into_iter().for_each(|folder| self.add_folder(folder));
                self.dirty = true;
            }
            Event::Reconfigure(settings) => {
                if self.abilities.configuration {
                    self.ask_configuration();
                } else {
                    // Clients that cannot be asked send the settings themselves, some under our name.
                    let own = settings.get("redlua").cloned();
                    self.configure(own.unwrap_or(settings));
                }
            }
            Event::Configured(values) => {
                if let Some(value) = values.into_iter().find(|value| !value.is_null()) {
                    self.configure(value);
                }
            }
            Event::Watched(events) => {
                for event in events {
                    if let Some(path) = path_of(&event.uri) {
                        self.file_event(&workspace::canonical(&path), event.typ);
                    }
                }
                // What the client tells need not be all: our plug-ins tell so that the editor has the focus again.
                self.look = true;
            }
            Event::Loaded { folder, files, unreadable } => self.loaded(&folder, files, unreadable),
            Event::Linted { file, key } => self.publish(&file, &key),
            Event::Ran { key, ran, remember } => self.ran(&key, *ran, remember),
            Event::Judged { key, judged, own } => self.judged(&key, judged, own),
            Event::Snapshot(_) => {}
        }
    }

    fn ready(&mut self) {
        if self.abilities.configuration {
            self.ask_configuration();
        }
        let mut registrations = std::mem::take(&mut self.registrations);
        if self.abilities.watches {
            let extensions: Vec<&str> = Language::all().flat_map(Language::extensions).copied().collect();
            let hosts = format!("**/*.{{{}}}", extensions.join(","));
            let patterns = ["**/*.lua", "**/redlua.toml", "**/.gitignore", &hosts];
            let watcher =
                |pattern: &str| FileSystemWatcher { glob_pattern: GlobPattern::String(pattern.to_owned()), kind: None };
            let watchers = patterns.map(watcher).to_vec();
            let options = DidChangeWatchedFilesRegistrationOptions { watchers };
            registrations.push(Registration {
                id: "redlua/files".to_owned(),
                method: "workspace/didChangeWatchedFiles".to_owned(),
                register_options: serde_json::to_value(options).ok(),
            });
        }
        if !registrations.is_empty() {
            self.outbox.put(Message::Register(registrations));
        }
    }

    fn ask_configuration(&self) {
        let scopes: Vec<Uri> = self.roots.iter().filter_map(|root| uri_of(&root.folder)).take(1).collect();
        self.outbox.put(Message::Configuration { scopes, answer: self.sender.clone() });
    }

    fn configure(&mut self, settings: Value) {
        if settings == self.settings {
            return;
        }
        self.settings = settings;
        for root in &mut self.roots {
            root.configure(&self.settings);
        }
        // Which hints are wanted may be what has changed.
        if self.abilities.refreshes_hints {
            self.outbox.put(Message::RefreshHints);
        }
        if self.abilities.refreshes_lenses {
            self.outbox.put(Message::RefreshLenses);
        }
        self.dirty = true;
    }

    fn add_folder(&mut self, folder: PathBuf) {
        let root = Root::new(folder, true, &self.settings);
        if self.roots.iter().any(|known| known.folder == root.folder && known.is_workspace) {
            return;
        }
        self.roots.retain(|known| known.folder != root.folder);
        self.load(&root);
        self.roots.push(root);
        // An inner folder has the say over its files.
        self.roots.sort_by_key(|root| std::cmp::Reverse(root.folder.as_os_str().len()));
        self.dirty = true;
    }

    /// Reads the files of a folder on another thread.
    fn load(&mut self, root: &Root) {
        if self.loading == 0 && self.abilities.progress {
            self.outbox.put(Message::Begin("Reading scripts".to_owned()));
        }
        self.loading += 1;
        let (folder, settings, sender) = (root.folder.clone(), root.settings.clone(), self.sender.clone());
        let outbox = self.abilities.progress.then(|| self.outbox.clone());
        rayon::spawn(move || {
            let (found, missing) = workspace::files_with_hosts(std::slice::from_ref(&folder), &folder, &settings);
            let mut unreadable = missing.len();
            let mut files = Vec::with_capacity(found.len());
            let (total, count) = (found.len(), AtomicUsize::new(0));
            let step = (total / REPORTS).max(LEAST_REPORTED);
            let was_read = || {
                let read = count.fetch_add(1, Ordering::Relaxed) + 1;
                if let (Some(outbox), 0) = (&outbox, read % step) {
                    outbox.put(Message::Report { read, total });
                }
            };
            for loaded in workspace::read_all(found, &settings, source, was_read) {
                match loaded {
                    Ok(file) => files.push(file),
                    Err(_) => unreadable += 1,
                }
            }
            sender.send(Event::Loaded { folder, files, unreadable }).ok();
        });
    }

    fn loaded(&mut self, folder: &Path, files: Vec<Source>, unreadable: usize) {
        let embedded = files.iter().filter(|it| it.embedding.is_some()).count();
        let lua = files.iter().filter(|it| it.embedding.is_none() && it.program.is_none()).count();
        if let Some(root) = self.roots.iter_mut().find(|root| root.folder == folder) {
            root.loaded(files);
        }
        if unreadable > 0 {
            let text = format!("{unreadable} files below {} cannot be read", folder.display());
            self.outbox.put(Message::Log(MessageType::WARNING, text));
        }
        self.loading = self.loading.saturating_sub(1);
        if self.loading == 0 && self.abilities.progress {
            let plural = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
            let scripts = (embedded > 0).then(|| format!(", {} in strings", plural(embedded, "script")));
            self.outbox.put(Message::End(plural(lua, "Lua file") + &scripts.unwrap_or_default()));
        }
        self.dirty = true;
    }

    /// Brings the snapshot up to date, if anything changed.
    fn refresh(&mut self) {
        if !std::mem::take(&mut self.dirty) {
            return;
        }
        self.house_strays();
        for open in self.open.values_mut() {
            let root = self.roots.iter().find(|root| open.path.starts_with(&root.folder));
            let settings = root.map(|root| root.settings.as_ref());
            open.content.analyse(&open.document, &open.path, settings, &self.outbox);
        }
        let mut by_root: Vec<Vec<OpenFile>> = vec![Vec::new(); self.roots.len()];
        for open in self.documents() {
            if let Some(root) = self.roots.iter().position(|root| open.path.starts_with(&root.folder)) {
                by_root[root].extend(open.files());
            }
        }
        for (root, open) in self.roots.iter_mut().zip(by_root) {
            root.rebuild(open, &mut self.generation);
        }
        let now = Arc::new(self.snap());
        let before = std::mem::replace(&mut self.snapshot, now);
        self.review_runs();
        self.tell_settings();
        self.lint(&before);
    }

    /// A file in no folder of the workspace gets a root of its own, which goes when its last file is closed.
    fn house_strays(&mut self) {
        let open = &self.open;
        self.roots.retain(|root| root.is_workspace || open.values().any(|open| open.path.starts_with(&root.folder)));
        for open in self.open.values() {
            if !self.roots.iter().any(|root| open.path.starts_with(&root.folder)) {
                let folder = |path: &Path| path.parent().unwrap_or(path).to_path_buf();
                let shown = path_of(&open.uri).map(|path| folder(&path));
                // A link to a single file has another folder than the file.
                let shown = shown.filter(|shown| workspace::canonical(shown) == folder(&open.path));
                self.roots.push(Root::new(shown.unwrap_or_else(|| folder(&open.path)), false, &self.settings));
            }
        }
    }

    /// The open documents, of each file the one that was last opened or edited.
    fn documents(&self) -> impl Iterator<Item = &Open> {
        let mut last: HashMap<&Path, &Open> = HashMap::with_capacity(self.open.len());
        for open in self.open.values() {
            let known = last.entry(&open.path).or_insert(open);
            if known.touched < open.touched {
                *known = open;
            }
        }
        last.into_values()
    }

    fn snap(&self) -> Snapshot {
        let mut snapshot =
            Snapshot { client: self.abilities, runs: Arc::clone(&self.runs), ..Snapshot::new(Arc::new(LocalDisk)) };
        snapshot.roots = self.roots.iter().map(|root| Arc::clone(&root.current)).collect();
        let settings = self.open_settings.iter().map(|(key, (_, file))| (key.clone(), Arc::clone(file)));
        snapshot.settings = settings.collect();
        for open in self.open.values() {
            let (own, real) = (key(&open.uri), open.key());
            if own != real {
                snapshot.aliases.insert(own, real);
            }
        }
        snapshot
    }
}

fn is_settings(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "redlua.toml" || name == ".gitignore")
}
