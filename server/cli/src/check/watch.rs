//! `--watch`: checks again whenever a file that may have scripts or the settings change.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::mpsc::{self, RecvTimeoutError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use notify::{Event, EventKind, RecursiveMode, Watcher as _, event};
use workspace::Settings;

use crate::{args::Check, notice};

/// Quiet time to wait for after a change: editors write a file in several steps.
const QUIET: Duration = Duration::from_millis(80);

/// Runs `check` now and after each change, until the process is ended. `check` returns its settings and the files that it
/// read beside those of the paths.
pub(crate) fn run(args: &Check, mut check: impl FnMut() -> Result<(Settings, Vec<PathBuf>)>) -> Result<()> {
    let here = std::env::current_dir().context("the current folder cannot be read")?;
    let (sender, changes) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(sender).context("files cannot be watched here")?;
    let mut watched: BTreeSet<PathBuf> = BTreeSet::new();
    let mut folders: Vec<PathBuf> = Vec::new();
    for path in args.paths.iter().filter(|path| path.as_os_str() != "-") {
        let place = here.join(path).canonicalize().with_context(|| format!("{} cannot be watched", path.display()))?;
        if place.is_dir() {
            watcher
                .watch(&place, RecursiveMode::Recursive)
                .with_context(|| format!("{} cannot be watched", path.display()))?;
            folders.push(place);
        } else {
            watched.insert(place);
        }
    }
    let mut settings = Settings::default();
    let mut parents: BTreeSet<PathBuf> = BTreeSet::new();
    loop {
        // The screen is cleared only where there is one.
        if std::io::IsTerminal::is_terminal(&std::io::stdout()) {
            std::io::Write::write_all(&mut std::io::stdout(), b"\x1b[2J\x1b[H")?;
        }
        match check() {
            Ok((current, others)) => {
                watched.extend(others.into_iter().map(|path| path.canonicalize().unwrap_or(path)));
                settings = current;
            }
            Err(error) => notice::error(&format!("{error:#}")),
        }
        // The folder is watched, not the file: editors put a new file in the place of the old one.
        for parent in watched.iter().filter_map(|path| path.parent()) {
            let below = folders.iter().any(|folder| parent.starts_with(folder));
            if !below && parents.insert(parent.to_path_buf()) {
                watcher.watch(parent, RecursiveMode::NonRecursive).ok();
            }
        }
        let ours = |path: &Path| {
            let searched = |folder: &&PathBuf| path.starts_with(folder) && !settings.is_excluded(path, folder);
            let in_folder = folders.iter().any(|folder| searched(&folder));
            let is_setting = path.file_name().is_some_and(|name| name == "redlua.toml" || name == ".gitignore");
            watched.contains(path) || (in_folder && (is_setting || settings.may_have_scripts(path)))
        };
        let concerns_us = |event: &notify::Result<Event>| match event {
            Ok(event) => (is_change(&event.kind) && event.paths.iter().any(|path| ours(path))) || event.need_rescan(),
            Err(error) => {
                notice::warning(&error.to_string());
                false
            }
        };
        loop {
            match changes.recv() {
                Ok(event) if concerns_us(&event) => break,
                Ok(_) => {}
                Err(_) => return Ok(()),
            }
        }
        // Events keep coming while a tool writes many files; the check waits for the last.
        let mut last = Instant::now();
        while let Some(left) = QUIET.checked_sub(last.elapsed()) {
            match changes.recv_timeout(left) {
                Ok(event) if concerns_us(&event) => last = Instant::now(),
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }
}

/// True if the event is a write. Reads are events too on some systems, and each check reads all files.
fn is_change(kind: &EventKind) -> bool {
    match kind {
        EventKind::Access(access) => {
            matches!(access, event::AccessKind::Close(event::AccessMode::Write))
        }
        EventKind::Modify(event::ModifyKind::Metadata(event::MetadataKind::AccessTime)) => false,
        EventKind::Any | EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) | EventKind::Other => true,
    }
}
