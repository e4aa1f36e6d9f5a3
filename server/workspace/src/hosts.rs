//! Scripts in the strings of other languages' files, as files of a project.

use std::{
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use host::{
    Embedded, HostDocument, Kind, Language, Why,
    bindings::{Binding, List, Place},
};
use linter::{Diagnostic, Edit, Fix, Related, groups::Group};
use semantic::Pasted;
use text::{LineIndex, TextRange};

use crate::{Settings, relative};

/// Bytes of a line above which a file counts as minified.
const MINIFIED: usize = 5_000;

/// A host file with its scripts.
#[derive(Debug)]
pub struct Host {
    /// Absolute path.
    pub path: PathBuf,
    /// Its text.
    pub source: Arc<[u8]>,
    /// Index of its lines.
    pub lines: LineIndex,
    /// Its scripts.
    pub document: HostDocument,
}

/// The place of a script in a host file.
#[derive(Clone, Debug)]
pub struct Embedding {
    /// The host file.
    pub host: Arc<Host>,
    /// Index of the script in the file.
    pub(crate) nth: usize,
}

impl Settings {
    /// True if a file with the name of `path` may be a script, or have some in its strings.
    pub fn may_have_scripts(&self, path: &Path) -> bool {
        path.extension().is_some_and(|it| it == "lua") || self.host_language(path).is_some()
    }

    /// The language of a file that may have scripts in its strings, by its name, or by its first line on disk where the name has no
    /// extension; none for others, and where the settings leave it out.
    pub fn host_language(&self, path: &Path) -> Option<Language> {
        let by_line = || if path.extension().is_none() { Language::of_first_line(&first_bytes(path)) } else { None };
        Language::of_path(path).or_else(by_line).filter(|it| self.searches(path, *it))
    }

    /// The same for a file whose text is known: a `.lua` file may be a program of OpenResty.
    pub fn host_language_of(&self, path: &Path, source: &[u8]) -> Option<Language> {
        Language::of_file(path, source).filter(|it| self.searches(path, *it))
    }

    /// The bindings that the settings add for a language.
    pub fn own_bindings(&self, language: Language) -> Arc<[Binding]> {
        let is_for =
            |it: &&config::HostCall| it.language.as_ref().is_none_or(|name| language.keys().any(|key| key == name));
        self.config.hosts.calls.iter().filter(is_for).map(binding).collect()
    }

    /// True if a file in a language is searched for scripts in its strings.
    pub fn searches(&self, path: &Path, language: Language) -> bool {
        self.config.hosts.has(language.keys()) && !self.host_exclude.is_match(relative(path, &self.root))
    }
}

/// A call of the settings as a binding.
fn binding(call: &config::HostCall) -> Binding {
    Binding {
        names: vec![call.name.clone()],
        on: "?".to_owned(),
        script: call.script.map(Place::Nth),
        function: call.function.map(Place::Nth),
        count: call.count,
        keys: call.keys.map(List::Nth),
        args: call.args.map(List::Nth).or(call.rest.map(|rest| List::Rest { rest })),
        ..Binding::default()
    }
}

/// Bytes of a first line that names a program.
const MAX_FIRST_LINE: u64 = 128;

/// The first bytes of a regular file; empty if it cannot be read.
fn first_bytes(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    if path.is_file()
        && let Ok(file) = std::fs::File::open(path)
    {
        file.take(MAX_FIRST_LINE).read_to_end(&mut bytes).ok();
    }
    bytes
}

impl Host {
    /// Finds the scripts of a file, and the calls that run scripts, by the bindings of its language and `own` of the user's. None if it has
    /// neither.
    pub fn new(path: PathBuf, language: Language, source: Arc<[u8]>, own: &Arc<[Binding]>) -> Option<Arc<Self>> {
        let name = path.file_name()?.to_str()?;
        let document = HostDocument::read_with(language, name, &source, own);
        let runs = |call: &host::ScriptCall| !matches!(call.runs, host::Runs::Unknown);
        if document.embedded.is_empty()
            && !document.calls.iter().any(runs)
            && !document.loads_unknown
            && document.loaded.is_empty()
        {
            return None;
        }
        Some(Arc::new(Self { path, lines: LineIndex::new(&source), source, document }))
    }

    /// True if the file has a line that nobody writes.
    pub fn is_minified(source: &[u8]) -> bool {
        let mut start = 0;
        let is_long = |end: usize| end - std::mem::replace(&mut start, end + 1) > MINIFIED;
        source.len() > MINIFIED && memchr::memchr_iter(b'\n', source).chain([source.len()]).any(is_long)
    }
}

impl Host {
    /// The script with an id.
    pub fn find(self: &Arc<Self>, id: &str) -> Option<Embedding> {
        let nth = self.document.embedded.iter().position(|it| it.id == id)?;
        Some(Embedding { host: Arc::clone(self), nth })
    }

    /// The script with a path of its own (`app.py:NAME`).
    pub fn embedding(self: &Arc<Self>, path: &Path) -> Option<Embedding> {
        self.embeddings().find(|it| it.path() == path)
    }

    /// Its scripts, in the order of their places.
    pub fn embeddings(self: &Arc<Self>) -> impl Iterator<Item = Embedding> {
        (0..self.document.embedded.len()).map(|nth| Embedding { host: Arc::clone(self), nth })
    }

    /// The numbers of the lines, from 1, on which a script begins and ends.
    pub fn lines_of(&self, script: &Embedded) -> (u32, u32) {
        (self.lines.line(script.range.start) + 1, self.lines.line(script.range.end) + 1)
    }
}

/// The file and the script that a path with the name of a script names: `app.py:NAME`.
pub fn split_embedded_path(path: &Path) -> Option<(PathBuf, String)> {
    let name = path.file_name()?.to_str()?;
    let (file, id) = name.split_once(':')?;
    (!file.is_empty() && !id.is_empty()).then(|| (path.with_file_name(file), id.to_owned()))
}

/// The path of a script in a host file: `app.py:NAME`.
pub fn embedded_path(host: &Path, id: &str) -> PathBuf {
    let mut name = host.file_name().unwrap_or_default().to_os_string();
    name.push(":");
    name.push(id);
    host.with_file_name(name)
}

/// The path by which a program's calls of scripts are known: `app.py:`.
pub(crate) fn program_path(host: &Path) -> PathBuf {
    embedded_path(host, "")
}

impl Embedding {
    /// The script.
    pub fn script(&self) -> &Embedded {
        &self.host.document.embedded[self.nth]
    }

    /// The path by which the script is known: `app.py:NAME`.
    pub fn path(&self) -> PathBuf {
        embedded_path(&self.host.path, &self.script().id)
    }

    /// The part of the host file that a part of the script comes from; none if it only comes from what a program pastes in.
    pub fn out(&self, range: TextRange) -> Option<TextRange> {
        self.script().map.out(range)
    }

    /// A finding of the script with the places of the host file. None for what is found of values that a program pastes in, and
    /// where only the host's text could tell.
    pub fn finding(&self, finding: &Diagnostic) -> Option<Diagnostic> {
        if !self.is_told(finding) {
            return None;
        }
        let related = finding.related.iter().filter_map(|related| {
            let range = if related.path.is_some() { related.range } else { self.out(related.range)? };
            Some(Related { range, ..related.clone() })
        });
        Some(Diagnostic {
            range: self.script().map.cover(finding.range)?,
            message: self.with_host_lines(&finding.message),
            help: finding.help.as_deref().map(|help| self.with_host_lines(help)),
            related: related.collect(),
            fix: finding.fix.as_ref().and_then(|fix| self.fix(fix)),
            ..finding.clone()
        })
    }

    /// The values that vary and that the program pastes into the script.
    pub fn pasted(&self) -> Arc<[Pasted]> {
        let calls = &self.host.document.calls;
        let allows = |it: &host::CallComment| it.text.contains("allow(") && it.text.contains("interpolated-script");
        let is_allowed = |range: TextRange| {
            calls.iter().any(|call| call.range.contains_range(range) && call.comments.iter().any(allows))
        };
        let values = self.script().values.iter().filter(|it| it.varies && !is_allowed(it.host));
        let shown = |range: TextRange| String::from_utf8_lossy(range.slice(&self.host.source)).into_owned();
        values.map(|it| Pasted { range: it.script, expression: shown(it.expression) }).collect()
    }

    /// False for a finding of values that a program pastes in, and where only the host's text could tell.
    pub fn is_told(&self, finding: &Diagnostic) -> bool {
        let map = &self.script().map;
        // What is about the program is found of such values, or of its code.
        if linter::registry::rule(finding.code).is_some_and(|rule| rule.group == Group::Hosts) {
            return true;
        }
        let speaks_of_hole = |text: &str| text.contains(host::HOLE);
        let help = finding.help.as_deref().unwrap_or_default();
        // Where no call takes a text its first line may be written elsewhere.
        let script = self.script();
        if finding.code == "library-header" && script.why == Why::Content && !script.text.starts_with(b"#!") {
            return false;
        }
        !map.touches_hole(finding.range)
            && !speaks_of_hole(&finding.message)
            && !speaks_of_hole(help)
            && self.out(finding.range).is_some()
    }

    /// A fix with edits of the host file; none if these would leave the literal. Whoever applies fixes asks
    /// [`HostDocument::keeps_code`] for all of them together: a file may have thousands.
    fn fix(&self, fix: &Fix) -> Option<Fix> {
        let edit = |edit: &Edit| self.edit(edit.range, &edit.text).map(|(range, text)| Edit { range, text });
        Some(Fix { edits: fix.edits.iter().map(edit).collect::<Option<_>>()?, ..fix.clone() })
    }

    /// One edit of the script as an edit of the host file, by its literal alone: the file is not read again.
    pub fn edit(&self, range: TextRange, text: &str) -> Option<(TextRange, String)> {
        self.script().edit(&self.host.source, range, text)
    }

    /// Edits of the script as edits of the host file; none if these would leave the literal or change the host's code.
    pub fn edits(&self, edits: &[Edit]) -> Option<Vec<Edit>> {
        let host = &self.host;
        let inner: Vec<(TextRange, &str)> = edits.iter().map(|edit| (edit.range, edit.text.as_str())).collect();
        let name = host.path.file_name()?.to_str()?;
        let made = host.document.edits(name, &host.source, &self.script().id, &inner)?;
        Some(made.into_iter().map(|(range, text)| Edit { range, text }).collect())
    }

    /// A message about the script, with the lines of the host file in place of those of the script (`on line 2`).
    pub fn with_host_lines(&self, text: &str) -> String {
        const WORD: &str = "line ";
        let mut out = String::with_capacity(text.len() + 4);
        let mut rest = text;
        while let Some(at) = rest.find(WORD) {
            let is_word = !rest[..at].ends_with(char::is_alphanumeric);
            let (before, behind) = rest.split_at(at + WORD.len());
            let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
            let line = behind[..digits].parse::<u32>().ok().filter(|_| is_word);
            out.push_str(before);
            match line.and_then(|line| self.line(line.checked_sub(1)?)) {
                Some(line) => out.push_str(&(line + 1).to_string()),
                None => out.push_str(&behind[..digits]),
            }
            rest = &behind[digits..];
        }
        out.push_str(rest);
        out
    }

    /// For each line of the script the number of its line in the host file, from 1.
    pub fn line_numbers(&self) -> Vec<u32> {
        let count = LineIndex::new(&self.script().text).line_count();
        (0..count).map(|line| self.line(line).map_or(0, |line| line + 1)).collect()
    }

    /// The line of the host file on which a line of the script begins; lines count from zero.
    pub fn line(&self, line: u32) -> Option<u32> {
        let text = &self.script().text;
        let start = match line {
            0 => 0,
            line => memchr::memchr_iter(b'\n', text).nth(line as usize - 1)? as u32 + 1,
        };
        let map = &self.script().map;
        let at = map.out_start(start).or_else(|| {
            let piece = map.pieces().iter().find(|piece| piece.script.end > start && piece.kind != Kind::Made)?;
            Some(piece.host.start)
        })?;
        Some(self.host.lines.line(at))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_settings_name_all_languages() {
        let known: BTreeSet<&str> = Language::all().flat_map(Language::keys).collect();
        for name in config::table::HOST_LANGUAGES {
            assert!(known.contains(name), "no language is `{name}`");
        }
        for language in Language::all() {
            let is_named = language.keys().any(|key| config::table::HOST_LANGUAGES.contains(&key));
            assert!(is_named, "{} cannot be named in the settings", language.name());
        }
    }
}
