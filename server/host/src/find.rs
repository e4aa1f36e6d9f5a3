//! Finds the literals that are scripts: by the call that takes them, by a comment, or by what is in them.

use std::collections::HashMap;

use crate::{
    calls::{Argument, Call, Receiver},
    constants::{Constants, name_of},
    expression::Expression,
    formats::Arguments,
    lexed::TokenKind,
    placeholders::Format,
    signs::{is_marked, is_marker, is_shebang_alone, reads_as_code, signs},
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
pub(crate) struct Found {
    pub expression: Expression,
    pub why: Why,
    /// True for a call that nothing else has the name of, and for a marker.
    pub is_certain: bool,
    /// Token of its name.
    pub name: Option<usize>,
    /// The name of the call that takes it, for a script without a name.
    pub call: Option<&'static str>,
}

/// Finds the scripts of a file, in the order of their places.
pub(crate) fn find(tokens: &Tokens<'_>, constants: &Constants) -> Vec<Found> {
    let mut finder = Finder { tokens, constants, found: Vec::new(), by_literal: HashMap::new() };
    finder.by_call();
    finder.by_marker();
    finder.by_content();
    finder.by_format();
    finder.found.sort_by_key(|it| it.expression.tokens.0);
    finder.found
}

struct Finder<'a> {
    tokens: &'a Tokens<'a>,
    constants: &'a Constants,
    found: Vec<Found>,
    /// For each literal of a script, the index of that in `found`.
    by_literal: HashMap<u32, usize>,
}

