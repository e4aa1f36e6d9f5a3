//! Finds the literals that are scripts: by the call that takes them, by a comment, or by what is in them.

use std::collections::HashMap;

use crate::{
    calls::{Matched, argument, behind_script_command},
    constants::{Constants, name_of},
    expression::Expression,
    formats::Arguments,
    lexed::TokenKind,
    placeholders::Format,
    signs::{is_marked, is_marker, is_shebang_alone, reads_as_code, signs},
    templates::{self, Tags},
    tokens::Tokens,
};

/// Reason for which a literal is a script.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Why {
    /// Another script pastes it in.
    Hole,
    /// Something in it is of Redis.
    Content,
    /// A call takes it.
    Call,
    /// A comment says so.
    Marker,
}

/// A literal that is a script.
#[derive(Debug)]
pub(crate) struct Found<'b> {
    pub expression: Expression,
    pub why: Why,
    /// True for a call that nothing else has the name of, and for a marker.
    pub is_certain: bool,
    /// Token of its name.
    pub name: Option<usize>,
    /// The name of the call that takes it, for a script without a name.
    pub call: Option<&'b str>,
}

/// Finds the scripts of a file, in the order of their places.
pub(crate) fn find<'b>(tokens: &Tokens<'_>, constants: &Constants, calls: &[Matched<'b>]) -> Vec<Found<'b>> {
    let mut finder = Finder { tokens, constants, found: Vec::new(), by_literal: HashMap::new() };
    finder.by_call(calls);
    finder.by_marker();
    finder.by_content();
    finder.by_format();
    finder.found.retain(|it| templates::tags(&it.expression.parts, tokens.source) != Tags::Statements);
    finder.found.sort_by_key(|it| it.expression.tokens.0);
    finder.found
}

/// A call that takes a script.
#[derive(Clone, Copy)]
struct Taker<'b> {
    /// Name of the call.
    name: &'b str,
    /// True if other things have the name too, so that the text must look like a script.
    is_weak: bool,
    /// True for a command that begins a line.
    is_command: bool,
    /// True if it takes other arguments too.
    has_more: bool,
}

struct Finder<'a, 'b> {
    tokens: &'a Tokens<'a>,
    constants: &'a Constants,
    found: Vec<Found<'b>>,
    /// For each literal of a script, the index of that in `found`.
    by_literal: HashMap<u32, usize>,
}

