//! Expressions that are texts: joined literals, lists that are joined, calls that change indentation or fill in values.

use text::TextRange;

use crate::{
    formats::Arguments,
    layout::{Layout, METHODS, WRAPPERS},
    lexed::TokenKind,
    parts::{self, Part, PartKind},
    placeholders::{self, Format},
    tokens::Tokens,
};

/// Depth to which expressions are read.
const MAX_DEPTH: u32 = 32;

/// An expression that is a text, as far as its tokens tell.
#[derive(Clone, Debug)]
pub(crate) struct Expression {
    /// The parts of the text.
    pub parts: Vec<Part>,
    /// The first token, and the one behind the last.
    pub tokens: (usize, usize),
    /// The literals in it.
    pub literals: Vec<u32>,
    /// False if the text may be another when the program runs, beside its holes.
    pub is_exact: bool,
    /// The way in which values are filled in, if the expression does so itself.
    pub format: Option<Format>,
}

impl Tokens<'_> {
    /// The text that the expression around a literal makes; `at` is the literal's token.
    pub(crate) fn expression_around(&self, at: usize) -> Option<Expression> {
        let start = self.expression_start(at);
        let found = self.expression(start, 0);
        let found = found.filter(|it| it.tokens.0 <= at && at < it.tokens.1);
        found.or_else(|| self.expression(at, 0))
    }

    /// The first token of the expression that a literal is part of.
    fn expression_start(&self, literal: usize) -> usize {
        let mut at = literal;
        for _ in 0..4_096 {
            let Some(before) = at.checked_sub(1) else { return at };
            if let Some(plus) =
                (1..=2).filter_map(|len| (before + 1).checked_sub(len)).find(|&it| self.plus(it) == Some(at - it))
            {
                match plus.checked_sub(1) {
                    Some(end) if self.ends_operand(end) => {
                        at = self.operand_start(end);
                        continue;
                    }
                    _ => return at,
                }
            }
            if self.literal(before).is_some() && self.is_joined(before, at) {
                at = before;
                continue;
            }
            let Some(open) = self.parent(at) else { return at };
            if let Some(start) = self.joined_list(open).map(|(start, ..)| start) {
                at = start;
                continue;
            }
            if before == open && self.is(open, "(") {
                if let Some(start) = self.wrapper(open).map(|(start, _)| start) {
                    at = start;
                    continue;
                }
                if !self.is_call(open) {
                    at = open;
                    continue;
                }
            }
            if self.tag(before, at).is_some() {
                at = self.operand_start(before);
                continue;
            }
            return at;
        }
        at
    }

    fn ends_operand(&self, at: usize) -> bool {
        self.literal(at).is_some() || self.is_name(at) || self.partner(at).is_some_and(|open| open < at)
    }

    /// True if a bracket is that of a call.
    pub(crate) fn is_call(&self, open: usize) -> bool {
        const KEYWORDS: &[&str] =
            &["return", "in", "and", "or", "not", "if", "await", "yield", "else", "case", "when", "print"];
        let Some(before) = open.checked_sub(1) else { return false };
        let is_keyword = KEYWORDS.iter().any(|it| self.is(before, it));
        (self.is_name(before) && !is_keyword)
            || self.is(before, ">")
            || (self.is(before, "!") && before > 0 && self.is_name(before - 1))
            || self.partner(before).is_some_and(|it| it < before)
    }

    /// The first token of a call of a wrapper whose bracket `open` is, and what it does.
    fn wrapper(&self, open: usize) -> Option<(usize, Layout)> {
        let mut name = open.checked_sub(1)?;
        if self.is(name, "!") {
            name = name.checked_sub(1)?;
        }
        if !self.is_name(name) {
            return None;
        }
        let (_, layout) = WRAPPERS.iter().find(|(text, _)| self.is(name, text.trim_end_matches('!')))?;
        let start = self.operand_start(name);
        // `"…".format(x)` has its text before the point.
        (self.literal(start).is_none() && self.partner(start).is_none_or(|it| it <= start)).then_some((start, *layout))
    }

    /// The tag of a template literal that directly follows it.
    fn tag(&self, name: usize, literal: usize) -> Option<Layout> {
        let is_tag =
            self.is_name(name) && self.literal(literal).is_some() && self.range(name).end == self.range(literal).start;
        is_tag.then(|| WRAPPERS.iter().find(|(text, _)| self.is(name, text)).map_or(Layout::Same, |it| it.1))
    }

    /// A list whose elements are joined: the first token of the whole, the list's bracket, the separator's literal, and the
    /// token behind the whole.
    fn joined_list(&self, open: usize) -> Option<(usize, usize, Option<u32>, usize)> {
        let close = self.partner(open)?;
        let separator = |at: usize| self.literal(at);
        if self.is(open, "[") || self.is(open, "{") || self.is(open, "(") {
            // `[…].join("\n")`
            let dot = close + 1;
            if self.is(open, "[")
                && self.is(dot, ".")
                && (self.is(dot + 1, "join") || self.is(dot + 1, "Join"))
                && self.is(dot + 2, "(")
            {
                return Some((open, open, separator(dot + 3), self.after(dot + 2)));
            }
            // `"\n".join([…])` of Python
            let call = if self.is(open, "(") { Some(open) } else { open.checked_sub(1).filter(|&it| self.is(it, "(")) };
            if let Some(call) = call
                && call >= 3
                && self.is(call - 1, "join")
                && self.is(call - 2, ".")
                && let Some(nth) = separator(call - 3)
                && (call == open || self.after(call) == close + 2)
                && !(call == open && (self.is(open + 1, "[") || self.is(open + 1, "(")))
            {
                return Some((call - 3, open, Some(nth), self.after(call)));
            }
            // `implode("\n", […])`, `strings.Join([]string{…}, "\n")`
            let call = self.parent(open).filter(|&it| self.is(it, "("))?;
            let name = call.checked_sub(1)?;
            let arguments = self.arguments(call);
            if self.is(name, "implode") && arguments.len() == 2 {
                return Some((self.operand_start(name), open, separator(arguments[0].0), self.after(call)));
            }
            if self.is(name, "Join") && self.is(open, "{") && arguments.len() == 2 {
                return Some((self.operand_start(name), open, separator(arguments[1].0), self.after(call)));
            }
        }
        None
    }

    /// Reads the expression that begins at a token; none if it has no literal.
    pub(crate) fn expression(&self, start: usize, depth: u32) -> Option<Expression> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut whole = self.term(start, depth).or_else(|| {
            // A name before the first literal: `PRELUDE + "…"`.
            let end = self.skip_operand(start);
            (end > start && self.plus(end).is_some()).then(|| Expression {
                parts: vec![self.hole(start, end)],
                tokens: (start, end),
                literals: Vec::new(),
                is_exact: false,
                format: None,
            })
        })?;
        loop {
            let at = whole.tokens.1;
            let Some(plus) = self.plus(at).filter(|_| at > 0 && !self.is_parted(at - 1, at)) else { break };
            let operand = at + plus;
            match self.term(operand, depth + 1) {
                Some(term) => join(&mut whole, term),
                None => {
                    let end = self.skip_operand(operand);
                    if end == operand {
                        break;
                    }
                    whole.parts.push(self.hole(operand, end));
                    whole.is_exact = false;
                    whole.tokens.1 = end;
                }
            }
        }
        (!whole.literals.is_empty()).then_some(whole)
    }

    /// A hole for the tokens `start..end`.
    fn hole(&self, start: usize, end: usize) -> Part {
        let range = self.span(start, end);
        Part { host: range, kind: PartKind::Hole(range), literal: None }
    }

    /// The token behind the operand that begins at a token.
    pub(crate) fn skip_operand(&self, start: usize) -> usize {
        let mut at = start;
        while at < self.len() {
            let text = self.text(at);
            let is_end = matches!(text, b"," | b";" | b")" | b"]" | b"}" | b"=" | b"?" | b"<" | b"%" | b"|")
                && self.get(at).is_some_and(|token| token.kind == TokenKind::Punct);
            if is_end || (at > start && (self.plus(at).is_some() || self.is_parted(at - 1, at))) {
                break;
            }
            at = match self.partner(at) {
                Some(close) if close > at => close + 1,
                _ => at + 1,
            };
        }
        at
    }

    /// Reads one operand, with the methods that are called on it.
    fn term(&self, start: usize, depth: u32) -> Option<Expression> {
        let mut term = self.operand(start, depth)?;
        loop {
            let at = term.tokens.1;
            if self.is(at, "%") && self.syntax().plus.contains(&"+") && !self.is(at + 1, "=") {
                // `"…" % values` of Python and Ruby.
                let end = self.skip_operand(at + 1);
                if end > at + 1 {
                    self.fill(&mut term, Format::Percent, &self.percent_arguments(at + 1, end));
                    term.tokens.1 = end;
                    continue;
                }
            }
            let arrow = self.is(at, "-") && self.is(at + 1, ">");
            let dots = if arrow { 2 } else { usize::from(self.is(at, ".") && self.plus(at).is_none()) };
            if dots == 0 || !self.is_name(at + dots) {
                return Some(term);
            }
            let name = at + dots;
            let method = METHODS.iter().find(|(text, _)| self.is(name, text));
            let end = if self.is(name + 1, "(") { self.after(name + 1) } else { name + 1 };
            match method {
                Some((_, layout)) => self.lay_out(&mut term, *layout, &self.format_arguments(name + 1, 0)),
                None => term.is_exact = false,
            }
            term.tokens.1 = end;
        }
    }

    fn operand(&self, start: usize, depth: u32) -> Option<Expression> {
        if depth > MAX_DEPTH {
            return None;
        }
        if let Some(nth) = self.literal(start) {
            // `"\n".join([…])`
            if self.is(start + 1, ".") && self.is(start + 2, "join") && self.is(start + 3, "(") {
                let call = start + 3;
                let list = if self.is(call + 1, "[") || self.is(call + 1, "(") { call + 1 } else { call };
                if let Some((_, list, separator, end)) = self.joined_list(list) {
                    return self.list(start, list, separator, end, depth);
                }
            }
            let mut text = self.text_of(start, nth);
            while let Some(next) = self.literal(text.tokens.1)
                && self.is_joined(text.tokens.1 - 1, text.tokens.1)
            {
                let next = self.text_of(text.tokens.1, next);
                join(&mut text, next);
            }
            return Some(text);
        }
        if (self.is(start, "[") || self.is(start, "("))
            && let Some((first, list, separator, end)) = self.joined_list(start)
            && first == start
        {
            return self.list(start, list, separator, end, depth);
        }
        if self.is(start, "(") {
            let close = self.partner(start)?;
            let inner = self.expression(start + 1, depth + 1)?;
            return (inner.tokens.1 == close).then_some(Expression { tokens: (start, close + 1), ..inner });
        }
        if self.is(start, "&") || self.is(start, "new") || self.is(start, "*") {
            let inner = self.operand(start + 1, depth + 1)?;
            return Some(Expression { tokens: (start, inner.tokens.1), ..inner });
        }
        // A call of a wrapper, or a tag: `textwrap.dedent(…)`, `String.raw`…``.
        let mut at = start;
        for _ in 0..8 {
            if !self.is_name(at) {
                // `[]byte(…)`
                if self.is(at, "[") && self.is(at + 1, "]") {
                    at += 2;
                    continue;
                }
                return None;
            }
            let next = at + 1;
            if self.tag(at, next).is_some() {
                let layout = self.tag(at, next)?;
                let nth = self.literal(next)?;
                let mut text = self.text_of(next, nth);
                text.tokens.0 = start;
                self.lay_out(&mut text, layout, &Arguments::default());
                return Some(text);
            }
            let open = if self.is(next, "!") { next + 1 } else { next };
            if self.is(open, "(") {
                if let Some((_, layout)) = self.wrapper(open) {
                    return self.wrapped(start, open, layout, depth);
                }
                let name = open - 1;
                if self.is(name, "implode") || self.is(name, "Join") {
                    let arguments = self.arguments(open);
                    let list = arguments
                        .iter()
                        .flat_map(|&(from, to)| from..to)
                        .find(|&at| self.is(at, "[") && !self.is(at + 1, "]") || self.is(at, "{"))?;
                    let (_, list, separator, end) = self.joined_list(list)?;
                    return self.list(start, list, separator, end, depth);
                }
                return None;
            }
            let dot = match () {
                () if self.is(next, ".") => 1,
                () if self.is(next, ":") && self.is(next + 1, ":") => 2,
                () => return None,
            };
            at = next + dot;
        }
        None
    }

    /// The text of one literal.
    fn text_of(&self, at: usize, nth: u32) -> Expression {
        let parts = parts::decode(self.source, self.lexed, nth);
        let is_filled = parts.iter().any(|part| matches!(part.kind, PartKind::Hole(_)));
        let keeps_cr = self.syntax().keeps_cr
            && self
                .lexed
                .literals
                .get(nth as usize)
                .is_some_and(|it| memchr::memchr(b'\r', it.body.slice(self.source)).is_some());
        Expression { parts, tokens: (at, at + 1), literals: vec![nth], is_exact: !is_filled && !keeps_cr, format: None }
    }

    /// Reads the first argument of a wrapper.
    fn wrapped(&self, start: usize, open: usize, layout: Layout, depth: u32) -> Option<Expression> {
        let arguments = self.arguments(open);
        let &(first, end) = arguments.first()?;
        let mut inner = self.expression(first, depth + 1)?;
        if inner.tokens.1 != end {
            return None;
        }
        if layout == Layout::Joined {
            for &(first, end) in &arguments[1..] {
                match self.expression(first, depth + 1).filter(|it| it.tokens.1 == end) {
                    Some(text) => join(&mut inner, text),
                    None => {
                        inner.parts.push(self.hole(first, end));
                        inner.is_exact = false;
                    }
                }
            }
        } else if !(layout == Layout::Format && arguments.len() == 1 && self.language.name() != "Rust") {
            self.lay_out(&mut inner, layout, &self.format_arguments(open, 1));
        }
        inner.tokens = (start, self.after(open));
        Some(inner)
    }

    /// Reads the elements of a list that are joined.
    fn list(&self, start: usize, open: usize, separator: Option<u32>, end: usize, depth: u32) -> Option<Expression> {
        let separator = separator.map(|nth| {
            let parts = parts::decode(self.source, self.lexed, nth);
            parts.iter().flat_map(|part| part.text(self.source).iter().copied()).collect::<Vec<u8>>()
        });
        let mut whole: Option<Expression> = None;
        for (first, last) in self.arguments(open) {
            let element = self.expression(first, depth + 1).filter(|it| it.tokens.1 == last);
            let is_exact = element.is_some();
            let element = element.unwrap_or_else(|| Expression {
                parts: vec![self.hole(first, last)],
                tokens: (first, last),
                literals: Vec::new(),
                is_exact,
                format: None,
            });
            match &mut whole {
                Some(whole) => {
                    let at = TextRange::at(self.range(first).start);
                    let kind = PartKind::Made(separator.clone().unwrap_or_else(|| b",".to_vec()));
                    whole.parts.push(Part { host: at, kind, literal: None });
                    join(whole, element);
                }
                None => whole = Some(element),
            }
        }
        let mut whole = whole?;
        whole.tokens = (start, end);
        (!whole.literals.is_empty()).then_some(whole)
    }

    /// Makes holes of the placeholders of a format.
    pub(crate) fn fill(&self, text: &mut Expression, format: Format, arguments: &Arguments) {
        text.format = Some(format);
        if placeholders::fill(&mut text.parts, self.source, format, arguments) {
            text.is_exact = false;
        }
    }

    fn lay_out(&self, text: &mut Expression, layout: Layout, arguments: &Arguments) {
        let (parts, source) = (&mut text.parts, self.source);
        match layout {
            Layout::Same | Layout::Joined => {}
            Layout::Dedent => parts::cut_least(parts, source, false),
            Layout::TrimIndent => parts::trim_indent(parts, source),
            Layout::Margin => parts::cut_margin(parts, source),
            Layout::Trim => parts::trim(parts, source, true, true),
            Layout::TrimStart => parts::trim(parts, source, true, false),
            Layout::TrimEnd => parts::trim(parts, source, false, true),
            Layout::Percent => self.fill(text, Format::Percent, arguments),
            Layout::Braces => self.fill(text, Format::Braces, arguments),
            Layout::Format => {
                let format = if self.language.name() == "Rust" { Format::Braces } else { Format::Percent };
                self.fill(text, format, arguments);
            }
        }
    }
}

fn join(whole: &mut Expression, next: Expression) {
    whole.parts.extend(next.parts);
    whole.literals.extend(next.literals);
    whole.is_exact &= next.is_exact;
    whole.tokens.1 = next.tokens.1;
}
