//! The files of a workspace at one moment, as every feature sees them. Nothing here changes once it is made.

use std::sync::{Arc, OnceLock};

use linter::{Diagnostic, Options};
use rustc_hash::FxHashMap;
use semantic::{Definition, LocalId, Script};
use syntax::ExprId;
use text::{LineIndex, TextRange};

/// Whether a file is a transcript by its name: commands with their replies, and no Lua.
pub fn is_transcript(path: &str) -> bool {
    path.ends_with(".redis")
}

/// One file of a [`Project`].
#[derive(Debug)]
pub struct File {
    /// The path by which messages and includes call it: below the workspace's folder, with `/`.
    pub path: String,
    /// The script, linked with the others, its commands bound.
    pub script: Script,
    /// Whether it is Redis Lua; of other files only the text counts.
    pub is_script: bool,
    /// Where its lines begin.
    pub lines: LineIndex,
    /// How it is checked.
    pub options: Arc<Options>,
    /// For each of its includes, the numbers of the files that it pastes.
    pub included: Vec<Vec<usize>>,
    findings: OnceLock<Vec<Diagnostic>>,
}

impl File {
    /// A file whose script is linked; its commands are bound here.
    pub fn new(path: String, mut script: Script, is_script: bool, options: Arc<Options>) -> Self {
        let lines = LineIndex::new(&script.source);
        if is_script {
            script.bind_commands(&options.targets);
        }
        Self { path, script, is_script, lines, options, included: Vec::new(), findings: OnceLock::new() }
    }

    /// The same file with the files that its includes paste.
    #[must_use]
    pub fn with_targets(mut self, included: Vec<Vec<usize>>) -> Self {
        self.included = included;
        self
    }

    /// The findings, computed on first use.
    pub fn findings(&self) -> &[Diagnostic] {
        self.findings.get_or_init(
            || {
                if self.is_script { linter::lint(&self.script, &self.options) } else { Vec::new() }
            },
        )
    }

    /// The text.
    pub fn source(&self) -> &[u8] {
        &self.script.source
    }

    /// Whether it is a transcript, see [`is_transcript`].
    pub fn is_transcript(&self) -> bool {
        is_transcript(&self.path)
    }

    /// The text in a range, as it may be shown.
    pub fn text(&self, range: TextRange) -> std::borrow::Cow<'_, str> {
        self.script.text_of(range)
    }
}

/// A place in a file of a project.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Location {
    /// The file's number.
    pub file: usize,
    /// Where in it.
    pub range: TextRange,
}

/// The files of a workspace at one moment.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// The files.
    pub files: Vec<Arc<File>>,
    by_path: FxHashMap<String, usize>,
}

impl Project {
    /// A project of these files.
    pub fn new(files: Vec<Arc<File>>) -> Self {
        let by_path = files.iter().enumerate().map(|(at, file)| (file.path.clone(), at)).collect();
        Self { files, by_path }
    }

    /// The number of the file with a path.
    pub fn find(&self, path: &str) -> Option<usize> {
        self.by_path.get(path).copied()
    }

    /// The local of another file that a free name means.
    pub fn local_of(&self, definition: &Definition) -> Option<(usize, LocalId)> {
        let file = self.find(&definition.path)?;
        let (local, _) =
            self.files[file].script.scopes.locals().find(|(_, local)| local.name.range == definition.range)?;
        Some((file, local))
    }

    /// The local that a name expression means, in this file or in another.
    pub fn local(&self, file: usize, expr: ExprId) -> Option<(usize, LocalId)> {
        let script = &self.files[file].script;
        match script.scopes.local_of(expr) {
            Some(local) => Some((file, local)),
            None => self.local_of(script.environment_of(expr)?),
        }
    }
}
