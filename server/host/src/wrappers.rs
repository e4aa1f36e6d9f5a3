//! Functions of a program that pass their parameters on to a call of a script: calls of them are calls of the script.
//!
//! ```python
//! def run(script, keys, args):
//!     return r.eval(script, len(keys), *keys, *args)
//! ```

use std::collections::{HashMap, hash_map::Entry};

use text::TextRange;

use crate::{
    call_reader::CallReader,
    names::{Meaning, is_member},
    parameters::parameters,
    readings::{By, Reading},
    script_call::{Runs, ScriptCall},
    shapes::Layout,
    words::{Item, Items, Spread},
};

/// The script or function that a wrapper runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Ran {
    /// A script of its own.
    Own(Runs),
    /// That of a parameter.
    Parameter(usize, By),
}

/// A part of the words that a wrapper gives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Piece {
    /// A word, or a list that is not known, of the wrapper's own.
    Own(Item),
    /// A parameter as a word.
    Word(usize),
    /// The elements of a parameter.
    Elements(usize),
}

/// The words that a wrapper gives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Pieces {
    Listed { keys: Vec<Piece>, args: Vec<Piece> },
    Counted { count: Counted, words: Vec<Piece> },
}

/// The count of keys of a wrapper.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Counted {
    Number(i64),
    Parameter(usize),
}

/// A function that passes its parameters on to a call of a script.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Wrapper {
    pub ran: Ran,
    pub pieces: Pieces,
    pub spread: Spread,
    pub is_weak: bool,
    pub is_read_only: bool,
}

impl Pieces {
    fn unknown() -> Self {
        let unknown = || vec![Piece::Own(Item::List(TextRange::default()))];
        Self::Listed { keys: unknown(), args: unknown() }
    }
}

impl Wrapper {
    /// One of two calls in a function, if they say the same; of a script and its SHA1 the script.
    fn merged(self, other: Self) -> Option<Self> {
        let is_same = self.pieces == other.pieces && self.is_read_only == other.is_read_only;
        let is_own = matches!((&self.ran, &other.ran), (Ran::Own(_), _) | (_, Ran::Own(_)));
        let is_sha = |it: &Self| matches!(it.ran, Ran::Parameter(_, By::Sha));
        match (is_sha(&self), is_sha(&other)) {
            _ if !is_same && (is_own || self.is_read_only != other.is_read_only) => None,
            _ if !is_same => Some(Self { pieces: Pieces::unknown(), ..self }),
            (true, false) => Some(other),
            (false, true) => Some(self),
            _ if self.ran == other.ran => Some(self),
            _ => None,
        }
    }
}

