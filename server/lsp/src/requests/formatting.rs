//! `textDocument/formatting`, `rangeFormatting` and `onTypeFormatting`

use format::{Indent, Style};
use text::TextRange;
use tower_lsp_server::{
    jsonrpc::{Error, ErrorCode, Result},
    ls_types::{FormattingOptions, Range, TextEdit},
};

use crate::{
    convert,
    snapshot::{View, path_of},
};

fn failed(error: &format::Error) -> Error {
    Error { code: ErrorCode::ServerError(-32803), message: error.to_string().into(), data: None }
}

/// The style of the nearest `stylua.toml`; else ours with the editor's indent, and with what `.editorconfig` says.
fn style(view: View<'_>, options: &FormattingOptions) -> Result<Style> {
    let path = path_of(view.uri()).unwrap_or_default();
    let blanks = options.tab_size.clamp(1, 16) as usize;
    let indent = if options.insert_spaces { Indent::Blanks(blanks) } else { Indent::Tab };
    Style::of(&path, Some(indent)).map_err(|error| failed(&error))
}

/// Tells if `.styluaignore` names the file.
fn is_ignored(view: View<'_>) -> bool {
    path_of(view.uri()).is_some_and(|path| format::is_ignored(&path))
}

pub(crate) fn document(view: View<'_>, options: &FormattingOptions) -> Result<Vec<TextEdit>> {
    if !view.file().is_script || is_ignored(view) {
        return Ok(Vec::new());
    }
    let formatted =
        format::format(view.file().source(), style(view, options)?, None).map_err(|error| failed(&error))?;
    Ok(edits(view, &formatted))
}

pub(crate) fn range(view: View<'_>, options: &FormattingOptions, range: Range) -> Result<Vec<TextEdit>> {
    if !view.file().is_script || is_ignored(view) {
        return Ok(Vec::new());
    }
    let range = convert::text_range(view.file(), range, view.encoding);
    let formatted =
        format::format(view.file().source(), style(view, options)?, Some(range)).map_err(|error| failed(&error))?;
    Ok(edits(view, &formatted))
}

/// The lines that differ, as one edit: what is equal at both ends stays, and with it cursors and marks.
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
    vec![TextEdit { range: convert::range(file, old, view.encoding), new_text: text }]
}

fn memchr_last_newline(text: &[u8]) -> usize {
    text.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1)
}

/// Behind a new line: `end` and its kin go back to the block that they end.
pub(crate) fn on_type(view: View<'_>, offset: u32, options: &FormattingOptions) -> Option<Vec<TextEdit>> {
    let file = view.file();
    if !file.is_script {
        return None;
    }
    let line = file.lines.line(offset);
    let mut found = Vec::new();
    // The line that was left, and the new one.
    for line in [line.checked_sub(1), Some(line)].into_iter().flatten() {
        let range = file.lines.line_range(file.source(), line);
        let text = range.slice(file.source());
        let have = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        // Text over several lines is the user's.
        let in_text = file.script.tree().exprs().any(|(_, expr)| {
            expr.kind == syntax::ExprKind::String && expr.range.start < range.start && range.start < expr.range.end
        });
        let in_comment =
            file.script.parse.comments.iter().any(|it| it.range.start < range.start && range.start < it.range.end);
        if in_text || in_comment {
            continue;
        }
        let unit =
            if options.insert_spaces { " ".repeat(options.tab_size.clamp(1, 16) as usize) } else { "\t".to_owned() };
        let wanted = unit.repeat(ide::indent::depth(file.source(), range.start));
        if text[..have] != *wanted.as_bytes() && (have < text.len() || line == file.lines.line(offset)) {
            let old = TextRange::new(range.start, range.start + have as u32);
            found.push(TextEdit { range: convert::range(file, old, view.encoding), new_text: wanted });
        }
    }
    Some(found)
}
