//! Code actions at the cursor: fixes, suppressions, the header, and small refactorings.

mod action;
mod header;
mod rewrite;

pub use action::{Action, ActionKind};
use linter::{Diagnostic, Edit, Fix};
use text::TextRange;

use crate::{File, Project};

/// Returns the code actions for a range of a file.
pub fn actions(project: &Project, file: usize, range: TextRange) -> Vec<Action> {
    let it = &project.files[file];
    if !it.is_script {
        return Vec::new();
    }
    let mut found = Vec::new();
    let touches = |finding: &Diagnostic| finding.range.start <= range.end && range.start <= finding.range.end;
    let here: Vec<(usize, &Diagnostic)> =
        it.findings().iter().enumerate().filter(|(_, finding)| touches(finding)).collect();
    for (nth, finding) in &here {
        if let Some(fix) = &finding.fix {
            found.push(Action {
                title: title_of(it, fix),
                kind: ActionKind::QuickFix,
                edits: fix.edits.clone(),
                finding: Some(*nth),
                preferred: true,
            });
        }
    }
    for (nth, finding) in &here {
        // What does not parse cannot be allowed.
        if finding.code != "syntax-error" {
            found.extend(suppressions(it, *nth, finding));
        }
    }
    let safe = fix_all(it);
    if !safe.is_empty() {
        found.push(Action {
            title: "Apply all safe fixes".to_owned(),
            kind: ActionKind::FixAll,
            edits: safe,
            finding: None,
            preferred: false,
        });
    }
    found.extend(header::action(it));
    rewrite::actions(it, range, &mut found);
    found
}

/// Title of a fix. Adds the new text unless the title has it already.
fn title_of(file: &File, fix: &Fix) -> String {
    const LONGEST: usize = 48;
    let edits = || fix.edits.iter();
    let (start, end) = (edits().map(|edit| edit.range.start).min(), edits().map(|edit| edit.range.end).max());
    let (Some(start), Some(end)) = (start, end) else { return fix.title.clone() };
    // What is only taken away needs no picture.
    if fix.title.contains('`') || edits().all(|edit| edit.text.is_empty()) {
        return fix.title.clone();
    }
    let whole = file.script.tree().exprs().map(|(_, expr)| expr.range).filter(|it| it.start <= start && end <= it.end);
    let Some(whole) = whole.min_by_key(|range| range.len()) else { return fix.title.clone() };
    let mut sorted: Vec<&Edit> = edits().collect();
    sorted.sort_by_key(|edit| edit.range.start);
    let (mut text, mut at) = (String::new(), whole.start);
    for edit in sorted {
        text.push_str(&file.text(TextRange::new(at, edit.range.start.max(at))));
        text.push_str(&edit.text);
        at = edit.range.end;
    }
    text.push_str(&file.text(TextRange::new(at, whole.end.max(at))));
    if text.contains(['\n', '`']) || text.chars().count() > LONGEST {
        return fix.title.clone();
    }
    format!("{}: `{text}`", fix.title)
}

/// The edits of all safe fixes of a file that go together.
pub fn fix_all(file: &File) -> Vec<Edit> {
    linter::fixes::choose(file.findings(), false).edits.into_iter().cloned().collect()
}

