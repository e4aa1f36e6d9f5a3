//! Applying the fixes of a file's findings together.

use std::collections::BTreeMap;

use crate::{Diagnostic, Edit};

/// Fixes that go together.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Chosen<'a> {
    /// The findings that they mend, as indices.
    pub findings: Vec<usize>,
    /// Their edits in source order; they do not overlap.
    pub edits: Vec<&'a Edit>,
}

impl Chosen<'_> {
    /// The text after the edits.
    pub fn apply(&self, source: &[u8]) -> Vec<u8> {
        let mut text = Vec::with_capacity(source.len());
        let mut at = 0;
        for edit in &self.edits {
            let range = edit.range.to_usize();
            text.extend_from_slice(&source[at..range.start]);
            text.extend_from_slice(edit.text.as_bytes());
            at = range.end;
        }
        text.extend_from_slice(&source[at..]);
        text
    }
}

/// Chooses fixes that go together: each whole or not at all, of those that overlap the first. Fixes that may change what the
/// script does count only `with_unsafe`.
pub fn choose(findings: &[Diagnostic], with_unsafe: bool) -> Chosen<'_> {
    let mut fixes: Vec<_> = findings
        .iter()
        .enumerate()
        .filter_map(|(at, finding)| Some((at, finding.fix.as_ref()?)))
        .filter(|(_, fix)| (fix.safe || with_unsafe) && !fix.edits.is_empty())
        .collect();
    fixes.sort_by_key(|(at, fix)| (fix.edits.iter().map(|edit| edit.range.start).min(), *at));
    let mut taken: BTreeMap<(u32, u32), &Edit> = BTreeMap::new();
    let mut chosen = Chosen::default();
    for (at, fix) in fixes {
        let key = |edit: &Edit| (edit.range.start, edit.range.end);
        // Two findings may have one fix, such as a flag that both want.
        if fix.edits.iter().all(|edit| taken.get(&key(edit)).is_some_and(|other| **other == *edit)) {
            chosen.findings.push(at);
            continue;
        }
        let is_free = |edit: &Edit| {
            let before = taken.range(..=key(edit)).next_back();
            let after = taken.range(key(edit)..).next();
            before.is_none_or(|(&before, _)| before != key(edit) && before.1 <= edit.range.start)
                && after.is_none_or(|(after, _)| after.0 >= edit.range.end)
        };
        if fix.edits.iter().all(is_free) {
            taken.extend(fix.edits.iter().map(|edit| (key(edit), edit)));
            chosen.findings.push(at);
        }
    }
    chosen.findings.sort_unstable();
    chosen.edits = taken.into_values().collect();
    chosen
}

#[cfg(test)]
mod tests {
    use text::TextRange;

    use super::*;
    use crate::{Fix, Level};

    fn finding(safe: bool, edits: &[(u32, u32, &str)]) -> Diagnostic {
        let edits = edits.iter().map(|&(start, end, text)| Edit::replace(TextRange::new(start, end), text)).collect();
        Diagnostic {
            code: "x",
            level: Level::Error,
            range: TextRange::new(0, 1),
            message: String::new(),
            help: None,
            related: Vec::new(),
            tag: None,
            fix: Some(Fix { title: String::new(), edits, safe }),
        }
    }

    #[test]
    fn a_fix_is_applied_whole_or_not_at_all() {
        let findings = [
            finding(true, &[(0, 2, "A"), (6, 8, "B")]),
            // Its first edit is free, its second is not.
            finding(true, &[(3, 4, "C"), (7, 9, "D")]),
            finding(true, &[(8, 8, "E")]),
        ];
        let chosen = choose(&findings, false);
        assert_eq!((chosen.findings.as_slice(), chosen.apply(b"0123456789")), (&[0, 2][..], b"A2345BE89".to_vec()));
    }

    #[test]
    fn one_fix_of_two_findings_is_applied_once() {
        let findings = [finding(true, &[(2, 2, "!")]), finding(true, &[(2, 2, "!")]), finding(true, &[(2, 2, "?")])];
        let chosen = choose(&findings, false);
        assert_eq!((chosen.findings.as_slice(), chosen.apply(b"0123")), (&[0, 1][..], b"01!23".to_vec()));
    }

    #[test]
    fn unsafe_fixes_are_asked_for() {
        let findings = [finding(false, &[(0, 1, "A")]), finding(true, &[(1, 1, "B")]), finding(true, &[(1, 2, "C")])];
        assert_eq!(choose(&findings, false).apply(b"012"), b"0BC2");
        assert_eq!(choose(&findings, true).apply(b"012"), b"ABC2");
    }
}
