//! A project of any size: each file is analysed for its outline, and again when its turn comes if there was no room to
//! keep it.

use std::{
    collections::{HashMap, HashSet},
    io::Error,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use rayon::prelude::*;
use semantic::{Environment, File, Include, Outline, Script, environments};

use crate::{Found, Loaded, Resolver, Settings, files, read};

/// How many files are read to find out who includes the files that were named.
const MOST_INCLUDERS: usize = 2_000;

/// Bytes of source whose analyses are kept; an analysis takes some 25 times as many.
const KEPT: usize = 3 * 1024 * 1024;

/// The files of a project.
#[derive(Debug, Default)]
pub struct Survey {
    files: Vec<Surveyed>,
    environments: Vec<Environment>,
    /// For each file, the files that each of its includes pastes.
    targets: Vec<Vec<Vec<usize>>>,
}

#[derive(Debug)]
struct Surveyed {
    path: PathBuf,
    named: bool,
    context: bool,
    outline: Outline,
    includes: Vec<Include>,
    /// Whether it is a script whatever other files do with it.
    is_script: bool,
    /// The analysis, where it is kept.
    file: Option<Arc<File>>,
}

/// Decides which analyses are kept.
struct Room {
    used: AtomicUsize,
    most: usize,
}

impl Room {
    fn has(&self, bytes: usize) -> bool {
        self.used.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) <= self.most
    }

    fn survey(&self, loaded: Loaded, settings: &Settings) -> Surveyed {
        let script = Script::of(loaded.file);
        let is_script = settings.is_script(&loaded.path, loaded.named, &script);
        Surveyed {
            outline: Outline::new(&script),
            includes: script.includes.clone(),
            is_script,
            file: self.has(script.source.len()).then(|| Arc::clone(&script.file)),
            path: loaded.path,
            named: loaded.named,
            context: loaded.context,
        }
    }
}

impl Survey {
    /// Reads the files that were found, those that they include, and those that include what was named. `others` are files
    /// whose text is not the one on disk. `was_read` is called after each file. `shown` gives the path by which a file is called in messages; `keep_all` keeps every analysis.
    ///
    /// Returns also the files that cannot be read, and why.
    pub fn new(
        found: Vec<Found>,
        others: Vec<Loaded>,
        settings: &Settings,
        here: &Path,
        keep_all: bool,
        was_read: impl Fn() + Sync,
        shown: impl Fn(&Path) -> String,
    ) -> (Self, Vec<(PathBuf, Error)>) {
        let room = Room { used: AtomicUsize::new(0), most: if keep_all { usize::MAX } else { KEPT } };
        let mut unreadable = Vec::new();
        let mut all: Vec<Surveyed> = Vec::with_capacity(found.len());
        let named: HashSet<&Path> = found.iter().filter(|it| it.named).map(|it| it.path.as_path()).collect();
        // What is not on disk cannot be read again.
        let other = |loaded: Loaded| {
            let loaded = Loaded { named: loaded.named || named.contains(loaded.path.as_path()), ..loaded };
            let file = Arc::clone(&loaded.file);
            Surveyed { file: Some(file), ..room.survey(loaded, settings) }
        };
        let mut others: HashMap<PathBuf, Surveyed> =
            others.into_iter().map(|loaded| (loaded.path.clone(), other(loaded))).collect();
        let read_one = |found: Found| {
            if others.contains_key(&found.path) {
                return Ok(Err(found.path));
            }
            let loaded = read(found, false)?;
            was_read();
            Ok(Ok(room.survey(loaded, settings)))
        };
        for file in found.into_par_iter().map(read_one).collect::<Vec<_>>() {
            match file {
                Ok(Ok(file)) => all.push(file),
                Ok(Err(path)) => all.extend(others.remove(&path)),
                Err(error) => unreadable.push(error),
            }
        }
        all.extend(others.into_values());
        let mut survey = Self { files: all, ..Self::default() };
        survey.read_includers(settings, here, &room);
        survey.link(settings, &room, shown);
        (survey, unreadable)
    }

    /// How many files there are; they are named by number.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The path of a file, absolute.
    pub fn path(&self, at: usize) -> &Path {
        &self.files[at].path
    }

    /// Whether a file is only read for what it gives to others.
    pub fn is_context(&self, at: usize) -> bool {
        self.files[at].context
    }

    /// For each include of a file, the files it pastes.
    pub fn targets(&self, at: usize) -> &[Vec<usize>] {
        &self.targets[at]
    }

    /// Whether a file may be a script; if not, it need not be read again.
    pub fn may_be_script(&self, at: usize) -> bool {
        let environment = &self.environments[at];
        self.files[at].is_script || !environment.includers.is_empty() || environment.given().next().is_some()
    }

    /// A file with what others give to it, read again if need be, and whether it is a script.
    ///
    /// # Errors
    /// When it cannot be read again.
    pub fn script(&self, at: usize, settings: &Settings) -> Result<(Script, bool), Error> {
        let surveyed = &self.files[at];
        let file = match &surveyed.file {
            Some(file) => Arc::clone(file),
            None => {
                let found = Found { path: surveyed.path.clone(), named: surveyed.named };
                read(found, false).map_err(|(_, error)| error)?.file
            }
        };
        let mut script = Script::of(file);
        script.environment = self.environments[at].clone();
        let is_script = settings.is_script(&surveyed.path, surveyed.named, &script);
        Ok((script, is_script))
    }

