//! Templates of values: text of the script, elements of KEYS and ARGV, replies.
//!
//! Single account of the origin of values, used by the rules, the summary, hover and hints: over one file
//! ([`Values::of_file`]) or over all files of a script ([`Values::of_script`]), through functions that make keys.

mod exports;
mod keys;
mod made;
mod reader;
mod slot;
mod template;

use syntax::{ExprId, FunctionId, Tree};

pub use keys::{KeySource, KeyWord};
pub use made::{Gives, Made};
pub use slot::Reach;
pub use template::{Piece, Template};

use crate::{Files, Part, Script, reach::Reached};

/// The files of a script and their functions that run, and with these the templates of each value.
#[derive(Debug)]
pub struct Values<'a> {
    /// The files.
    pub files: Files<'a>,
    /// The functions that run.
    pub reached: Reached,
}

impl<'a> Values<'a> {
    /// The values of all files of a script, where the functions `start` run.
    pub fn of_script(parts: &[Part<'a>], start: &[(usize, FunctionId)]) -> Self {
        let files = Files::of_script(parts);
        let reached = Reached::from(&files, start);
        Self { files, reached }
    }

    /// The values of one file, without other files.
    pub fn of_file(script: &'a Script) -> Self {
        let files = Files::of_file(script);
        let callbacks = script.library.iter().flat_map(|library| &library.registrations);
        let callbacks = callbacks.filter_map(|registration| Some((0, registration.callback?)));
        let start: Vec<(usize, FunctionId)> = std::iter::once((0, Tree::CHUNK)).chain(callbacks).collect();
        let reached = Reached::from(&files, &start);
        Self { files, reached }
    }

    /// True if an expression may run.
    pub fn is_run(&self, part: usize, expr: ExprId) -> bool {
        self.reached.runs(part, self.files.script(part).scopes.function_of(expr))
    }
}
