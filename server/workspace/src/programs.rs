//! Names that the program around a script puts before it: text in another language that holds `local function name`, or that
//! names the script's file and the function.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use memchr::memmem::Finder;
use semantic::ProgramName;

use crate::{Settings, canonical, read_bounded, settings::project};

/// Extensions of the languages that programs with scripts are written in.
const LANGUAGES: [&str; 17] =
    ["cjs", "cs", "ex", "go", "java", "js", "jsx", "kt", "mjs", "mts", "php", "py", "rb", "rs", "scala", "ts", "tsx"];

/// The folders above a script that are searched, with the folders in each.
const LEVELS: usize = 3;

/// The files of a folder that are read.
const MAX_FILES: usize = 200;

/// Bytes of a file that is read.
const MAX_BYTES: u64 = 1024 * 1024;

/// Bytes of text that are kept.
const MAX_KEPT: usize = 32 * 1024 * 1024;

/// Time for which answers count; nobody watches the files of programs.
const MAX_AGE: Duration = Duration::from_secs(10);

type Texts = Arc<[Box<[u8]>]>;

/// Answers for one script, by name.
type Answers = HashMap<Box<[u8]>, Option<ProgramName>>;

/// The text of programs, read when a script has a name that no Lua file declares.
#[derive(Clone, Default, Debug)]
pub(crate) struct Programs {
    folders: HashMap<PathBuf, Texts>,
    answers: HashMap<PathBuf, Answers>,
    kept: usize,
    since: Option<Instant>,
}

impl Programs {
    /// How a program near `script` speaks of the free name `name`, if one does.
    pub(crate) fn name(&mut self, name: &[u8], script: &Path, settings: &Settings) -> Option<ProgramName> {
        if self.since.is_none_or(|since| since.elapsed() > MAX_AGE) {
            *self = Self { since: Some(Instant::now()), ..Self::default() };
        }
        if let Some(&known) = self.answers.get(script).and_then(|answers| answers.get(name)) {
            return known;
        }
        let found = self.find(name, script, settings);
        self.answers.entry(script.to_path_buf()).or_default().insert(name.into(), found);
        found
    }

    fn find(&mut self, name: &[u8], script: &Path, settings: &Settings) -> Option<ProgramName> {
        let file = script.file_name()?.to_str()?;
        let stem = file.strip_suffix(".lua").unwrap_or(file).as_bytes();
        let mut found = None;
        for folder in Self::folders_near(script, settings) {
            for text in &*self.texts(&folder, settings) {
                if declares(text, name) {
                    return Some(ProgramName::Declared);
                }
                if found.is_none() && is_quoted(text, name) && is_file_named(text, stem) {
                    found = Some(ProgramName::Quoted);
                }
            }
        }
        found
    }

    /// The folders above a script, up to that of the settings or else of its project, each followed by the folders in it.
    fn folders_near(script: &Path, settings: &Settings) -> Vec<PathBuf> {
        let (mut root, script) = (canonical(&settings.root), canonical(script));
        if !script.starts_with(&root) {
            // The settings lie elsewhere.
            root = script.parent().and_then(project).unwrap_or_default();
        }
        let mut near = Vec::new();
        for folder in script.ancestors().skip(1).take(LEVELS).filter(|folder| folder.starts_with(&root)) {
            near.push(folder.to_path_buf());
            let mut inner: Vec<PathBuf> = std::fs::read_dir(folder)
                .into_iter()
                .flatten()
                .flatten()
                .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
                .filter(|entry| !settings.skips_folder(&entry.file_name()))
                .map(|entry| entry.path())
                .take(MAX_FILES)
                .collect();
            inner.sort();
            inner.retain(|folder| !near.contains(folder));
            near.extend(inner);
        }
        near
    }

