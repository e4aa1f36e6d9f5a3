//! `--fix` and `--diff`: applies fixes to the texts of the files, and writes or shows what came of it.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result};
use linter::{Diagnostic, groups::Group, registry};

use super::checked::{Checked, Fixed};
use crate::{diff, notice};

/// Passes at most: a fix may make room for another, or bring up a finding with one of its own.
pub(super) const PASSES: usize = 10;

/// Texts that count instead of those on disk.
#[derive(Default)]
pub(super) struct Texts {
    /// Standard input, where it is checked.
    pub stdin: Option<Arc<[u8]>>,
    /// Texts with fixes applied, by file.
    pub fixed: HashMap<PathBuf, Arc<[u8]>>,
}

/// The text that fixes make of a file; the path is none for standard input.
pub(super) struct Change {
    file: Option<PathBuf>,
    text: Arc<[u8]>,
}

impl Texts {
    /// Takes a text in the place of the one before.
    pub(super) fn set(&mut self, change: Change) {
        match change.file {
            Some(path) => drop(self.fixed.insert(path, change.text)),
            None => self.stdin = Some(change.text),
        }
    }
}

impl Fixed {
    /// The number of findings that were fixed.
    pub(crate) fn count(&self) -> usize {
        self.rules.values().sum()
    }
}

/// Applies the fixes of a file to its text, and counts them. None if nothing changes.
pub(super) fn apply(file: &Checked, with_unsafe: bool, all: &mut Vec<Fixed>) -> Option<Change> {
    // Of a larger file only the beginning was read.
    if file.source.len() > syntax::MAX_SOURCE_BYTES {
        return None;
    }
    let chosen = linter::fixes::choose(&file.findings, with_unsafe);
    if chosen.findings.is_empty() {
        return None;
    }
    let after: Arc<[u8]> = chosen.apply(&file.source).into();
    let known = all.iter().position(|it| it.file == file.file);
    // Edits may not make it worse: a script that no longer parses is left as it was.
    let is_worse = || syntax::parse(&after).errors.len() > syntax::parse(&file.source).errors.len();
    if after == file.source || (file.is_host && !keeps_code(file, &after, with_unsafe)) || (!file.is_host && is_worse())
    {
        notice::warning(&format!("{}: left as it is, for its fixes do not go together", file.path));
        return None;
    }
    let at = known.unwrap_or_else(|| {
        all.push(Fixed {
            path: file.path.clone(),
            file: file.file.clone(),
            before: Arc::clone(&file.source),
            after: Arc::clone(&after),
            rules: BTreeMap::new(),
        });
        all.len() - 1
    });
    all[at].after = Arc::clone(&after);
    for &finding in &chosen.findings {
        *all[at].rules.entry(file.findings[finding].code).or_default() += 1;
    }
    Some(Change { file: file.file.clone(), text: after })
}

/// True if fixes of scripts in strings change these alone; those of calls are meant for the code.
fn keeps_code(file: &Checked, after: &[u8], with_unsafe: bool) -> bool {
    // Comments of the program go too.
    let is_of_call = |it: &&Diagnostic| {
        it.code == "unused-suppression" || registry::rule(it.code).is_some_and(|rule| rule.group == Group::Hosts)
    };
    let of_calls: Vec<Diagnostic> = file.findings.iter().filter(is_of_call).cloned().collect();
    let before = linter::fixes::choose(&of_calls, with_unsafe).apply(&file.source);
    let path = Path::new(&file.path);
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    host::Language::of_file(path, &file.source)
        .is_some_and(|language| host::HostDocument::read(language, name, &before).keeps_code(name, &before, after))
}

/// Writes the files.
pub(super) fn write(all: &[Fixed]) -> Result<()> {
    for it in all {
        let Some(path) = &it.file else { continue };
        let unchanged = fs::read(path).is_ok_and(|text| *text == *it.before);
        anyhow::ensure!(unchanged, "{} was changed meanwhile, and is left as it is", it.path);
        replace(path, &it.after).with_context(|| format!("{} cannot be written", it.path))?;
    }
    Ok(())
}

/// Shows what would be written.
pub(super) fn show(all: &[Fixed]) -> Result<()> {
    for it in all {
        diff::write(&it.path, &it.before, &it.after)?;
    }
    Ok(())
}

/// Summary of the fixed findings, by file.
pub(super) fn summary(all: &[Fixed], is_done: bool) -> String {
    let plural = |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    let count = all.iter().map(Fixed::count).sum();
    let so = if is_done { "fixed" } else { "would fix" };
    let mut text = format!("{so} {} in {}", plural(count, "finding"), plural(all.len(), "file"));
    for it in all {
        let rules: Vec<String> = it.rules.iter().map(|(code, count)| format!("{count} {code}")).collect();
        text.push_str(&format!("\n  {}: {}", it.path, rules.join(", ")));
    }
    text
}

/// Replaces a file by `text` atomically, so that no reader sees half of it.
pub(crate) fn replace(path: &Path, text: &[u8]) -> Result<()> {
    let path = path.canonicalize()?;
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".redlua-{}", std::process::id()));
    let temporary = path.with_file_name(name);
    let done = (|| {
        let mut file = fs::File::create(&temporary)?;
        file.write_all(text)?;
        file.set_permissions(fs::metadata(&path)?.permissions())?;
        file.sync_all()?;
        fs::rename(&temporary, &path)
    })();
    if done.is_err() {
        fs::remove_file(&temporary).ok();
    }
    Ok(done?)
}
