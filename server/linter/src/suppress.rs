//! Suppression comments: `-- redlua: allow(rule-name)` on the line, above it, or at the top of the file.

use semantic::Script;

use crate::Diagnostic;

/// One `allow`, with the bytes it covers.
struct Allow<'a> {
    rules: Vec<&'a str>,
    start: u32,
    end: u32,
}

/// Drops the findings that the script's comments allow.
pub(crate) fn apply(script: &Script, findings: &mut Vec<Diagnostic>) {
    if findings.is_empty() || memchr::memmem::find(&script.source, b"redlua:").is_none() {
        return;
    }
    let allows: Vec<Allow<'_>> =
        script.parse.comments.iter().filter_map(|comment| allow(script, comment.range)).collect();
    findings.retain(|finding| {
        !allows.iter().any(|allow| {
            (allow.start..=allow.end).contains(&finding.range.start) && allow.rules.contains(&finding.code)
        })
    });
}

fn allow(script: &Script, comment: text::TextRange) -> Option<Allow<'_>> {
    let source = &script.source;
    let text = std::str::from_utf8(comment.slice(source)).ok()?;
    let rest = text.trim_start_matches('-').trim_start().strip_prefix("redlua:")?.trim_start();
    let list = rest.strip_prefix("allow(")?.split_once(')')?.0;
    let rules: Vec<&str> = list.split(',').map(str::trim).collect();
    let tree = script.tree();
    let first = tree[tree.root()].stmts.first().map_or(u32::MAX, |&stmt| tree[stmt].range.start);
    if comment.start < first {
        return Some(Allow { rules, start: 0, end: u32::MAX });
    }
    let line_start = |at: u32| memchr::memrchr(b'\n', &source[..at as usize]).map_or(0, |at| at as u32 + 1);
    let line_end =
        |at: u32| memchr::memchr(b'\n', &source[at as usize..]).map_or(source.len() as u32, |len| at + len as u32);
    let own = line_start(comment.start);
    let alone = source[own as usize..comment.start as usize].iter().all(u8::is_ascii_whitespace);
    if !alone {
        return Some(Allow { rules, start: own, end: comment.end });
    }
    // The next line that holds code.
    let mut start = line_end(comment.end) + 1;
    while (start as usize) < source.len() {
        let end = line_end(start);
        let line = source[start as usize..end as usize].trim_ascii_start();
        if !line.is_empty() && !line.starts_with(b"--") {
            return Some(Allow { rules, start, end });
        }
        start = end + 1;
    }
    None
}
