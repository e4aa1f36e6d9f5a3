//! One folder of the workspace, or the folder of a file that is in none: its settings and its files.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use ide::File;
use linter::Options;
use semantic::File as Analysed;
use workspace::{Found, Loaded, Resolver, Settings};

use crate::{
    config,
    snapshot::{RootSnapshot, uri_of},
};

/// A folder with what is known of it.
#[derive(Debug)]
pub(crate) struct Root {
    /// The folder.
    pub folder: PathBuf,
    /// Whether the client named it, so that all its files are read.
    pub is_workspace: bool,
    /// Its settings.
    pub settings: Arc<Settings>,
    /// The files that were read from disk.
    pub disk: BTreeMap<PathBuf, Arc<Analysed>>,
    /// Files that are only read because others include them.
    context: BTreeMap<PathBuf, Arc<Analysed>>,
    resolver: Resolver,
    options: Arc<Options>,
    /// The last snapshot.
    pub current: Arc<RootSnapshot>,
}

/// An open document, as a root sees it.
#[derive(Clone, Debug)]
pub(crate) struct OpenFile {
    /// Where it lies, or a made-up path for an unsaved buffer.
    pub path: PathBuf,
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
    pub(crate) fn new(folder: PathBuf, is_workspace: bool, editor: &serde_json::Value) -> Self {
        let mut root = Self {
            folder,
            is_workspace,
            settings: Arc::default(),
            disk: BTreeMap::new(),
            context: BTreeMap::new(),
            resolver: Resolver::default(),
            options: Arc::new(Options::default()),
            current: Arc::new(RootSnapshot::default()),
        };
        root.configure(editor);
        root
    }

    /// Reads the settings again: those of `redlua.toml`, else those of the editor.
    pub(crate) fn configure(&mut self, editor: &serde_json::Value) {
        let mut settings = match Settings::load(&self.folder, None) {
            Ok(settings) => settings,
            Err(_) => Settings { root: self.folder.clone(), ..Settings::default() },
        };
        if settings.file.is_none()
            && let Some(text) = config::as_toml(editor)
        {
            settings.parse(&text);
            let config = &settings.config;
            let has_paths = !config.include.is_empty() || !config.exclude.is_empty() || !config.mappings.is_empty();
            // Who opens a folder means its files.
            if has_paths || config.run.seed.is_some() {
                settings.root.clone_from(&self.folder);
            }
        }
        self.settings = Arc::new(settings);
        self.options = Arc::new(self.settings.config.options.clone());
        self.forget_places();
    }

    /// Files came or went: includes are looked for again.
    pub(crate) fn forget_places(&mut self) {
        self.resolver = Resolver::default();
        self.context.clear();
    }

    /// What is in a file on disk may have changed.
    pub(crate) fn reread(&mut self, path: &Path) {
        self.context.remove(path);
        self.disk.remove(path);
        if path.is_file() && self.is_workspace && !self.settings.is_excluded(path, &self.folder) {
            if let Ok(loaded) = workspace::read(Found { path: path.to_path_buf(), named: false }, false) {
                self.disk.insert(path.to_path_buf(), loaded.file);
            }
        } else {
            self.forget_places();
        }
    }

    /// Links everything anew and takes over what did not change. True if anything did.
    pub(crate) fn rebuild(&mut self, open: &[OpenFile], generation: &mut u64) {
        let mut loaded: Vec<Loaded> = Vec::with_capacity(self.disk.len() + open.len());
        for (path, file) in &self.disk {
            if !open.iter().any(|open| open.path == *path) {
                loaded.push(Loaded { path: path.clone(), named: false, context: false, file: Arc::clone(file) });
            }
        }
        for open in open {
            self.resolver.add(open.path.clone());
            let file = Arc::clone(&open.file);
            loaded.push(Loaded { path: open.path.clone(), named: open.named, context: false, file });
        }
        loaded.sort_by(|a, b| a.path.cmp(&b.path));
        let context = &mut self.context;
        let read = |path: &Path| {
            if let Some(file) = context.get(path) {
                let file = Arc::clone(file);
                return Some(Loaded { path: path.to_path_buf(), named: false, context: true, file });
            }
            let loaded = workspace::read(Found { path: path.to_path_buf(), named: false }, true).ok()?;
            context.insert(path.to_path_buf(), Arc::clone(&loaded.file));
            Some(loaded)
        };
        let folder = self.folder.clone();
        let shown = |path: &Path| workspace::relative(path, &folder).to_string_lossy().replace('\\', "/");
        let linked = workspace::link(&mut loaded, &self.settings, &mut self.resolver, read, shown);

        let before = Arc::clone(&self.current);
        let mut next = RootSnapshot { settings: Arc::clone(&self.settings), ..RootSnapshot::default() };
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
                None => match uri_of(&loaded.path) {
                    Some(uri) => uri,
                    None => continue,
                },
            });
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
