//! One folder of the workspace, or the folder of a file that is in none: its settings and its files.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use ide::File;
use linter::Options;
use semantic::File as Analysed;
use workspace::{Embedding, FileStamp, Found, Host, Loaded, Project, Resolver, Settings, Source};

use crate::config;
use requests::snapshot::{Document, RootSnapshot, key_of, uri_of};

/// A folder, with its files and settings.
#[derive(Debug)]
pub(crate) struct Root {
    /// Canonical path of the folder.
    pub folder: PathBuf,
    /// The folder as the client has it, which may lead through links.
    pub shown: PathBuf,
    /// True if the client named it, so that all its files are read.
    pub is_workspace: bool,
    /// Its settings.
    pub settings: Arc<Settings>,
    /// The files that were read from disk.
    disk: BTreeMap<PathBuf, Source>,
    /// Files that are only read because others include them.
    context: BTreeMap<PathBuf, Source>,
    /// The settings' file, if there is one, with its stamp when it was read.
    settings_file: Option<(PathBuf, Option<FileStamp>)>,
    resolver: Resolver,
    options: Arc<Options>,
    /// The files with the texts of open documents in place of those on disk.
    project: Project,
    /// For each file of the project, its number in the snapshot; none if the snapshot leaves it out.
    numbers: Vec<Option<usize>>,
    /// The documents that were open when `project` was made or last changed.
    opened: Vec<OpenFile>,
    /// True if files came or went since `project` was made, or lead elsewhere.
    is_stale: bool,
    /// Files on disk whose text was read again since.
    reread: Vec<PathBuf>,
    /// The last snapshot.
    pub current: Arc<RootSnapshot>,
}

/// An open document, as a root sees it.
#[derive(Clone, Debug)]
pub(crate) struct OpenFile {
    /// Canonical path, or a made-up path for an unsaved buffer.
    pub path: PathBuf,
    /// The path by which the client has it, where that is another.
    pub alias: Option<PathBuf>,
    /// Its URI as the client has it.
    pub uri: tower_lsp_server::ls_types::Uri,
    /// Its version.
    pub version: i32,
    /// Its analysis.
    pub file: Arc<Analysed>,
    /// True if the client says that it is a script of the server's.
    pub named: bool,
    /// For a script in a string, its place in the file of another language that is open.
    pub embedding: Option<Embedding>,
    /// The program with calls of scripts that it stands for.
    pub program: Option<Arc<Host>>,
    /// True for a script in a string behind a quote that is missing: its place is that of the last whole text.
    pub is_stale: bool,
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
            settings_file: None,
            resolver: Resolver::default(),
            project: Project::default(),
            numbers: Vec::new(),
            opened: Vec::new(),
            is_stale: true,
            reread: Vec::new(),
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

    /// True if the settings' file has changed or moved since it was read, or is new.
    pub(crate) fn settings_changed(&self) -> bool {
        self.settings_on_disk() != self.settings_file
    }

    /// Takes in the files that were read.
    pub(crate) fn loaded(&mut self, files: Vec<Source>) {
        self.disk = files.into_iter().map(|file| (file.path.clone(), file)).collect();
        self.forget_places();
    }

