//! Tokens with their brackets: what encloses a token, and where a bracket closes.

use std::collections::HashMap;

use text::TextRange;

use crate::{
    languages::{Language, Syntax},
    lexed::{Lexed, Token, TokenKind},
};

/// The tokens of a file, with what encloses each.
pub(crate) struct Tokens<'a> {
    pub source: &'a [u8],
    pub lexed: &'a Lexed,
    pub language: Language,
    /// For each token, the index of the bracket around it; none outside of brackets.
    parents: Vec<Option<u32>>,
    /// For each opening bracket the index of the closing one and the other way round.
    partners: Vec<Option<u32>>,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(source: &'a [u8], lexed: &'a Lexed, language: Language) -> Self {
        let count = lexed.tokens.len();
        let mut tokens = Self { source, lexed, language, parents: vec![None; count], partners: vec![None; count] };
        let mut open: Vec<u32> = Vec::new();
        for at in 0..count {
            let text = tokens.text(at);
            let is_punct = lexed.tokens[at].kind == TokenKind::Punct;
            if is_punct && matches!(text, b")" | b"]" | b"}") {
                // A bracket that does not fit closes what lies within the one that it fits.
                let fits = |&start: &u32| {
                    matches!((tokens.text(start as usize), text), (b"(", b")") | (b"[", b"]") | (b"{", b"}"))
                };
                if let Some(found) = open.iter().rposition(fits) {
                    let start = open[found];
                    open.truncate(found);
                    tokens.partners[start as usize] = Some(at as u32);
                    tokens.partners[at] = Some(start);
                }
            }
            tokens.parents[at] = open.last().copied();
            if is_punct && matches!(text, b"(" | b"[" | b"{") {
                open.push(at as u32);
            }
        }
        tokens
    }

    pub(crate) fn syntax(&self) -> &'static Syntax {
        self.language.syntax()
    }

    pub(crate) fn len(&self) -> usize {
        self.lexed.tokens.len()
    }

    pub(crate) fn get(&self, at: usize) -> Option<Token> {
        self.lexed.tokens.get(at).copied()
    }

    /// The text of a token; empty past the end.
    pub(crate) fn text(&self, at: usize) -> &'a [u8] {
        self.get(at).map_or(&[], |token| token.range.slice(self.source))
    }

    /// The token's range; the end of the file past the end.
    pub(crate) fn range(&self, at: usize) -> TextRange {
        self.get(at).map_or(TextRange::at(self.source.len() as u32), |token| token.range)
    }

    /// True if the token is this punctuation, or this name.
    pub(crate) fn is(&self, at: usize, text: &str) -> bool {
        let Some(token) = self.get(at) else { return false };
        let text = text.as_bytes();
        // This is asked of most tokens several times, mostly for one character.
        let (start, len) = (token.range.start as usize, (token.range.end - token.range.start) as usize);
        len == text.len()
            && matches!(token.kind, TokenKind::Punct | TokenKind::Name)
            && self.source.get(start) == text.first()
            && (len == 1 || token.range.slice(self.source) == text)
    }

    pub(crate) fn is_name(&self, at: usize) -> bool {
        self.get(at).is_some_and(|token| token.kind == TokenKind::Name)
    }

    pub(crate) fn is_number(&self, at: usize) -> bool {
        self.get(at).is_some_and(|token| token.kind == TokenKind::Number)
    }

    /// The tokens that are a name, by their texts.
    pub(crate) fn mentions(&self) -> HashMap<&'a [u8], Vec<usize>> {
        let mut all: HashMap<&[u8], Vec<usize>> = HashMap::new();
        for at in (0..self.len()).filter(|&at| self.is_name(at)) {
            all.entry(self.text(at)).or_default().push(at);
        }
        all
    }

    /// The literal that a token is.
    pub(crate) fn literal(&self, at: usize) -> Option<u32> {
        match self.get(at)?.kind {
            TokenKind::Literal(nth) => Some(nth),
            _ => None,
        }
    }

    /// The body of the literal that a token is.
    pub(crate) fn literal_text(&self, at: usize) -> Option<&'a [u8]> {
        Some(self.lexed.literals.get(self.literal(at)? as usize)?.body.slice(self.source))
    }

    /// The bracket around a token.
    pub(crate) fn parent(&self, at: usize) -> Option<usize> {
        self.parents.get(at).copied().flatten().map(|it| it as usize)
    }

    /// The other bracket of a pair.
    pub(crate) fn partner(&self, at: usize) -> Option<usize> {
        self.partners.get(at).copied().flatten().map(|it| it as usize)
    }

    /// The token behind a closing bracket, or the number of all tokens if it is not there.
    pub(crate) fn after(&self, open: usize) -> usize {
        self.partner(open).map_or(self.len(), |close| close + 1)
    }

    /// True if an operator that joins texts begins at a token. Returns its length in tokens.
    pub(crate) fn plus(&self, at: usize) -> Option<usize> {
        let is_next = |at: usize, text: &str| {
            let parts: Vec<&str> = text.split("").filter(|it| !it.is_empty()).collect();
            let fits = parts.iter().enumerate().all(|(nth, part)| self.is(at + nth, part));
            fits.then_some(parts.len())
        };
        let found = self.syntax().plus.iter().find_map(|text| is_next(at, text))?;
        // `+=`, `++`, and a point of a call or a number.
        (!self.is(at + found, "=")).then_some(found)
    }

    /// The offset at which the line of a token begins.
    pub(crate) fn line_start(&self, at: usize) -> usize {
        let start = self.range(at).start as usize;
        memchr::memrchr(b'\n', &self.source[..start]).map_or(0, |it| it + 1)
    }

    /// Bytes of indentation of the line of a token.
    pub(crate) fn column(&self, at: usize) -> usize {
        self.source[self.line_start(at)..].iter().take_while(|it| matches!(it, b' ' | b'\t')).count()
    }

    /// True for the first token of a line.
    pub(crate) fn begins_line(&self, at: usize) -> bool {
        self.line_start(at) + self.column(at) == self.range(at).start as usize
    }

    /// True if a line break is between two tokens that counts: outside of brackets, where the language's statements end so.
    pub(crate) fn is_parted(&self, before: usize, after: usize) -> bool {
        if !self.syntax().ends_at_newline || self.parent(after).is_some_and(|open| !self.is(open, "{")) {
            return false;
        }
        let gap = TextRange::new(self.range(before).end, self.range(after).start);
        let gap = gap.slice(self.source);
        memchr::memchr(b'\n', gap).is_some_and(|at| !gap[..at].trim_ascii_end().ends_with(b"\\"))
    }

    /// True if two literals, one behind the other, are one text.
    pub(crate) fn is_joined(&self, before: usize, after: usize) -> bool {
        let syntax = self.syntax();
        let touches = self.range(before).end == self.range(after).start;
        syntax.joins_adjacent && (touches || !syntax.joins_touching) && !self.is_parted(before, after)
    }

    /// True for a literal that is documentation: a statement of its own in Python, the value of an attribute in Rust.
    pub(crate) fn is_documentation(&self, at: usize) -> bool {
        if self.syntax().has_doc_attributes && at >= 2 && self.is(at - 1, "=") && self.is(at - 2, "doc") {
            return self.parent(at).is_some_and(|open| !self.is(open, "{"));
        }
        if !self.syntax().has_docstrings || self.parent(at).is_some() {
            return false;
        }
        let begins = match at.checked_sub(1) {
            Some(before) => self.is_parted(before, at),
            None => true,
        };
        let ends = self.get(at + 1).is_none() || self.is_parted(at, at + 1);
        begins && ends
    }

    /// The words of a command from a token on, as [`Self::arguments`] gives those of a call.
    pub(crate) fn words(&self, start: usize) -> Vec<(usize, usize)> {
        let mut found: Vec<(usize, usize)> = Vec::new();
        let mut at = start;
        while at < self.len() && self.parent(at) == self.parent(start) && !self.is_parted(at - 1, at) {
            if [";", "|", "&", ")"].iter().any(|it| self.is(at, it)) {
                break;
            }
            let end = self.partner(at).filter(|&close| close > at).map_or(at + 1, |close| close + 1);
            let touches = self.range(at - 1).end == self.range(at).start;
            match found.last_mut().filter(|_| touches) {
                Some(word) => word.1 = end,
                None => found.push((at, end)),
            }
            at = end;
        }
        found
    }

    /// The first token of the operand that ends with a token: a literal, a name with what it is a member of, a call.
    pub(crate) fn operand_start(&self, end: usize) -> usize {
        let mut at = end;
        loop {
            if let Some(open) = self.partner(at).filter(|&open| open < at) {
                at = open;
                // What is called or indexed stands before.
                match at.checked_sub(1) {
                    Some(before) if self.is_name(before) || self.partner(before).is_some_and(|it| it < before) => {
                        at = before;
                        continue;
                    }
                    _ => {}
                }
            }
            let dot = at.checked_sub(1).filter(|&dot| self.is(dot, ".") && self.plus(dot).is_none());
            let dot = dot.or_else(|| {
                at.checked_sub(1).filter(|&it| self.is(it, ">") && it > 0 && self.is(it - 1, "-")).map(|it| it - 1)
            });
            let dot = dot.or_else(|| at.checked_sub(2).filter(|&it| self.is(it, ":") && self.is(it + 1, ":")));
            match dot.and_then(|dot| dot.checked_sub(1)) {
                Some(before) => at = before,
                None => return at,
            }
        }
    }

    /// The token behind the expression that begins at a token: its bracket's end, a comma or semicolon, or a line that ends it.
    pub(crate) fn expression_end(&self, start: usize) -> usize {
        let parent = self.parent(start);
        let mut at = start;
        while at < self.len() {
            let is_end = self.parent(at) != parent
                || self.is(at, ",")
                || self.is(at, ";")
                || (at > start && self.is_parted(at - 1, at))
                || self.partner(at).is_some_and(|open| open < at);
            if is_end {
                break;
            }
            at = self.partner(at).filter(|&close| close > at).map_or(at + 1, |close| close + 1);
        }
        at
    }

    /// The arguments of a call: first token and the token behind the last of each. `open` is its opening bracket.
    pub(crate) fn arguments(&self, open: usize) -> Vec<(usize, usize)> {
        let close = self.partner(open).unwrap_or(self.len());
        let mut found = Vec::new();
        let mut start = open + 1;
        let mut at = open + 1;
        while at < close {
            if self.is(at, ",") {
                found.push((start, at));
                start = at + 1;
            }
            at = match self.partner(at) {
                Some(partner) if partner > at => partner + 1,
                // An opening bracket without its partner: half-typed.
                _ => at + 1,
            };
        }
        if start < close {
            found.push((start, close));
        }
        found
    }

    /// The name with what it is a member of, if that is all that the tokens `start..end` are: its last name.
    pub(crate) fn path(&self, start: usize, end: usize) -> Option<usize> {
        let mut last = None;
        for at in start..end {
            match self.get(at)?.kind {
                TokenKind::Name => last = Some(at),
                TokenKind::Punct if b".:>-?!&*$@".contains(&self.text(at)[0]) => {}
                _ => return None,
            }
        }
        last.filter(|&last| last + 1 == end || self.is(last + 1, "!"))
    }

    /// The value of the variable that a word of the shell is, if it is given one once: `"$NAME"`, `${NAME}`.
    pub(crate) fn shell_value(&self, start: usize, end: usize) -> Option<(usize, usize)> {
        if !self.syntax().has_commands {
            return None;
        }
        let word = std::str::from_utf8(self.span(start, end).slice(self.source)).ok()?;
        let word = word.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(word);
        let name = word.strip_prefix('$')?;
        let name = name.strip_prefix('{').and_then(|it| it.strip_suffix('}')).unwrap_or(name);
        let assigns =
            |at: &usize| self.is(*at, name) && self.is(at + 1, "=") && self.range(*at).end == self.range(at + 1).start;
        let mut assigned = (0..self.len()).filter(assigns);
        let (only, None) = (assigned.next()?, assigned.next()) else { return None };
        self.words(only + 2).first().copied()
    }
}