/// Comments that allow a finding: above its line, or at the top of the file.
fn suppressions(file: &File, nth: usize, finding: &Diagnostic) -> [Action; 2] {
    let comment = format!("-- redlua: allow({})", finding.code);
    let ending = if memchr::memmem::find(file.source(), b"\r\n").is_some() { "\r\n" } else { "\n" };
    let line = file.lines.line(finding.range.start);
    let start = file.lines.line_start(line);
    let text = file.lines.line_range(file.source(), line);
    let indent: String = text
        .slice(file.source())
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .map(|&byte| byte as char)
        .collect();
    // A shebang must stay the first line.
    let top = if file.source().starts_with(b"#!") { file.lines.line_start(1) } else { 0 };
    let action = |title: String, at: u32, text: String| Action {
        title,
        kind: ActionKind::QuickFix,
        edits: vec![Edit::insert(at, text)],
        finding: Some(nth),
        preferred: false,
    };
    // Above the first statement a comment counts for the whole file, so there it stands behind the line.
    let tree = file.script.tree();
    let first = tree[tree.root()].stmts.first().map_or(u32::MAX, |&stmt| tree[stmt].range.start);
    let here = if start <= first {
        action(format!("Ignore {} on this line", finding.code), text.end, format!(" {comment}"))
    } else {
        action(format!("Ignore {} on this line", finding.code), start, format!("{indent}{comment}{ending}"))
    };
    [here, action(format!("Ignore {} in this file", finding.code), top, format!("{comment}{ending}"))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::*;

    /// The text after the action whose title holds `title`. The selection is between `$0` and, if there, `$1`.
    fn done(source: &str, title: &str) -> Option<String> {
        let start = source.find("$0").unwrap_or(0);
        let source = source.replacen("$0", "", 1);
        let end = source.find("$1").unwrap_or(start);
        let source = source.replacen("$1", "", 1);
        let project = project(&source);
        let range = TextRange::new(start as u32, end as u32);
        let action = actions(&project, 0, range).into_iter().find(|action| action.title.contains(title))?;
        let mut edits = action.edits;
        edits.sort_by_key(|edit| std::cmp::Reverse((edit.range.start, edit.range.end)));
        let mut text = source;
        for edit in edits {
            text.replace_range(edit.range.to_usize(), &edit.text);
        }
        Some(text)
    }

    #[test]
    fn findings_are_mended_and_allowed() {
        let source = "local x = redis.call('GT$0E', KEYS[1])\nreturn x\n";
        assert_eq!(
            done(source, "Replace by `GET`").as_deref(),
            Some("local x = redis.call('GET', KEYS[1])\nreturn x\n")
        );
        let here = "local k = KEYS[1]\nif k then\n  return redis.call('GT$0E', k)\nend\n";
        assert_eq!(
            done(here, "Ignore unknown-command on this line").as_deref(),
            Some(
                "local k = KEYS[1]\nif k then\n  -- redlua: allow(unknown-command)\n  return redis.call('GTE', k)\nend\n"
            )
        );
        for title in ["unknown-command on this line", "unknown-command in this file"] {
            let text = done(source, title).unwrap_or_default();
            assert!(project(&text).files[0].findings().is_empty(), "{title}: {text}");
        }
        let all = done("a = KEYS[1]\nb = KEYS[2]\nreturn a .. b$0", "Apply all safe fixes").unwrap_or_default();
        assert_eq!(all, "local a = KEYS[1]\nlocal b = KEYS[2]\nreturn a .. b");
    }

    #[test]
    fn titles_say_what_is_written() {
        let title = |source: &str| {
            let project = project(&source.replace("$0", ""));
            let at = TextRange::at(source.find("$0").unwrap_or(0) as u32);
            actions(&project, 0, at).into_iter().find(|it| it.finding.is_some()).map(|it| it.title).unwrap_or_default()
        };
        let current = "local current = redis.call('GET', KEYS[1])\n";
        assert_eq!(title(&format!("{current}return $0current + 1")), "Use `current or 0`");
        assert_eq!(title(&format!("{current}return $0tonumber(current) + 1")), "Use `tonumber(current) or 0`");
        assert_eq!(title("if redis.call('GET', KEYS[1]) $0== nil then return 1 end"), "Compare with `false`");
        assert_eq!(title("local key = KEYS[1]\nreturn $01.5"), "Return it as text: `tostring(1.5)`");
        assert_eq!(title("redis.breakpoint$0()\nreturn KEYS[1]"), "Remove the call");
    }

    #[test]
    fn the_header_is_written_and_completed() {
        assert_eq!(
            done("$0local lock = KEYS[1]\nreturn redis.call('SET', lock, ARGV[1])\n", "comment").as_deref(),
            Some("-- KEYS[1] lock\n-- ARGV[1]\nlocal lock = KEYS[1]\nreturn redis.call('SET', lock, ARGV[1])\n")
        );
        assert_eq!(
            done("$0-- KEYS[1] lock\nreturn redis.call('SET', KEYS[1], ARGV[1])\n", "comment").as_deref(),
            Some("-- KEYS[1] lock\n-- ARGV[1]\nreturn redis.call('SET', KEYS[1], ARGV[1])\n")
        );
        assert_eq!(done("$0-- KEYS[1] lock\nreturn redis.call('GET', KEYS[1])\n", "comment"), None);
    }

    #[test]
    fn expressions_are_taken_out_and_put_in() {
        assert_eq!(
            done("return redis.call('GET', $0'a' .. KEYS[1]$1)\n", "Extract").as_deref(),
            Some("local value = 'a' .. KEYS[1]\nreturn redis.call('GET', value)\n")
        );
        assert_eq!(
            done("local ke$0y = KEYS[1]\nreturn redis.call('SET', key, key)\n", "Inline").as_deref(),
            Some("return redis.call('SET', KEYS[1], KEYS[1])\n")
        );
        assert_eq!(
            done("local s$0um = 1 + ARGV[1]\nreturn sum * 2\n", "Inline").as_deref(),
            Some("return (1 + ARGV[1]) * 2\n")
        );
        // A call would be made twice.
        assert_eq!(done("local x$0 = redis.call('INCR', KEYS[1])\nreturn x + x\n", "Inline"), None);
    }

    #[test]
    fn what_would_do_something_else_is_not_offered() {
        let extracted = [
            "return KEYS[1] and $0redis.call('GET', KEYS[1])$1",
            "return redis.call('INCR', KEYS[1]) + $0redis.call('INCR', KEYS[1])$1",
            "local function two() return 1, 2 end\nreturn { $0two()$1 }",
            "while $0redis.call('LPOP', KEYS[1])$1 do end",
            "local t = { 1 }\nt[redis.call('INCR', KEYS[1])] = $0t[1]$1",
            "if ARGV[1] then return 1 elseif $0#ARGV$1 > 2 then return 2 end",
        ];
        let script = |source: &str| format!("redis.setresp(3)\n{source}");
        for source in extracted {
            assert_eq!(done(&script(source), "Extract"), None, "{source}");
        }
        let inlined = [
            "local x$0 = ARGV[1]\nARGV[1] = 'b'\nreturn x",
            "local a = 1\nlocal x$0 = a\na = 2\nreturn x",
            "local a = 1\nlocal x$0 = a\ndo local a = 2 return x + a end",
            "local t = { 1 }\nlocal x$0 = t[1]\nt[1] = 2\nreturn x",
            "local x$0 = 'a' .. ARGV[1]\nredis.call('SET', KEYS[1], 1)\nreturn x",
            "local a = 1\nlocal x$0 = a\nlocal f = function() return x end\na = 2\nreturn f()",
        ];
        for source in inlined {
            assert_eq!(done(&script(source), "Inline"), None, "{source}");
        }
        assert_eq!(
            done("local fi$0ve = 5\nreturn five .. KEYS[1]\n", "Inline").as_deref(),
            Some("return (5) .. KEYS[1]\n"),
            "5.. is no number"
        );
        assert_eq!(
            done("(print or type)($0KEYS[1]$1)", "Extract").as_deref(),
            Some("local key = KEYS[1];\n(print or type)(key)")
        );
    }

    #[test]
    fn calls_are_rewritten() {
        assert_eq!(
            done("return redis.ca$0ll('GET', KEYS[1])", "redis.pcall").as_deref(),
            Some("return redis.pcall('GET', KEYS[1])")
        );
        assert_eq!(
            done("return redis.pca$0ll('GET', KEYS[1])", "redis.call").as_deref(),
            Some("return redis.call('GET', KEYS[1])")
        );
        assert_eq!(
            done("if AR$0GV[1] > 5 then return KEYS[1] end", "tonumber").as_deref(),
            Some("if tonumber(ARGV[1]) > 5 then return KEYS[1] end")
        );
        assert_eq!(done("return tonumber(AR$0GV[1])", "tonumber"), None);
    }
}
