//! Names that the program around a script puts before it: text in another language that holds `local function name`, or that
//! names the script's file and the function.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use memchr::memmem;
use semantic::ProgramName;

use crate::{FileStamp, Settings, canonical, read_bounded, settings::project};

/// Extensions of the languages that programs with scripts are written in.
const LANGUAGES: [&str; 17] =
    ["cjs", "cs", "ex", "go", "java", "js", "jsx", "kt", "mjs", "mts", "php", "py", "rb", "rs", "scala", "ts", "tsx"];

/// The folders above a script that are searched, with the folders in each.
const LEVELS: usize = 3;

/// The folders in a folder, and the files of one, that are looked at.
const MAX_ENTRIES: usize = 200;

/// Bytes of a file that is read.
const MAX_BYTES: u64 = 1024 * 1024;

/// Maximum number of bytes to read in [`MAX_AGE`]; text after them adds no names.
const MAX_READ: u64 = 32 * 1024 * 1024;

/// Time for which folders are assumed unchanged: the files of programs are not watched.
const MAX_AGE: Duration = Duration::from_secs(10);

/// The names in the text of programs, read when a script has a name that no Lua file declares.
#[derive(Clone, Default, Debug)]
pub(crate) struct Programs {
    files: HashMap<PathBuf, (FileStamp, Arc<Names>)>,
    folders: HashMap<PathBuf, Arc<[Arc<Names>]>>,
    near: HashMap<PathBuf, Arc<[PathBuf]>>,
    since: Option<Instant>,
    read: u64,
}

/// Names in the text of a file.
#[derive(Default, Debug)]
struct Names {
    /// Names after `local` and `local function`, which few other languages have.
    declared: HashSet<Box<[u8]>>,
    /// Names in quotes.
    quoted: HashSet<Box<[u8]>>,
    /// Names of files, without `.lua`: `'lua/take.lua'` or `'take'`.
    files: HashSet<Box<[u8]>>,
}

impl Programs {
    /// Finds how a program near `script` refers to the free name `name`; none if no program does.
    pub(crate) fn name(&mut self, name: &[u8], script: &Path, settings: &Settings) -> Option<ProgramName> {
        if self.since.is_none_or(|since| since.elapsed() > MAX_AGE) {
            self.folders.clear();
            self.near.clear();
            (self.since, self.read) = (Some(Instant::now()), 0);
        }
        let file = script.file_name()?.to_str()?;
        let stem = file.strip_suffix(".lua").unwrap_or(file).as_bytes();
        let mut found = None;
        for folder in self.near(script, settings).iter() {
            for names in self.names_in(folder, settings).iter() {
                if names.declared.contains(name) {
                    return Some(ProgramName::Declared);
                }
                if names.quoted.contains(name) && names.files.contains(stem) {
                    found = Some(ProgramName::Quoted);
                }
            }
        }
        found
    }

    /// The folders above a script, up to that of the settings or else of its project, each followed by the folders in it.
    fn near(&mut self, script: &Path, settings: &Settings) -> Arc<[PathBuf]> {
        let folder = script.parent().unwrap_or(script);
        if let Some(known) = self.near.get(folder) {
            return Arc::clone(known);
        }
        let (mut root, lowest) = (canonical(&settings.root), canonical(folder));
        if !lowest.starts_with(&root) {
            // The settings lie elsewhere.
            root = project(&lowest).unwrap_or_default();
        }
        let mut near = Vec::new();
        for above in lowest.ancestors().take(LEVELS).filter(|above| above.starts_with(&root)) {
            near.push(above.to_path_buf());
            let mut inner: Vec<PathBuf> = std::fs::read_dir(above)
                .into_iter()
                .flatten()
                .flatten()
                .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
                .filter(|entry| !settings.skips_folder(&entry.file_name()))
                .map(|entry| entry.path())
                .collect();
            inner.sort();
            inner.truncate(MAX_ENTRIES);
            inner.retain(|inner| !near.contains(inner));
            near.extend(inner);
        }
        let near: Arc<[PathBuf]> = near.into();
        self.near.insert(folder.to_path_buf(), Arc::clone(&near));
        near
    }

    fn names_in(&mut self, folder: &Path, settings: &Settings) -> Arc<[Arc<Names>]> {
        if let Some(known) = self.folders.get(folder) {
            return Arc::clone(known);
        }
        let is_program = |path: &Path| {
            path.extension().and_then(|it| it.to_str()).is_some_and(|it| LANGUAGES.contains(&it))
                && !settings.exclude.is_match(crate::relative(path, &settings.root))
        };
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| is_program(path)).collect();
        paths.sort();
        paths.truncate(MAX_ENTRIES);
        let names: Arc<[Arc<Names>]> = paths.into_iter().filter_map(|path| self.names_of(path)).collect();
        self.folders.insert(folder.to_path_buf(), Arc::clone(&names));
        names
    }

    /// The names in a file, read again if it is another one than before.
    fn names_of(&mut self, path: PathBuf) -> Option<Arc<Names>> {
        let stamp = FileStamp::of(&path)?;
        if let Some((_, names)) = self.files.get(&path).filter(|(known, _)| *known == stamp) {
            return Some(Arc::clone(names));
        }
        let length = path.metadata().ok()?.len();
        if length > MAX_BYTES || self.read + length > MAX_READ {
            return None;
        }
        self.read += length;
        let names = Arc::new(Names::of(&read_bounded(&path).ok()?));
        self.files.insert(path, (stamp, Arc::clone(&names)));
        Some(names)
    }
}

