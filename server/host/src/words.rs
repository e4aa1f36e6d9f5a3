//! Keys and arguments that a call gives: lists, rests of arguments, words behind a count.

use std::{cell::OnceCell, collections::HashSet};

use text::TextRange;

use crate::{
    names::{Names, Value, is_member},
    parts::{self, PartKind},
    tokens::Tokens,
};

/// Number of words that a call gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Given {
    /// So many.
    Exactly(u32),
    /// So many, or more.
    AtLeast(u32),
    /// Nothing in the file tells.
    Unknown,
}

/// Keys or arguments of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Words {
    /// Their place in the file; that of the call's end if there are none.
    pub range: TextRange,
    /// Their number.
    pub given: Given,
    /// Those that are known, in order.
    pub words: Vec<Word>,
}

/// A key or an argument.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Word {
    /// Its place in the file.
    pub range: TextRange,
    /// Its text, if it is a string or a number.
    pub text: Option<Vec<u8>>,
    /// True if it is made of strings that stand side by side: a comma may be missing.
    pub is_joined: bool,
}

impl Words {
    pub(crate) const fn unknown(range: TextRange) -> Self {
        Self { range, given: Given::Unknown, words: Vec::new() }
    }

    /// No words, at a place.
    pub(crate) const fn none(at: u32) -> Self {
        Self { range: TextRange::at(at), given: Given::Exactly(0), words: Vec::new() }
    }
}

/// Lists that a client takes apart among the words of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Spread {
    /// None.
    None,
    /// One that is the only argument (variadic functions of Java, go-redis).
    Sole,
    /// All (ioredis, redis-client, redis-rs).
    All,
}

/// Functions that make a list of their arguments.
const LISTS: &[&str] = &[
    "asList",
    "of",
    "singletonList",
    "singleton",
    "listOf",
    "arrayOf",
    "array",
    "mutableListOf",
    "emptyList",
    "vec",
    "list",
    "tuple",
];

/// Words for no list.
const NOTHING: &[&str] = &["nil", "null", "None", "undefined", "NULL"];

/// Methods that change a list.
const CHANGES: &[&str] = &[
    "append", "push", "add", "addAll", "extend", "insert", "unshift", "concat", "splice", "pop", "shift", "remove",
    "Add", "AddRange", "clear",
];

/// Functions and methods whose values are no lists.
const SCALARS: &[&str] = &[
    "String",
    "Number",
    "toString",
    "stringify",
    "now",
    "to_s",
    "to_i",
    "to_json",
    "length",
    "size",
    "join",
    "floor",
    "parseInt",
    "getTime",
    "valueOf",
];

/// Reads the words of calls.
pub(crate) struct WordReader<'a> {
    pub tokens: &'a Tokens<'a>,
    pub names: &'a Names<'a>,
    /// Names of lists that the file changes, found when they are first asked for.
    pub changed: OnceCell<HashSet<&'a [u8]>>,
}

