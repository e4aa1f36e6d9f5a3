//! A project of any size, read once: each file is analysed for its outline, and again when its turn comes if there was no room
//! to keep it.

use std::{
    collections::{HashMap, HashSet},
    io::Error,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use rayon::prelude::*;

use crate::{Found, Loaded, Project, Resolver, Settings, Source, files, read, read_scripts};

/// Files that are read at most to find out who includes the files that were named.
const MAX_INCLUDERS: usize = 2_000;

/// Bytes of source whose analyses are kept; an analysis takes some 25 times as many.
const KEPT: usize = 3 * 1024 * 1024;

/// Decides which analyses are kept.
struct Room {
    used: AtomicUsize,
    most: usize,
}

impl Room {
    fn has(&self, source: &Source) -> bool {
        let bytes = source.kept_bytes();
        self.used.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) <= self.most
    }

    fn source(&self, loaded: Loaded) -> Source {
        Source::new(loaded, |source| self.has(source))
    }
}

/// Reads the found files, their includes, and the files that include the named ones, and links them. `others` are files
/// whose text is not the one on disk. `was_read` is called after each file. `shown` gives the path of a file in messages;
/// `keep_all` keeps every analysis.
///
/// Returns also the files that cannot be read, and why.
pub fn survey(
    found: Vec<Found>,
    others: Vec<Loaded>,
    settings: &Settings,
    here: &Path,
    keep_all: bool,
    was_read: impl Fn() + Sync,
    shown: impl Fn(&Path) -> String,
) -> (Project, Vec<(PathBuf, Error)>) {
    let room = Room { used: AtomicUsize::new(0), most: if keep_all { usize::MAX } else { KEPT } };
    let mut unreadable = Vec::new();
    let mut all: Vec<Source> = Vec::with_capacity(found.len());
    let named: HashSet<&Path> = found.iter().filter(|it| it.named).map(|it| it.path.as_path()).collect();
    // What is not on disk cannot be read again.
    let other = |loaded: Loaded| {
        let named = loaded.named || named.contains(loaded.path.as_path());
        Source::new(Loaded { named, ..loaded }, |_| true)
    };
    let mut others: HashMap<PathBuf, Source> =
        others.into_iter().map(|loaded| (loaded.path.clone(), other(loaded))).collect();
    let hosts: HashSet<PathBuf> =
        others.values().filter_map(|it| Some(it.embedding.as_ref()?.host.path.clone())).collect();
    let read_one = |found: Found| {
        if hosts.contains(&found.path) {
            return Ok(Ok(Vec::new()));
        }
        if others.contains_key(&found.path) {
            return Ok(Err(found.path));
        }
        let scripts = read_scripts(found, settings)?;
        was_read();
        Ok(Ok(scripts.into_iter().map(|loaded| room.source(loaded)).collect::<Vec<_>>()))
    };
    for file in found.into_par_iter().map(read_one).collect::<Vec<_>>() {
        match file {
            Ok(Ok(scripts)) => all.extend(scripts),
            Ok(Err(path)) => all.extend(others.remove(&path)),
            Err(error) => unreadable.push(error),
        }
    }
    all.extend(others.into_values());
    let includers = read_includers(&all, settings, here, &room);
    all.extend(includers);
    let read_one = |path: &Path| {
        let found = Found { path: path.to_path_buf(), named: false };
        Some(room.source(read(found, true).ok()?))
    };
    (Project::link(all, settings, &mut Resolver::default(), read_one, shown), unreadable)
}

/// Reads the other Lua files of the workspace with include directives, if a named file looks like a piece of others.
fn read_includers(all: &[Source], settings: &Settings, here: &Path, room: &Room) -> Vec<Source> {
    let is_piece = |file: &Source| file.named && file.outline().reads_unknown_names();
    if !all.iter().any(is_piece) {
        return Vec::new();
    }
    let known: HashSet<&Path> = all.iter().map(|file| file.path.as_path()).collect();
    let folders: HashSet<&Path> = all.iter().filter_map(|file| file.path.parent()).collect();
    let (others, _) = files(std::slice::from_ref(&settings.root), here, settings);
    let others: Vec<Found> =
        others.into_iter().filter(|file| !known.contains(file.path.as_path())).take(MAX_INCLUDERS).collect();
    let read_one = |found| Some(room.source(read(found, true).ok()?));
    others
        .into_par_iter()
        .filter_map(read_one)
        .filter(|other| {
            let beside = || other.path.parent().is_some_and(|folder| folders.contains(folder));
            !other.includes().is_empty() || (other.outline().is_definitions() && beside())
        })
        .collect()
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
        let read = |keep_all| {
            let (found, _) = files(&[folder.path().to_path_buf()], folder.path(), &settings);
            let shown = |path: &Path| path.display().to_string();
            survey(found, Vec::new(), &settings, folder.path(), keep_all, || {}, shown).0
        };
        let (small, large) = (read(true), read(false));
        let kept = |it: &Project| it.files().iter().map(Source::kept_bytes).sum::<usize>();
        assert!(kept(&small) > 2 * KEPT && kept(&large) <= KEPT, "{} and {}", kept(&small), kept(&large));
        assert_eq!((large.len(), small.len()), (202, 202));
        for at in 0..large.len() {
            let (kept, again) = (small.script(at)?, large.script(at)?);
            assert_eq!(kept.source, again.source);
            assert_eq!(kept.environment, again.environment);
            assert!(small.is_script(at, &settings) && large.may_be_script(at, &settings));
        }
        let gone = (0..large.len()).find(|&at| large.file(at).path.ends_with("gone.lua")).map(|at| large.script(at));
        assert_eq!(gone.transpose()?.map(|script| script.unresolved_includes().count()), Some(1));
        Ok(())
    }
}
