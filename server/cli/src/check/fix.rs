//! `--fix`: applies the safe edits to the files.

use std::{fs, io::Write as _, path::Path};

use anyhow::{Context as _, Result};
use linter::Edit;

use super::Checked;
use crate::notice;

/// Applies what is safe. Returns whether the file changed.
pub(crate) fn apply(file: &Checked) -> Result<bool> {
    let Some(path) = &file.file else { return Ok(false) };
    let Some(mended) = mend(file) else { return Ok(false) };
    // Edits may not make it worse: a script that no longer parses is not written.
    let before = syntax::parse(&file.source).errors.len();
    if syntax::parse(&mended).errors.len() > before {
        notice::warning(&format!("{}: left as it is, for its fixes do not go together", file.path));
        return Ok(false);
    }
    replace(path, &mended).with_context(|| format!("{} cannot be written", file.path))?;
    Ok(true)
}

fn mend(file: &Checked) -> Option<Vec<u8>> {
    let mut edits: Vec<&Edit> = file
        .findings
        .iter()
        .filter_map(|finding| finding.fix.as_ref())
        .filter(|fix| fix.safe)
        .flat_map(|fix| &fix.edits)
        .collect();
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut text = Vec::with_capacity(file.source.len());
    let mut at = 0;
    let mut any = false;
    for edit in edits {
        // Of edits that overlap the first counts; the next check finds the rest.
        if (edit.range.start as usize) < at || edit.range.end as usize > file.source.len() {
            continue;
        }
        text.extend_from_slice(&file.source[at..edit.range.start as usize]);
        text.extend_from_slice(edit.text.as_bytes());
        at = edit.range.end as usize;
        any = true;
    }
    text.extend_from_slice(&file.source[at..]);
    any.then_some(text)
}

/// Puts `text` in the place of a file at once, so that no reader sees half of it.
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
