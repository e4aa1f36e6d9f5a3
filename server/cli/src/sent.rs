//! The scripts of files and folders as they are sent, for commands that compare them with what a server or a build has.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use workspace::{Sent, Settings};

use crate::{args::Check, check, notice};

/// Scripts, with what they were read by.
pub(crate) struct Scripts {
    /// The scripts, in the order of their files.
    pub all: Vec<Sent>,
    /// Files that could not be read; they were told.
    pub failed: usize,
    /// The settings of the workspace.
    pub settings: Settings,
    here: PathBuf,
}

impl Scripts {
    /// Reads the scripts of paths: `app.py:NAME` is one script in a string, folders have all.
    pub(crate) fn read(paths: &[PathBuf], config: Option<&Path>) -> Result<Self> {
        let check = Check { config: config.map(Path::to_path_buf), ..Check::for_paths(paths) };
        let settings = check::load_settings(&check)?;
        let here = std::env::current_dir().context("the current folder cannot be read")?;
        let mut scripts = Self { all: Vec::new(), failed: 0, settings, here };
        scripts.add(paths);
        Ok(scripts)
    }

    fn add(&mut self, paths: &[PathBuf]) {
        let mut ids: Vec<PathBuf> = Vec::new();
        let here = self.here.clone();
        let file_of = |path: &PathBuf| match workspace::split_embedded_path(&here.join(path)) {
            Some((file, _)) if !here.join(path).exists() => {
                ids.push(semantic::normalise(&here.join(path)));
                file
            }
            _ => path.clone(),
        };
        let paths: Vec<PathBuf> = paths.iter().map(file_of).collect();
        let (files, missing) = workspace::files_with_hosts(&paths, &here, &self.settings);
        missing.iter().for_each(|text| self.fail(text));
        let (all, unreadable) = workspace::sent(&files, &self.settings);
        for (path, why) in &unreadable {
            self.fail(&format!("{} cannot be read: {why}", self.shown(path)));
        }
        let is_of = |id: &PathBuf, sent: &Sent| {
            let host = sent.embedding.as_ref().map(|it| it.host.path.as_path());
            workspace::split_embedded_path(id).is_some_and(|(file, _)| Some(file.as_path()) == host)
        };
        self.all = all;
        self.all.retain(|it| ids.contains(&it.path) || !ids.iter().any(|id| is_of(id, it)));
        for id in ids.iter().filter(|id| self.all.iter().all(|it| it.path != **id)).cloned().collect::<Vec<_>>() {
            self.fail(&format!("{} is not there, or a program pastes values into it", self.shown(&id)));
        }
        let mut broken: Vec<String> = Vec::new();
        // Strings of tests have includes that are nowhere: what was only found says nothing of its own.
        self.all.retain(|it| it.flat.missing.is_empty() || it.named || it.embedding.is_none());
        for sent in &self.all {
            if let Some(missing) = sent.flat.missing.first() {
                broken.push(format!("{} includes {missing}, which is not there", self.shown(&sent.path)));
            }
        }
        broken.iter().for_each(|text| self.fail(text));
        self.all.retain(|it| it.flat.missing.is_empty());
    }

    /// Tells of a file that could not be used.
    pub(crate) fn fail(&mut self, text: &str) {
        self.failed += 1;
        notice::error(text);
    }

    /// The path to show.
    pub(crate) fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.here).unwrap_or(path).to_string_lossy().replace('\\', "/")
    }

    /// The folder in which the program runs.
    pub(crate) fn here(&self) -> &Path {
        &self.here
    }
}
