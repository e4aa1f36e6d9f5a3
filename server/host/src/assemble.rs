//! Puts the text of a script together from its parts, with its map.
//!
//! A value that a program pastes in becomes Lua that says nothing of it: an opaque name where a value stands, an include where statements
//! stand. In a Lua string the name is concatenated, for the text of such a string is not known.

use std::collections::HashSet;

use text::TextRange;

use crate::{
    lua::{Place, State},
    map::{Kind, Map, Piece},
    parts::{Part, PartKind},
};

/// Beginning of the names that stand for values.
pub const HOLE: &str = "__hole_";

/// A script's text, with its map.
#[derive(Default)]
pub(crate) struct Assembled {
    pub text: Vec<u8>,
    pub map: Map,
    /// Values and statements that are pasted in, beside constants.
    pub values: Vec<Value>,
}

/// A value or statements that a program pastes in.
pub(crate) struct Value {
    /// Its place in the host file.
    pub host: TextRange,
    /// The expression; empty if it is not known.
    pub expression: TextRange,
    /// Its place in the script.
    pub script: TextRange,
    /// True if a value stands there, false for statements.
    pub is_value: bool,
}

/// Puts the parts together. `include` gives for the expression of a hole the path of the include that stands for it, if it is a
/// constant of statements.
pub(crate) fn assemble(
    parts: &[Part],
    source: &[u8],
    include: &mut dyn FnMut(TextRange) -> Option<String>,
) -> Assembled {
    let mut filled = HashSet::new();
    let first = Renderer::run(parts, source, include, &mut filled, false);
    if filled.is_empty() { first } else { Renderer::run(parts, source, include, &mut filled, true) }
}

struct Renderer<'a> {
    source: &'a [u8],
    out: Assembled,
    state: State,
    holes: u32,
    /// Number of the strings that have begun.
    strings: u32,
    /// Numbers of the strings that have holes, which are put in brackets.
    filled: &'a mut HashSet<u32>,
    is_second: bool,
}

impl<'a> Renderer<'a> {
    fn run(
        parts: &[Part],
        source: &'a [u8],
        include: &mut dyn FnMut(TextRange) -> Option<String>,
        filled: &'a mut HashSet<u32>,
        is_second: bool,
    ) -> Assembled {
        let state = State::default();
        let mut renderer = Self { source, out: Assembled::default(), state, holes: 0, strings: 0, filled, is_second };
        for (at, part) in parts.iter().enumerate() {
            match &part.kind {
                PartKind::Text => renderer.text(part),
                PartKind::Escape(text) => renderer.escape(part, text),
                PartKind::Made(text) => renderer.made(part.host, text),
                PartKind::Cut => renderer.piece(0, part.host, Kind::Cut, part.literal),
                PartKind::Hole(expression) => {
                    let next: Vec<u8> =
                        parts[at + 1..].iter().flat_map(|it| it.text(source).iter().copied()).take(200).collect();
                    let is_last = parts[at + 1..].iter().all(|it| it.text(source).is_empty());
                    renderer.hole(part, *expression, &next, is_last, include);
                }
            }
        }
        renderer.out
    }

    /// Adds a piece for the last `len` bytes of the text.
    fn piece(&mut self, len: usize, host: TextRange, kind: Kind, literal: Option<u32>) {
        let end = self.out.text.len() as u32;
        self.out.map.push(Piece { script: TextRange::new(end - len as u32, end), host, kind, literal });
    }

    /// Adds text that is in the host file nowhere.
    fn made(&mut self, host: TextRange, text: &[u8]) {
        self.out.text.extend_from_slice(text);
        self.state.feed_all(text);
        self.piece(text.len(), TextRange::at(host.start), Kind::Made, None);
    }

    /// Adds text that stands in the host file; strings that have holes get brackets around them.
    fn text(&mut self, part: &Part) {
        let text = part.host.slice(self.source);
        let mut from = 0;
        for (at, &byte) in text.iter().enumerate() {
            let before = self.state.place();
            self.state.feed(byte);
            let after = self.state.place();
            if before == after || !(self.opens(before, after) || self.closes(before, after)) {
                continue;
            }
            let is_open = self.opens(before, after);
            let opening = self.state.opening();
            let number = self.number(is_open);
            if !self.is_second || !self.filled.contains(&number) {
                continue;
            }
            // A long bracket is known for a string only at its second bracket.
            let cut = if is_open { (at + 1).saturating_sub(opening).max(from) } else { at + 1 };
            self.verbatim(part, from, cut);
            from = cut;
            let bracket: &[u8] = if is_open { b"(" } else { b")" };
            self.out.text.extend_from_slice(bracket);
            self.piece(1, TextRange::at(part.host.start + cut as u32), Kind::Made, None);
        }
        self.verbatim(part, from, text.len());
    }

    fn verbatim(&mut self, part: &Part, from: usize, to: usize) {
        let host = TextRange::new(part.host.start + from as u32, part.host.start + to as u32);
        if !host.is_empty() {
            self.out.text.extend_from_slice(host.slice(self.source));
            self.piece(to - from, host, Kind::Verbatim, part.literal);
        }
    }

