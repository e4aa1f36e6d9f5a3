//! The text of a literal in parts: what stands as it is, escapes, indentation that is cut, and holes.

use text::TextRange;

use crate::lexed::{Holes, Indent, Lexed, Literal};

/// A part of a text, with its place in the host file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Part {
    /// Its bytes in the host file; empty, at the place where it was made, for what is nowhere in it.
    pub host: TextRange,
    /// Its kind.
    pub kind: PartKind,
    /// Index of the literal; none for what stands between literals.
    pub literal: Option<u32>,
}

/// Kinds of parts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum PartKind {
    /// Text as it stands in the host file; no line break but at its end.
    Text,
    /// Text that is written differently.
    Escape(Vec<u8>),
    /// Bytes that are no part of the text.
    Cut,
    /// Text that is in the host file nowhere, such as the separator of a joined list.
    Made(Vec<u8>),
    /// A value that is pasted in when the program runs: the range of its expression.
    Hole(TextRange),
}

impl Part {
    /// The text, as far as it is known.
    pub(crate) fn text<'a>(&'a self, source: &'a [u8]) -> &'a [u8] {
        match &self.kind {
            PartKind::Text => self.host.slice(source),
            PartKind::Escape(text) | PartKind::Made(text) => text,
            PartKind::Cut | PartKind::Hole(_) => &[],
        }
    }
}

/// The parts of a literal, without the indentation that its language cuts.
pub(crate) fn decode(source: &[u8], lexed: &Lexed, nth: u32) -> Vec<Part> {
    let Some(literal) = lexed.literals.get(nth as usize) else { return Vec::new() };
    let mut parts = split(source, lexed, literal, nth);
    match literal.style.indent {
        Indent::None => {}
        Indent::Tabs => cut_lines(&mut parts, source, |line| line.iter().take_while(|&&it| it == b'\t').count()),
        Indent::Least => cut_least(&mut parts, source, false),
        Indent::TextBlock => {
            drop_first_line(&mut parts, source);
            cut_line_ends(&mut parts, source);
            cut_least(&mut parts, source, true);
        }
        Indent::Closing => {
            if !parts.iter().any(|it| it.text(source).contains(&b'\n')) {
                return parts;
            }
            drop_first_line(&mut parts, source);
            let width = drop_last_line(&mut parts, source);
            cut_lines(&mut parts, source, |line| white(line).min(width));
        }
    }
    parts
}

/// The parts of a literal as they stand, lines apart.
fn split(source: &[u8], lexed: &Lexed, literal: &Literal, nth: u32) -> Vec<Part> {
    let style = literal.style;
    let quote = literal.close.first().copied().unwrap_or(b'"');
    let mut parts = Vec::new();
    let mut holes = lexed.holes(literal).iter().peekable();
    let end = (literal.body.end as usize).min(source.len());
    let (mut at, mut from) = (literal.body.start as usize, literal.body.start as usize);
    let part = |start: usize, end: usize, kind: PartKind| Part {
        host: TextRange::new(start as u32, end as u32),
        kind,
        literal: Some(nth),
    };
    while at < end {
        if let Some(hole) = holes.next_if(|hole| hole.range.start as usize <= at) {
            if from < at {
                parts.push(part(from, at, PartKind::Text));
            }
            let stop = (hole.range.end as usize).max(at + 1).min(end);
            parts.push(part(at, stop, PartKind::Hole(hole.expression)));
            (at, from) = (stop, stop);
            continue;
        }
        let rest = &source[at..end];
        let doubled = match style.holes {
            Holes::Braces(1) if rest.starts_with(b"{{") => Some(b'{'),
            Holes::Braces(1) if rest.starts_with(b"}}") => Some(b'}'),
            _ if style.doubles_quote && rest.starts_with(&[quote, quote]) => Some(quote),
            _ => None,
        };
        let escape = match (doubled, style.escapes) {
            (Some(it), _) => Some((2, vec![it])),
            (None, Some(escapes)) if rest[0] == b'\\' => {
                let read = escapes.read(rest, quote, style.is_bytes);
                Some((read.len, read.text))
            }
            _ if rest.starts_with(b"\r\n") => Some((2, b"\n".to_vec())),
            _ if rest[0] == b'\r' && style.drops_cr => Some((1, Vec::new())),
            _ => None,
        };
        if let Some((len, text)) = escape {
            if from < at {
                parts.push(part(from, at, PartKind::Text));
            }
            let stop = (at + len.max(1)).min(end);
            let kind = if text.is_empty() { PartKind::Cut } else { PartKind::Escape(text) };
            parts.push(part(at, stop, kind));
            (at, from) = (stop, stop);
            continue;
        }
        at += 1;
        if rest[0] == b'\n' {
            parts.push(part(from, at, PartKind::Text));
            from = at;
        }
    }
    if from < end {
        parts.push(part(from, end, PartKind::Text));
    }
    parts
}

