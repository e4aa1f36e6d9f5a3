//! Gathers comments with tags into blocks.

use text::TextRange;

use super::{Block, Tag};
use crate::script::File;

/// Returns the text of an annotation comment behind its dashes or its bracket: of `---@…`, `--- @…`, `---| …` and
/// `--[[@…]]`. None for any other comment.
pub fn body(source: &[u8], comment: TextRange) -> Option<TextRange> {
    let text = comment.slice(source);
    if let Some(rest) = text.strip_prefix(b"---") {
        let lead = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        // That is a directive of redlua and of BullMQ's loader.
        let is_tag = matches!(rest.get(lead), Some(b'@' | b'|')) && !rest[lead..].starts_with(b"@include");
        return is_tag.then(|| TextRange::new(comment.start + 3 + lead as u32, comment.end));
    }
    let rest = text.strip_prefix(b"--[")?;
    let level = rest.iter().take_while(|&&byte| byte == b'=').count();
    let inner = rest[level..].strip_prefix(b"[")?;
    let blanks = inner.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    if inner.get(blanks) != Some(&b'@') {
        return None;
    }
    // Other tags in long comments are prose: their lines have no form.
    let tag = &inner[blanks + 1..];
    if ![&b"as "[..], b"type ", b"cast "].iter().any(|name| tag.starts_with(name)) {
        return None;
    }
    let close = level + 2;
    let start = comment.start + (4 + level + blanks) as u32;
    let end = if text.ends_with(b"]") { comment.end.saturating_sub(close as u32) } else { comment.end };
    Some(TextRange::new(start, end.max(start)))
}

/// Gathers the comments with tags.
pub(super) fn blocks(file: &File) -> Vec<Block> {
    let source = &file.source;
    let mut blocks: Vec<Block> = Vec::new();
    // The block that the next line may belong to: where its last comment ends, and whether it has tags yet.
    let mut open: Option<(usize, u32)> = None;
    // The lines without a tag above: where they begin and end.
    let mut words: Option<TextRange> = None;
    for comment in &file.parse.comments {
        let range = comment.range;
        let text = range.slice(source);
        let is_doc = text.starts_with(b"---") && !text.starts_with(b"----");
        let body = body(source, range);
        if !is_doc && body.is_none() {
            open = None;
            continue;
        }
        if !begins_line(source, range.start) || !is_doc {
            open = None;
            if let Some(tag) = body.and_then(|body| Tag::read(source, body)) {
                let target = source[..range.start as usize].trim_ascii_end().len() as u32;
                blocks.push(Block { range, tags: vec![tag], target, is_behind: true });
            }
            continue;
        }
        let follows = open.filter(|&(_, end)| is_next_line(source, end, range.start));
        let tag = body.and_then(|body| Tag::read(source, body));
        let last = follows.and_then(|(at, _)| blocks[at].tags.last());
        let tag = tag.filter(|tag| !tag.is_member() || last.is_some_and(|last| tag.is_member_of(last, source)));
        match (follows, tag) {
            (Some((at, _)), tag) => {
                blocks[at].range.end = range.end;
                blocks[at].tags.extend(tag);
                open = Some((at, range.end));
            }
            (None, None) => {
                open = None;
                let before = words.filter(|before| is_next_line(source, before.end, range.start));
                words = Some(before.map_or(range, |before| before.cover(range)));
            }
            (None, Some(tag)) => {
                open = Some((blocks.len(), range.end));
                let before = words.take().filter(|before| is_next_line(source, before.end, range.start));
                let range = before.map_or(range, |before| before.cover(range));
                blocks.push(Block { range, tags: vec![tag], target: 0, is_behind: false });
            }
        }
    }
    for block in blocks.iter_mut().filter(|block| !block.is_behind) {
        block.target = code_below(source, block.range.end);
    }
    blocks
}

/// True if only blanks are before a place on its line.
fn begins_line(source: &[u8], offset: u32) -> bool {
    let before = source[..offset as usize].iter().rev();
    before.take_while(|&&byte| byte != b'\n').all(u8::is_ascii_whitespace)
}

/// True if one line break, and blanks, are between two places.
fn is_next_line(source: &[u8], end: u32, start: u32) -> bool {
    let between = &source[end as usize..(start as usize).max(end as usize)];
    between.iter().all(u8::is_ascii_whitespace) && between.iter().filter(|&&byte| byte == b'\n').count() == 1
}

/// Returns the start of the code on the next line, or `end` if that line is empty.
fn code_below(source: &[u8], end: u32) -> u32 {
    let rest = &source[end as usize..];
    let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let breaks = rest[..blanks].iter().filter(|&&byte| byte == b'\n').count();
    if breaks == 1 { end + blanks as u32 } else { end }
}
