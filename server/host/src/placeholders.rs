//! Placeholders of formats, which become holes where a format is seen to fill them in.

use text::TextRange;

use crate::{
    formats::Arguments,
    parts::{Part, PartKind},
    tokens::Tokens,
};

/// A way of filling values into a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Format {
    /// `%s`, `%d`, `%(name)s`, `%1$s`.
    Percent,
    /// `{}`, `{name}`, `{0}`.
    Braces,
    /// `<%= name %>` of a template that makes the file.
    Tag,
    /// `@name` of StackExchange.Redis' `LuaScript`; `@@` is `@`.
    At,
}

impl Tokens<'_> {
    /// The format that is applied to the value of a name, and its arguments.
    pub(crate) fn format_of(&self, name: usize) -> Option<(Format, Arguments)> {
        let method = |text: &str| self.is(name + 1, ".") && self.is(name + 2, text) && self.is(name + 3, "(");
        if self.is(name + 1, "%") && !self.is(name + 2, "=") && self.syntax().plus.contains(&"+") {
            let end = self.skip_operand(name + 2);
            return Some((Format::Percent, self.percent_arguments(name + 2, end)));
        }
        if method("format") {
            return Some((Format::Braces, self.format_arguments(name + 3, 0)));
        }
        if method("formatted") {
            return Some((Format::Percent, self.format_arguments(name + 3, 0)));
        }
        let open = self.parent(name).filter(|&open| self.is(open, "(") && open + 1 == self.operand_start(name))?;
        let callee = open.checked_sub(1)?;
        if self.is(callee, "Prepare") {
            return Some((Format::At, Arguments::default()));
        }
        let is_format = self.is(callee, "Sprintf")
            || self.is(callee, "sprintf")
            || (self.is(callee, "format") && self.is(callee.saturating_sub(2), "String"));
        is_format.then(|| (Format::Percent, self.format_arguments(open, 1)))
    }
}

/// Makes holes of placeholders in a text, each with the argument that fills it as its expression; empty where that cannot be told.
/// Returns true if there was one.
pub(crate) fn fill(parts: &mut Vec<Part>, source: &[u8], format: Format, arguments: &Arguments) -> bool {
    let mut count = 0;
    let mut out = Vec::with_capacity(parts.len());
    for part in parts.drain(..) {
        if part.kind != PartKind::Text {
            out.push(part);
            continue;
        }
        let text = part.host.slice(source);
        let (mut at, mut from) = (0, 0);
        let piece = |start: usize, end: usize, kind: PartKind| Part {
            host: TextRange::new(part.host.start + start as u32, part.host.start + end as u32),
            kind,
            literal: part.literal,
        };
        while at < text.len() {
            let Some((len, kind)) = placeholder(text, at, format) else {
                at += 1;
                continue;
            };
            if from < at {
                out.push(piece(from, at, PartKind::Text));
            }
            let mut hole = piece(at, at + len, PartKind::Cut);
            hole.kind = match kind {
                Some(text) => PartKind::Escape(vec![text]),
                None => {
                    count += 1;
                    PartKind::Hole(value(hole.host, source, format, arguments, count - 1))
                }
            };
            out.push(hole);
            at += len;
            from = at;
        }
        if from < text.len() {
            out.push(piece(from, text.len(), PartKind::Text));
        }
    }
    *parts = out;
    count > 0
}

/// The argument that fills in the placeholder at a place, the `nth` of its text; an empty range if that cannot be told.
fn value(place: TextRange, source: &[u8], format: Format, arguments: &Arguments, nth: usize) -> TextRange {
    let text = place.slice(source);
    let (name, inner) = match format {
        Format::At | Format::Tag => return TextRange::at(place.start),
        Format::Braces => (&text[1..text.len() - 1], 1),
        Format::Percent => {
            let open = text.iter().position(|it| matches!(it, b'(' | b'{' | b'<'));
            let close = text.iter().position(|it| matches!(it, b')' | b'}' | b'>'));
            match (open, close) {
                (Some(open), Some(close)) if open < close => (&text[open + 1..close], open as u32 + 1),
                // `%1$s`
                _ => {
                    (text[1..].split(|&it| it == b'$').next().filter(|it| it.len() + 2 < text.len()).unwrap_or(b""), 1)
                }
            }
        }
    };
    let path_end = name.iter().position(|it| b":!".contains(it)).unwrap_or(name.len());
    let root = name[..path_end].split(|it| b".[".contains(it)).next().unwrap_or_default();
    let index = std::str::from_utf8(root).ok().and_then(|it| it.parse::<usize>().ok());
    // The first is 1 behind a percent sign, 0 in braces.
    let found = match index {
        Some(index) if format == Format::Percent => arguments.positional.get(index.wrapping_sub(1)),
        Some(index) => arguments.positional.get(index),
        None if root.is_empty() => arguments.positional.get(nth),
        None => arguments.named.iter().find(|(it, _)| it == root).map(|(_, value)| value),
    };
    match found {
        Some(found) => *found,
        // `format!("{name}")`
        None if format == Format::Braces && index.is_none() && !root.is_empty() && arguments.named.is_empty() => {
            let start = place.start + inner;
            TextRange::new(start, start + root.len() as u32)
        }
        None => TextRange::at(place.start),
    }
}

/// The length of a placeholder at a place, and the character that it is if it is only an escape of one.
fn placeholder(text: &[u8], at: usize, format: Format) -> Option<(usize, Option<u8>)> {
    let rest = &text[at..];
    let count = |from: usize, is: fn(&u8) -> bool| rest[from..].iter().take_while(|it| is(it)).count();
    match format {
        Format::Tag => {
            let is_tag = rest.starts_with(b"<%=") || rest.starts_with(b"<%-");
            let end = is_tag.then(|| memchr::memmem::find(rest, b"%>")).flatten()?;
            Some((end + 2, None))
        }
        Format::Percent => {
            if rest[0] != b'%' {
                return None;
            }
            if rest.get(1) == Some(&b'%') {
                return Some((2, Some(b'%')));
            }
            let mut len = 1;
            if rest.get(1) == Some(&b'(') || rest.get(1) == Some(&b'{') {
                len += rest[1..].iter().position(|&it| it == b')' || it == b'}')? + 1;
            }
            len += count(len, |it| it.is_ascii_digit() || b"$-+#.*".contains(it));
            rest.get(len).filter(|it| b"sdvqriufgxXtTLnb".contains(it))?;
            Some((len + 1, None))
        }
        Format::Braces => match rest[0] {
            b'{' if rest.get(1) == Some(&b'{') => Some((2, Some(b'{'))),
            b'}' if rest.get(1) == Some(&b'}') => Some((2, Some(b'}'))),
            b'{' => {
                let inner = rest[1..].iter().position(|&it| it == b'}' || it == b'{')?;
                (rest[1 + inner] == b'}' && !rest[1..=inner].contains(&b'\n')).then_some((inner + 2, None))
            }
            _ => None,
        },
        Format::At => {
            if rest[0] != b'@' {
                return None;
            }
            if rest.get(1) == Some(&b'@') {
                return Some((2, Some(b'@')));
            }
            let is_start = rest.get(1).is_some_and(|it| it.is_ascii_alphabetic() || *it == b'_');
            let len = count(1, |it| it.is_ascii_alphanumeric() || *it == b'_');
            is_start.then_some((1 + len, None))
        }
    }
}
