//! The code action *Format this script*, for scripts in strings: editors leave the formatting of such files to their languages.

use std::ops::Range;

use format::{Error, Indent, format_indented, indent_of};
use linter::Edit;
use ls_types::{CodeAction, CodeActionDisabled, CodeActionKind, TextEdit};
use similar::{Algorithm, DiffOp, TextDiff};
use text::TextRange;

use crate::{
    convert,
    snapshot::{View, path_of},
};

/// The action for a script in a string, with its edits, or with the reason for which there are none if the client shows it. None for
/// other files, and for a script that has its format.
pub fn action(view: View<'_>) -> Option<CodeAction> {
    view.document().embedding.as_ref()?;
    let (edit, reason) = match edits(view) {
        Ok(edits) if edits.is_empty() => return None,
        Ok(edits) => (Some(convert::workspace_edit(vec![(view, edits)])), None),
        Err(_) if !view.client.disabled_actions => return None,
        Err(reason) => (None, Some(reason)),
    };
    Some(CodeAction {
        title: "Format this script".to_owned(),
        kind: Some(CodeActionKind::REFACTOR_REWRITE),
        disabled: reason.map(|reason| CodeActionDisabled { reason }),
        edit,
        ..CodeAction::default()
    })
}

/// The edits that format the script.
///
/// # Errors
///
/// Fails with a sentence for the user if the script does not parse, has no lines, or cannot be changed without changing more.
fn edits(view: View<'_>) -> Result<Vec<TextEdit>, String> {
    let source = view.file().source();
    if view.has_holes() {
        return Err("the program pastes values into this script".to_owned());
    }
    if !source.trim_ascii().contains(&b'\n') {
        return Err("the script is a single line".to_owned());
    }
    let path = path_of(view.uri()).unwrap_or_default();
    let indent = indent_of(source).unwrap_or(Indent::Blanks(2));
    let style = view.disk.style(&path, indent).map_err(|error| error.to_string())?;
    let formatted = format_indented(source, style).map_err(|error| match error {
        Error::Syntax { line, .. } => view.text(format!("the script does not parse: see line {line}")),
        error => error.to_string(),
    })?;
    let edits = changed_lines(source, &formatted);
    if edits.is_empty() {
        return Ok(Vec::new());
    }
    view.edits(&edits).ok_or_else(|| "the string cannot hold the formatted script as it is written".to_owned())
}

/// Edits for the lines that differ.
pub(crate) fn changed_lines(source: &[u8], formatted: &str) -> Vec<Edit> {
    let (old, new) = (lines(source), lines(formatted.as_bytes()));
    let start = |at: usize| old[..at].iter().map(|line| line.len() as u32).sum::<u32>();
    let diff = TextDiff::configure().algorithm(Algorithm::Patience).diff_slices(&old, &new);
    let edit = |from: Range<usize>, to: Range<usize>| {
        let text = String::from_utf8_lossy(&new[to].concat()).into_owned();
        trimmed(Edit { range: TextRange::new(start(from.start), start(from.end)), text }, source)
    };
    let mut edits = Vec::new();
    for op in diff.ops().iter().filter(|op| !matches!(op, DiffOp::Equal { .. })) {
        let (from, to) = (op.old_range(), op.new_range());
        if from.len() == to.len() {
            // Line by line, for each may be a literal of its own.
            let pairs = from.zip(to).filter(|&(a, b)| old[a] != new[b]);
            edits.extend(pairs.map(|(a, b)| edit(a..a + 1, b..b + 1)));
        } else {
            edits.push(edit(from, to));
        }
    }
    edits
}

/// The edit without what stays at its beginning and end, so that it touches few of the literals that make a script.
fn trimmed(edit: Edit, source: &[u8]) -> Edit {
    let (old, new) = (edit.range.slice(source), edit.text.as_bytes());
    let is_boundary = |at: usize| edit.text.is_char_boundary(at);
    let mut same = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    while !is_boundary(same) {
        same -= 1;
    }
    let tail = old[same..].iter().rev().zip(new[same..].iter().rev()).take_while(|(a, b)| a == b).count();
    let mut end = new.len() - tail;
    while !is_boundary(end) {
        end += 1;
    }
    let kept = (new.len() - end) as u32;
    Edit {
        range: TextRange::new(edit.range.start + same as u32, edit.range.end - kept),
        text: edit.text[same..end].to_owned(),
    }
}

/// The lines of a text, with their breaks.
fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|&byte| byte == b'\n').collect()
}
