//! Keys and arguments of calls, by their bindings.

use text::TextRange;

use crate::{
    bindings::{Binding, List},
    call_reader::CallReader,
    calls::{named, text_index},
    names::Value,
    script_call::Count,
    words::{Given, Item, Items, Spread, Words},
};

/// Keys and arguments of a call.
pub(crate) struct Shape {
    pub count: Option<Count>,
    pub total: Given,
    pub keys: Words,
    pub args: Words,
}

/// The words of a call, and what tells keys from arguments.
#[derive(Clone, Debug)]
pub(crate) enum Layout {
    /// A count of keys before all words; its tokens, or none if there are no keys.
    Counted { count: Option<(usize, usize)>, words: Items },
    /// Keys and arguments apart.
    Listed { keys: Items, args: Items },
}

impl CallReader<'_> {
    /// Keys and arguments by a binding; none if the call has others, or takes a script without running it.
    pub(crate) fn layout(&self, row: &Binding, arguments: &[(usize, usize)], end: usize) -> Option<Layout> {
        let tokens = self.tokens;
        let nth = |nth: u8| arguments.get(usize::from(nth).checked_sub(1)?).copied();
        let at_end = tokens.range(end.saturating_sub(1)).start;
        let is_list = |at: usize| ["[", "{"].iter().any(|it| tokens.is(at, it)) || self.reader.is_list(at);
        if row.properties.is_some() {
            let range = TextRange::at(at_end);
            return Some(Layout::Listed { keys: Items::unknown(range), args: Items::unknown(range) });
        }
        if let Some(place) = row.count {
            if let Some(words) = row.words {
                // phpredis: a list of words, and the number of keys among them.
                let given = nth(words);
                if given.is_some_and(|(start, _)| !is_list(start)) {
                    return None;
                }
                let words = given.map_or_else(|| Items::none(at_end), |(start, end)| self.reader.list(start, end));
                return Some(Layout::Counted { count: nth(place), words });
            }
            let (start, stop) = nth(place)?;
            if is_list(start) {
                return None;
            }
            let rest = &arguments[usize::from(place)..];
            let has_names = rest.iter().any(|&(start, _)| tokens.is_name(start) && tokens.is(start + 1, "="));
            if has_names && !tokens.syntax().has_commands {
                return None;
            }
            let words = self.reader.rest(rest, self.spread(row), at_end);
            return Some(Layout::Counted { count: Some((start, stop)), words });
        }
        let script = row.script.as_ref().and_then(|_| text_index(tokens, arguments)).map_or(0, |at| at + 1);
        let list = |place: &List, at: Option<u8>| -> Option<Items> {
            match place {
                List::Unknown { .. } => Some(Items::unknown(TextRange::at(at_end))),
                List::Nth(it) => Some(match nth(*it) {
                    Some((start, end)) if row.single && !is_list(start) => self.reader.one_or_list(start, end),
                    Some((start, end)) => self.reader.list(start, end),
                    None => Items::none(at_end),
                }),
                List::After { after } => {
                    let (start, end) = *arguments.get(script + usize::from(*after) - 1)?;
                    Some(self.reader.list(start, end))
                }
                List::Rest { rest } => {
                    let from = usize::from(*rest).saturating_sub(1).min(arguments.len());
                    Some(self.reader.rest(&arguments[from..], self.spread(row), at_end))
                }
                List::RestAfter { rest_after } => {
                    let from = (script + usize::from(*rest_after) - 1).min(arguments.len());
                    Some(self.reader.rest(&arguments[from..], self.spread(row), at_end))
                }
                List::Name(name) => {
                    let from = usize::from(row.object.map_or(1, |it| it.saturating_sub(1)));
                    let within = arguments.get(from.min(arguments.len())..).unwrap_or_default();
                    let within = if row.object.is_some() || row.script.is_some() || row.sha.is_some() {
                        within
                    } else {
                        arguments
                    };
                    if let Some((start, end)) = named(tokens, within, name) {
                        return Some(self.reader.list(start, end));
                    }
                    let by_place = at.and_then(nth).filter(|&(start, _)| {
                        !(tokens.is_name(start) && (tokens.is(start + 1, "=") || tokens.is(start + 1, ":")))
                    });
                    if let Some((start, end)) = by_place {
                        return Some(self.reader.list(start, end));
                    }
                    // An object by name, or with others spread into it.
                    let is_open = within.iter().any(|&(start, end)| {
                        let is_object = tokens.is(start, "{");
                        let spreads =
                            (start..end).any(|at| tokens.is(at, "*") || tokens.is(at, ".") && tokens.is(at + 1, "."));
                        (row.object.is_some() && !is_object) || spreads
                    });
                    // `{ keys }`
                    let mut inner = within.iter().flat_map(|&(start, end)| start..end);
                    if let Some(at) = inner.find(|&at| tokens.is(at, name)) {
                        let is_short = ["{", ","].iter().any(|it| at > 0 && tokens.is(at - 1, it))
                            && ["}", ","].iter().any(|it| tokens.is(at + 1, it));
                        let range = TextRange::at(at_end);
                        return Some(if is_short { self.reader.list(at, at + 1) } else { Items::unknown(range) });
                    }
                    Some(if is_open { Items::unknown(TextRange::at(at_end)) } else { Items::none(at_end) })
                }
            }
        };
        if let Some(object) = row.object
            && let Some((start, _)) = nth(object)
            && !tokens.is(start, "{")
            && (!tokens.is_name(start) || self.reader.is_list(start))
        {
            return None;
        }
        // What runs a script object takes keys always.
        if let Some(List::Nth(it)) = &row.keys
            && row.script.is_none()
            && row.sha.is_none()
            && row.function.is_none()
            && nth(*it).is_none()
        {
            return None;
        }
        if let Some(List::Nth(it)) = &row.keys
            && let Some((start, end)) = nth(*it)
            && !row.single
            && !is_list(start)
            && (row.sure || tokens.path(start, end).is_none_or(|name| self.reader.has_scalar_type(name)))
            && !self.reader.is_nothing(start)
        {
            return None;
        }
        let keys = list(row.keys.as_ref()?, row.keys_at)?;
        let args = match &row.args {
            Some(place) => list(place, row.args_at)?,
            None => Items::none(at_end),
        };
        Some(Layout::Listed { keys, args })
    }

    /// Keys and arguments of a layout.
    pub(crate) fn shape(&self, layout: &Layout) -> Shape {
        match layout {
            Layout::Listed { keys, args } => Shape::listed(keys.words(), args.words()),
            Layout::Counted { count: None, words } => {
                let range = TextRange::at(words.range.end);
                split(words.words(), Count::of(0, range))
            }
            Layout::Counted { count: Some((start, end)), words } => {
                // `len(keys), *keys, …`
                if let [Item::List(list), rest @ ..] = &words.items[..]
                    && let Some(measured) = self.measured(*start, *end)
                    && measured.slice(self.tokens.source) == list.slice(self.tokens.source)
                {
                    let range = rest_range(rest, words.range);
                    let args = Items { range, items: rest.to_vec() };
                    let count = Some(self.count(*start, *end));
                    return Shape { count, ..Shape::listed(Words::unknown(*list), args.words()) };
                }
                split(words.words(), self.count(*start, *end))
            }
        }
    }

    /// The name of the list whose length the tokens `start..end` are: `len(keys)`, `keys.length`, `count($keys)`, `#keys`.
    pub(crate) fn measured(&self, start: usize, end: usize) -> Option<TextRange> {
        let tokens = self.tokens;
        let name = |start: usize, end: usize| tokens.path(start, end).map(|_| tokens.span(start, end));
        if tokens.is(start, "#") {
            return name(start + 1, end);
        }
        let is = |at: usize, words: &[&str]| words.iter().any(|it| tokens.is(at, it));
        let (mut start, mut end) = (start, end);
        // In a conversion to text: `String(keys.length)`, `strconv.Itoa(len(keys))`.
        if let Some(open) = (start..end).find(|&it| tokens.is(it, "(")).filter(|&it| tokens.after(it) == end)
            && open > start
            && is(open - 1, &["String", "Itoa", "str", "Number", "int"])
        {
            (start, end) = (open + 1, end - 1);
        }
        let open = (start..end).find(|&it| tokens.is(it, "("));
        match open {
            Some(open) if open == start + 1 && is(start, &["len", "count", "sizeof"]) && tokens.after(open) == end => {
                name(open + 1, end - 1)
            }
            Some(open)
                if open + 2 == end
                    && open >= start + 3
                    && is(open - 1, &["size", "len", "length", "Count", "count"]) =>
            {
                name(start, open - 2)
            }
            None if end >= start + 3 && is(end - 1, &["length", "size", "Length", "Count", "count", "Size"]) => {
                name(start, end - 2)
            }
            _ => None,
        }
    }

    pub(crate) fn count(&self, start: usize, end: usize) -> Count {
        let text = self.reader.text(start, end);
        let number =
            text.as_deref().and_then(|it| std::str::from_utf8(it).ok()).and_then(|it| it.trim_ascii_end().parse().ok());
        let is_negative = end == start + 2 && self.tokens.is(start, "-") && self.tokens.is_number(start + 1);
        let negative = || {
            is_negative
                .then(|| std::str::from_utf8(self.tokens.text(start + 1)).ok()?.parse::<i64>().ok().map(|it| -it))?
        };
        let number = number
            .or_else(negative)
            .or_else(|| self.constant_number(start, end))
            .or_else(|| self.length(start, end).map(i64::from));
        let is_text = text.is_some() && number.is_none();
        let stands_there = end == start + 1 && self.tokens.is_number(start);
        Count { range: self.tokens.span(start, end), number, is_text, stands_there }
    }

    /// The length that is measured by the tokens `start..end`, of a list that is known.
    fn length(&self, start: usize, end: usize) -> Option<u32> {
        let list = self.measured(start, end)?;
        let first = (start..end).find(|&it| self.tokens.range(it).start == list.start)?;
        let last = (first..end).find(|&it| self.tokens.range(it).end == list.end)?;
        match self.reader.list(first, last + 1).words().given {
            Given::Exactly(count) => Some(count),
            _ => None,
        }
    }

    /// The number that a name has.
    pub(crate) fn constant_number(&self, start: usize, end: usize) -> Option<i64> {
        let name = self.tokens.path(start, end)?;
        let Value::At(value) = self.names.follow(name) else { return None };
        let is_alone = self.tokens.expression_end(value) == value + 1;
        (is_alone && self.tokens.is_number(value))
            .then(|| std::str::from_utf8(self.tokens.text(value)).ok()?.parse().ok())?
    }

    /// Words of a command of the shell: one without quotes whose value is not known may be several or none.
    pub(crate) fn shell_words(&self, words: &[(usize, usize)], at_end: u32) -> Items {
        let mut all = self.reader.rest(words, Spread::None, at_end);
        let source = self.tokens.source;
        let is_open = words.iter().any(|&(start, end)| {
            let text = self.tokens.span(start, end).slice(source);
            text.contains(&b'$') && !text.starts_with(b"\"")
                || text.contains(&b'*')
                || text.starts_with(b"\"$@")
                || text.contains(&b'`')
        });
        // Where the unknown ones stand cannot be told.
        if is_open {
            all.items = vec![Item::List(all.range)];
        }
        all
    }

    pub(crate) fn spread(&self, row: &Binding) -> Spread {
        match row.flattens {
            true => Spread::All,
            false if matches!(self.tokens.language.name(), "Go" | "Java" | "Kotlin" | "C#") => Spread::Sole,
            false => Spread::None,
        }
    }

    /// The arguments without a function at their end.
    pub(crate) fn without_callback<'b>(&self, arguments: &'b [(usize, usize)]) -> &'b [(usize, usize)] {
        let tokens = self.tokens;
        let is_function = |&(start, end): &(usize, usize)| {
            tokens.is(start, "function")
                || tokens.is(start, "async")
                || (start..end)
                    .any(|at| tokens.is(at, "=") && tokens.is(at + 1, ">") && tokens.parent(at) == tokens.parent(start))
        };
        match arguments.split_last() {
            Some((last, rest)) if tokens.language.bindings().call.iter().any(|it| it.flattens) && is_function(last) => {
                rest
            }
            _ => arguments,
        }
    }
}