impl Names {
    fn of(text: &[u8]) -> Self {
        let mut names = Self::default();
        for at in memmem::find_iter(text, b"local") {
            if at.checked_sub(1).is_none_or(|before| !is_part(text[before])) {
                names.declare(&text[at + b"local".len()..]);
            }
        }
        let begins = |byte: u8| is_quote(byte) || byte == b'/';
        for at in (0..text.len()).filter(|&at| begins(text[at])) {
            let rest = &text[at + 1..];
            let len = rest.iter().take_while(|&&byte| is_part(byte) || matches!(byte, b'-' | b'.')).count();
            let word = &rest[..len];
            let is_closed = rest.get(len).is_some_and(|&byte| is_quote(byte));
            if is_closed && is_quote(text[at]) && !word.is_empty() && word.iter().all(|&byte| is_part(byte)) {
                names.quoted.insert(word.into());
            }
            match word.strip_suffix(b".lua") {
                Some(stem) => names.files.insert(stem.into()),
                None => is_closed && names.files.insert(word.into()),
            };
        }
        names
    }

    /// Adds the names after `local`, if the text is Lua: `function name(` or `name, name =`.
    fn declare(&mut self, text: &[u8]) {
        let mut rest = text.trim_ascii_start();
        if rest.len() == text.len() {
            return;
        }
        let behind = rest.strip_prefix(b"function").filter(|rest| rest.first().is_some_and(u8::is_ascii_whitespace));
        rest = behind.map_or(rest, <[u8]>::trim_ascii_start);
        let mut found: Vec<&[u8]> = Vec::new();
        loop {
            let len = rest.iter().take_while(|&&byte| is_part(byte)).count();
            found.push(&rest[..len]);
            rest = rest[len..].trim_ascii_start();
            match rest.strip_prefix(b",") {
                Some(next) if len > 0 && behind.is_none() => rest = next.trim_ascii_start(),
                _ => break,
            }
        }
        if rest.first() == Some(if behind.is_some() { &b'(' } else { &b'=' }) {
            self.declared.extend(found.into_iter().filter(|name| !name.is_empty()).map(Into::into));
        }
    }
}

const fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

const fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
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
            let found = crate::Found { path: script.clone(), named: true };
            let source = crate::Source::new(crate::read(found, false).map_err(|(_, error)| error)?, |_| true);
            let shown = |path: &Path| path.display().to_string();
            let mut resolver = crate::Resolver::default();
            let project = crate::Project::link(vec![source], &settings, &mut resolver, |_| None, shown);
            let programs = &project.environment(0).programs;
            assert_eq!(programs.iter().collect::<Vec<_>>(), [(&7, &ProgramName::Declared)]);
        }
        Ok(())
    }

    #[test]
    fn names_in_the_text_of_programs() {
        let has = |set: &HashSet<Box<[u8]>>, name: &str| set.contains(name.as_bytes());
        let js = b"const head = `\nlocal function keyOf(id) return id end\nlocal limit, rest = 10\n`;\nfunction other(x) {}\n";
        let js = Names::of(js);
        assert!(has(&js.declared, "keyOf") && has(&js.declared, "limit") && has(&js.declared, "rest"));
        let comment = Names::of(b"// the local cache, or local function calls\nlocal  = 1");
        assert!(comment.declared.is_empty(), "{comment:?}");
        assert!(!has(&js.declared, "key") && !has(&js.declared, "other") && !has(&js.declared, "id"));
        let py = Names::of(b"load('lua/move-all.lua', functions={'add': ADD, \"remove\": REMOVE})");
        assert!(has(&py.quoted, "add") && has(&py.quoted, "remove") && !has(&py.quoted, "ADD"));
        assert!(has(&py.files, "move-all") && has(&py.files, "remove") && !has(&py.files, "functions"));
    }

    #[test]
    fn files_that_changed_are_read_again() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let program = folder.path().join("main.py");
        let script = folder.path().join("take.lua");
        let settings = Settings { root: folder.path().to_path_buf(), ..Settings::default() };
        let mut programs = Programs::default();
        std::fs::write(&program, "x = 'local a = 1'")?;
        assert_eq!(programs.name(b"a", &script, &settings), Some(ProgramName::Declared));
        std::fs::write(&program, "x = 'local other = 1'")?;
        programs.since = None;
        assert_eq!(programs.name(b"a", &script, &settings), None);
        assert_eq!(programs.name(b"other", &script, &settings), Some(ProgramName::Declared));
        Ok(())
    }
}