    fn texts(&mut self, folder: &Path, settings: &Settings) -> Texts {
        if let Some(known) = self.folders.get(folder) {
            return Arc::clone(known);
        }
        let is_program = |path: &Path| {
            path.extension().and_then(|it| it.to_str()).is_some_and(|it| LANGUAGES.contains(&it))
                && !settings.exclude.is_match(crate::relative(path, &settings.root))
                && path.metadata().is_ok_and(|meta| meta.is_file() && meta.len() <= MAX_BYTES)
        };
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| is_program(path)).collect();
        paths.sort();
        let texts: Texts =
            paths.iter().take(MAX_FILES).filter_map(|path| Some(read_bounded(path).ok()?.into())).collect();
        self.kept += texts.iter().map(|text| text.len()).sum::<usize>();
        if self.kept > MAX_KEPT {
            self.folders.clear();
            self.kept = 0;
        }
        self.folders.insert(folder.to_path_buf(), Arc::clone(&texts));
        texts
    }
}

/// The places of a whole word: what stands before it and behind it.
fn words<'a>(text: &'a [u8], word: &'a [u8]) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
    let is_part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    Finder::new(word)
        .into_owned()
        .find_iter(text)
        .map(|at| (&text[..at], &text[at + word.len()..]))
        .filter(move |(before, after)| !is_part(before.last()) && !is_part(after.first()))
        .collect::<Vec<_>>()
        .into_iter()
}

/// Tells if a text has `local name` or `local function name`, which few other languages do.
fn declares(text: &[u8], name: &[u8]) -> bool {
    words(text, name).any(|(before, _)| {
        let mut words = before.rsplit(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty());
        before.last().is_some_and(u8::is_ascii_whitespace)
            && match words.next() {
                Some(b"function") => words.next().is_some_and(|word| word.ends_with(b"local")),
                Some(word) => word == b"local",
                None => false,
            }
    })
}

fn is_quote(byte: Option<&u8>) -> bool {
    matches!(byte, Some(b'"' | b'\'' | b'`'))
}

fn is_quoted(text: &[u8], name: &[u8]) -> bool {
    words(text, name).any(|(before, after)| is_quote(before.last()) && is_quote(after.first()))
}

/// Tells if a text names a file: `'lua/take.lua'` or `'take'`.
fn is_file_named(text: &[u8], stem: &[u8]) -> bool {
    words(text, stem).any(|(before, after)| {
        (is_quote(before.last()) || before.ends_with(b"/")) && (is_quote(after.first()) || after.starts_with(b".lua"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_in_folders_beside_the_program() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
            std::fs::write(&path, text).map(|()| path)
        };
        write("package.json", "{}")?;
        write("src/index.js", "const head = `local function keyOf(id) return id end`;\n")?;
        let script = write("lua/take.lua", "return keyOf(ARGV[1]) .. other .. tostring(KEYS[1])\n")?;
        let elsewhere = tempfile::tempdir()?;
        for root in [folder.path(), elsewhere.path()] {
            let settings = Settings { root: root.to_path_buf(), ..Settings::load(&folder.path().join("lua"), None)? };
            let found = crate::Found { path: script.clone(), named: false };
            let mut loaded = vec![crate::read(found, false).map_err(|(_, error)| error)?];
            let shown = |path: &Path| path.display().to_string();
            let linked = crate::link(&mut loaded, &settings, &mut crate::Resolver::default(), |_| None, shown);
            let programs = &linked[0].script.environment.programs;
            assert_eq!(programs.iter().collect::<Vec<_>>(), [(&7, &ProgramName::Declared)]);
        }
        Ok(())
    }

    #[test]
    fn names_in_the_text_of_programs() {
        let js =
            b"const head = `\nlocal function keyOf(id) return id end\nlocal limit = 10\n`;\nfunction other(x) {}\n";
        assert!(declares(js, b"keyOf") && declares(js, b"limit"));
        assert!(!declares(js, b"key") && !declares(js, b"other") && !declares(js, b"id"));
        let py = b"load('lua/move.lua', functions={'add': ADD, \"remove\": REMOVE})";
        assert!(is_quoted(py, b"add") && is_quoted(py, b"remove") && !is_quoted(py, b"ADD"));
        assert!(is_file_named(py, b"move") && !is_file_named(py, b"remove.lua") && !is_file_named(py, b"functions"));
    }
}