    /// Reads again the files related to open documents by includes, if they changed on disk, and resolves their includes again.
    /// Returns true if anything changed. For clients that report open files only; `open` has these, with the paths by which the
    /// client has them.
    pub(crate) fn catch_up(&mut self, open: &BTreeMap<PathBuf, PathBuf>) -> bool {
        let is_open = |path: &Path| open.contains_key(path);
        let project = &self.project;
        let mut reached: BTreeSet<usize> = open.keys().filter_map(|path| project.find(path)).collect();
        let mut waiting: Vec<usize> = reached.iter().copied().collect();
        while let Some(at) = waiting.pop() {
            let near = project.targets(at).iter().flatten().chain(project.includers(at));
            waiting.extend(near.copied().filter(|&at| reached.insert(at)));
        }
        let mut resolver = Resolver::default();
        for path in open.keys().filter(|path| project.find(path).is_some()) {
            resolver.add(path.clone());
        }
        let (mut again, mut moved): (Vec<PathBuf>, Vec<PathBuf>) = (Vec::new(), Vec::new());
        for at in reached {
            let source = project.file(at);
            let path = &source.path;
            if !path.is_absolute() {
                continue;
            }
            let disk_path = source.disk_path();
            if !is_open(disk_path) && source.stamp.is_some() && FileStamp::of(disk_path) != source.stamp {
                again.push(disk_path.to_path_buf());
            }
            for (include, known) in source.includes().iter().zip(project.targets(at)) {
                let known: Vec<&PathBuf> = known.iter().map(|&at| &project.file(at).path).collect();
                let mut found = resolver.resolve(include, path, &self.settings);
                if let (true, Some(alias)) = (found.is_empty(), open.get(path)) {
                    found = resolver.resolve(include, alias, &self.settings);
                }
                let is_same =
                    |(found, known): (&PathBuf, &&PathBuf)| found == *known || resolver.canonical(found) == **known;
                if found.len() != known.len() || !found.iter().zip(&known).all(is_same) {
                    moved.extend(found.iter().map(|path| resolver.canonical(path)).filter(|path| !is_open(path)));
                    moved.push(path.clone());
                }
            }
        }
        let changed = !again.is_empty() || !moved.is_empty();
        if !moved.is_empty() {
            self.forget_places();
        }
        again.iter().for_each(|path| self.reread(path));
        // A script in a string has no file of its own.
        moved.retain(|path| path.starts_with(&self.folder) && !is_open(path) && !self.disk.contains_key(path));
        moved.retain(|path| path.exists());
        moved.iter().for_each(|path| self.reread(path));
        changed
    }

    /// Files came or went: includes are looked for again.
    pub(crate) fn forget_places(&mut self) {
        self.resolver = Resolver::default();
        self.context.clear();
        self.is_stale = true;
    }

    /// Updates what is known of a path: a file, a folder with its files, or nothing.
    pub(crate) fn reread(&mut self, path: &Path) {
        let before = self.scripts_at(path);
        for known in [&mut self.disk, &mut self.context] {
            let from = known.range(path.to_path_buf()..).map(|(file, _)| file.clone());
            let is_in = |file: &PathBuf| file.starts_with(path) || is_embedded_in(file, path);
            let near = from.take_while(|file| is_beside(file, path));
            for file in near.filter(is_in).collect::<Vec<_>>() {
                known.remove(&file);
            }
        }
        let mut found = Vec::new();
        if path.is_dir() {
            found = workspace::files_with_hosts(&[path.to_path_buf()], &self.folder, &self.settings).0;
            self.forget_places();
        } else if path.is_file() {
            found.push(Found { path: path.to_path_buf(), named: false });
        } else {
            self.forget_places();
        }
        for file in found {
            if !self.is_workspace || self.settings.is_excluded(&file.path, &self.folder) {
                self.forget_places();
            } else if let Ok(scripts) = workspace::read_scripts(file, &self.settings) {
                self.disk.extend(scripts.into_iter().map(|loaded| (loaded.path.clone(), source(loaded))));
            }
        }
        let after = self.scripts_at(path);
        if !before.is_empty() && before == after {
            self.reread.extend(after);
        } else if !(before.is_empty() && after.is_empty() && self.settings.host_language(path).is_some()) {
            self.is_stale = true;
        }
    }

    /// The paths of what a file on disk has: its own, or those of the scripts in its strings.
    fn scripts_at(&self, path: &Path) -> Vec<PathBuf> {
        let from = self.disk.range(path.to_path_buf()..).map(|(file, _)| file);
        let near = from.take_while(|file| is_beside(file, path));
        near.filter(|file| *file == path || is_embedded_in(file, path)).cloned().collect()
    }