impl Shape {
    pub(crate) fn listed(keys: Words, args: Words) -> Self {
        let total = match (keys.given, args.given) {
            (Given::Exactly(a), Given::Exactly(b)) => Given::Exactly(a + b),
            _ => Given::Unknown,
        };
        Self { count: None, total, keys, args }
    }
}

/// The place of words; the end of `all` if there are none.
pub(crate) fn rest_range(items: &[Item], all: TextRange) -> TextRange {
    let range = |item: &Item| match item {
        Item::Word(word) | Item::Either(word) => word.range,
        Item::List(range) => *range,
    };
    items.iter().map(range).reduce(TextRange::cover).unwrap_or(TextRange::at(all.end))
}

/// Words with a count before them as keys and arguments.
pub(crate) fn split(all: Words, count: Count) -> Shape {
    let total = all.given;
    let Some(number) = count.number.and_then(|it| u32::try_from(it).ok()) else {
        let unknown = Words::unknown(all.range);
        return Shape { count: Some(count), total, keys: unknown.clone(), args: unknown };
    };
    let cut = (number as usize).min(all.words.len());
    let (keys, args) = all.words.split_at(cut);
    let range = |words: &[crate::words::Word]| {
        words.iter().map(|it| it.range).reduce(TextRange::cover).unwrap_or(TextRange::at(all.range.end))
    };
    let given = match total {
        Given::Exactly(it) => Given::Exactly(it.saturating_sub(number)),
        Given::AtLeast(it) => Given::AtLeast(it.saturating_sub(number)),
        Given::Unknown => Given::Unknown,
    };
    let known = if matches!(total, Given::Exactly(_)) { args } else { &[] };
    Shape {
        count: Some(count),
        total,
        keys: Words { range: range(keys), given: Given::Exactly(number), words: keys.to_vec() },
        args: Words { range: range(args), given, words: known.to_vec() },
    }
}