impl CallReader<'_> {
    /// The parameter that a name is: index of its function, and its place among the parameters.
    pub(crate) fn parameter(&self, name: usize) -> Option<(usize, usize)> {
        if is_member(self.tokens, name) {
            return None;
        }
        let Meaning::Parameter(at) = self.names.meaning(name) else { return None };
        let function = self.names.scopes().function(at);
        let text = self.tokens.text(name);
        let place = parameters(self.tokens, function).iter().position(|it| self.tokens.text(it.name) == text)?;
        (!function.is_loop).then_some((at, place))
    }

    /// Calls of functions that pass their parameters on to one of `readings`, and the called names of those whose script is such a
    /// parameter.
    pub(crate) fn wrapped(&self, readings: &[(Reading, Runs)]) -> (Vec<ScriptCall>, Vec<TextRange>) {
        // Of several calls in one function, as `evalsha` with `eval` behind NOSCRIPT, all must say the same.
        let mut wrappers: HashMap<usize, Option<Wrapper>> = HashMap::new();
        let mut passed = Vec::new();
        for (reading, runs) in readings {
            let Some((function, wrapper)) = self.wrapper(reading, runs) else { continue };
            if matches!(wrapper.ran, Ran::Parameter(..)) {
                passed.push(self.tokens.range(reading.name));
            }
            match wrappers.entry(function) {
                Entry::Vacant(entry) => drop(entry.insert(Some(wrapper))),
                Entry::Occupied(mut entry) => {
                    let known = entry.get_mut();
                    *known = known.take().and_then(|it| it.merged(wrapper));
                }
            }
        }
        let calls =
            wrappers.into_iter().filter_map(|(at, it)| Some((at, it?))).flat_map(|(at, it)| self.calls_of(at, &it));
        (calls.collect(), passed)
    }

    /// The function around a call that passes parameters on to it.
    fn wrapper(&self, reading: &Reading, runs: &Runs) -> Option<(usize, Wrapper)> {
        let (start, end) = reading.what;
        let by_parameter = match reading.by {
            // `script.sha`
            By::Sha => self.tokens.is_name(start).then(|| self.parameter(start)).flatten(),
            _ => self.tokens.path(start, end).and_then(|it| self.parameter(it)),
        };
        let function = match by_parameter {
            Some((function, _)) => function,
            None if matches!(runs, Runs::Unknown | Runs::Name { .. }) => return None,
            None => self.names.scopes().functions_around(reading.name).next()?,
        };
        let definition = self.names.scopes().function(function);
        definition.name?;
        let pieces = match &reading.layout {
            Layout::Listed { keys, args } => {
                Pieces::Listed { keys: self.pieces(function, keys), args: self.pieces(function, args) }
            }
            Layout::Counted { count, words } => self.counted(function, *count, words)?,
        };
        let all = match &pieces {
            Pieces::Listed { keys, args } => keys.iter().chain(args),
            Pieces::Counted { words, .. } => words.iter().chain(&[]),
        };
        // Of a script of its own the call in it tells all, but for lists.
        let has_lists = all.into_iter().any(|it| matches!(it, Piece::Elements(_)));
        let ran = match by_parameter {
            Some((_, place)) => Ran::Parameter(place, reading.by),
            None if has_lists => Ran::Own(runs.clone()),
            None => return None,
        };
        let (is_weak, is_read_only) = (reading.is_weak, reading.is_read_only);
        // What else is done with the script is not seen.
        let is_only_run = by_parameter.is_none() || self.is_only_run(start, definition.body);
        let pieces = if is_only_run { pieces } else { Pieces::unknown() };
        Some((function, Wrapper { ran, pieces, spread: reading.spread, is_weak, is_read_only }))
    }

    /// True if nothing but calls of clients is done with the parameter at a token.
    fn is_only_run(&self, name: usize, body: (usize, usize)) -> bool {
        let next = |at: usize, text: &str| self.tokens.is(at + 1, text);
        // `script(keys=keys)`, `script.sha`.
        let is_called = |at: usize| (next(at, "(") || next(at, ".") || next(at, "-")) && !is_member(self.tokens, at);
        let inner =
            self.reader.mentions(self.tokens.text(name)).iter().copied().filter(|it| (body.0..body.1).contains(it));
        inner.into_iter().all(|at| is_called(at) || self.reader.is_read(at))
    }

    /// The words behind a count; none if the count is something else than a number, a parameter or the length of the first list.
    fn counted(&self, function: usize, count: Option<(usize, usize)>, words: &Items) -> Option<Pieces> {
        let all = self.pieces(function, words);
        let Some((start, end)) = count else { return Some(Pieces::Counted { count: Counted::Number(0), words: all }) };
        if let [Item::List(list), ..] = &words.items[..]
            && let Some(measured) = self.measured(start, end)
            && measured.slice(self.tokens.source) == list.slice(self.tokens.source)
        {
            let (keys, args) = all.split_at(1);
            return Some(Pieces::Listed { keys: keys.to_vec(), args: args.to_vec() });
        }
        let parameter = self.tokens.path(start, end).and_then(|it| self.parameter(it)).filter(|it| it.0 == function);
        let count = match parameter {
            Some((_, place)) => Counted::Parameter(place),
            None => Counted::Number(self.count(start, end).number?),
        };
        Some(Pieces::Counted { count, words: all })
    }

    fn pieces(&self, function: usize, items: &Items) -> Vec<Piece> {
        let definition = self.names.scopes().function(function);
        let of = |range: TextRange| {
            let tokens = self.tokens;
            let start = tokens.lexed.tokens.binary_search_by_key(&range.start, |it| it.range.start).ok()?;
            let end = (start..tokens.len()).find(|&it| tokens.range(it).end >= range.end)? + 1;
            let name = tokens.path(start, end)?;
            let (of, place) = self.parameter(name)?;
            (of == function && self.reader.is_kept(name, definition.body)).then_some(place)
        };
        let parameters = parameters(self.tokens, definition);
        let piece = |item: &Item| match item {
            Item::List(range) => of(*range).map(Piece::Elements),
            Item::Word(word) | Item::Either(word) => of(word.range).map(|place| {
                // Java passes an array of variable arguments on by its name.
                if parameters.get(place).is_some_and(|it| it.is_variadic) {
                    Piece::Elements(place)
                } else {
                    Piece::Word(place)
                }
            }),
        };
        items.items.iter().map(|item| piece(item).unwrap_or_else(|| Piece::Own(item.clone()))).collect()
    }
}
