//! Writers of findings.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::Result;

use crate::check::checked::{Checked, Totals};

/// Writes the findings of a check in some form.
pub(crate) trait Output {
    /// Writes the findings of a file.
    fn file(&mut self, out: &mut dyn Write, file: &Checked) -> Result<()>;

    /// Writes the rest, after all files.
    fn end(&mut self, out: &mut dyn Write, totals: &Totals) -> Result<()>;
}

/// The repository of the current folder, if any: services that annotate changes know files by their paths in it.
#[derive(Default)]
pub(super) struct Repository {
    root: Option<PathBuf>,
}

impl Repository {
    pub(super) fn here() -> Self {
        let here = std::env::current_dir().unwrap_or_default();
        let root = here.ancestors().find(|folder| folder.join(".git").exists());
        Self { root: root.map(Path::to_path_buf) }
    }

    /// Path of a file from the repository's root; as it is shown if it is in no repository.
    pub(super) fn path(&self, file: &Checked) -> String {
        let below = |root: &PathBuf| file.file.as_ref()?.strip_prefix(root).ok();
        let below = self.root.as_ref().and_then(below);
        below.map_or_else(|| file.path.clone(), |path| path.to_string_lossy().replace('\\', "/"))
    }
}

/// Writes the items of a list in a pretty JSON text, one after the other.
#[derive(Default)]
pub(super) struct Items {
    pub(super) count: usize,
}

impl Items {
    /// Writes an item at a nesting depth.
    pub(super) fn put(&mut self, out: &mut dyn Write, depth: usize, item: &impl serde::Serialize) -> Result<()> {
        let (comma, indent) = (if self.count > 0 { "," } else { "" }, "  ".repeat(depth));
        // No text has a line break of its own in JSON.
        let text = serde_json::to_string_pretty(item)?.replace('\n', &format!("\n{indent}"));
        write!(out, "{comma}\n{indent}{text}")?;
        self.count += 1;
        Ok(())
    }

    /// Ends the list at a nesting depth.
    pub(super) fn end(&self, out: &mut dyn Write, depth: usize) -> Result<()> {
        match self.count {
            0 => write!(out, "]")?,
            _ => write!(out, "\n{}]", "  ".repeat(depth))?,
        }
        Ok(())
    }
}
