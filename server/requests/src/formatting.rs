//! `textDocument/formatting`, `rangeFormatting` and `onTypeFormatting`

use format::{Indent, Style};
use ide::on_enter::{Addition, is_inside_text, on_enter};
use ls_types::{FormattingOptions, FormattingProperty, Range, TextEdit};
use text::TextRange;

use crate::{
    Refused,
    snapshot::{View, path_of},
};

fn failed(error: &format::Error) -> Refused {
    Refused(error.to_string())
}

/// The style of the file's surroundings; else ours with the editor's indent.
fn style(view: View<'_>, options: &FormattingOptions) -> Result<Style, Refused> {
    let path = path_of(view.uri()).unwrap_or_default();
    let blanks = options.tab_size.clamp(1, 16) as usize;
    let indent = if options.insert_spaces { Indent::Blanks(blanks) } else { Indent::Tab };
    view.disk.style(&path, indent).map_err(|error| failed(&error))
}

/// True if the file is excluded from formatting.
fn is_ignored(view: View<'_>) -> bool {
    path_of(view.uri()).is_some_and(|path| view.disk.is_ignored(&path))
}

/// Answers `textDocument/formatting`; no edits for a file that is no script or is ignored.
///
/// # Errors
///
/// Fails if the script does not parse, or if a file with its style has mistakes.
pub fn document(view: View<'_>, options: &FormattingOptions) -> Result<Vec<TextEdit>, Refused> {
    if !view.file().is_script || is_ignored(view) {
        return Ok(Vec::new());
    }
    let formatted =
        format::format(view.file().source(), style(view, options)?, None).map_err(|error| failed(&error))?;
    Ok(edits(view, &formatted))
}

/// Answers `textDocument/rangeFormatting`.
///
/// # Errors
///
/// The same as for [`document`].
pub fn range(view: View<'_>, options: &FormattingOptions, range: Range) -> Result<Vec<TextEdit>, Refused> {
    if !view.file().is_script || is_ignored(view) {
        return Ok(Vec::new());
    }
    let range = view.inside(range);
    let formatted =
        format::format(view.file().source(), style(view, options)?, Some(range)).map_err(|error| failed(&error))?;
    Ok(edits(view, &formatted))
}

/// One edit that covers the lines that differ. Equal lines at both ends stay, and with them cursors and marks.
fn edits(view: View<'_>, formatted: &str) -> Vec<TextEdit> {
    let file = view.file();
    let source = file.source();
    let new = formatted.as_bytes();
    if source == new {
        return Vec::new();
    }
    let same = source.iter().zip(new).take_while(|(a, b)| a == b).count();
    // From the start of a line, so that no character is cut.
    let start = memchr_last_newline(&source[..same]);
    let end = source[start..].iter().rev().zip(new[start..].iter().rev()).take_while(|(a, b)| a == b).count();
    let tail = &source[source.len() - end..];
    let end = end - tail.iter().position(|&byte| byte == b'\n').map_or(end, |at| at + 1);
    let old = TextRange::new(start as u32, (source.len() - end) as u32);
    let text = String::from_utf8_lossy(&new[start..new.len() - end]).into_owned();
    vec![TextEdit { range: view.out(old), new_text: text }]
}

fn memchr_last_newline(text: &[u8]) -> usize {
    text.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1)
}

/// Formats after a new line: aligns `end` and similar words with their block, closes an open block, continues a comment.
pub fn on_type(view: View<'_>, offset: u32, options: &FormattingOptions) -> Option<Vec<TextEdit>> {
    let file = view.file();
    if !file.is_script {
        return None;
    }
    let (source, new_line) = (file.source(), file.lines.line(offset));
    let unit = if options.insert_spaces { " ".repeat(options.tab_size.clamp(1, 16) as usize) } else { "\t".to_owned() };
    let indentation = |line: u32| unit.repeat(ide::indent::depth(source, file.lines.line_start(line)));
    let addition = on_enter(file, offset);
    let mut found = Vec::new();
    // The line that was left, and the new one.
    for line in [new_line.checked_sub(1), Some(new_line)].into_iter().flatten() {
        let range = file.lines.line_range(source, line);
        let text = range.slice(source);
        let have = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        if is_inside_text(file, range.start) {
            continue;
        }
        let wanted = indentation(line);
        let is_other = text[..have] != *wanted.as_bytes() && (have < text.len() || line == new_line);
        let old = TextRange::new(range.start, range.start + have as u32);
        let at = |range| view.out(range);
        match addition {
            Some(Addition::Comment(dashes)) if line == new_line => {
                let old = if is_other { old } else { TextRange::at(old.end) };
                let new_text = if is_other { wanted + dashes } else { dashes.to_owned() };
                found.push(TextEdit { range: at(old), new_text });
            }
            _ if is_other => found.push(TextEdit { range: at(old), new_text: wanted }),
            _ => {}
        }
    }
    if let Some(Addition::Close { word, line }) = addition {
        let below = file.lines.line_start(new_line + 1);
        let break_of = |text: &[u8]| if text.ends_with(b"\r\n") { "\r\n" } else { "\n" };
        if new_line + 1 < file.lines.line_count() {
            let new_text = format!("{}{word}{}", indentation(line), break_of(&source[..below as usize]));
            found.push(TextEdit { range: view.out(TextRange::at(below)), new_text });
        } else if keeps_cursor(options) {
            let end = source.len() as u32;
            let above = &source[..file.lines.line_start(new_line) as usize];
            let new_text = format!("{}{}{word}", break_of(above), indentation(line));
            found.push(TextEdit { range: view.out(TextRange::at(end)), new_text });
        }
    }
    Some(found)
}

/// True if the client keeps the cursor before text that is inserted at it. Otherwise text that closes a block in the last line
/// would move the cursor behind it.
fn keeps_cursor(options: &FormattingOptions) -> bool {
    matches!(options.properties.get("redlua.keepsCursor"), Some(FormattingProperty::Bool(true)))
}
