//! Ranges that can be folded: blocks, functions, tables, long calls and strings, comments, regions and runs of includes.

use syntax::{
    ExprKind, If, Stmt, StmtKind,
    lexer::{Keyword, Lexer, TokenKind},
};
use text::TextRange;

use crate::File;

/// Kind of a fold.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum FoldKind {
    /// Code.
    Code,
    /// A comment, or lines of comments.
    Comment,
    /// Includes.
    Imports,
    /// A region from `-- #region` to `-- #endregion`.
    Region,
}

/// A fold.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Fold {
    /// Range of the fold.
    pub range: TextRange,
    /// Its kind.
    pub kind: FoldKind,
    /// True if it ends with what closes it (`end`, `}`), which stays visible where whole lines are folded.
    pub closed: bool,
}

impl Fold {
    const fn closed(range: TextRange) -> Self {
        Self { range, kind: FoldKind::Code, closed: true }
    }
}

/// The folds of a file that go over more than one line. With `whole_lines` those that hide at least one line if the one that
/// closes them stays visible.
pub fn folding(file: &File, whole_lines: bool) -> Vec<Fold> {
    let script = &file.script;
    let tree = script.tree();
    let mut found: Vec<Fold> = Vec::new();
    for (_, function) in tree.functions().skip(1) {
        found.push(Fold::closed(function.range));
    }
    for (_, stmt) in tree.stmts() {
        match &stmt.kind {
            StmtKind::Do(_)
            | StmtKind::While { .. }
            | StmtKind::Repeat { .. }
            | StmtKind::NumericFor(_)
            | StmtKind::GenericFor { .. } => found.push(Fold::closed(stmt.range)),
            StmtKind::If(it) => found.extend(arms(file, stmt, it)),
            _ => {}
        }
    }
    for (_, expr) in tree.exprs() {
        match &expr.kind {
            ExprKind::Table(_) | ExprKind::String => found.push(Fold::closed(expr.range)),
            ExprKind::Call(call) => found.push(Fold::closed(call.args_range)),
            ExprKind::MethodCall(call) => found.push(Fold::closed(call.args_range)),
            _ => {}
        }
    }
    found.extend(comments(file));
    let line = |offset: u32| file.lines.line(offset);
    let last = |fold: &Fold| {
        let last = line(fold.range.end.saturating_sub(1).max(fold.range.start));
        last - u32::from(whole_lines && fold.closed && last > 0)
    };
    found.retain(|fold| last(fold) > line(fold.range.start));
    // Of folds that begin on one line editors show one: the largest.
    found.sort_by_key(|fold| (line(fold.range.start), std::cmp::Reverse(fold.range.end), *fold));
    found.dedup_by_key(|fold| line(fold.range.start));
    found
}

/// The arms of a condition, each up to the line before the next.
fn arms(file: &File, stmt: &Stmt, it: &If) -> Vec<Fold> {
    let tree = file.script.tree();
    let mut starts: Vec<u32> = it.arms.iter().map(|(cond, _)| tree[*cond].range.start).collect();
    starts[0] = stmt.range.start;
    if let (Some(otherwise), Some((cond, body))) = (it.otherwise, it.arms.last()) {
        let from = tree[*body].range.end.max(tree[*cond].range.end);
        let between = TextRange::new(from, tree[otherwise].range.start.max(from));
        let mut tokens = Lexer::new(between.slice(file.source()));
        let word = tokens.find(|token| token.kind == TokenKind::Keyword(Keyword::Else));
        starts.extend(word.map(|word| from + word.range.start));
    }
    let ends = starts.iter().skip(1).map(|&next| (line_before(file, next), false));
    let ends = ends.chain([(stmt.range.end, true)]);
    let fold = |(&start, (end, closed)): (&u32, (u32, bool))| Fold {
        range: TextRange::new(start, end.max(start)),
        kind: FoldKind::Code,
        closed,
    };
    starts.iter().zip(ends).map(fold).collect()
}