impl<'b> Finder<'_, 'b> {
    fn by_call(&mut self, calls: &[Matched<'b>]) {
        for at in 0..self.tokens.len() {
            self.behind_command(at);
        }
        for call in calls {
            let found = match &call.row.script {
                Some(place) => argument(self.tokens, &call.arguments, place),
                None if call.row.command => {
                    behind_script_command(self.tokens, &call.arguments).and_then(|at| call.arguments.get(at).copied())
                }
                None => None,
            };
            if let Some((start, end)) = found {
                let taker = Taker {
                    name: call.called,
                    is_weak: call.row.weak,
                    is_command: call.row.on == "^",
                    has_more: call.arguments.len() > 1,
                };
                self.script(start, end, taker);
            }
        }
    }

    /// Notes the script behind the name of a command among the arguments of a call, or the elements of a list, whatever takes
    /// them: `"EVAL", "return 1"`.
    fn behind_command(&mut self, at: usize) {
        const TAKER: Taker<'_> = Taker { name: "EVAL", is_weak: true, is_command: false, has_more: false };
        let tokens = self.tokens;
        if tokens.literal(at).is_none() || !tokens.is(at + 1, ",") {
            return;
        }
        let Some(open) = tokens.parent(at) else { return };
        let is_literal = |at: usize, texts: &[&str]| {
            let body = tokens.literal_text(at).unwrap_or_default();
            texts.iter().any(|text| body.eq_ignore_ascii_case(text.as_bytes()))
        };
        let is_load = || at >= 2 && tokens.is(at - 1, ",") && is_literal(at - 2, &["SCRIPT", "FUNCTION"]);
        if !(is_literal(at, &["EVAL", "EVAL_RO", "SCRIPT LOAD"]) || (is_literal(at, &["LOAD"]) && is_load())) {
            return;
        }
        let ends = |&end: &usize| tokens.parent(end) == Some(open) && tokens.is(end, ",");
        let close = tokens.partner(open).unwrap_or(tokens.len()).min(at + 4_096);
        let end = (at + 2..close).find(ends).unwrap_or(close);
        self.script(at + 2, end, TAKER);
    }

    /// Notes the script that the tokens `start..end` are: an expression, or a name of one.
    fn script(&mut self, start: usize, end: usize, taker: Taker<'b>) {
        let tokens = self.tokens;
        // A named argument: `script=`, `script:`.
        let start = if tokens.is_name(start)
            && start + 2 < end
            && (tokens.is(start + 1, "=") || tokens.is(start + 1, ":"))
            && !tokens.is(start + 2, ":")
        {
            start + 2
        } else {
            start
        };
        let has_literal = (start..end).any(|at| tokens.literal(at).is_some());
        let (start, end) = match tokens.shell_value(start, end) {
            Some((first, last)) if (first..last).any(|at| tokens.literal(at).is_some()) => (first, last),
            _ => (start, end),
        };
        if has_literal {
            let literal = (start..end).find(|&at| tokens.literal(at).is_some()).unwrap_or(start);
            let found = tokens.expression(start, 0).or_else(|| tokens.expression_around(literal));
            // `"$(cat take.lua)"` is no script itself.
            let has_text = |it: &Expression| {
                !tokens.syntax().has_commands || it.parts.iter().any(|part| !part.text(tokens.source).is_empty())
            };
            if let Some(expression) = found.filter(|it| it.tokens.1 <= end.max(it.tokens.1)).filter(has_text) {
                self.add(expression, Why::Call, taker);
            }
            return;
        }
        let Some(name) = tokens.path(start, end) else { return };
        for at in self.values(name) {
            if let Some(expression) = tokens.expression_around(at) {
                self.add(expression, Why::Call, taker);
            }
        }
    }

    /// The literals that a name may be: the nearest one before it, else all of the file.
    fn values(&self, name: usize) -> Vec<usize> {
        let Some(all) = self.constants.get(self.tokens.text(name)) else { return Vec::new() };
        let before = all.iter().rev().find(|&&at| at < name).copied();
        before.map_or_else(|| all.clone(), |at| vec![at])
    }

    fn add(&mut self, expression: Expression, why: Why, taker: Taker<'b>) {
        let text: Vec<u8> =
            expression.parts.iter().flat_map(|part| part.text(self.tokens.source).iter().copied()).collect();
        let signs = signs(&text);
        let looks = signs > 0 || memchr::memmem::find(&text, b"return").is_some();
        if taker.is_weak && !looks {
            return;
        }
        // A command's name, a path, a URL, a hash of a script is no script.
        let is_word = !text.is_empty() && text.iter().all(|it| it.is_ascii_alphanumeric() || b"_-./:".contains(it));
        if is_word && signs == 0 {
            return;
        }
        // Commands in documents may have names in the places of scripts.
        let is_certain = signs > 0 || !taker.is_command && (!taker.is_weak || taker.has_more);
        self.put(expression, why, is_certain, Some(taker.name));
    }

    fn put(&mut self, expression: Expression, why: Why, is_certain: bool, call: Option<&'b str>) {
        let known = expression.literals.iter().find_map(|nth| self.by_literal.get(nth).copied());
        if let Some(known) = known {
            let found = &mut self.found[known];
            found.is_certain |= is_certain;
            if found.why < why {
                found.why = why;
                found.call = call.or(found.call);
            }
            return;
        }
        let literal = (expression.tokens.0..expression.tokens.1).find(|&at| self.tokens.literal(at).is_some());
        let name = literal.and_then(|at| name_of(self.tokens, at));
        for &nth in &expression.literals {
            self.by_literal.insert(nth, self.found.len());
        }
        self.found.push(Found { expression, why, is_certain, name, call });
    }

    /// Literals with a comment before them that says that they are Lua, or on the line above.
    fn by_marker(&mut self) {
        let tokens = self.tokens;
        for comment in &tokens.lexed.comments {
            let text = comment.slice(tokens.source);
            if text.len() > 200 || !is_marker(text) {
                continue;
            }
            let next = tokens.lexed.tokens.partition_point(|token| token.range.start < comment.end);
            let line_end =
                |from: usize| memchr::memchr(b'\n', &tokens.source[from..]).map_or(tokens.source.len(), |at| from + at);
            let first_line = line_end(comment.end as usize);
            let ends = match tokens.source[comment.end as usize..first_line].trim_ascii() {
                b"" => line_end((first_line + 1).min(tokens.source.len())),
                _ => first_line,
            };
            let literal = (next..tokens.len())
                .take_while(|&at| (tokens.range(at).start as usize) < ends)
                .find(|&at| tokens.literal(at).is_some());
            if let Some(expression) = literal.and_then(|at| tokens.expression_around(at)) {
                self.put(expression, Why::Marker, true, None);
            }
        }
    }

    fn by_content(&mut self) {
        let tokens = self.tokens;
        for at in 0..tokens.len() {
            let Some(TokenKind::Literal(nth)) = tokens.get(at).map(|it| it.kind) else { continue };
            if self.by_literal.contains_key(&nth) {
                continue;
            }
            let Some(literal) = tokens.lexed.literals.get(nth as usize) else { continue };
            let body = literal.body.slice(tokens.source);
            if signs(body) == 0 && !is_marked(body) {
                continue;
            }
            if tokens.is_documentation(at) {
                continue;
            }
            let Some(expression) = tokens.expression_around(at) else { continue };
            let text: Vec<u8> =
                expression.parts.iter().flat_map(|part| part.text(tokens.source).iter().copied()).collect();
            let signs = signs(&text);
            let is_marked = is_marked(&text);
            if (signs == 0 && !is_marked) || is_shebang_alone(&text) {
                continue;
            }
            // One sign on one line may be a message about a script.
            let is_certain = is_marked || (signs >= 2 && text.contains(&b'\n') && reads_as_code(&text));
            let why = if is_marked { Why::Marker } else { Why::Content };
            self.put(expression, why, is_certain, None);
        }
    }

    /// Makes holes of placeholders where a format is applied to a script's name.
    fn by_format(&mut self) {
        let tokens = self.tokens;
        let mut waiting: HashMap<&[u8], Vec<usize>> = HashMap::new();
        let mut first_bytes = [false; 256];
        for (at, found) in self.found.iter_mut().enumerate().filter(|(_, it)| it.expression.format.is_none()) {
            if found.call == Some("Prepare") {
                tokens.fill(&mut found.expression, Format::At, &Arguments::default());
                continue;
            }
            if templates::tags(&found.expression.parts, tokens.source) == Tags::Values {
                tokens.fill(&mut found.expression, Format::Tag, &Arguments::default());
                continue;
            }
            let text = found.name.map(|it| tokens.text(it)).unwrap_or_default();
            if let Some(&first) = text.first() {
                first_bytes[usize::from(first)] = true;
                waiting.entry(text).or_default().push(at);
            }
        }
        for at in 0..tokens.len() {
            let text = tokens.text(at);
            // Most tokens are other names, which need no look-up.
            if !text.first().is_some_and(|&first| first_bytes[usize::from(first)]) || !tokens.is_name(at) {
                continue;
            }
            let Some(all) = waiting.get_mut(text).filter(|it| !it.is_empty()) else { continue };
            let Some((format, arguments)) = tokens.format_of(at) else { continue };
            all.retain(|&nth| {
                let found = &mut self.found[nth];
                let is_other = found.name != Some(at);
                if is_other {
                    tokens.fill(&mut found.expression, format, &arguments);
                }
                !is_other
            });
        }
    }
}