    /// Takes in the open documents and what changed on disk. After an edit that leads no include elsewhere only the files that it
    /// concerns are linked again.
    pub(crate) fn rebuild(&mut self, open: Vec<OpenFile>, generation: &mut u64) {
        let changed =
            self.edits(&open).and_then(|edits| self.project.update(edits, &self.settings, &mut self.resolver));
        match changed.filter(|changed| changed.iter().all(|&at| self.is_in_snapshot(at))) {
            Some(changed) => self.amend(&changed, &open, generation),
            None => self.relink(&open, generation),
        }
        (self.opened, self.is_stale) = (open, false);
        self.reread.clear();
    }

    /// The files that have another text now, by their numbers: documents that were edited, opened or closed, and files on disk that
    /// were read again. None where more than texts has changed.
    fn edits(&self, open: &[OpenFile]) -> Option<Vec<(usize, Source)>> {
        if self.is_stale {
            return None;
        }
        let mut before: HashMap<&Path, &OpenFile> = self.opened.iter().map(|it| (it.path.as_path(), it)).collect();
        // A file that is in the snapshot for what it gives to others only becomes one of its own when it is opened.
        let number = |path: &Path| {
            let is_own = |at: &usize| self.numbers[*at].is_some() && !self.project.file(*at).context;
            self.project.find(path).filter(is_own)
        };
        let is_same = |a: &Option<Arc<Host>>, b: &Option<Arc<Host>>| match (a, b) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        let mut edits = Vec::new();
        for now in open {
            match before.remove(now.path.as_path()) {
                Some(it) if it.alias != now.alias || it.named != now.named => return None,
                Some(it) if Arc::ptr_eq(&it.file, &now.file) && is_same(&it.program, &now.program) => {}
                _ => edits.push((number(&now.path)?, now.source())),
            }
        }
        let paths: HashSet<&Path> = open.iter().map(|it| it.path.as_path()).collect();
        let is_open = |path: &Path| paths.contains(path);
        let closed = before.into_keys().chain(self.reread.iter().map(PathBuf::as_path).filter(|path| !is_open(path)));
        for path in closed.collect::<BTreeSet<&Path>>() {
            edits.push((number(path)?, self.disk.get(path)?.clone()));
        }
        Some(edits)
    }

    /// True if the snapshot treats a file correctly: a file that may be a script must be in it.
    fn is_in_snapshot(&self, at: usize) -> bool {
        self.numbers[at].is_some() || !self.project.may_be_script(at, &self.settings)
    }

    /// Updates the snapshot for changed files, and for the URIs and versions of open documents.
    fn amend(&mut self, changed: &[usize], open: &[OpenFile], generation: &mut u64) {
        let current = Arc::clone(&self.current);
        let mut files: Vec<(usize, Arc<File>)> = Vec::with_capacity(changed.len());
        for &at in changed {
            let Some(number) = self.numbers[at] else { continue };
            self.keep(at);
            files.extend(self.file(at, &current.project.files[number].path).map(|file| (number, Arc::new(file))));
        }
        let mut documents = current.documents.clone();
        for &(number, _) in &files {
            *generation += 1;
            documents[number] = Arc::new(Document { generation: *generation, ..Document::clone(&documents[number]) });
        }
        for open in open {
            let number = self.project.find(&open.path).and_then(|at| self.numbers[at]);
            if let Some(known) = number.map(|number| &mut documents[number])
                && (known.version != Some(open.version) || known.uri != open.uri || known.is_stale != open.is_stale)
            {
                let (uri, version) = (open.uri.clone(), Some(open.version));
                let (embedding, program) = (open.embedding.clone(), open.program.clone());
                let is_stale = open.is_stale;
                *known = Arc::new(Document { uri, version, embedding, program, is_stale, ..Document::clone(known) });
            }
        }
        let paths: HashSet<&Path> = open.iter().map(|it| it.path.as_path()).collect();
        let is_open = |path: &Path| paths.contains(path);
        for &(number, _) in &files {
            let known = &documents[number];
            if known.version.is_some() && !is_open(&known.path) {
                let source = self.project.find(&known.path).map(|at| self.project.file(at));
                let (embedding, program) = source.map_or((None, None), |it| (it.embedding.clone(), it.program.clone()));
                let path = source.map_or(known.path.as_path(), Source::disk_path);
                let uri = uri_of(&self.shown(path)).unwrap_or_else(|| known.uri.clone());
                let is_stale = false;
                documents[number] =
                    Arc::new(Document { uri, version: None, embedding, program, is_stale, ..Document::clone(known) });
            }
        }
        self.current = Arc::new(RootSnapshot {
            folder: current.folder.clone(),
            project: current.project.with(files),
            documents,
            by_key: Arc::clone(&current.by_key),
            hosts: Arc::clone(&current.hosts),
            settings: Arc::clone(&current.settings),
        });
    }

