//! Resolves includes to files.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use globset::Glob;
use semantic::{Environment, Include, ProgramName};

use crate::{Settings, canonical, programs::Programs};

/// Finds the files that includes name. It caches answers of the file system, so use a new one when files come or go.
#[derive(Clone, Default, Debug)]
pub struct Resolver {
    is_file: HashMap<PathBuf, bool>,
    expanded: HashMap<PathBuf, Vec<PathBuf>>,
    canonical: HashMap<PathBuf, PathBuf>,
    /// Canonical paths of folders.
    folders: HashMap<PathBuf, PathBuf>,
    programs: Programs,
}

impl Resolver {
    /// The files that `include` of `file` pastes, in the loader's order; none if there is no such file. Where the path leads
    /// through a link, it is looked for from the file's own place too.
    pub fn resolve(&mut self, include: &Include, file: &Path, settings: &Settings) -> Vec<PathBuf> {
        let found = self.resolve_from(include, file, settings);
        if !found.is_empty() {
            return found;
        }
        let real = self.canonical(file);
        if real == file { found } else { self.resolve_from(include, &real, settings) }
    }

    fn resolve_from(&mut self, include: &Include, file: &Path, settings: &Settings) -> Vec<PathBuf> {
        for candidate in include.candidates(file, &settings.root, &settings.config.mappings) {
            if is_pattern(include) {
                let mut found = self.expand(candidate);
                // A pattern may name the file itself, which loaders leave out.
                found.retain(|path| path != file);
                if !found.is_empty() {
                    return found;
                }
            } else if self.is_file(&candidate) {
                return vec![candidate];
            }
        }
        Vec::new()
    }

    /// Notes for the names that `script` reads and nothing else gives it whether a program does; `names` are those that neither
    /// the file nor the API declares, by where each use begins.
    pub(crate) fn ask_programs<'a>(
        &mut self,
        environment: &mut Arc<Environment>,
        names: impl Iterator<Item = (u32, &'a [u8])>,
        script: &Path,
        settings: &Settings,
    ) {
        let mut known: HashMap<&[u8], Option<ProgramName>> = HashMap::new();
        for (offset, name) in names {
            if environment.gives(offset) {
                continue;
            }
            let found = *known.entry(name).or_insert_with(|| self.programs.name(name, script, settings));
            if let Some(found) = found {
                Arc::make_mut(environment).programs.insert(offset, found);
            }
        }
    }

    /// Records that a file exists even if the file system does not have it: it is open in an editor.
    pub fn add(&mut self, path: PathBuf) {
        self.is_file.insert(path, true);
    }

    /// Canonical path of a file, see [`canonical`].
    pub fn canonical(&mut self, path: &Path) -> PathBuf {
        if let Some(known) = self.canonical.get(path) {
            return known.clone();
        }
        let real = self.in_folder(path).unwrap_or_else(|| canonical(path));
        self.canonical.insert(path.to_path_buf(), real.clone());
        real
    }

    /// Canonical path of a file by that of its folder, which files share; none where the file may have another name: it is a
    /// link or not there, or the file system may know it in another case.
    fn in_folder(&mut self, path: &Path) -> Option<PathBuf> {
        let is_other = cfg!(any(windows, target_vendor = "apple"))
            || path.symlink_metadata().ok().is_none_or(|meta| meta.is_symlink());
        let (folder, name) = (path.parent()?, path.file_name()?);
        if is_other {
            return None;
        }
        if !self.folders.contains_key(folder) {
            self.folders.insert(folder.to_path_buf(), folder.canonicalize().ok()?);
        }
        Some(self.folders.get(folder)?.join(name))
    }

    fn is_file(&mut self, path: &Path) -> bool {
        if let Some(&known) = self.is_file.get(path) {
            return known;
        }
        let is_file = path.is_file();
        self.is_file.insert(path.to_path_buf(), is_file);
        is_file
    }

    fn expand(&mut self, pattern: PathBuf) -> Vec<PathBuf> {
        if let Some(known) = self.expanded.get(&pattern) {
            return known.clone();
        }
        let found = expand(&pattern);
        self.expanded.insert(pattern, found.clone());
        found
    }
}

fn is_pattern(include: &Include) -> bool {
    include.path.contains('*')
}

/// The files that a pattern in a file's name matches.
fn expand(pattern: &Path) -> Vec<PathBuf> {
    let (Some(folder), Some(name)) = (pattern.parent(), pattern.file_name().and_then(|name| name.to_str())) else {
        return Vec::new();
    };
    let (Ok(glob), Ok(entries)) = (Glob::new(name), std::fs::read_dir(folder)) else { return Vec::new() };
    let matcher = glob.compile_matcher();
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|name| matcher.is_match(name)) && path.is_file())
        .collect();
    found.sort();
    found
}
