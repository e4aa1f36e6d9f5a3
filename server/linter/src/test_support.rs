//! Tests of rules: a snippet with the expected findings drawn under its lines, and nothing else allowed.
//!
//! ```text
//! redis.call('GTE', KEYS[1])
//!          --^^^^^ error[unknown-command]: …
//! ```
//!
//! Where a finding starts in the first two columns, `--<^^^` has its carets from the line's start on.

use semantic::{Linked, Script};

use crate::{Options, lint};

/// Checks `source` with the rule `code` alone, on the default target.
#[track_caller]
pub(crate) fn check(code: &str, source: &str) {
    check_with(code, source, &Options::default(), None);
}

/// As [`check`], with options and a file name.
#[track_caller]
pub(crate) fn check_with(code: &str, source: &str, options: &Options, file_name: Option<&str>) {
    check_script(code, source, options, |text| Script::new(text.into(), file_name));
}

/// As [`check`], for a script whose includes all lead nowhere.
#[track_caller]
pub(crate) fn check_linked(code: &str, source: &str) {
    check_script(code, source, &Options::default(), linked_alone);
}

/// A script whose includes were looked for and not found.
pub(crate) fn linked_alone(source: &[u8]) -> Script {
    let script = Script::new(source.into(), None);
    let targets = vec![Vec::new(); script.includes.len()];
    let mut files = [Linked { path: "main.lua".to_owned(), script, targets }];
    semantic::link(&mut files);
    let [linked] = files;
    linked.script
}

#[track_caller]
fn check_script(code: &str, source: &str, options: &Options, script: impl Fn(&[u8]) -> Script) {
    let source = source.strip_prefix('\n').unwrap_or(source);
    let (code_text, mut wanted) = read(source);
    let mut script = script(code_text.as_bytes());
    script.bind_commands(&options.targets);
    let index = text::LineIndex::new(code_text.as_bytes());
    let mut found: Vec<String> = lint(&script, options)
        .into_iter()
        .filter(|finding| finding.code == code || finding.code == "syntax-error")
        .map(|finding| {
            let place = index.line_col(code_text.as_bytes(), finding.range.start);
            let line = index.line_range(code_text.as_bytes(), place.line - 1);
            // A finding over several lines is drawn to the end of its first.
            let len = finding.range.end.min(line.end).saturating_sub(finding.range.start).max(1);
            format!("{}:{}+{} {}[{}]: {}", place.line, place.column, len, finding.level, finding.code, finding.message)
        })
        .collect();
    found.sort();
    wanted.sort();
    assert!(found == wanted, "found:\n  {}\nwanted:\n  {}\nin:\n{source}", found.join("\n  "), wanted.join("\n  "));
}

/// Applies the fixes of the rule `code` to `source`.
pub(crate) fn fixed(code: &str, source: &str) -> String {
    fixed_with(code, source, &Options::default())
}

/// The source with the fixes of one rule under options.
pub(crate) fn fixed_with(code: &str, source: &str, options: &Options) -> String {
    let mut script = Script::new(source.as_bytes().into(), None);
    script.bind_commands(&options.targets);
    let mut edits: Vec<crate::Edit> = lint(&script, options)
        .into_iter()
        .filter(|finding| finding.code == code)
        .filter_map(|finding| finding.fix)
        .flat_map(|fix| fix.edits)
        .collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.range.start));
    let mut text = source.to_owned();
    for edit in edits {
        text.replace_range(edit.range.to_usize(), &edit.text);
    }
    text
}

/// The code with its drawings blanked out, and what they say.
fn read(source: &str) -> (String, Vec<String>) {
    let mut code = String::new();
    let mut wanted = Vec::new();
    let mut last_code_line = 0;
    for (at, line) in source.lines().enumerate() {
        let trimmed = line.trim_start();
        let drawn = trimmed.strip_prefix("--").filter(|rest| rest.starts_with('^') || rest.starts_with("<^"));
        match drawn {
            Some(rest) => {
                let from_start = rest.starts_with('<');
                let rest = rest.trim_start_matches('<');
                let carets = rest.bytes().take_while(|&byte| byte == b'^').count();
                let column = if from_start { 1 } else { line.len() - trimmed.len() + 3 };
                wanted.push(format!("{last_code_line}:{column}+{carets} {}", rest[carets..].trim()));
            }
            None => {
                code.push_str(line);
                last_code_line = at + 1;
            }
        }
        code.push('\n');
    }
    (code, wanted)
}
