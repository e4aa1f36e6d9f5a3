//! The forms of output. Findings are written as they come; what is known at the end only comes last.

pub(super) mod facts;
pub(super) mod github;
pub(super) mod human;
pub(super) mod json;
pub(super) mod junit;
pub(super) mod sarif;
mod statistics;

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::Result;

use super::{Checked, Totals};
use crate::args::{Check, Format};

/// Writes the findings of a check in some form.
pub(crate) trait Output {
    /// Writes what was found in a file.
    fn file(&mut self, out: &mut dyn Write, file: &Checked) -> Result<()>;

    /// Writes the rest, once all files were told.
    fn end(&mut self, out: &mut dyn Write, totals: &Totals) -> Result<()>;
}

/// The output that the command line asks for.
pub(super) fn new(args: &Check) -> Box<dyn Output> {
    if args.statistics {
        return Box::new(statistics::Statistics::new(args.hints, args.format == Format::Json, args.quiet));
    }
    match args.format {
        Format::Human => Box::new(human::Human::new(args.hints, args.quiet)),
        Format::Json => Box::new(json::Json::new(args.summary, args.fix)),
        Format::Sarif => Box::new(sarif::Sarif::new()),
        Format::Github => Box::new(github::Github::new(args.hints)),
        Format::Junit => Box::new(junit::JUnit::new(args.hints)),
    }
}

/// The repository that we are in, where there is one: services that annotate changes know files by their paths in it.
#[derive(Default)]
struct Repository {
    root: Option<PathBuf>,
}

impl Repository {
    fn here() -> Self {
        let here = std::env::current_dir().unwrap_or_default();
        let root = here.ancestors().find(|folder| folder.join(".git").exists());
        Self { root: root.map(Path::to_path_buf) }
    }

    /// The path of a file from the repository's root; as it is shown where there is no repository.
    fn path(&self, file: &Checked) -> String {
        let below = |root: &PathBuf| file.file.as_ref()?.strip_prefix(root).ok();
        let below = self.root.as_ref().and_then(below);
        below.map_or_else(|| file.path.clone(), |path| path.to_string_lossy().replace('\\', "/"))
    }
}

/// Writes the items of a list in a pretty JSON text, one after the other.
#[derive(Default)]
struct Items {
    count: usize,
}

impl Items {
    /// Writes an item that stands so many levels deep.
    fn put(&mut self, out: &mut dyn Write, depth: usize, item: &impl serde::Serialize) -> Result<()> {
        let (comma, indent) = (if self.count > 0 { "," } else { "" }, "  ".repeat(depth));
        // No text has a line break of its own in JSON.
        let text = serde_json::to_string_pretty(item)?.replace('\n', &format!("\n{indent}"));
        write!(out, "{comma}\n{indent}{text}")?;
        self.count += 1;
        Ok(())
    }

    /// Ends the list, which stands so many levels deep.
    fn end(&self, out: &mut dyn Write, depth: usize) -> Result<()> {
        match self.count {
            0 => write!(out, "]")?,
            _ => write!(out, "\n{}]", "  ".repeat(depth))?,
        }
        Ok(())
    }
}