/// Lines of comments, of includes, and the regions that comments mark.
fn comments(file: &File) -> Vec<Fold> {
    let script = &file.script;
    let fold = |(range, kind)| Fold { range, kind, closed: false };
    let mut found = Vec::new();
    let mut regions: Vec<u32> = Vec::new();
    let includes: Vec<u32> = script.includes.iter().map(|include| include.offset).collect();
    let mut run: Option<(TextRange, FoldKind)> = None;
    for comment in &script.parse.comments {
        match mark(comment.range.slice(file.source())) {
            Some(Mark::Region) => regions.push(comment.range.start),
            Some(Mark::EndRegion) => {
                let range = regions.pop().map(|start| TextRange::new(start, comment.range.end));
                found.extend(range.map(|range| fold((range, FoldKind::Region))));
            }
            None => {
                let kind = if includes.contains(&comment.range.start) { FoldKind::Imports } else { FoldKind::Comment };
                let joins = run.is_some_and(|(range, of)| {
                    let last = file.lines.line(range.end.saturating_sub(1));
                    of == kind && last + 1 == file.lines.line(comment.range.start)
                });
                match &mut run {
                    Some((range, _)) if joins => range.end = comment.range.end,
                    _ => found.extend(run.replace((comment.range, kind)).map(fold)),
                }
                continue;
            }
        }
        found.extend(run.take().map(fold));
    }
    found.extend(run.map(fold));
    found
}

/// A region that a comment begins or ends.
enum Mark {
    Region,
    EndRegion,
}

/// `-- #region`, `--#region` and `--region`. Without the sign a blank makes it prose.
fn mark(comment: &[u8]) -> Option<Mark> {
    let text = comment.strip_prefix(b"--")?;
    let text = text.trim_ascii_start().strip_prefix(b"#").unwrap_or(text);
    let word = text.iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
    match &text[..word] {
        b"region" => Some(Mark::Region),
        b"endregion" => Some(Mark::EndRegion),
        _ => None,
    }
}

/// The end of the line before the one that `offset` is on.
fn line_before(file: &File, offset: u32) -> u32 {
    let line = file.lines.line(offset);
    match line.checked_sub(1) {
        Some(before) => file.lines.line_range(file.source(), before).end,
        None => offset,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::*;

    #[track_caller]
    fn folds(source: &str, whole_lines: bool, expected: &[&str]) {
        let project = project(source);
        let file = &project.files[0];
        let line = |offset: u32| file.lines.line(offset);
        let found: Vec<String> = folding(file, whole_lines)
            .into_iter()
            .map(|it| format!("{}-{} {:?}", line(it.range.start), line(it.range.end - 1), it.kind))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn blocks_comments_and_includes() {
        let source = "--[[\nabout\n]]\n-- @include a\n-- @include b\nif KEYS[1] then\n  return 1\nelse\n  return {\n    1,\n  }\nend\nlocal x = 1\n";
        folds(source, false, &["0-2 Comment", "3-4 Imports", "5-6 Code", "7-11 Code", "8-10 Code"]);
        folds(source, true, &["0-2 Comment", "3-4 Imports", "5-6 Code", "7-11 Code", "8-10 Code"]);
    }

    #[test]
    fn nothing_to_hide_is_no_fold_where_lines_are_folded() {
        let source = "f(1,\n  2)\nlocal t = {\n}\nlocal s = [[\na\n]]\n";
        folds(source, false, &["0-1 Code", "2-3 Code", "4-6 Code"]);
        folds(source, true, &["4-6 Code"]);
    }

    #[test]
    fn arms_fold_apart() {
        let source = "if a then\n  f()\nelseif b then\n  g()\nelse\n  -- or else\n  h()\nend\n";
        folds(source, true, &["0-1 Code", "2-3 Code", "4-7 Code"]);
    }

    #[test]
    fn regions() {
        let source = "-- #region one\n-- a\n-- b\nf()\n--#region\n\n--#endregion\n-- #endregion\n--region x\n--endregion\n-- region\n";
        folds(source, true, &["0-7 Region", "1-2 Comment", "4-6 Region", "8-9 Region"]);
        folds("-- #endregion\n-- #region\n", true, &[]);
    }
}