    /// Links everything again and keeps the unchanged parts.
    fn relink(&mut self, open: &[OpenFile], generation: &mut u64) {
        let is_open: HashMap<&Path, &OpenFile> = open.iter().map(|open| (open.path.as_path(), open)).collect();
        let disk = self.disk.iter().filter(|(path, _)| !is_open.contains_key(path.as_path()));
        let mut sources: Vec<Source> = disk.map(|(_, source)| source.clone()).collect();
        for open in open {
            self.resolver.add(open.path.clone());
            sources.push(open.source());
        }
        sources.sort_by(|a, b| a.path.cmp(&b.path));
        let context = &mut self.context;
        let read = |path: &Path| {
            if let Some(known) = context.get(path) {
                return Some(known.clone());
            }
            let loaded = workspace::read(Found { path: path.to_path_buf(), named: false }, true).ok()?;
            let source = Source::new(loaded, |_| true);
            context.insert(path.to_path_buf(), source.clone());
            Some(source)
        };
        let folder = self.folder.clone();
        let shown = |path: &Path| workspace::relative(path, &folder).to_string_lossy().replace('\\', "/");
        self.project = Project::link(sources, &self.settings, &mut self.resolver, read, shown);

        let before = Arc::clone(&self.current);
        let mut next = RootSnapshot {
            folder: self.is_workspace.then(|| self.folder.clone()),
            settings: Arc::clone(&self.settings),
            ..RootSnapshot::default()
        };
        self.numbers.clear();
        for (at, source) in self.project.files().iter().enumerate() {
            let opened = is_open.get(source.path.as_path());
            // Of a large workspace most files are no scripts and have nothing to do with any.
            let is_wanted = opened.is_some()
                || ide::is_transcript(&source.path.to_string_lossy())
                || source.program.is_some()
                || self.project.may_be_script(at, &self.settings)
                || self.project.is_used(at);
            let uri = is_wanted
                .then(|| opened.map_or_else(|| uri_of(&self.shown(source.disk_path())), |it| Some(it.uri.clone())));
            let Some(uri) = uri.flatten() else {
                self.numbers.push(None);
                continue;
            };
            self.numbers.push(Some(next.documents.len()));
            let key = key_of(&source.path);
            next.documents.push(Arc::new(Document {
                path: source.path.clone(),
                uri,
                generation: before.by_key.get(&key).map_or(0, |&at| before.documents[at].generation),
                version: opened.map(|open| open.version),
                own: !source.context,
                embedding: source.embedding.clone(),
                program: source.program.clone(),
                is_stale: opened.is_some_and(|open| open.is_stale),
                key,
            }));
        }
        for at in 0..self.numbers.len() {
            self.keep(at);
        }
        let mut files: Vec<Arc<File>> = Vec::with_capacity(next.documents.len());
        let mut included: Vec<Vec<Vec<usize>>> = Vec::with_capacity(next.documents.len());
        for (at, number) in self.numbers.iter().enumerate().filter_map(|(at, number)| Some((at, (*number)?))) {
            included.push(self.included(at));
            let known = before.by_key.get(&next.documents[number].key).copied();
            // Where other files came or went, the numbers of those that are included are others now.
            let leads_there = |known: usize| {
                same_files(&before, before.project.included(known), &next, &included[number])
                    && self.is_as_before(at, &before.project.files[known])
            };
            if let Some(known) = known.filter(|&known| leads_there(known)) {
                files.push(Arc::clone(&before.project.files[known]));
                continue;
            }
            let document = &mut next.documents[number];
            *generation += 1;
            *document = Arc::new(Document { generation: *generation, ..Document::clone(document) });
            let path = shown(&document.path);
            files.push(Arc::new(self.file(at, &path).unwrap_or_else(|| self.empty(&path))));
        }
        let keys = next.documents.iter().enumerate();
        next.by_key = Arc::new(keys.map(|(number, document)| (document.key.clone(), number)).collect());
        next.hosts = Arc::new(hosts(&next.documents));
        next.project = ide::Project::new(files, included);
        self.current = Arc::new(next);
    }