    fn escape(&mut self, part: &Part, text: &[u8]) {
        let before = self.state.place();
        self.state.feed_all(text);
        let after = self.state.place();
        let (opens, closes) = (self.opens(before, after), self.closes(before, after));
        let is_filled = (opens || closes) && {
            let number = self.number(opens);
            self.is_second && self.filled.contains(&number)
        };
        if opens && is_filled {
            self.out.text.push(b'(');
            self.piece(1, TextRange::at(part.host.start), Kind::Made, None);
        }
        self.out.text.extend_from_slice(text);
        self.piece(text.len(), part.host, Kind::Escape, part.literal);
        if closes && is_filled {
            self.out.text.push(b')');
            self.piece(1, TextRange::at(part.host.end), Kind::Made, None);
        }
    }

    fn opens(&self, before: Place, after: Place) -> bool {
        !before.is_string() && after.is_string()
    }

    fn closes(&self, before: Place, after: Place) -> bool {
        before.is_string() && !after.is_string()
    }

    /// The number of the string that begins or ends here.
    fn number(&mut self, is_open: bool) -> u32 {
        if is_open {
            self.strings += 1;
        }
        self.strings
    }

    /// Adds what stands for a hole. `next` is the text behind it.
    fn hole(
        &mut self,
        part: &Part,
        expression: TextRange,
        next: &[u8],
        is_last: bool,
        include: &mut dyn FnMut(TextRange) -> Option<String>,
    ) {
        let place = self.state.place();
        if place == Place::Code && self.is_statement(next, is_last, part.literal.is_some()) {
            let path = include(expression);
            let is_unknown = path.is_none();
            let line = format!("\n--- @include \"{}\"\n", path.unwrap_or_else(|| "?".to_owned()));
            self.out.text.extend_from_slice(line.as_bytes());
            self.state.feed_all(line.as_bytes());
            self.piece(line.len(), part.host, Kind::Statement, part.literal);
            if is_unknown {
                self.value(part.host, expression, line.len(), false);
            }
            return;
        }
        self.holes += 1;
        let name = format!("{HOLE}{}", self.holes);
        let (before, behind) = match place {
            Place::Quoted(quote) => (format!("{}..", char::from(quote)), format!("..{}", char::from(quote))),
            Place::Long(level) => {
                let level = "=".repeat(level as usize);
                (format!("]{level}].."), format!("..[{level}["))
            }
            Place::Code | Place::Comment | Place::LongComment(_) => (String::new(), String::new()),
        };
        if place.is_string() {
            self.filled.insert(self.strings);
        }
        for (text, kind) in [(&before, Kind::Made), (&name, Kind::Value), (&behind, Kind::Made)] {
            if text.is_empty() {
                continue;
            }
            self.out.text.extend_from_slice(text.as_bytes());
            let host = if kind == Kind::Value { part.host } else { TextRange::at(part.host.start) };
            self.piece(text.len(), host, kind, part.literal);
            if kind == Kind::Value {
                self.value(part.host, expression, text.len(), true);
            }
        }
        if place == Place::Code {
            self.state.feed_all(name.as_bytes());
        }
    }

    /// Notes what the last `len` bytes of the text stand for.
    fn value(&mut self, host: TextRange, expression: TextRange, len: usize, is_value: bool) {
        let end = self.out.text.len() as u32;
        let script = TextRange::new(end - len as u32, end);
        self.out.values.push(Value { host, expression, script, is_value });
    }

    /// True if a hole stands where statements do, by the code before and behind it. In a literal, a name may go on behind the hole;
    /// between two literals, what stands behind it is another word.
    fn is_statement(&self, next: &[u8], is_last: bool, is_in_literal: bool) -> bool {
        let text = self.out.text.as_slice();
        let code = text.trim_ascii_end();
        let line_before = &text[code.len()..];
        let begins_line = code.is_empty() || line_before.contains(&b'\n');
        let blank = next.iter().take_while(|it| matches!(it, b' ' | b'\t' | b'\r')).count();
        let ends_line = next.get(blank).is_none_or(|&it| it == b'\n') && (is_last || !next.is_empty());
        let word_start =
            code.iter().rposition(|it| !(it.is_ascii_alphanumeric() || *it == b'_')).map_or(0, |at| at + 1);
        let word = &code[word_start..];
        const WANTS_VALUE: &[&[u8]] = &[
            b"return",
            b"and",
            b"or",
            b"not",
            b"in",
            b"if",
            b"elseif",
            b"while",
            b"until",
            b"local",
            b"for",
            b"function",
        ];
        let wants_value =
            WANTS_VALUE.contains(&word) || code.last().is_some_and(|it| b"=(,{[+-*/%^<>~#.:".contains(it));
        if wants_value {
            return false;
        }
        // After a comment the line counts as empty.
        if begins_line && ends_line {
            return true;
        }
        let opens_block = matches!(word, b"then" | b"do" | b"else" | b"repeat" | b"end");
        let may_begin = begins_line || opens_block || code.last().is_some_and(|it| matches!(it, b';' | b')'));
        let following = &next[blank..];
        let goes_on = following.first().is_some_and(|it| {
            b"=(.:[,+-*/%^<>~\"'".contains(it) || is_in_literal && blank == 0 && it.is_ascii_alphanumeric()
        });
        let operator = [&b"and "[..], b"or ", b"then", b"do "].iter().any(|it| following.starts_with(it));
        let ends_call = is_last && code.last() == Some(&b')') && !begins_line;
        may_begin && !goes_on && !operator && !ends_call
    }
}
