//! Keys and arguments that a call gives: rests of arguments, words behind a count.

use std::{cell::OnceCell, collections::HashMap};

use text::TextRange;

use crate::{
    names::{Names, is_member},
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

/// A part of the words of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Item {
    /// One word.
    Word(Word),
    /// A value that is one word, or a list that the client takes apart.
    Either(Word),
    /// A list whose elements are words; its place in the file. It is not known.
    List(TextRange),
}

/// Words of a call, part by part.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Items {
    /// Their place in the file; that of the call's end if there are none.
    pub range: TextRange,
    pub items: Vec<Item>,
}

impl Words {
    pub(crate) const fn unknown(range: TextRange) -> Self {
        Self { range, given: Given::Unknown, words: Vec::new() }
    }
}

impl Items {
    pub(crate) fn unknown(range: TextRange) -> Self {
        Self { range, items: vec![Item::List(range)] }
    }

    /// No words, at a place.
    pub(crate) const fn none(at: u32) -> Self {
        Self { range: TextRange::at(at), items: Vec::new() }
    }

    /// The words, with their number.
    pub(crate) fn words(&self) -> Words {
        if let [Item::List(range)] = self.items[..]
            && range == self.range
        {
            return Words::unknown(range);
        }
        let mut words = Vec::new();
        let (mut known, mut is_open, mut has_list) = (0, false, false);
        for item in &self.items {
            match item {
                Item::List(_) => (is_open, has_list) = (true, true),
                Item::Either(word) | Item::Word(word) => {
                    known += 1;
                    is_open |= matches!(item, Item::Either(_));
                    // Behind a list no word has a known place.
                    if !has_list {
                        words.push(word.clone());
                    }
                }
            }
        }
        Words { range: self.range, given: if is_open { Given::AtLeast(known) } else { Given::Exactly(known) }, words }
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
    /// The tokens that are a name, found when they are first asked for.
    pub mentions: OnceCell<HashMap<&'a [u8], Vec<usize>>>,
}

impl WordReader<'_> {
    /// The words that arguments are.
    pub(crate) fn rest(&self, arguments: &[(usize, usize)], spread: Spread, end: u32) -> Items {
        let (Some(first), Some(last)) = (arguments.first(), arguments.last()) else { return Items::none(end) };
        let range = self.tokens.span(first.0, last.1);
        if spread == Spread::Sole
            && let [(start, end)] = *arguments
            && self.spread_list(start, end).is_none()
        {
            if self.bracket(start, end).is_some() {
                return Items { range, items: self.list(start, end).items };
            }
            let items = self.elements(arguments, Spread::None);
            let is_scalar =
                matches!(&items[..], [Item::Word(word)] if word.text.is_some() || self.is_scalar(start, end));
            return if is_scalar { Items { range, items } } else { Items::unknown(range) };
        }
        Items { range, items: self.elements(arguments, spread) }
    }

    /// The words that arguments, or the elements of a list, are.
    pub(crate) fn elements(&self, arguments: &[(usize, usize)], spread: Spread) -> Vec<Item> {
        let tokens = self.tokens;
        let mut items = Vec::new();
        for (nth, &(start, end)) in arguments.iter().enumerate() {
            let range = tokens.span(start, end);
            if let Some((start, end)) = self.spread_list(start, end) {
                items.extend(self.list(start, end).items);
                continue;
            }
            // A call of Lua that stands last gives all of its values.
            let is_open = (start..end).any(|at| tokens.is(at, "for"))
                || nth + 1 == arguments.len() && tokens.language.name() == "Lua" && self.gives_several(start, end);
            if is_open {
                items.push(Item::List(range));
                continue;
            }
            let text = self.text(start, end);
            let is_joined = end > start + 1 && (start + 1..end).all(|at| tokens.literal(at).is_some());
            let is_either = spread == Spread::All && text.is_none() && !self.is_scalar(start, end);
            let word = Word { range, text, is_joined };
            items.push(if is_either { Item::Either(word) } else { Item::Word(word) });
        }
        items
    }

    /// The list whose elements an argument stands for: `*keys`, `...keys`, `keys...`.
    fn spread_list(&self, start: usize, end: usize) -> Option<(usize, usize)> {
        let tokens = self.tokens;
        let dots = |at: usize| (0..3).all(|it| tokens.is(at + it, "."));
        match () {
            () if tokens.is(start, "*") => Some((start + 1, end)),
            () if dots(start) && end > start + 3 => Some((start + 3, end)),
            () if end > start + 3 && dots(end - 3) => Some((start, end - 3)),
            () => None,
        }
    }

    /// True for `f(…)` and `...` of Lua, but for functions that give one value.
    fn gives_several(&self, start: usize, end: usize) -> bool {
        const ONE: &[&str] = &[
            "tostring", "tonumber", "concat", "format", "sub", "lower", "upper", "rep", "now", "time", "encode",
            "floor",
        ];
        let tokens = self.tokens;
        let callee = tokens.partner(end - 1).filter(|&open| open > start).and_then(|open| open.checked_sub(1));
        tokens.is(end - 1, ".")
            || callee.is_some_and(|at| tokens.is_name(at) && !ONE.iter().any(|it| tokens.is(at, it)))
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
    pub(crate) fn is_scalar(&self, start: usize, end: usize) -> bool {
        let tokens = self.tokens;
        let has_literal = (start..end).any(|at| {
            (tokens.literal(at).is_some() || tokens.is_number(at)) && tokens.parent(at) == tokens.parent(start)
        });
        let is_list = tokens.is(start, "[");
        let converts = (start..end).any(|at| {
            let is_scalar = tokens.is_name(at) && SCALARS.iter().any(|it| tokens.is(at, it));
            is_scalar && (tokens.is(at + 1, "(") || is_member(tokens, at)) && tokens.parent(at) == tokens.parent(start)
        });
        let is_typed = || end == start + 1 && tokens.is_name(start) && self.has_scalar_type(start);
        !is_list && (has_literal || converts || is_typed())
    }
}