impl WordReader<'_> {
    /// The words of a list that the tokens `start..end` are.
    pub(crate) fn list(&self, start: usize, end: usize) -> Words {
        let tokens = self.tokens;
        let range = tokens.span(start, end);
        if end == start + 1 && NOTHING.iter().any(|it| tokens.is(start, it)) {
            return Words { range, given: Given::Exactly(0), words: Vec::new() };
        }
        if let Some(open) = self.bracket(start, end) {
            let elements = tokens.arguments(open);
            return Words { range, ..self.all(&elements, false) };
        }
        // A variable that is a list, and that nothing changes.
        let name = tokens.path(start, end).filter(|&it| it + 1 == end);
        if let Some(name) = name
            && let Value::At(value) = self.names.follow(name)
            && !self.is_changed(tokens.text(name))
        {
            let end = self.tokens.expression_end(value);
            if let Some(open) = self.bracket(value, end) {
                return Words { range, ..self.all(&tokens.arguments(open), false) };
            }
        }
        Words::unknown(range)
    }

    /// The words that arguments are.
    pub(crate) fn rest(&self, arguments: &[(usize, usize)], spread: Spread, end: u32) -> Words {
        let (Some(first), Some(last)) = (arguments.first(), arguments.last()) else { return Words::none(end) };
        let range = self.tokens.span(first.0, last.1);
        if spread == Spread::Sole
            && let [(start, end)] = *arguments
        {
            let Some(open) = self.bracket(start, end) else {
                let words = self.all(arguments, false);
                let is_scalar = words.words.iter().all(|it| it.text.is_some()) || self.is_scalar(start, end);
                return if is_scalar { Words { range, ..words } } else { Words::unknown(range) };
            };
            return Words { range, ..self.all(&self.tokens.arguments(open), false) };
        }
        Words { range, ..self.all(arguments, spread == Spread::All) }
    }

    fn all(&self, arguments: &[(usize, usize)], flattens: bool) -> Words {
        let tokens = self.tokens;
        let mut is_open = false;
        let mut words = Vec::new();
        for &(start, end) in arguments {
            let is_spread = ["*", "."].iter().any(|it| tokens.is(start, it))
                || (end > start + 2 && tokens.is(end - 1, ".") && tokens.is(end - 2, "."))
                || (start..end).any(|at| tokens.is(at, "for"));
            if is_spread {
                is_open = true;
                continue;
            }
            let range = tokens.span(start, end);
            let text = self.text(start, end);
            is_open |= flattens && text.is_none() && !self.is_scalar(start, end);
            // What follows a spread list has no known place.
            if !is_open || flattens {
                let is_joined = end > start + 1 && (start + 1..end).all(|at| tokens.literal(at).is_some());
                words.push(Word { range, text, is_joined });
            }
        }
        let count = arguments.len() as u32;
        let known = words.len() as u32;
        let given = if is_open { Given::AtLeast(known.min(count)) } else { Given::Exactly(count) };
        Words { range: TextRange::default(), given, words }
    }

    /// The text of an expression that is one string or number.
    pub(crate) fn text(&self, start: usize, end: usize) -> Option<Vec<u8>> {
        let tokens = self.tokens;
        if end == start + 1 && tokens.is_number(start) {
            return Some(tokens.text(start).to_vec());
        }
        if tokens.syntax().has_commands && end == start + 1 && tokens.is_name(start) {
            return Some(tokens.text(start).to_vec());
        }
        let nth = tokens.literal(start).filter(|_| end == start + 1)?;
        let parts = parts::decode(tokens.source, tokens.lexed, nth);
        let has_holes = parts.iter().any(|it| matches!(it.kind, PartKind::Hole(_)));
        (!has_holes).then(|| parts.iter().flat_map(|it| it.text(tokens.source).iter().copied()).collect())
    }

    /// True for an expression that is certainly no list: a string, a number, a sum or a conversion.
    fn is_scalar(&self, start: usize, end: usize) -> bool {
        let tokens = self.tokens;
        let has_literal = (start..end).any(|at| {
            (tokens.literal(at).is_some() || tokens.is_number(at)) && tokens.parent(at) == tokens.parent(start)
        });
        let is_list = tokens.is(start, "[");
        let converts = (start..end).any(|at| {
            let is_scalar = tokens.is_name(at) && SCALARS.iter().any(|it| tokens.is(at, it));
            is_scalar && (tokens.is(at + 1, "(") || is_member(tokens, at)) && tokens.parent(at) == tokens.parent(start)
        });
        !is_list && (has_literal || converts)
    }

    /// True for a word that stands for no list.
    pub(crate) fn is_nothing(&self, at: usize) -> bool {
        NOTHING.iter().any(|it| self.tokens.is(at, it))
    }

    /// True if a list begins at a token.
    pub(crate) fn is_list(&self, at: usize) -> bool {
        let end = self.tokens.expression_end(at);
        self.bracket(at, end).is_some()
    }

    /// The bracket around the elements of a list that the tokens `start..end` are.
    fn bracket(&self, start: usize, end: usize) -> Option<usize> {
        let tokens = self.tokens;
        let closes = |at: usize| tokens.partner(at) == end.checked_sub(1) && at < end;
        let mut at = start;
        while ["&", "new", "await"].iter().any(|it| tokens.is(at, it)) {
            at += 1;
        }
        if (tokens.is(at, "[") || tokens.is(at, "(")) && closes(at) && end > at + 1 {
            return Some(at);
        }
        // `[]string{…}`, `new String[] {…}`, `new[] {…}`.
        let Some(brace) = (at..end).find(|&it| tokens.is(it, "{")) else { return self.list_call(at, end) };
        let is_type = (at..brace)
            .all(|it| tokens.is_name(it) || ["[", "]", ".", "<", ">", "?", "*"].iter().any(|text| tokens.is(it, text)));
        if closes(brace) && is_type && (at..brace).any(|it| tokens.is(it, "[")) {
            return Some(brace);
        }
        self.list_call(at, end)
    }

    /// The bracket of a call that makes a list: `Arrays.asList(…)`, `vec![…]`.
    fn list_call(&self, start: usize, end: usize) -> Option<usize> {
        let tokens = self.tokens;
        let open = (start..end).find(|&it| tokens.is(it, "(") || tokens.is(it, "["))?;
        let callee = open.checked_sub(1)?;
        let name = if tokens.is(callee, "!") { callee.checked_sub(1)? } else { callee };
        let makes_list = name >= start && LISTS.iter().any(|it| tokens.is(name, it));
        (makes_list && tokens.partner(open) == end.checked_sub(1)).then_some(open)
    }

    /// True if the file changes the list with a name.
    fn is_changed(&self, name: &[u8]) -> bool {
        let tokens = self.tokens;
        let changed = self.changed.get_or_init(|| {
            let is_change = |at: &usize| {
                tokens.is_name(*at)
                    && (tokens.is(at + 1, ".") && CHANGES.iter().any(|it| tokens.is(at + 2, it))
                        || tokens.is(at + 1, "[")
                        || tokens.is(at + 1, "+") && tokens.is(at + 2, "="))
            };
            (0..tokens.len()).filter(is_change).map(|at| tokens.text(at)).collect()
        });
        changed.contains(name)
    }
}
