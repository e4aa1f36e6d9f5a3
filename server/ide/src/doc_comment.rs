//! The comment that documents a declaration: the lines directly above it, or what stands behind it on its last line.

use text::TextRange;

use crate::File;

/// The comment of the declaration that takes up a range.
pub(crate) fn of(file: &File, declaration: TextRange) -> Option<String> {
    above(file, declaration.start).or_else(|| behind(file, declaration.end))
}

/// The comment lines that stand directly above a place.
fn above(file: &File, start: u32) -> Option<String> {
    let script = &file.script;
    let mut line = file.lines.line(start);
    let mut found: Vec<String> = Vec::new();
    for comment in script.parse.comments.iter().rev() {
        if comment.range.end > start {
            continue;
        }
        let last = file.lines.line(comment.range.end.saturating_sub(u32::from(comment.range.end > 0)));
        // What stands behind code is about that code.
        if last + 1 != line || follows_code(file, comment.range.start) {
            break;
        }
        line = file.lines.line(comment.range.start);
        // What names a key or an argument is told with that.
        if script.header.keys.iter().chain(&script.header.args).any(|entry| entry.range.overlaps(comment.range)) {
            break;
        }
        let Some(text) = words(file, comment.range) else { break };
        found.push(text);
    }
    found.reverse();
    let text = found.join("\n");
    (!text.is_empty()).then_some(text)
}

/// The comment behind a declaration on the line where that ends.
fn behind(file: &File, end: u32) -> Option<String> {
    let comments = &file.script.parse.comments;
    let comment = comments.get(comments.partition_point(|comment| comment.range.start < end))?;
    let between = TextRange::new(end, comment.range.start).slice(file.source());
    if !between.iter().all(|byte| matches!(byte, b' ' | b'\t' | b',' | b';')) {
        return None;
    }
    let header = &file.script.header;
    if header.keys.iter().chain(&header.args).any(|entry| entry.range.overlaps(comment.range)) {
        return None;
    }
    words(file, comment.range).filter(|text| !text.is_empty())
}

fn follows_code(file: &File, start: u32) -> bool {
    let before = &file.source()[..start as usize];
    let line = before.iter().rev().take_while(|&&byte| byte != b'\n');
    !line.copied().all(|byte| byte.is_ascii_whitespace())
}

/// The words of a comment; none for those that are meant for programs: includes, suppressions, calls with their replies.
fn words(file: &File, range: TextRange) -> Option<String> {
    let text = file.text(range);
    if text.starts_with("-->") {
        return None;
    }
    let text = text.trim_start_matches('-').trim_start_matches("[[").trim_end_matches("]]");
    if text.trim_start().starts_with("@include") || text.contains("redlua:") {
        return None;
    }
    Some(text.lines().map(str::trim).collect::<Vec<_>>().join("\n").trim().to_owned())
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    fn documented(source: &str) -> String {
        let (project, offset) = cursor(source);
        let file = &project.files[0];
        let (_, stmt) = file
            .script
            .tree()
            .stmts()
            .filter(|(_, stmt)| stmt.range.start <= offset && offset <= stmt.range.end)
            .min_by_key(|(_, stmt)| stmt.range.len())
            .unwrap_or_else(|| panic!("no statement at {offset}"));
        super::of(file, stmt.range).unwrap_or_default()
    }

    #[test]
    fn a_comment_behind_the_line_above_is_not_the_next_ones() {
        assert_eq!(documented("local a = 1 -- the first\nlocal$0 b = 2"), "");
        assert_eq!(documented("local$0 a = 1 -- the first\nlocal b = 2"), "the first");
        assert_eq!(documented("local a = 1 -- the first\n-- the second\nlocal$0 b = 2"), "the second");
        assert_eq!(documented("-- one\n-- two\nlocal$0 b = 2 -- three"), "one\ntwo");
        assert_eq!(documented("-- apart\n\nlocal$0 b = 2"), "");
    }

    #[test]
    fn comments_for_programs_are_no_documentation() {
        assert_eq!(documented("local$0 b = f() -- redlua: ignore"), "");
        assert_eq!(documented("local$0 b = KEYS[1] -- the lock"), "the lock");
        assert_eq!(documented("-- KEYS[1] the lock\nlocal$0 b = KEYS[1]"), "");
    }
}
