//! The script that is run: read, its includes pasted.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result};
use semantic::Script;
use workspace::{Flattened, Resolver, Settings};

/// A script with its includes.
pub(crate) struct Source {
    /// The text that runs, and where its lines come from.
    pub flat: Flattened,
    here: PathBuf,
}

impl Source {
    /// Reads a script; `-` is standard input.
    pub(crate) fn read(path: &Path, settings: &Settings) -> Result<Self> {
        let here = std::env::current_dir().context("the current folder cannot be read")?;
        let (place, text) = if path.as_os_str() == "-" {
            let mut text = Vec::new();
            std::io::stdin().read_to_end(&mut text).context("standard input cannot be read")?;
            (here.join("stdin.lua"), text)
        } else {
            let place = here.join(path);
            if place.is_dir() {
                anyhow::bail!("{} is a folder: name one script", path.display());
            }
            let text = workspace::read_bounded(&place).with_context(|| format!("{} cannot be read", path.display()))?;
            (place, text)
        };
        let mut read = |path: &Path| workspace::read_bounded(path).ok();
        let flat = workspace::flatten(&place, &text, settings, &mut Resolver::default(), &mut read);
        Ok(Self { flat, here })
    }

    /// The path of a file to show.
    pub(crate) fn shown(&self, number: usize) -> String {
        let path = self.flat.files.get(number).map_or(Path::new(""), PathBuf::as_path);
        path.strip_prefix(&self.here).unwrap_or(path).to_string_lossy().replace('\\', "/")
    }

    /// Origin of a line of the text: the line in its file, and the file's path if it is not the script.
    pub(crate) fn place(&self, line: u32) -> (u32, Option<String>) {
        let (file, line) = self.flat.origin(line);
        (line, (file > 0).then(|| self.shown(file)))
    }

    /// True if it is a function library.
    pub(crate) fn is_library(&self) -> bool {
        self.script().library.is_some()
    }

    /// The functions that a library registers, if their names are known.
    pub(crate) fn functions(&self) -> Vec<String> {
        let script = self.script();
        let Some(library) = &script.library else { return Vec::new() };
        library.registrations.iter().filter_map(|registration| registration.name.clone()).collect()
    }

    /// True if the library registers functions, each under a name that is known.
    pub(crate) fn names_all_functions(&self) -> bool {
        let script = self.script();
        let registrations = script.library.as_ref().map_or(&[][..], |library| &library.registrations);
        !registrations.is_empty() && registrations.iter().all(|registration| registration.name.is_some())
    }

    fn script(&self) -> Script {
        let name = self.flat.files.first().and_then(|path| path.file_name()).and_then(|name| name.to_str());
        Script::new(Arc::from(self.flat.code.as_slice()), name)
    }
}
