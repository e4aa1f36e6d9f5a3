//! One folder of the workspace, or the folder of a file that is in none: its settings and its files.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
    sync::Arc,
};

use ide::File;
use linter::Options;
use semantic::File as Analysed;
use workspace::{FileStamp, Found, Loaded, Resolver, Settings};

use crate::{
    config,
    snapshot::{RootSnapshot, uri_of},
};

/// A folder with what is known of it.
#[derive(Debug)]
pub(crate) struct Root {
    /// The folder, by its one path.
    pub folder: PathBuf,
    /// The folder as the client has it, which may lead through links.
    pub shown: PathBuf,
    /// Whether the client named it, so that all its files are read.
    pub is_workspace: bool,
    /// Its settings.
    pub settings: Arc<Settings>,
    /// The files that were read from disk.
    pub disk: BTreeMap<PathBuf, Arc<Analysed>>,
    /// Files that are only read because others include them.
    context: BTreeMap<PathBuf, Arc<Analysed>>,
    /// What the files on disk were when they were read.
    stamps: HashMap<PathBuf, FileStamp>,
    /// The settings' file, if there is one, as it was read.
    settings_file: Option<(PathBuf, Option<FileStamp>)>,
    resolver: Resolver,
    options: Arc<Options>,
    /// The last snapshot.
    pub current: Arc<RootSnapshot>,
}

/// An open document, as a root sees it.
#[derive(Clone, Debug)]
pub(crate) struct OpenFile {
    /// Where it lies, by its one path, or a made-up path for an unsaved buffer.
    pub path: PathBuf,
    /// The path by which the client has it, where that is another.
    pub alias: Option<PathBuf>,
    /// Its URI as the client has it.
    pub uri: tower_lsp_server::ls_types::Uri,
    /// Its version.
    pub version: i32,
    /// Its analysis.
    pub file: Arc<Analysed>,
    /// Whether the client says that it is a script of the server's.
    pub named: bool,
}

impl Root {
    /// A root with nothing read but its settings.
    pub(crate) fn new(shown: PathBuf, is_workspace: bool, editor: &serde_json::Value) -> Self {
        let mut root = Self {
            folder: workspace::canonical(&shown),
            shown,
            is_workspace,
            settings: Arc::default(),
            disk: BTreeMap::new(),
            context: BTreeMap::new(),
            stamps: HashMap::new(),
            settings_file: None,
            resolver: Resolver::default(),
            options: Arc::new(Options { judge: Some(engine::judge::refusal), ..Options::default() }),
            current: Arc::new(RootSnapshot::default()),
        };
        root.configure(editor);
        root
    }