    /// Frees what is kept of files whose turn is over.
    pub fn forget(&mut self, files: std::ops::Range<usize>) {
        for at in files {
            self.files[at].file = None;
            self.files[at].outline = Outline::default();
            self.environments[at] = Environment::default();
        }
    }

    /// For files that were named and that look like pieces of others, reads the other Lua files of the workspace that have
    /// include directives.
    fn read_includers(&mut self, settings: &Settings, here: &Path, room: &Room) {
        let is_piece = |file: &Surveyed| file.named && file.outline.reads_unknown_names();
        if !self.files.iter().any(is_piece) {
            return;
        }
        let known: HashSet<&Path> = self.files.iter().map(|file| file.path.as_path()).collect();
        let folders: HashSet<&Path> = self.files.iter().filter_map(|file| file.path.parent()).collect();
        let (others, _) = files(std::slice::from_ref(&settings.root), here, settings);
        let others: Vec<Found> =
            others.into_iter().filter(|file| !known.contains(file.path.as_path())).take(MOST_INCLUDERS).collect();
        let read_one = |found| Some(room.survey(read(found, true).ok()?, settings));
        let read: Vec<Surveyed> = others
            .into_par_iter()
            .filter_map(read_one)
            .filter(|other| {
                let beside = || other.path.parent().is_some_and(|folder| folders.contains(folder));
                !other.includes.is_empty() || (other.outline.is_definitions() && beside())
            })
            .collect();
        self.files.extend(read);
    }

    /// Follows the includes of all files, and links them.
    fn link(&mut self, settings: &Settings, room: &Room, shown: impl Fn(&Path) -> String) {
        let mut resolver = Resolver::default();
        let mut index: HashMap<PathBuf, usize> =
            self.files.iter().enumerate().map(|(at, file)| (file.path.clone(), at)).collect();
        let mut at = 0;
        while at < self.files.len() {
            let from = self.files[at].path.clone();
            let mut targets = Vec::new();
            for include in std::mem::take(&mut self.files[at].includes) {
                let mut found = Vec::new();
                for path in resolver.resolve(&include, &from, settings) {
                    let known = index.get(&path).copied();
                    let path = if known.is_none() { resolver.canonical(&path) } else { path };
                    found.extend(known.or_else(|| index.get(&path).copied()).or_else(|| {
                        let loaded = read(Found { path: path.clone(), named: false }, true).ok()?;
                        self.files.push(room.survey(Loaded { context: true, ..loaded }, settings));
                        index.insert(path, self.files.len() - 1);
                        Some(self.files.len() - 1)
                    }));
                }
                targets.push(found);
            }
            let joined = settings.joined_before(&from);
            if !joined.is_empty() {
                let mut found = Vec::new();
                for path in joined {
                    found.extend(index.get(&path).copied().or_else(|| {
                        let loaded = read(Found { path: path.clone(), named: false }, true).ok()?;
                        self.files.push(room.survey(Loaded { context: true, ..loaded }, settings));
                        index.insert(path, self.files.len() - 1);
                        Some(self.files.len() - 1)
                    }));
                }
                targets.push(found);
            }
            self.targets.push(targets);
            at += 1;
        }
        let paths: Vec<String> = self.files.iter().map(|file| shown(&file.path)).collect();
        let view: Vec<_> = paths
            .iter()
            .zip(&self.files)
            .zip(&self.targets)
            .map(|((path, file), targets)| (path.as_str(), &file.outline, targets.as_slice()))
            .collect();
        self.environments = environments(&view);
        for (environment, file) in self.environments.iter_mut().zip(&self.files) {
            resolver.ask_programs(environment, file.outline.unknown_names(), &file.path, settings);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_projects_are_read_again_and_linked_as_small_ones() -> Result<(), Error> {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("help.lua"), "local function help(key) return redis.call('GET', key) end\n")?;
        let padding = format!("-- {}\n", "x".repeat(40_000));
        for at in 0..200 {
            let text = format!("--- @include \"help\"\nlocal n{at} = help(KEYS[1])\n{padding}return n{at}\n");
            std::fs::write(folder.path().join(format!("s{at}.lua")), text)?;
        }
        std::fs::write(
            folder.path().join("gone.lua"),
            format!("--- @include \"none\"\n{padding}return help(KEYS[1])\n"),
        )?;
        let settings = Settings::load(folder.path(), None)?;
        let survey = |keep_all| {
            let (found, _) = files(&[folder.path().to_path_buf()], folder.path(), &settings);
            let shown = |path: &Path| path.display().to_string();
            Survey::new(found, Vec::new(), &settings, folder.path(), keep_all, || {}, shown).0
        };
        let (small, large) = (survey(true), survey(false));
        let kept = |it: &Survey| it.files.iter().flat_map(|file| &file.file).map(|it| it.source.len()).sum::<usize>();
        assert!(kept(&small) > 2 * KEPT && kept(&large) <= KEPT, "{} and {}", kept(&small), kept(&large));
        assert_eq!((large.len(), small.len()), (202, 202));
        for at in 0..large.len() {
            let (kept, again) = (small.script(at, &settings)?, large.script(at, &settings)?);
            assert_eq!(kept.0.source, again.0.source);
            assert_eq!(kept.0.environment, again.0.environment);
            assert_eq!((kept.1, large.may_be_script(at)), (again.1, true));
        }
        let gone =
            (0..large.len()).find(|&at| large.path(at).ends_with("gone.lua")).map(|at| large.script(at, &settings));
        assert_eq!(gone.transpose()?.map(|(script, _)| script.unresolved_includes().count()), Some(1));
        Ok(())
    }
}
