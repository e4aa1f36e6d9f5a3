//! Suppression comments: `-- redlua: allow(rule-name)` on the line, above it, or at the top of the file; in a program on the line of a
//! call, or above it.

use semantic::Script;
use text::TextRange;

use crate::Diagnostic;

/// One `allow` comment.
pub(crate) struct Allow<'a> {
    /// The comment.
    pub comment: TextRange,
    /// Names between the brackets, separated by commas, without blanks.
    pub names: Vec<(&'a str, TextRange)>,
    /// The bytes in which the rules are allowed; none where no code follows, several for the calls of a program.
    pub scopes: Vec<TextRange>,
}

impl Allow<'_> {
    /// True if a finding starts in the scope of the comment.
    pub(crate) fn covers(&self, finding: &Diagnostic) -> bool {
        self.scopes.iter().any(|scope| (scope.start..=scope.end).contains(&finding.range.start))
    }
}

/// The suppression comments of a script.
#[derive(Default)]
pub(crate) struct Suppressions<'a> {
    /// Comments that can be parsed.
    pub allows: Vec<Allow<'a>>,
    /// Comments that are meant as one and name nothing: `redlua: allow x`, `redlua: disable(x)`.
    pub unreadable: Vec<TextRange>,
}

/// Reads the suppression comments of a script, or those beside the calls of a program.
pub(crate) fn read(script: &Script) -> Suppressions<'_> {
    let mut found = Suppressions::default();
    for site in script.sites.iter() {
        for comment in &site.call.comments {
            found.add(comment.range, &comment.text, Some(site.call.range));
        }
    }
    if memchr::memmem::find(&script.source, b"redlua:").is_none() {
        return found;
    }
    for comment in &script.parse.comments {
        if let Ok(text) = std::str::from_utf8(comment.range.slice(&script.source)) {
            found.add(comment.range, text, scope(script, comment.range));
        }
    }
    found
}

impl<'a> Suppressions<'a> {
    /// Adds a comment with its text, if it is meant as a suppression.
    fn add(&mut self, range: TextRange, text: &'a str, scope: Option<TextRange>) {
        let is_sign = |it: char| "-#/*!;".contains(it) || it.is_whitespace();
        let Some(rest) = text.trim_start_matches(is_sign).strip_prefix("redlua:") else { return };
        let rest = rest.trim_start();
        let list = rest.strip_prefix("allow").and_then(|rest| rest.trim_start().strip_prefix('(')?.split_once(')'));
        match list {
            Some((list, _)) => {
                // Several calls may stand beside one comment.
                if let Some(known) = self.allows.iter_mut().find(|it| it.comment == range) {
                    known.scopes.extend(scope);
                    return;
                }
                let place = |part: &str| range.start + (part.as_ptr() as usize - text.as_ptr() as usize) as u32;
                let name = |part: &str| TextRange::new(place(part), place(part) + part.len() as u32);
                self.allows.push(Allow {
                    comment: range,
                    names: list.split(',').map(str::trim).map(|part| (part, name(part))).collect(),
                    scopes: scope.into_iter().collect(),
                });
            }
            None => {
                let word = rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
                let is_meant = matches!(word, "allow" | "disable" | "ignore" | "noqa" | "nolint" | "suppress" | "off");
                if is_meant && !self.unreadable.contains(&range) {
                    self.unreadable.push(range);
                }
            }
        }
    }
}

/// Drops the findings that the script's comments allow.
pub(crate) fn apply(suppressions: &Suppressions<'_>, findings: &mut Vec<Diagnostic>) {
    findings.retain(|finding| {
        !suppressions
            .allows
            .iter()
            .any(|allow| allow.covers(finding) && allow.names.iter().any(|(name, _)| *name == finding.code))
    });
}

/// Range in which a comment allows rules: the whole file if above its first statement, its line if behind code, else the
/// next line with code.
fn scope(script: &Script, comment: TextRange) -> Option<TextRange> {
    let source = &script.source;
    let tree = script.tree();
    let first = tree[tree.root()].stmts.first().map_or(u32::MAX, |&stmt| tree[stmt].range.start);
    if comment.start < first {
        return Some(TextRange::new(0, u32::MAX));
    }
    let line_start = |at: u32| memchr::memrchr(b'\n', &source[..at as usize]).map_or(0, |at| at as u32 + 1);
    let line_end =
        |at: u32| memchr::memchr(b'\n', &source[at as usize..]).map_or(source.len() as u32, |len| at + len as u32);
    let own = line_start(comment.start);
    let alone = source[own as usize..comment.start as usize].iter().all(u8::is_ascii_whitespace);
    if !alone {
        return Some(TextRange::new(own, comment.end));
    }
    // The next line that holds code.
    let mut start = line_end(comment.end) + 1;
    while (start as usize) < source.len() {
        let end = line_end(start);
        let line = source[start as usize..end as usize].trim_ascii_start();
        if !line.is_empty() && !line.starts_with(b"--") {
            return Some(TextRange::new(start, end));
        }
        start = end + 1;
    }
    None
}