impl Finder<'_> {
    fn by_call(&mut self) {
        let calls = self.tokens.language.calls();
        for at in 0..self.tokens.len() {
            self.behind_command(at);
            if !self.tokens.is_name(at) {
                continue;
            }
            let mut name = self.tokens.text(at);
            if self.tokens.language.syntax().has_commands {
                // A program may be called by its path.
                name = name.rsplit(|&it| it == b'/').next().unwrap_or(name);
            }
            for call in calls.iter().filter(|call| call.is_named(name)) {
                if self.is_received(at, call.receiver) {
                    self.call(at, call);
                }
            }
        }
    }

    /// True if the right thing stands before the name of a call.
    fn is_received(&self, name: usize, receiver: Receiver) -> bool {
        let tokens = self.tokens;
        let Some(before) = name.checked_sub(1) else {
            return matches!(receiver, Receiver::Optional | Receiver::Line);
        };
        let is_member = tokens.is(before, ".")
            || (before > 0 && tokens.is(before, ">") && tokens.is(before - 1, "-"))
            || tokens.is(before, ":");
        let is_defined = ["def", "function", "func", "fun", "fn"].iter().any(|it| tokens.is(before, it));
        match receiver {
            Receiver::Any => is_member,
            Receiver::Optional => !is_defined,
            Receiver::Line => tokens.is_parted(before, name),
            Receiver::Named(owner) => {
                let end = if tokens.is(before, ":") && before > 0 && tokens.is(before - 1, ":") {
                    before - 1
                } else {
                    before
                };
                is_member && end.checked_sub(1).is_some_and(|it| tokens.is(it, owner))
            }
        }
    }

    fn call(&mut self, name: usize, call: &'static Call) {
        let tokens = self.tokens;
        let mut open = name + 1;
        // `new RedisScript<>(`, `Script::<T>::new(`, `evalsha!(`.
        if tokens.is(open, "<") {
            open = (open..tokens.len().min(open + 24)).find(|&at| tokens.is(at, "(")).unwrap_or(open);
        }
        open += usize::from(tokens.is(open, "!"));
        let arguments = if tokens.language.syntax().has_commands {
            tokens.words(name + 1)
        } else if tokens.is(open, "(") {
            tokens.arguments(open)
        } else if tokens.language.name() == "Ruby"
            && (tokens.literal(open).is_some() || tokens.is_name(open))
            && !tokens.is_parted(name, open)
        {
            // A call without brackets.
            vec![(open, open + 1)]
        } else {
            return;
        };
        let found = self.argument(&arguments, call.script);
        for (start, end) in found {
            self.script(start, end, call, &arguments);
        }
    }

    /// The tokens of the script among the arguments of a call.
    fn argument(&self, arguments: &[(usize, usize)], place: Argument) -> Vec<(usize, usize)> {
        let tokens = self.tokens;
        match place {
            Argument::Nth(nth) => arguments.get(usize::from(nth)).copied().into_iter().collect(),
            Argument::FirstText => {
                let is_text = |&&(start, end): &&(usize, usize)| {
                    (start..end).any(|at| tokens.literal(at).is_some() && tokens.parent(at) == tokens.parent(start))
                };
                arguments.iter().find(is_text).copied().into_iter().collect()
            }
            Argument::After(words) => {
                let word = |at: usize| {
                    let &(start, end) = arguments.get(at)?;
                    if tokens.language.syntax().has_commands && tokens.is_name(start) {
                        return Some(tokens.text(start).to_ascii_uppercase());
                    }
                    let nth = tokens.literal(start).filter(|_| end == start + 1)?;
                    let body = tokens.lexed.literals.get(nth as usize)?.body.slice(tokens.source);
                    Some(body.to_ascii_uppercase())
                };
                let mut found = Vec::new();
                // Options of redis-cli stand before.
                for at in 0..arguments.len().min(16) {
                    let (Some(first), second) = (word(at), word(at + 1)) else { continue };
                    for wanted in words {
                        let len = match wanted.split_once(' ') {
                            None if first == wanted.as_bytes() => 1,
                            Some(_) if first == wanted.as_bytes() => 1,
                            Some((a, b)) if first == a.as_bytes() && second.as_deref() == Some(b.as_bytes()) => 2,
                            _ => continue,
                        };
                        // `FUNCTION LOAD REPLACE text`.
                        let skip = usize::from(word(at + len).as_deref() == Some(b"REPLACE"));
                        found.extend(arguments.get(at + len + skip).copied());
                    }
                }
                found.truncate(1);
                found
            }
            Argument::Property(name) => {
                let Some(&(first, _)) = arguments.first() else { return Vec::new() };
                let Some(&(_, last)) = arguments.last() else { return Vec::new() };
                let mut found = Vec::new();
                for at in first..last {
                    let is_named = tokens.is(at, name) && (tokens.is(at + 1, ":") || tokens.is(at + 1, "="));
                    if !is_named {
                        continue;
                    }
                    let start = at + 2;
                    let mut end = start;
                    while end < last && !tokens.is(end, ",") && !tokens.is(end, "}") && !tokens.is(end, ")") {
                        end = tokens.partner(end).filter(|&close| close > end).map_or(end + 1, |close| close + 1);
                    }
                    found.push((start, end));
                }
                found
            }
        }
    }

    /// Notes the script behind the name of a command among the arguments of a call, or the elements of a list, whatever takes
    /// them: `"EVAL", "return 1"`.
    fn behind_command(&mut self, at: usize) {
        const CALL: &Call = &Call::method("EVAL", Argument::Nth(0)).weak();
        let tokens = self.tokens;
        let Some(open) = tokens.parent(at).filter(|_| tokens.literal(at).is_some() && tokens.is(at + 1, ",")) else {
            return;
        };
        let is_literal = |at: usize, texts: &[&str]| {
            let literal = tokens.literal(at).and_then(|nth| tokens.lexed.literals.get(nth as usize));
            let body = literal.map(|it| it.body.slice(tokens.source)).unwrap_or_default();
            texts.iter().any(|text| body.eq_ignore_ascii_case(text.as_bytes()))
        };
        let is_load = || at >= 2 && tokens.is(at - 1, ",") && is_literal(at - 2, &["SCRIPT", "FUNCTION"]);
        if !(is_literal(at, &["EVAL", "EVAL_RO", "SCRIPT LOAD"]) || (is_literal(at, &["LOAD"]) && is_load())) {
            return;
        }
        let ends = |&end: &usize| tokens.parent(end) == Some(open) && tokens.is(end, ",");
        let close = tokens.partner(open).unwrap_or(tokens.len()).min(at + 4_096);
        let end = (at + 2..close).find(ends).unwrap_or(close);
        self.script(at + 2, end, CALL, &[]);
    }

    /// Notes the script that the tokens `start..end` are: an expression, or a name of one.
    fn script(&mut self, start: usize, end: usize, call: &'static Call, arguments: &[(usize, usize)]) {
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
        if has_literal {
            let literal = (start..end).find(|&at| tokens.literal(at).is_some()).unwrap_or(start);
            let found = tokens.expression(start, 0).or_else(|| tokens.expression_around(literal));
            if let Some(expression) = found.filter(|it| it.tokens.1 <= end.max(it.tokens.1)) {
                self.add(expression, Why::Call, call, arguments);
            }
            return;
        }
        let Some(name) = tokens.path(start, end) else { return };
        for at in self.values(name) {
            if let Some(expression) = tokens.expression_around(at) {
                self.add(expression, Why::Call, call, arguments);
            }
        }
    }

    /// The literals that a name may be: the nearest one before it, else all of the file.
    fn values(&self, name: usize) -> Vec<usize> {
        let Some(all) = self.constants.get(self.tokens.text(name)) else { return Vec::new() };
        let before = all.iter().rev().find(|&&at| at < name).copied();
        before.map_or_else(|| all.clone(), |at| vec![at])
    }

    fn add(&mut self, expression: Expression, why: Why, call: &'static Call, arguments: &[(usize, usize)]) {
        let text: Vec<u8> =
            expression.parts.iter().flat_map(|part| part.text(self.tokens.source).iter().copied()).collect();
        let signs = signs(&text);
        let looks = signs > 0 || memchr::memmem::find(&text, b"return").is_some();
        if call.is_weak && !looks {
            return;
        }
        // A command's name, a path, a URL, a hash of a script is no script.
        let is_word = !text.is_empty() && text.iter().all(|it| it.is_ascii_alphanumeric() || b"_-./:".contains(it));
        if is_word && signs == 0 {
            return;
        }
        // Commands in documents may have names in the places of scripts.
        let is_command = call.receiver == Receiver::Line;
        let is_certain = signs > 0 || !is_command && (!call.is_weak || arguments.len() > 1);
        self.put(expression, why, is_certain, Some(call.name));
    }

    fn put(&mut self, expression: Expression, why: Why, is_certain: bool, call: Option<&'static str>) {
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
        for found in &mut self.found {
            if found.expression.format.is_some() {
                continue;
            }
            let Some(name) = found.name else { continue };
            let text = tokens.text(name);
            let format = (0..tokens.len()).find_map(|at| {
                if at == name || !tokens.is_name(at) || tokens.text(at) != text {
                    return None;
                }
                let method = |name: &str| tokens.is(at + 1, ".") && tokens.is(at + 2, name) && tokens.is(at + 3, "(");
                if tokens.is(at + 1, "%") && !tokens.is(at + 2, "=") && tokens.syntax().plus.contains(&"+") {
                    let end = tokens.skip_operand(at + 2);
                    return Some((Format::Percent, tokens.percent_arguments(at + 2, end)));
                }
                if method("format") {
                    return Some((Format::Braces, tokens.format_arguments(at + 3, 0)));
                }
                if method("formatted") {
                    return Some((Format::Percent, tokens.format_arguments(at + 3, 0)));
                }
                let open =
                    tokens.parent(at).filter(|&open| tokens.is(open, "(") && open + 1 == tokens.operand_start(at))?;
                let callee = open.checked_sub(1)?;
                if tokens.is(callee, "Prepare") {
                    return Some((Format::At, Arguments::default()));
                }
                let is_format = tokens.is(callee, "Sprintf")
                    || tokens.is(callee, "sprintf")
                    || (tokens.is(callee, "format") && tokens.is(callee.saturating_sub(2), "String"));
                is_format.then(|| (Format::Percent, tokens.format_arguments(open, 1)))
            });
            let direct = found.call == Some("Prepare");
            let format = if direct { Some((Format::At, Arguments::default())) } else { format };
            if let Some((format, arguments)) = format {
                tokens.fill(&mut found.expression, format, &arguments);
            }
        }
    }
}