    /// Keeps the analysis of a file of the snapshot: a piece of scripts need not read as one, and analysed again it would count as
    /// another text.
    fn keep(&mut self, at: usize) {
        if self.numbers[at].is_some()
            && let Some(kept) = self.project.keep(at)
            && let Some(known) = self.disk.get_mut(&kept.path)
        {
            *known = kept.clone();
        }
    }

    /// A file as features see it. None if it cannot be read any more.
    fn file(&self, at: usize, shown: &str) -> Option<File> {
        let script = self.project.script(at).ok()?;
        Some(File::new(shown.to_owned(), script, self.is_script(at, shown), Arc::clone(&self.options)))
    }

    /// The file in place of one that went while it was read.
    fn empty(&self, shown: &str) -> File {
        let script = semantic::Script::new(Arc::from(&b""[..]), None);
        File::new(shown.to_owned(), script, false, Arc::clone(&self.options))
    }

    fn is_script(&self, at: usize, shown: &str) -> bool {
        !ide::is_transcript(shown) && self.project.is_script(at, &self.settings)
    }

    /// For each include of a file, the numbers of its targets in the snapshot.
    fn included(&self, at: usize) -> Vec<Vec<usize>> {
        let numbers = |targets: &Vec<usize>| targets.iter().filter_map(|&at| self.numbers[at]).collect();
        self.project.targets(at).iter().map(numbers).collect()
    }

    /// True if a file of the last snapshot is the same now, with all that others give it.
    fn is_as_before(&self, at: usize, file: &File) -> bool {
        let script = &file.script;
        let same_text = match self.project.file(at).kept() {
            Some(kept) => Arc::ptr_eq(&script.file, kept),
            None => false,
        };
        same_text
            && Arc::ptr_eq(&file.options, &self.options)
            && file.is_script == self.is_script(at, &file.path)
            && script.environment == *self.project.environment(at)
            && script.sites[..] == *self.project.sites(at)
            && script.callers == self.project.callers(at)
    }
}

impl OpenFile {
    fn source(&self) -> Source {
        let (path, alias, file) = (self.path.clone(), self.alias.clone(), Arc::clone(&self.file));
        let loaded = Loaded {
            path,
            alias,
            named: self.named,
            context: false,
            stamp: None,
            embedding: self.embedding.clone(),
            program: self.program.clone(),
            file,
        };
        Source::new(loaded, |_| true)
    }
}

/// True if includes lead to the same files in two snapshots, whatever numbers these have.
fn same_files(a: &RootSnapshot, in_a: &[Vec<usize>], b: &RootSnapshot, in_b: &[Vec<usize>]) -> bool {
    fn key(root: &RootSnapshot, at: usize) -> &str {
        &root.documents[at].key
    }
    let same = |(in_a, in_b): (&Vec<usize>, &Vec<usize>)| {
        in_a.len() == in_b.len() && in_a.iter().zip(in_b).all(|(&of_a, &of_b)| key(a, of_a) == key(b, of_b))
    };
    in_a.len() == in_b.len() && in_a.iter().zip(in_b).all(same)
}