    /// A path as the client has it.
    pub(crate) fn shown(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.folder).map_or_else(|_| path.to_path_buf(), |rest| self.shown.join(rest))
    }

    /// Reads the settings again: those of `redlua.toml`, else those of the editor.
    pub(crate) fn configure(&mut self, editor: &serde_json::Value) {
        self.settings_file = self.settings_on_disk();
        let mut settings = match Settings::load(&self.folder, None) {
            Ok(settings) => settings,
            Err(_) => Settings { root: self.folder.clone(), ..Settings::default() },
        };
        if settings.file.is_none()
            && let Some(text) = config::as_toml(editor)
        {
            settings.parse(&text);
            let config = &settings.config;
            let has_paths = !config.include.is_empty()
                || !config.exclude.is_empty()
                || !config.joins.is_empty()
                || !config.mappings.is_empty();
            // Who opens a folder means its files.
            if has_paths || config.run.seed.is_some() {
                settings.root.clone_from(&self.folder);
            }
        }
        self.settings = Arc::new(settings);
        self.options =
            Arc::new(Options { judge: Some(engine::judge::refusal), ..self.settings.config.options.clone() });
        self.forget_places();
    }

    fn settings_on_disk(&self) -> Option<(PathBuf, Option<FileStamp>)> {
        let file = workspace::nearest(&self.folder)?;
        let stamp = FileStamp::of(&file);
        Some((file, stamp))
    }

    /// Whether the settings' file is another than the one that was read, or there is one only now.
    pub(crate) fn settings_changed(&self) -> bool {
        self.settings_on_disk() != self.settings_file
    }

    /// Takes in the files that were read.
    pub(crate) fn loaded(&mut self, files: Vec<Loaded>) {
        self.stamps.extend(files.iter().filter_map(|file| Some((file.path.clone(), file.stamp?))));
        self.disk = files.into_iter().map(|file| (file.path, file.file)).collect();
        self.forget_places();
    }

    /// Reads again what changed on disk of the files that open documents include or are included by, and looks for their
    /// includes again. True if anything did. For clients that tell of no file but those that are open; `open` has these, with
    /// the paths by which the client has them.
    pub(crate) fn catch_up(&mut self, open: &BTreeMap<PathBuf, PathBuf>) -> bool {
        let is_open = |path: &Path| open.contains_key(path);
        let current = Arc::clone(&self.current);
        let files = &current.project.files;
        let mut reached: BTreeSet<usize> = (0..files.len()).filter(|&at| is_open(&current.paths[at])).collect();
        let mut waiting: Vec<usize> = reached.iter().copied().collect();
        let mut includers: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, file) in files.iter().enumerate() {
            file.included.iter().flatten().for_each(|&target| includers.entry(target).or_default().push(at));
        }
        while let Some(at) = waiting.pop() {
            let near = files[at].included.iter().flatten().chain(includers.get(&at).into_iter().flatten());
            waiting.extend(near.copied().filter(|&at| reached.insert(at)));
        }
        let mut changed = false;
        let mut resolver = Resolver::default();
        for path in current.paths.iter().filter(|path| is_open(path)) {
            resolver.add(path.clone());
        }
        for at in reached {
            let (path, file) = (&current.paths[at], &files[at]);
            if !path.is_absolute() {
                continue;
            }
            let is_known = self.stamps.contains_key(path);
            if !is_open(path) && is_known && FileStamp::of(path) != self.stamps.get(path).copied() {
                self.reread(path);
                changed = true;
            }
            for (include, known) in file.script.includes.iter().zip(&file.included) {
                let known: Vec<&PathBuf> = known.iter().map(|&at| &current.paths[at]).collect();
                let mut found = resolver.resolve(include, path, &self.settings);
                if let (true, Some(alias)) = (found.is_empty(), open.get(path)) {
                    found = resolver.resolve(include, alias, &self.settings);
                }
                let is_same =
                    |(found, known): (&PathBuf, &&PathBuf)| found == *known || resolver.canonical(found) == **known;
                if found.len() != known.len() || !found.iter().zip(&known).all(is_same) {
                    self.forget_places();
                    for path in found.iter().map(|path| resolver.canonical(path)).filter(|path| !is_open(path)) {
                        if path.starts_with(&self.folder) && !self.disk.contains_key(&path) {
                            self.reread(&path);
                        }
                    }
                    changed = true;
                }
            }
        }
        changed
    }

    /// Files came or went: includes are looked for again.
    pub(crate) fn forget_places(&mut self) {
        self.resolver = Resolver::default();
        self.context.clear();
    }

    /// Takes in what is at a path now: a file, a folder with its files, or nothing.
    pub(crate) fn reread(&mut self, path: &Path) {
        for known in [&mut self.disk, &mut self.context] {
            let from = known.range(path.to_path_buf()..).map(|(file, _)| file.clone());
            for file in from.take_while(|file| file.starts_with(path)).collect::<Vec<_>>() {
                known.remove(&file);
                self.stamps.remove(&file);
            }
        }
        let mut found = Vec::new();
        if path.is_dir() {
            found = workspace::files(&[path.to_path_buf()], &self.folder, &self.settings).0;
            self.forget_places();
        } else if path.is_file() {
            found.push(Found { path: path.to_path_buf(), named: false });
        } else {
            self.forget_places();
        }
        for file in found {
            if !self.is_workspace || self.settings.is_excluded(&file.path, &self.folder) {
                self.forget_places();
            } else if let Ok(loaded) = workspace::read(file, false) {
                self.stamps.extend(loaded.stamp.map(|stamp| (loaded.path.clone(), stamp)));
                self.disk.insert(loaded.path, loaded.file);
            }
        }
    }

    /// Links everything anew and takes over what did not change. True if anything did.
    pub(crate) fn rebuild(&mut self, open: &[OpenFile], generation: &mut u64) {
        let mut loaded: Vec<Loaded> = Vec::with_capacity(self.disk.len() + open.len());
        for (path, file) in &self.disk {
            if !open.iter().any(|open| open.path == *path) {
                let file = Arc::clone(file);
                loaded.push(Loaded {
                    path: path.clone(),
                    alias: None,
                    named: false,
                    context: false,
                    stamp: None,
                    file,
                });
            }
        }
        for open in open {
            self.resolver.add(open.path.clone());
            let file = Arc::clone(&open.file);
            let (path, alias) = (open.path.clone(), open.alias.clone());
            loaded.push(Loaded { path, alias, named: open.named, context: false, stamp: None, file });
        }
        loaded.sort_by(|a, b| a.path.cmp(&b.path));
        let (context, stamps) = (&mut self.context, &mut self.stamps);
        let read = |path: &Path| {
            if let Some(file) = context.get(path) {
                let file = Arc::clone(file);
                return Some(Loaded {
                    path: path.to_path_buf(),
                    alias: None,
                    named: false,
                    context: true,
                    stamp: None,
                    file,
                });
            }
            let loaded = workspace::read(Found { path: path.to_path_buf(), named: false }, true).ok()?;
            stamps.extend(loaded.stamp.map(|stamp| (path.to_path_buf(), stamp)));
            context.insert(path.to_path_buf(), Arc::clone(&loaded.file));
            Some(loaded)
        };
        let folder = self.folder.clone();
        let shown = |path: &Path| workspace::relative(path, &folder).to_string_lossy().replace('\\', "/");
        let linked = workspace::link(&mut loaded, &self.settings, &mut self.resolver, read, shown);

        let before = Arc::clone(&self.current);
        let mut next = RootSnapshot {
            folder: self.is_workspace.then(|| self.folder.clone()),
            settings: Arc::clone(&self.settings),
            ..RootSnapshot::default()
        };
        let mut files: Vec<Arc<File>> = Vec::with_capacity(linked.len());
        for (linked, loaded) in linked.into_iter().zip(loaded) {
            let is_script = !ide::is_transcript(&linked.path)
                && self.settings.is_script(&loaded.path, loaded.named, &linked.script);
            let known = before.project.find(&linked.path).filter(|&at| {
                let file = &before.project.files[at];
                Arc::ptr_eq(&file.script.file, &linked.script.file)
                    && Arc::ptr_eq(&file.options, &self.options)
                    && file.is_script == is_script
                    && file.included == linked.targets
                    && file.script.environment == linked.script.environment
            });
            let opened = open.iter().find(|open| open.path == loaded.path);
            next.uris.push(match opened {
                Some(open) => open.uri.clone(),
                None => match uri_of(&self.shown(&loaded.path)) {
                    Some(uri) => uri,
                    None => continue,
                },
            });
            next.paths.push(loaded.path.clone());
            next.versions.push(opened.map(|open| open.version));
            next.own.push(!loaded.context);
            match known {
                Some(at) => {
                    next.generations.push(before.generations[at]);
                    files.push(Arc::clone(&before.project.files[at]));
                }
                None => {
                    *generation += 1;
                    next.generations.push(*generation);
                    let file = File::new(linked.path, linked.script, is_script, Arc::clone(&self.options));
                    files.push(Arc::new(file.with_targets(linked.targets)));
                }
            }
        }
        next.project = ide::Project::new(files);
        self.current = Arc::new(next);
    }
}
