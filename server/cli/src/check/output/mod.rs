//! The forms of output. Findings are written as they come; what is known at the end only comes last.

pub(super) mod facts;
pub(super) mod github;
pub(super) mod human;
pub(super) mod json;
pub(super) mod junit;
pub(super) mod sarif;

use std::io::Write;

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
    match args.format {
        Format::Human => Box::new(human::Human::new(args.hints)),
        Format::Json => Box::new(json::Json::new(args.summary)),
        Format::Sarif => Box::new(sarif::Sarif::default()),
        Format::Github => Box::new(github::Github { hints: args.hints }),
        Format::Junit => Box::new(junit::JUnit::new(args.hints)),
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