/// For each file of another language the numbers of its scripts, by its key.
fn hosts(documents: &[Arc<Document>]) -> HashMap<String, Vec<usize>> {
    let mut hosts: HashMap<String, Vec<usize>> = HashMap::new();
    for (number, document) in documents.iter().enumerate() {
        if let Some(host) = document.host() {
            hosts.entry(key_of(&host.path)).or_default().push(number);
        }
    }
    for numbers in hosts.values_mut() {
        let start = |number: &usize| documents[*number].embedding.as_ref().map(|it| it.script().range.start);
        numbers.sort_by_key(start);
    }
    hosts
}

/// True if `file` is the path of a script in a string of `host`.
fn is_embedded_in(file: &Path, host: &Path) -> bool {
    let name = |path: &Path| path.file_name().map(|name| name.as_encoded_bytes().to_vec());
    let is_beside = file.parent() == host.parent();
    is_beside
        && name(file)
            .zip(name(host))
            .is_some_and(|(file, host)| file.strip_prefix(&host[..]).is_some_and(|rest| rest.starts_with(b":")))
}

/// True if paths from `path` on, in order, may still be in it or be scripts in its strings.
fn is_beside(file: &Path, path: &Path) -> bool {
    let text = |path: &Path| path.as_os_str().as_encoded_bytes().to_vec();
    text(file).starts_with(&text(path))
}

/// Makes a source that keeps its analysis only if its text reads as Redis Lua. In a large workspace most files do not.
pub(crate) fn source(loaded: Loaded) -> Source {
    Source::new(loaded, |source| source.is_redis_lua() || source.embedding.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The generations of the files of a root, by their names.
    fn generations(root: &Root) -> BTreeMap<String, u64> {
        let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        root.current.documents.iter().map(|it| (name(&it.path), it.generation)).collect()
    }

    #[test]
    fn files_keep_their_generation_until_their_text_changes() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text);
        // By itself the piece is no Redis Lua.
        write("part.lua", "local function twice(n) return 2 * n end\n")?;
        write("take.lua", "--- @include \"part\"\nreturn redis.call('DECRBY', KEYS[1], twice(ARGV[1]))\n")?;
        write("plain.lua", "return require('plain.other')\n")?;
        let mut root = Root::new(folder.path().to_path_buf(), true, &serde_json::Value::Null);
        let (found, _) = workspace::files_with_hosts(std::slice::from_ref(&root.folder), &root.folder, &root.settings);
        root.loaded(workspace::read_all(found, &root.settings, source, || {}).into_iter().flatten().collect());
        let mut generation = 0;
        root.rebuild(Vec::new(), &mut generation);
        let before = generations(&root);
        assert_eq!(before.keys().collect::<Vec<_>>(), ["part.lua", "take.lua"]);

        // All is linked anew. The file stands first, so that the others have other numbers.
        write("first.lua", "return redis.call('GET', KEYS[1])\n")?;
        root.reread(&root.folder.join("first.lua"));
        root.rebuild(Vec::new(), &mut generation);
        let mut after = generations(&root);
        assert!(after.remove("first.lua").is_some());
        assert_eq!(after, before);
        let at = |name: &str| root.current.documents.iter().position(|it| it.path.ends_with(name));
        let included = at("take.lua").map(|take| root.current.project.included(take).to_vec());
        assert_eq!(included, at("part.lua").map(|part| vec![vec![part]]));

        // Only what the change concerns is linked.
        write("part.lua", "-- twice\nlocal function twice(n) return 2 * n end\n")?;
        root.reread(&root.folder.join("part.lua"));
        assert!(!root.is_stale);
        root.rebuild(Vec::new(), &mut generation);
        let after = generations(&root);
        assert!(after["part.lua"] > before["part.lua"]);
        let part = root.current.documents.iter().position(|it| it.path.ends_with("part.lua"));
        let text = part.map(|at| root.current.project.files[at].source().to_vec());
        assert!(text.is_some_and(|text| text.starts_with(b"-- twice")));
        Ok(())
    }
}
