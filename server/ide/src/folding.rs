//! What can be folded: blocks, functions, tables, long calls, comments and runs of includes.

use syntax::{ExprKind, StmtKind};
use text::TextRange;

use crate::File;

/// What a fold is made of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum FoldKind {
    /// Code.
    Code,
    /// A comment, or lines of comments.
    Comment,
    /// Includes.
    Imports,
}

/// The folds of a file that go over more than one line.
pub fn folding(file: &File) -> Vec<(TextRange, FoldKind)> {
    let script = &file.script;
    let tree = script.tree();
    let mut found: Vec<(TextRange, FoldKind)> = Vec::new();
    for (_, function) in tree.functions().skip(1) {
        found.push((function.range, FoldKind::Code));
    }
    for (_, stmt) in tree.stmts() {
        match &stmt.kind {
            StmtKind::Do(_)
            | StmtKind::While { .. }
            | StmtKind::Repeat { .. }
            | StmtKind::NumericFor(_)
            | StmtKind::GenericFor { .. } => found.push((stmt.range, FoldKind::Code)),
            StmtKind::If(it) => {
                // Each arm folds by itself, up to the line before the next.
                let mut starts: Vec<u32> = it.arms.iter().map(|(cond, _)| tree[*cond].range.start).collect();
                starts[0] = stmt.range.start;
                if let Some(otherwise) = it.otherwise {
                    let before = tree[otherwise].range.start;
                    let at = memchr::memmem::rfind(&script.source[..before as usize], b"else");
                    starts.extend(at.map(|at| at as u32));
                }
                for (nth, &start) in starts.iter().enumerate() {
                    let end = match starts.get(nth + 1) {
                        Some(&next) => line_before(file, next),
                        None => stmt.range.end,
                    };
                    found.push((TextRange::new(start, end), FoldKind::Code));
                }
            }
            _ => {}
        }
    }
    for (_, expr) in tree.exprs() {
        match &expr.kind {
            ExprKind::Table(_) => found.push((expr.range, FoldKind::Code)),
            ExprKind::Call(call) => found.push((call.args_range, FoldKind::Code)),
            _ => {}
        }
    }
    let includes: Vec<u32> = script.includes.iter().map(|include| include.offset).collect();
    let mut run: Option<(TextRange, FoldKind)> = None;
    for comment in &script.parse.comments {
        let kind = if includes.contains(&comment.range.start) { FoldKind::Imports } else { FoldKind::Comment };
        let joins = run.is_some_and(|(range, of)| {
            of == kind && file.lines.line(range.end.saturating_sub(1)) + 1 == file.lines.line(comment.range.start)
        });
        match &mut run {
            Some((range, _)) if joins => range.end = comment.range.end,
            _ => found.extend(run.replace((comment.range, kind))),
        }
    }
    found.extend(run);
    let last = |range: TextRange| file.lines.line(range.end.saturating_sub(1).max(range.start));
    found.retain(|(range, _)| last(*range) > file.lines.line(range.start));
    found.sort();
    // Of folds that begin on one line editors show one: the largest.
    found.sort_by_key(|(range, _)| (file.lines.line(range.start), std::cmp::Reverse(range.end)));
    found.dedup_by_key(|(range, _)| file.lines.line(range.start));
    found
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

    #[test]
    fn blocks_comments_and_includes() {
        let project = project(
            "--[[\nabout\n]]\n-- @include a\n-- @include b\nif KEYS[1] then\n  return 1\nelse\n  return {\n    1,\n  }\nend\nlocal x = 1\n",
        );
        let file = &project.files[0];
        let folds: Vec<String> = folding(file)
            .into_iter()
            .map(|(range, kind)| {
                format!("{}-{} {kind:?}", file.lines.line(range.start), file.lines.line(range.end - 1))
            })
            .collect();
        assert_eq!(folds, ["0-2 Comment", "3-4 Imports", "5-6 Code", "7-11 Code", "8-10 Code"]);
    }
}
