//! Parses the comment of a declaration: the lines directly above it, or the rest of its last line. Tags of LuaCATS
//! (`---@param name type text`), LDoc and JSDoc (`-- @param name text`) are separated from the text.

mod doc;
mod tags;

use doc::Doc;
use semantic::LocalId;
use text::TextRange;

use crate::File;

/// The comment of the declaration that takes up a range, in Markdown.
pub(crate) fn of(file: &File, declaration: TextRange) -> Option<String> {
    read(file, declaration).map(|doc| doc.markdown())
}

/// The comment that documents a local.
pub(crate) fn of_local(file: &File, id: LocalId) -> Option<String> {
    let stmt = file.script.scopes[id].stmt?;
    of(file, file.script.tree()[stmt].range)
}

/// The documentation in adjacent comments of a range.
pub(crate) fn within(file: &File, range: TextRange) -> Option<Doc> {
    let comments = file.script.parse.comments.iter().map(|comment| comment.range);
    let found: Vec<TextRange> = comments.filter(|comment| range.contains_range(*comment)).collect();
    tags::read(file, &found)
}

/// The comment of the declaration that takes up a range.
pub(crate) fn read(file: &File, declaration: TextRange) -> Option<Doc> {
    above(file, declaration.start).or_else(|| behind(file, declaration.end))
}

/// The documentation in the comment lines directly above a position.
fn above(file: &File, start: u32) -> Option<Doc> {
    let script = &file.script;
    let mut line = file.lines.line(start);
    let mut found: Vec<TextRange> = Vec::new();
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
        if is_for_programs(file, comment.range) {
            break;
        }
        found.push(comment.range);
    }
    found.reverse();
    tags::read(file, &found)
}

/// The comment behind a declaration on the line where that ends.
fn behind(file: &File, end: u32) -> Option<Doc> {
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
    if is_for_programs(file, comment.range) {
        return None;
    }
    tags::read(file, &[comment.range])
}

fn follows_code(file: &File, start: u32) -> bool {
    let before = &file.source()[..start as usize];
    let line = before.iter().rev().take_while(|&&byte| byte != b'\n');
    !line.copied().all(|byte| byte.is_ascii_whitespace())
}

/// True for comments that are meant for programs: includes, suppressions, calls with their replies.
fn is_for_programs(file: &File, range: TextRange) -> bool {
    let text = file.text(range);
    let words = text.trim_start_matches('-').trim_start_matches("[[").trim_start();
    text.starts_with("-->") || words.starts_with("@include") || text.contains("redlua:")
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
    fn tags_are_told_apart_from_the_words() {
        let source = "--- Adds a job.\n--- To the end.\n---@async\n---@param job Job the job\n---   with its id\n---@param n? integer\n---@return boolean ok # added\n---@return string? err\n---@deprecated use `g`\nlocal$0 function f(job, n) end";
        assert_eq!(
            documented(source),
            "**Deprecated**: use `g`\n\nAdds a job.\nTo the end.\n\n- `job: Job`: the job with its id\n- `n?: integer`\n\nReturns\n- `ok: boolean`: added\n- `err: string?`"
        );
        let ldoc = "-- Adds a job.\n-- @param job the job\n--   with its id\n-- @tparam number n the count\n-- @param {string} id - the id\n-- @return true if added\nlocal$0 function f(job, n, id) end";
        assert_eq!(
            documented(ldoc),
            "Adds a job.\n\n- `job`: the job with its id\n- `n: number`: the count\n- `id: string`: the id\n\nReturns true if added"
        );
        assert_eq!(
            documented(
                "--- Adds.\n--- @param job the job\n--- @param n - The count\n--- @return the count, later\nlocal$0 function f(job, n) end"
            ),
            "Adds.\n\n- `job`: the job\n- `n`: The count\n\nReturns the count, later"
        );
        assert_eq!(
            documented("--[[\n  Adds.\n\n  @param job - the job\n  @see other\n]]\nlocal$0 function f(job) end"),
            "Adds.\n\n- `job`: the job\n\n**see** other"
        );
        assert_eq!(
            documented("---@class Job: Base a job\n---@field id string the id\nlocal$0 Job = {}"),
            "a job\n\n- `id: string`: the id"
        );
        assert_eq!(
            documented("---@return string: text of\n---|help| and more\nlocal$0 function f() end"),
            "Returns `string`: text of |help| and more"
        );
        assert_eq!(
            documented("---@alias State\n---| 'a' # one\n---| 'b'\nlocal$0 state = f()"),
            "- `'a'`: one\n- `'b'`"
        );
        assert_eq!(
            documented(
                "---A job.\n---@class Job\n---Its id,\n---unique.\n---@field id string\n---@field n? integer the count\n---Later.\nlocal$0 Job = {}"
            ),
            "A job.\n\n- `id: string`: Its id, unique.\n- `n?: integer`: the count Later."
        );
        assert_eq!(documented("---@type Job the job\nlocal$0 job = f()"), "the job");
        assert_eq!(documented("---@type Job\nlocal$0 job = f()"), "");
        assert_eq!(documented("-- mail to a@b.c\n-- @ noon\nlocal$0 job = f()"), "mail to a@b.c\n@ noon");
    }

    #[test]
    fn comments_for_programs_are_no_documentation() {
        assert_eq!(documented("local$0 b = f() -- redlua: ignore"), "");
        assert_eq!(documented("local$0 b = KEYS[1] -- the lock"), "the lock");
        assert_eq!(documented("-- KEYS[1] the lock\nlocal$0 b = KEYS[1]"), "");
    }
}
