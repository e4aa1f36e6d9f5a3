//! Edits of a script as edits of its host file.

use std::collections::HashSet;

use text::TextRange;

use crate::{
    document::{Embedded, HostDocument},
    encode::encode,
    lexed::{Literal, Token, TokenKind},
    map::Kind,
};

impl Embedded {
    /// An edit of the script as an edit of the host file; none if it leaves a literal, touches what a program pastes in, or if
    /// the literal cannot have the text. The host file's code is only safe if [`HostDocument::edits`] agrees.
    pub fn edit(&self, source: &[u8], range: TextRange, text: &str) -> Option<(TextRange, String)> {
        let (host, nth) = self.edited(range)?;
        let literal = self.literals.iter().find(|(it, _)| *it == nth).map(|(_, literal)| literal)?;
        if !literal.body.contains_range(host) || !literal.is_closed {
            return None;
        }
        let line_break = self.line_break(source, literal, nth, range.start);
        Some((host, encode(text, literal, &line_break)?))
    }

    /// The place in the host file of an edit, and the literal that it is in.
    fn edited(&self, range: TextRange) -> Option<(TextRange, u32)> {
        if self.map.pieces().iter().all(|it| it.script.is_empty()) {
            let (nth, literal) = self.literals.first()?;
            return range.is_empty().then_some((TextRange::at(literal.body.end), *nth));
        }
        let begins_line = |offset: u32| offset == 0 || self.text.get(offset as usize - 1) == Some(&b'\n');
        // What ends a line takes the indentation of the next line with it, for new lines are indented as they are written.
        let at_line = |offset: u32| {
            let cut = self.map.pieces().iter().rfind(|it| it.kind == Kind::Cut && it.script.start == offset);
            let after = self.map.pieces().iter().find(|it| it.script.start == offset && !it.script.is_empty());
            match (after, cut) {
                (Some(piece), _) if matches!(piece.kind, Kind::Verbatim | Kind::Escape) => {
                    Some((piece.host.start, piece.literal?))
                }
                (Some(_), _) => None,
                (None, Some(cut)) => Some((cut.host.end, cut.literal?)),
                (None, None) => self.behind(offset),
            }
        };
        let place = |offset: u32| {
            if begins_line(offset) { at_line(offset).or_else(|| self.behind(offset)) } else { self.behind(offset) }
        };
        if range.is_empty() {
            let (at, nth) = place(range.start).or_else(|| self.before(range.start))?;
            return Some((TextRange::at(at), nth));
        }
        if self.map.touches_hole(range) {
            return None;
        }
        let (start, first) = self.before(range.start)?;
        let (end, last) = place(range.end)?;
        (first == last && start <= end).then_some((TextRange::new(start, end), first))
    }

    /// The place before the byte of the script at an offset, with its literal.
    fn before(&self, offset: u32) -> Option<(u32, u32)> {
        let piece = self.map.pieces().iter().find(|it| it.script.start <= offset && offset < it.script.end)?;
        Some((self.map.out_start(offset)?, piece.literal?))
    }

    /// The place behind the byte of the script before an offset, with its literal.
    fn behind(&self, offset: u32) -> Option<(u32, u32)> {
        let piece = self.map.pieces().iter().find(|it| it.script.start < offset && offset <= it.script.end);
        match piece {
            Some(piece) => Some((self.map.out_end(offset)?, piece.literal?)),
            None => self.before(offset),
        }
    }

