//! Comments of a program that say something of the calls beside them: `# redlua: allow(call-arity)`.

use text::TextRange;

use crate::{
    script_call::{CallComment, ScriptCall},
    tokens::Tokens,
};

/// Gives the calls of a file the comments beside them.
pub(crate) fn attach(tokens: &Tokens<'_>, calls: &mut [ScriptCall]) {
    let source = tokens.source;
    if calls.is_empty() || memchr::memmem::find(source, b"redlua:").is_none() {
        return;
    }
    for &range in &tokens.lexed.comments {
        let text = range.slice(source);
        if memchr::memmem::find(text, b"redlua:").is_none() {
            continue;
        }
        let Some(scope) = scope(tokens, range) else { continue };
        let text = String::from_utf8_lossy(text).into_owned();
        let comment = CallComment { range, text, removal: removal(source, range) };
        let is_beside = |call: &&mut ScriptCall| call.range.start <= scope.end && scope.start <= call.range.end;
        calls.iter_mut().filter(is_beside).for_each(|call| call.comments.push(comment.clone()));
    }
}

fn line_start(source: &[u8], at: u32) -> u32 {
    memchr::memrchr(b'\n', &source[..at as usize]).map_or(0, |it| it as u32 + 1)
}

fn line_end(source: &[u8], at: u32) -> u32 {
    memchr::memchr(b'\n', &source[at as usize..]).map_or(source.len() as u32, |it| at + it as u32)
}

/// The bytes that a comment speaks of: its own line if there is code, else the statement on the next line with code.
fn scope(tokens: &Tokens<'_>, comment: TextRange) -> Option<TextRange> {
    let source = tokens.source;
    let start = line_start(source, comment.start);
    let next = tokens.lexed.tokens.partition_point(|it| it.range.start < comment.start);
    let is_behind_code = next.checked_sub(1).is_some_and(|it| tokens.range(it).end > start);
    if is_behind_code {
        return Some(TextRange::new(start, comment.end));
    }
    tokens.get(next)?;
    // A call may stand on another line of the statement.
    let last = tokens.expression_end(next).saturating_sub(1).max(next);
    let end = tokens.range(last).end.max(line_end(source, tokens.range(next).start));
    Some(TextRange::new(tokens.range(next).start, end))
}

fn removal(source: &[u8], comment: TextRange) -> TextRange {
    let start = line_start(source, comment.start);
    let before = &source[start as usize..comment.start as usize];
    let code = before.trim_ascii_end();
    let end = line_end(source, comment.end);
    let is_last = source[comment.end as usize..end as usize].trim_ascii().is_empty();
    match code.is_empty() && is_last {
        true => TextRange::new(start, (end + 1).min(source.len() as u32)),
        false => TextRange::new(start + code.len() as u32, comment.end),
    }
}