fn white(line: &[u8]) -> usize {
    line.iter().take_while(|it| matches!(it, b' ' | b'\t')).count()
}

/// A line of parts.
struct Line {
    /// Index of its first part.
    first: usize,
    /// Bytes of white space at its beginning.
    width: usize,
    /// True if nothing but white space is on it.
    is_blank: bool,
    /// True if a line break ends it.
    is_ended: bool,
}

fn lines(parts: &[Part], source: &[u8]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut line: Option<Line> = None;
    for (at, part) in parts.iter().enumerate() {
        let known = line.get_or_insert(Line { first: at, width: 0, is_blank: true, is_ended: false });
        let text = part.text(source);
        if known.is_blank {
            let white = white(text);
            known.width += white;
            let is_end = |rest: &[u8]| rest.is_empty() || rest == b"\n" || rest == b"\r\n";
            known.is_blank = is_end(&text[white..]) && !matches!(part.kind, PartKind::Hole(_));
        }
        if text.ends_with(b"\n") {
            known.is_ended = true;
            lines.extend(line.take());
        }
    }
    lines.extend(line);
    lines
}

/// Cuts `width(line)` bytes from the beginning of each line, where they are text of the host file.
pub(crate) fn cut_lines(parts: &mut Vec<Part>, source: &[u8], width: impl Fn(&[u8]) -> usize) {
    let mut is_start = true;
    let mut out = Vec::with_capacity(parts.len() * 2);
    for part in parts.drain(..) {
        let text = part.text(source);
        let cut = if is_start && part.kind == PartKind::Text { width(text).min(text.len()) } else { 0 };
        // An empty part says nothing of where a line begins.
        if !text.is_empty() || matches!(part.kind, PartKind::Hole(_)) {
            is_start = text.ends_with(b"\n");
        }
        push_cut(&mut out, part, 0, cut);
    }
    *parts = out;
}

/// Adds `part`, with `cut` bytes of its text from `skip` on cut.
fn push_cut(out: &mut Vec<Part>, part: Part, skip: usize, cut: usize) {
    if cut == 0 {
        return out.push(part);
    }
    let (start, end) = (part.host.start, part.host.end);
    let (from, to) = (start + skip as u32, start + (skip + cut) as u32);
    for (host, kind) in [(start..from, PartKind::Text), (from..to, PartKind::Cut), (to..end, PartKind::Text)] {
        if !host.is_empty() {
            out.push(Part { host: TextRange::new(host.start, host.end), kind, literal: part.literal });
        }
    }
}

/// Cuts the least indentation of all lines that are not blank; with `counts_last`, of the last line too if no line break ends it.
pub(crate) fn cut_least(parts: &mut Vec<Part>, source: &[u8], counts_last: bool) {
    let all = lines(parts, source);
    let counts = |line: &&Line| !line.is_blank || (counts_last && !line.is_ended);
    let least = all.iter().filter(counts).map(|line| line.width).min();
    // Of blank lines all white space goes where nothing says how much.
    let least = least.unwrap_or(usize::MAX);
    cut_lines(parts, source, |line| white(line).min(least));
}

/// Cuts the first line if it is blank and ended by a line break.
pub(crate) fn drop_first_line(parts: &mut [Part], source: &[u8]) {
    let all = lines(parts, source);
    if let Some(first) = all.first().filter(|it| it.is_blank && it.is_ended) {
        let end = all.get(1).map_or(parts.len(), |line| line.first);
        cut_parts(&mut parts[first.first..end]);
    }
}

/// Cuts the last line if it is blank, and the line break before it. Returns its width.
pub(crate) fn drop_last_line(parts: &mut Vec<Part>, source: &[u8]) -> usize {
    let all = lines(parts, source);
    let Some(last) = all.last() else { return 0 };
    let (first, width, is_empty_end) = (last.first, last.width, last.is_ended);
    if is_empty_end {
        // The closing quote stands at the beginning of its line.
        cut_line_break(parts, source, parts.len());
        return 0;
    }
    if !last.is_blank {
        return 0;
    }
    cut_parts(&mut parts[first..]);
    cut_line_break(parts, source, first);
    width
}

