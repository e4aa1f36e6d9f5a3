//! `--watch`: checks again whenever a Lua file or the settings change.

use std::{sync::mpsc, time::Duration};

use anyhow::{Context as _, Result};
use notify_debouncer_mini::{new_debouncer, notify::RecursiveMode};

use crate::{args::Check, notice};

/// How long it must be quiet after a change: editors write a file in several steps.
const QUIET: Duration = Duration::from_millis(80);

/// Runs `check` now and after each change, until the process is ended.
pub(crate) fn run(args: &Check, mut check: impl FnMut() -> Result<()>) -> Result<()> {
    let (sender, changes) = mpsc::channel();
    let mut debouncer = new_debouncer(QUIET, sender).context("files cannot be watched here")?;
    for path in args.paths.iter().filter(|path| path.as_os_str() != "-") {
        debouncer
            .watcher()
            .watch(path, RecursiveMode::Recursive)
            .with_context(|| format!("{} cannot be watched", path.display()))?;
    }
    loop {
        // The screen is cleared only where there is one.
        if std::io::IsTerminal::is_terminal(&std::io::stdout()) {
            std::io::Write::write_all(&mut std::io::stdout(), b"\x1b[2J\x1b[H")?;
        }
        if let Err(error) = check() {
            notice::error(&format!("{error:#}"));
        }
        loop {
            match changes.recv() {
                Ok(Ok(events)) => {
                    let ours = |path: &std::path::Path| {
                        path.extension().is_some_and(|extension| extension == "lua")
                            || path.file_name().is_some_and(|name| name == "redlua.toml" || name == ".gitignore")
                    };
                    if events.iter().any(|event| ours(&event.path)) {
                        break;
                    }
                }
                Ok(Err(error)) => notice::warning(&error.to_string()),
                Err(_) => return Ok(()),
            }
        }
    }
}
