//! A script with its includes pasted, as loaders hand it to the server, and where each of its lines comes from.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use semantic::Script;

use crate::{Embedding, Resolver, Settings, read_bounded, split_embedded_path};

/// A script as the server gets it.
#[derive(Clone, Debug, Default)]
pub struct Flattened {
    /// The text.
    pub code: Vec<u8>,
    /// For each line, the file by its number in `files` and its line there, counted from 1.
    lines: Vec<(usize, u32)>,
    /// The files: first the script, then its includes.
    pub files: Vec<PathBuf>,
    /// Unresolved includes, as written.
    pub missing: Vec<String>,
}

impl Flattened {
    /// Origin of a line of the text: the file's number and the line there. Of a line beyond the end: the script, and the line
    /// itself.
    pub fn origin(&self, line: u32) -> (usize, u32) {
        let at = (line as usize).wrapping_sub(1);
        self.lines.get(at).copied().unwrap_or((0, line))
    }

    /// True if something was pasted.
    pub fn has_includes(&self) -> bool {
        self.files.len() > 1
    }
}

/// Maximum depth of includes; deeper ones are not pasted.
const DEEPEST: usize = 64;

/// Maximum number of texts that are pasted: constants that paste each other twice would be without end.
const MAX_PASTED: usize = 10_000;

/// Pastes what the script at `path` includes, each file once, where it is first named. Constants of a file of another language are
/// pasted without a line break, each time, as its program does.
pub fn flatten(
    path: &Path,
    source: &[u8],
    settings: &Settings,
    resolver: &mut Resolver,
    read: &mut dyn FnMut(&Path) -> Option<Vec<u8>>,
) -> Flattened {
    let flat = Flattened { files: vec![path.to_path_buf()], ..Flattened::default() };
    let mut paster = Paster { settings, resolver, read, flat, pasted: HashSet::from([path.to_path_buf()]) };
    paster.file(path, 0, source, 0);
    paster.flat
}

impl Embedding {
    /// The script with the constants of its file that it pastes in, as [`flatten`] makes it.
    pub fn flatten(&self, settings: &Settings, resolver: &mut Resolver) -> Flattened {
        let host = &self.host;
        host.embeddings().for_each(|it| resolver.add(it.path()));
        let mut read = |path: &Path| match host.embedding(path) {
            Some(inner) => Some(inner.script().text.to_vec()),
            None => read_bounded(path).ok(),
        };
        flatten(&self.path(), &self.script().text, settings, resolver, &mut read)
    }
}

struct Paster<'a> {
    settings: &'a Settings,
    resolver: &'a mut Resolver,
    read: &'a mut dyn FnMut(&Path) -> Option<Vec<u8>>,
    flat: Flattened,
    pasted: HashSet<PathBuf>,
}

impl Paster<'_> {
    fn file(&mut self, path: &Path, number: usize, source: &[u8], depth: usize) {
        for target in self.settings.joined_before(path) {
            let written = target.display().to_string();
            self.target(target, &written, depth);
        }
        let name = path.file_name().and_then(|name| name.to_str());
        let file = Script::new(Arc::from(source), name).file;
        let mut includes = file.includes.iter().peekable();
        let mut offset = 0;
        for (at, line) in (1u32..).zip(source.split_inclusive(|byte| *byte == b'\n')) {
            let end = offset + line.len();
            let mut replaced = false;
            while let Some(include) = includes.next_if(|include| (include.offset as usize) < end) {
                let found = self.resolver.resolve(include, path, self.settings);
                if found.is_empty() {
                    self.flat.missing.push(include.path.clone());
                    continue;
                }
                replaced = true;
                if found.iter().any(|target| is_constant(target)) {
                    self.take_line_break();
                }
                for target in found {
                    self.target(target, &include.path, depth);
                }
            }
            if !replaced {
                // What is pasted before it may end without a line break.
                if self.flat.code.last().is_none_or(|byte| *byte == b'\n') {
                    self.flat.lines.push((number, at));
                }
                self.flat.code.extend_from_slice(line);
            }
            offset = end;
        }
    }

    /// Pastes a file that `written` names, if it is not there yet.
    fn target(&mut self, target: PathBuf, written: &str, depth: usize) {
        let is_constant = is_constant(&target);
        let is_new = self.pasted.insert(target.clone());
        if depth >= DEEPEST || self.flat.files.len() >= MAX_PASTED || !(is_new || is_constant) {
            return;
        }
        let Some(text) = (self.read)(&target) else {
            self.flat.missing.push(written.to_owned());
            return;
        };
        self.flat.files.push(target.clone());
        let number = self.flat.files.len() - 1;
        self.file(&target, number, &text, depth + 1);
        if !is_constant && self.flat.code.last().is_some_and(|byte| *byte != b'\n') {
            self.flat.code.push(b'\n');
        }
    }

    /// Takes back the line break before an include that stands for a constant.
    fn take_line_break(&mut self) {
        if self.flat.code.last() == Some(&b'\n') {
            self.flat.code.pop();
            if self.flat.code.last().is_none_or(|byte| *byte == b'\n') {
                self.flat.lines.pop();
            }
        }
    }
}

/// True for the path of a script in a file of another language.
fn is_constant(path: &Path) -> bool {
    split_embedded_path(path).is_some()
}
