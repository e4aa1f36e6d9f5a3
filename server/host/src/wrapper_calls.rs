//! Calls of functions that pass their parameters on to a script: what they run, with which keys and arguments.

use text::TextRange;

use crate::{
    call_reader::CallReader,
    calls::arguments_of,
    names::{Meaning, is_member},
    parameters::{Argument, Parameter, given, is_method, parameters},
    readings::By,
    script_call::{Count, Runs, ScriptCall},
    shapes::{Layout, Shape, rest_range, split},
    words::{Item, Items, Spread, Word},
    wrappers::{Counted, Piece, Pieces, Ran, Wrapper},
};

impl CallReader<'_> {
    /// The calls of a wrapper in the file.
    pub(crate) fn calls_of(&self, function: usize, wrapper: &Wrapper) -> Vec<ScriptCall> {
        let (tokens, scopes) = (self.tokens, self.names.scopes());
        let definition = scopes.function(function);
        let Some(name) = definition.name else { return Vec::new() };
        // Of several functions with one name it is not told which is called.
        if scopes.named(tokens, tokens.text(name)).count() != 1 {
            return Vec::new();
        }
        let parameters = parameters(tokens, definition);
        let is_method = is_method(tokens, definition);
        let mentions = self.reader.mentions(tokens.text(name)).iter().copied();
        let mut found = Vec::new();
        for at in mentions.filter(|&at| at != name) {
            let is_member = is_member(tokens, at);
            let is_own = is_member
                && ["self", "this", "$this", "cls", "Self"].iter().any(|it| tokens.is(receiver(self, at), it));
            // Another declaration with the name, or another thing that has it there.
            let is_declared = at > 0
                && !is_member
                && tokens.is_name(at - 1)
                && !tokens.begins_line(at)
                && !["return", "await", "new", "else"].iter().any(|it| tokens.is(at - 1, it));
            let means_other = !is_member
                && !matches!(self.names.meaning(at), Meaning::Unknown)
                && !matches!(self.names.meaning(at), Meaning::Declared(it) if it.name == name);
            if is_declared || means_other || is_method.is_some_and(|it| it != is_member) {
                continue;
            }
            let Some((arguments, end)) = arguments_of(tokens, at).filter(|it| self.is_closed(it.1)) else { continue };
            let given = given(tokens, &parameters, self.without_callback(&arguments));
            let Some((what, runs)) = self.ran(&wrapper.ran, at, &given) else { continue };
            let is_certain = match runs {
                Runs::Embedded(_) | Runs::File { .. } => {
                    is_own || !is_member || matches!(wrapper.ran, Ran::Parameter(..))
                }
                Runs::Unknown => false,
                _ => !wrapper.is_weak && (is_own || !is_member),
            };
            if is_certain {
                let shape = self.applied(wrapper, &parameters, &given, end);
                found.push(self.site(at, end, (what, runs), wrapper.is_read_only, shape));
            }
        }
        found
    }

    /// The script that a call of a wrapper runs.
    fn ran(&self, ran: &Ran, name: usize, given: &[Argument]) -> Option<(TextRange, Runs)> {
        let (place, by) = match ran {
            Ran::Own(runs) => return Some((self.tokens.range(name), runs.clone())),
            Ran::Parameter(place, by) => (*place, *by),
        };
        let Argument::Given(start, end) = *given.get(place)? else { return None };
        let runs = match by {
            By::Text | By::Object => self.target(start, end, 0),
            By::Sha => match self.sha(start, end) {
                Runs::Unknown => self.target(start, end, 0),
                found => found,
            },
            By::Function => self.function(start, end),
        };
        Some((self.tokens.span(start, end), runs))
    }

    /// Keys and arguments of a call of a wrapper.
    fn applied(&self, wrapper: &Wrapper, parameters: &[Parameter], given: &[Argument], end: usize) -> Shape {
        let at_end = self.tokens.range(end.saturating_sub(1)).start;
        let items = |pieces: &[Piece]| {
            let mut items: Vec<Item> =
                pieces.iter().flat_map(|it| self.piece(it, parameters, given, wrapper.spread, at_end)).collect();
            // A list that stands alone is taken apart.
            if wrapper.spread == Spread::Sole
                && let [Item::Word(word)] = &items[..]
                && word.text.is_none()
                && !matches!(pieces, [Piece::Own(_)])
            {
                items = vec![Item::List(word.range)];
            }
            Items { range: rest_range(&items, TextRange::at(at_end)), items }
        };
        match &wrapper.pieces {
            Pieces::Listed { keys, args } => {
                // Keys are a list of their own.
                let sole = |pieces: &[Piece]| matches!(pieces, [Piece::Elements(_)]);
                let keys = match sole(keys) {
                    true => {
                        let items: Vec<Item> = keys
                            .iter()
                            .flat_map(|it| self.piece(it, parameters, given, Spread::None, at_end))
                            .collect();
                        Items { range: rest_range(&items, TextRange::at(at_end)), items }
                    }
                    false => items(keys),
                };
                Shape::listed(keys.words(), items(args).words())
            }
            Pieces::Counted { count, words } => {
                let words = items(words);
                let count = match *count {
                    Counted::Number(number) => {
                        let range = TextRange::at(at_end);
                        let shape = split(words.words(), Count::of(number, range));
                        return Shape { count: None, ..shape };
                    }
                    Counted::Parameter(place) => match given.get(place) {
                        // A parameter without a type may be a list of keys, and the next one that of arguments.
                        Some(&Argument::Given(start, end)) if self.reader.is_list(start) => {
                            let args = match &wrapper.pieces {
                                Pieces::Counted { words, .. }
                                    if let [Piece::Word(place) | Piece::Elements(place)] = words[..] =>
                                {
                                    self.piece(&Piece::Elements(place), parameters, given, Spread::None, at_end)
                                }
                                _ => vec![Item::List(words.range)],
                            };
                            let range = rest_range(&args, TextRange::at(at_end));
                            let keys = self.reader.list(start, end);
                            return Shape::listed(keys.words(), Items { range, items: args }.words());
                        }
                        Some(&Argument::Given(start, end)) => (start, end),
                        _ => {
                            return Shape::listed(
                                Items::unknown(words.range).words(),
                                Items::unknown(words.range).words(),
                            );
                        }
                    },
                };
                self.shape(&Layout::Counted { count: Some(count), words })
            }
        }
    }

    /// The words that a piece is in a call.
    fn piece(
        &self,
        piece: &Piece,
        parameters: &[Parameter],
        given: &[Argument],
        spread: Spread,
        at_end: u32,
    ) -> Vec<Item> {
        let at = TextRange::at(at_end);
        let (place, is_list) = match piece {
            // The wrapper's own words have no place in the call.
            Piece::Own(Item::Word(word)) => return vec![Item::Word(Word { range: at, ..word.clone() })],
            Piece::Own(Item::Either(word)) => return vec![Item::Either(Word { range: at, ..word.clone() })],
            Piece::Own(Item::List(_)) => return vec![Item::List(at)],
            Piece::Word(place) => (*place, false),
            Piece::Elements(place) => (*place, true),
        };
        let of_list = |start: usize, end: usize| {
            if is_list {
                self.reader.list(start, end).items
            } else {
                self.words_of(&[(start, end)], each(spread), at_end).items
            }
        };
        match given.get(place) {
            Some(&Argument::Given(start, end)) => of_list(start, end),
            Some(Argument::Rest(all)) => self.words_of(all, each(spread), at_end).items,
            Some(Argument::Missing) => match parameters.get(place).and_then(|it| it.default) {
                Some((start, end)) => of_list(start, end),
                None => vec![Item::List(at)],
            },
            Some(Argument::Unknown) | None => vec![Item::List(at)],
        }
    }
}

/// The lists that a client takes apart among several words.
fn each(spread: Spread) -> Spread {
    if spread == Spread::All { Spread::All } else { Spread::None }
}

/// The token before the point, arrow or colons of a member.
fn receiver(reader: &CallReader<'_>, member: usize) -> usize {
    let is_short = reader.tokens.is(member.saturating_sub(1), ".") && !reader.tokens.is(member.saturating_sub(2), "?");
    member.saturating_sub(if is_short { 2 } else { 3 })
}