    /// The line break of the literal, with the indentation that its lines lose: that of the line before, else of the next.
    fn line_break(&self, source: &[u8], literal: &Literal, nth: u32, offset: u32) -> String {
        let is_crlf = memchr::memmem::find(literal.body.slice(source), b"\r\n").is_some();
        let begins = |at: u32| at > 0 && source.get(at as usize - 1) == Some(&b'\n');
        let is_white = |it: &u8| matches!(it, b' ' | b'\t' | b'|');
        let cuts = || {
            let all = self.map.pieces().iter().filter(|it| it.kind == Kind::Cut && it.literal == Some(nth));
            all.filter(|it| begins(it.host.start) && it.host.slice(source).iter().all(is_white))
        };
        let cut = cuts().rfind(|it| it.script.start <= offset).or_else(|| cuts().next());
        let indent = cut.map_or("", |it| std::str::from_utf8(it.host.slice(source)).unwrap_or_default());
        format!("{}{indent}", if is_crlf { "\r\n" } else { "\n" })
    }
}

impl HostDocument {
    /// Edits of a script as edits of the host file. They are applied to `source` and the file read again: if the script is not
    /// exactly the script with the edits then, or anything else has changed, there are none.
    pub fn edits(
        &self,
        file: &str,
        source: &[u8],
        id: &str,
        edits: &[(TextRange, &str)],
    ) -> Option<Vec<(TextRange, String)>> {
        let script = self.find(id)?;
        let made: Vec<(TextRange, String)> =
            edits.iter().map(|(range, text)| script.edit(source, *range, text)).collect::<Option<_>>()?;
        let expected = apply(&script.text, edits.iter().map(|(range, text)| (*range, *text)))?;
        let after = apply(source, made.iter().map(|(range, text)| (*range, text.as_str())))?;
        let again = Self::read_with(self.language, file, &after, &self.own);
        let is_same = again.embedded.len() == self.embedded.len()
            && again.embedded.iter().zip(&self.embedded).all(|(new, old)| {
                let text: &[u8] = if old.id == id { &expected } else { &old.text };
                new.id == old.id && *new.text == *text
            });
        // A script that has lost all signs of one is found no more; what is left must be its text.
        (is_same && self.is_closed_as(&again)).then_some(made)
    }

    /// True if `after` is `source` with other texts in its scripts: the code around them is the same, and so are the scripts.
    pub fn keeps_code(&self, file: &str, source: &[u8], after: &[u8]) -> bool {
        let again = Self::read(self.language, file, after);
        let same_scripts = again.embedded.len() == self.embedded.len()
            && again.embedded.iter().zip(&self.embedded).all(|(new, old)| new.id == old.id);
        let (old, new) = (self.language.lex(source), self.language.lex(after));
        let of_scripts: HashSet<u32> = self.embedded.iter().flat_map(|it| &it.literals).map(|(nth, _)| *nth).collect();
        let is_same = |(a, b): (&Token, &Token)| match (a.kind, b.kind) {
            (TokenKind::Literal(nth), other) if of_scripts.contains(&nth) => other == a.kind,
            _ => a.kind == b.kind && a.range.slice(source) == b.range.slice(after),
        };
        same_scripts
            && self.is_closed_as(&again)
            && old.tokens.len() == new.tokens.len()
            && old.literals.len() == new.literals.len()
            && old.tokens.iter().zip(&new.tokens).all(is_same)
    }

    fn is_closed_as(&self, other: &Self) -> bool {
        self.embedded
            .iter()
            .zip(&other.embedded)
            .all(|(a, b)| a.is_closed == b.is_closed && a.literals.len() == b.literals.len())
    }
}

/// The text after edits, which must not overlap.
pub(crate) fn apply<'a>(text: &[u8], edits: impl Iterator<Item = (TextRange, &'a str)>) -> Option<Vec<u8>> {
    let mut all: Vec<(TextRange, &str)> = edits.collect();
    all.sort_by_key(|(range, _)| (range.start, range.end));
    let mut out = Vec::with_capacity(text.len() + 64);
    let mut at = 0;
    for (range, new) in all {
        if range.start < at || range.end as usize > text.len() {
            return None;
        }
        out.extend_from_slice(&text[at as usize..range.start as usize]);
        out.extend_from_slice(new.as_bytes());
        at = range.end;
    }
    out.extend_from_slice(&text[at as usize..]);
    Some(out)
}