/// Cuts the line break at the end of the part before `at`.
fn cut_line_break(parts: &mut Vec<Part>, source: &[u8], at: usize) {
    let Some(before) = at.checked_sub(1) else { return };
    let part = parts[before].clone();
    let text = part.text(source);
    if part.kind == PartKind::Text && text.ends_with(b"\n") {
        let mut out = Vec::new();
        let skip = text.len() - 1;
        push_cut(&mut out, part, skip, 1);
        parts.splice(before..at, out);
    } else if text == b"\n" {
        parts[before].kind = PartKind::Cut;
    }
}

fn cut_parts(parts: &mut [Part]) {
    for part in parts {
        part.kind = PartKind::Cut;
    }
}

/// Cuts white space at the ends of lines.
fn cut_line_ends(parts: &mut Vec<Part>, source: &[u8]) {
    let old = std::mem::take(parts);
    for at in 0..old.len() {
        let text = old[at].text(source);
        let body = text.strip_suffix(b"\n").unwrap_or(text);
        let ends = text.ends_with(b"\n")
            || old.get(at + 1).is_none_or(|next| next.text(source) == b"\n" && next.kind != PartKind::Text);
        let kept = body.len() - body.iter().rev().take_while(|it| matches!(it, b' ' | b'\t')).count();
        let is_cut = ends && old[at].kind == PartKind::Text && kept < body.len() && at + 1 < old.len();
        let cut = if is_cut { body.len() - kept } else { 0 };
        push_cut(parts, old[at].clone(), kept, cut);
    }
}

/// Cuts white space and line breaks at the beginning, the end, or both.
pub(crate) fn trim(parts: &mut Vec<Part>, source: &[u8], start: bool, end: bool) {
    if start {
        let mut out = Vec::with_capacity(parts.len() + 1);
        let mut is_start = true;
        for part in parts.drain(..) {
            let text = part.text(source);
            let white = text.iter().take_while(|it| it.is_ascii_whitespace()).count();
            let is_all = white == text.len() && !matches!(part.kind, PartKind::Hole(_));
            match (is_start, &part.kind) {
                (true, PartKind::Text) => push_cut(&mut out, part.clone(), 0, white),
                (true, PartKind::Escape(_) | PartKind::Made(_)) if is_all => {
                    out.push(Part { kind: PartKind::Cut, ..part.clone() });
                }
                _ => out.push(part.clone()),
            }
            is_start &= is_all;
        }
        *parts = out;
    }
    if end {
        let mut out: Vec<Part> = Vec::with_capacity(parts.len() + 1);
        let mut is_end = true;
        for part in parts.drain(..).rev() {
            let text = part.text(source);
            let white = text.iter().rev().take_while(|it| it.is_ascii_whitespace()).count();
            let is_all = white == text.len() && !matches!(part.kind, PartKind::Hole(_));
            match (is_end, &part.kind) {
                (true, PartKind::Text) => {
                    let mut some = Vec::new();
                    push_cut(&mut some, part.clone(), text.len() - white, white);
                    out.extend(some.into_iter().rev());
                }
                (true, PartKind::Escape(_) | PartKind::Made(_)) if is_all => {
                    out.push(Part { kind: PartKind::Cut, ..part.clone() });
                }
                _ => out.push(part.clone()),
            }
            is_end &= is_all;
        }
        out.reverse();
        *parts = out;
    }
}

/// Cuts what stands before the margin's mark on each line, and the mark (Kotlin's `trimMargin`).
pub(crate) fn cut_margin(parts: &mut Vec<Part>, source: &[u8]) {
    drop_first_line(parts, source);
    let all = lines(parts, source);
    if all.last().is_some_and(|last| last.is_blank && !last.is_ended) {
        drop_last_line(parts, source);
    }
    cut_lines(parts, source, |line| {
        let white = white(line);
        if line.get(white) == Some(&b'|') { white + 1 } else { 0 }
    });
}

/// Cuts the first and the last line where they are blank, and the least indentation (Kotlin's `trimIndent`).
pub(crate) fn trim_indent(parts: &mut Vec<Part>, source: &[u8]) {
    drop_first_line(parts, source);
    let all = lines(parts, source);
    if all.last().is_some_and(|last| last.is_blank && !last.is_ended) {
        drop_last_line(parts, source);
    }
    cut_least(parts, source, false);
}
