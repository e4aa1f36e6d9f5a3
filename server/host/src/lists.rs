//! Lists of words: literals, names of them, concatenations.

use crate::{
    names::Meaning,
    parameters::parameters,
    tokens::Tokens,
    words::{Item, Items, Spread, WordReader},
};

/// Steps from a list to what it is made of.
const MAX_DEPTH: u32 = 4;

/// Functions that make a list of their arguments.
const LISTS: &[&str] =
    &["asList", "of", "singletonList", "singleton", "listOf", "arrayOf", "array", "mutableListOf", "emptyList", "vec"];

/// Words for no list.
const NOTHING: &[&str] = &["nil", "null", "None", "undefined", "NULL"];

impl WordReader<'_> {
    /// The words of a list that the tokens `start..end` are.
    pub(crate) fn list(&self, start: usize, end: usize) -> Items {
        self.list_at(start, end, 0)
    }

    pub(crate) fn list_at(&self, start: usize, end: usize, depth: u32) -> Items {
        let tokens = self.tokens;
        let range = tokens.span(start, end);
        if end == start + 1 && self.is_nothing(start) {
            return Items { range, items: Vec::new() };
        }
        if depth > MAX_DEPTH {
            return Items::unknown(range);
        }
        if tokens.is(start, "(") && tokens.after(start) == end && self.bracket(start, end).is_none() && end > start + 2
        {
            return Items { range, ..self.list_at(start + 1, end - 1, depth + 1) };
        }
        if let Some((start, end)) = comprehended(tokens, start, end) {
            return Items { range, items: without_texts(self.list_at(start, end, depth + 1).items) };
        }
        if let Some(open) = self.bracket(start, end) {
            let elements = tokens.arguments(open);
            // `asList(keys)` of an array is that.
            if let [(start, end)] = elements[..]
                && tokens.is_name(open - usize::from(open > 0))
                && self.may_be_array(start, end)
            {
                return Items { range, items: vec![Item::List(tokens.span(start, end))] };
            }
            return Items { range, items: self.elements(&elements, Spread::None) };
        }
        if let Some(parts) = concatenated(tokens, start, end) {
            let items = parts.into_iter().flat_map(|part| match part {
                Part::List(start, end) => self.list_at(start, end, depth + 1).items,
                Part::Mapped(start, end) => without_texts(self.list_at(start, end, depth + 1).items),
                Part::Words(words) => self.elements(&words, Spread::None),
                Part::Either(start, end) if self.is_list(start) => self.list_at(start, end, depth + 1).items,
                Part::Either(start, end) if self.text(start, end).is_some() || self.is_scalar(start, end) => {
                    self.elements(&[(start, end)], Spread::None)
                }
                Part::Either(start, end) => vec![Item::List(tokens.span(start, end))],
            });
            return Items { range, items: items.collect() };
        }
        let name = tokens.path(start, end).filter(|&it| it + 1 == end);
        if let Some(items) = name.and_then(|it| self.named_list(it, depth)) {
            return Items { range, items };
        }
        Items::unknown(range)
    }

    /// The word that a value is, or the words of a list that it may be.
    pub(crate) fn one_or_list(&self, start: usize, end: usize) -> Items {
        match self.text(start, end).is_some() || self.is_scalar(start, end) {
            true => Items { range: self.tokens.span(start, end), items: self.elements(&[(start, end)], Spread::None) },
            false => self.list(start, end),
        }
    }

    /// True for a word that stands for no list.
    pub(crate) fn is_nothing(&self, at: usize) -> bool {
        NOTHING.iter().any(|it| self.tokens.is(at, it))
    }

    /// True if a list begins at a token, or a name of one.
    pub(crate) fn is_list(&self, at: usize) -> bool {
        let end = self.tokens.expression_end(at);
        let is_list = |start: usize, end: usize| {
            self.bracket(start, end).is_some() || concatenated(self.tokens, start, end).is_some()
        };
        let is_named = || match self.names.meaning(self.tokens.path(at, end)?) {
            Meaning::Declared(it) => {
                Some(is_list(it.value, self.tokens.expression_end(it.value)) || self.is_typed_list(it.name))
            }
            Meaning::Parameter(function) => Some(self.has_list_type(function, end - 1)),
            _ => None,
        };
        is_list(at, end) || is_named().unwrap_or_default()
    }

    /// True for a variable with the type of a list before its name: `List<String> keys`, `String[] keys`.
    fn is_typed_list(&self, name: usize) -> bool {
        let tokens = self.tokens;
        let Some(before) = name.checked_sub(1).filter(|&it| !tokens.begins_line(name) && it > 0) else { return false };
        let open = (before.saturating_sub(12)..before).rev().find(|&at| tokens.is(at, "<"));
        let of = |at: usize| ["List", "ArrayList", "Collection", "Set", "IList"].iter().any(|it| tokens.is(at, it));
        tokens.is(before, "]") && matches!(tokens.language.name(), "Java" | "C#")
            || tokens.is(before, ">") && open.and_then(|it| it.checked_sub(1)).is_some_and(of)
    }

    /// True if the parameter of a function with the name at a token has the type of a list.
    fn has_list_type(&self, function: usize, name: usize) -> bool {
        let tokens = self.tokens;
        let all = parameters(tokens, self.names.scopes().function(function));
        let is_list = |at: usize| {
            ["[", "List", "Array", "ArrayList", "Collection", "array", "list", "Sequence", "Iterable", "Vec"]
                .iter()
                .any(|it| tokens.is(at, it))
        };
        let parameter = all.iter().find(|it| tokens.text(it.name) == tokens.text(name));
        parameter.is_some_and(|it| (it.part.0..it.part.1).any(is_list))
    }

    /// True if the name at a token is declared with the type of one value.
    pub(crate) fn has_scalar_type(&self, name: usize) -> bool {
        const TYPES: &[&str] = &[
            "int", "long", "Integer", "Long", "Int", "string", "String", "str", "double", "Double", "float", "bool",
            "boolean", "Boolean", "int64", "int32", "uint64", "uint32", "float64", "number", "bigint", "Duration",
        ];
        let tokens = self.tokens;
        let is_type = |at: usize| TYPES.iter().any(|it| tokens.is(at, it));
        match self.names.meaning(name) {
            Meaning::Parameter(function) => {
                let all = parameters(tokens, self.names.scopes().function(function));
                let Some(it) = all.iter().find(|it| tokens.text(it.name) == tokens.text(name)) else { return false };
                let mut part = it.part.0..it.part.1;
                let is_plain = !part.clone().any(|at| ["[", "<", ".", "*", "|"].iter().any(|it| tokens.is(at, it)));
                is_plain && !it.is_variadic && part.any(|at| at != it.name && is_type(at))
            }
            Meaning::Declared(it) => it.name > 0 && is_type(it.name - 1) && tokens.language.name() != "Go",
            _ => false,
        }
    }

    /// The bracket around the elements of a list that the tokens `start..end` are.
    pub(crate) fn bracket(&self, start: usize, end: usize) -> Option<usize> {
        let tokens = self.tokens;
        let closes = |at: usize| tokens.partner(at) == end.checked_sub(1) && at < end;
        let mut at = start;
        while ["&", "new", "await"].iter().any(|it| tokens.is(at, it)) {
            at += 1;
        }
        if (tokens.is(at, "[") || tokens.is(at, "(")) && closes(at) && end > at + 1 {
            // In these languages brackets around one value are no list.
            let is_list =
                tokens.is(at, "[") || end == at + 2 || tokens.arguments(at).len() > 1 || tokens.is(end - 2, ",");
            return is_list.then_some(at);
        }
        // `[]string{…}`, `new String[] {…}`, `new[] {…}`, `new List<string> {…}`.
        let brace = (at..end).find(|&it| tokens.is(it, "{") && closes(it));
        let Some(brace) = brace else { return self.list_call(at, end) };
        const OF_TYPES: &[&str] = &["[", "]", ".", "<", ">", "?", "*", "(", ")", "{", "}"];
        let is_type = (at..brace).all(|it| tokens.is_name(it) || OF_TYPES.iter().any(|text| tokens.is(it, text)));
        let is_list = (at..brace).any(|it| tokens.is(it, "[") || tokens.is(it, "List"));
        if is_type && is_list {
            return Some(brace);
        }
        self.list_call(at, end)
    }

    /// The bracket of a call that makes a list: `Arrays.asList(…)`, `vec![…]`, and `new ArrayList<>()` without elements.
    fn list_call(&self, start: usize, end: usize) -> Option<usize> {
        let tokens = self.tokens;
        let open = (start..end).find(|&it| tokens.is(it, "(") || tokens.is(it, "["))?;
        let callee = open.checked_sub(1)?;
        let name = if tokens.is(callee, "!") { callee.checked_sub(1)? } else { callee };
        let makes_list = name >= start && LISTS.iter().any(|it| tokens.is(name, it));
        let makes_empty = || {
            let is_empty = tokens.arguments(open).is_empty();
            let is_name = |it: &str| (start..open).any(|at| tokens.is(at, it));
            is_empty && ["ArrayList", "LinkedList", "List", "Vec"].iter().any(|it| is_name(it))
        };
        (tokens.partner(open) == end.checked_sub(1) && (makes_list || makes_empty())).then_some(open)
    }

    /// True for a name that may be an array: one that the file declares as such.
    fn may_be_array(&self, start: usize, end: usize) -> bool {
        let tokens = self.tokens;
        if !matches!(tokens.language.name(), "Java" | "Kotlin") {
            return false;
        }
        let Some(name) = tokens.path(start, end) else {
            return (start..end).any(|at| ["toArray", "split"].iter().any(|it| tokens.is(at, it)));
        };
        self.mentions(tokens.text(name)).iter().any(|&at| {
            let before = |text: &str| at > 0 && tokens.is(at - 1, text);
            before("]") || before(".") && at > 1 && tokens.is(at - 2, ".") || tokens.is(at + 1, "[")
        })
    }

    /// The tokens that are a name.
    pub(crate) fn mentions(&self, name: &[u8]) -> &[usize] {
        let all = self.mentions.get_or_init(|| self.tokens.mentions());
        all.get(name).map_or(&[], Vec::as_slice)
    }
}

/// A part of a list that an expression joins of several.
enum Part {
    /// A list.
    List(usize, usize),
    /// A list of other values, one for each of a list.
    Mapped(usize, usize),
    /// Words.
    Words(Vec<(usize, usize)>),
    /// A list, or a word.
    Either(usize, usize),
}

/// The parts that an expression joins to a list: `keys + args`, `keys.concat(args)`, `append(keys, arg)`, `array_merge($keys, $args)`;
/// a list that it copies.
fn concatenated(tokens: &Tokens<'_>, start: usize, end: usize) -> Option<Vec<Part>> {
    let parent = tokens.parent(start);
    if matches!(tokens.language.name(), "Python" | "Ruby" | "Kotlin") {
        let is_plus = |at: &usize| tokens.is(*at, "+") && tokens.parent(*at) == parent && !tokens.is(at + 1, "=");
        let marks: Vec<usize> = (start + 1..end).filter(is_plus).collect();
        if !marks.is_empty() {
            let starts = std::iter::once(start).chain(marks.iter().map(|it| it + 1));
            let ends = marks.iter().copied().chain([end]);
            return Some(starts.zip(ends).filter(|(start, end)| start < end).map(|(a, b)| Part::List(a, b)).collect());
        }
    }
    let close = end.checked_sub(1)?;
    let open = tokens.partner(close).filter(|&open| open > start && tokens.is(open, "("))?;
    let callee = open - 1;
    let is_member = callee >= start + 2 && tokens.is(callee - 1, ".");
    let arguments = tokens.arguments(open);
    let is = |words: &[&str]| words.iter().any(|it| tokens.is(callee, it));
    if is_member && is(&["concat"]) {
        let list = Part::List(start, callee - 1);
        return Some(std::iter::once(list).chain(arguments.into_iter().map(|(a, b)| Part::Either(a, b))).collect());
    }
    if is_member && is(&["map"]) {
        return Some(vec![Part::Mapped(start, callee - 1)]);
    }
    if callee == start
        && is(&["array_map", "map"])
        && let [_, (start, end)] = arguments[..]
    {
        return Some(vec![Part::Mapped(start, end)]);
    }
    if callee == start && is(&["array_merge"]) {
        return Some(arguments.into_iter().map(|(a, b)| Part::List(a, b)).collect());
    }
    let (&(first, last), rest) = arguments.split_first()?;
    if callee == start && is(&["append"]) {
        return Some(vec![Part::List(first, last), Part::Words(rest.to_vec())]);
    }
    let is_copy = callee == start && is(&["list", "tuple", "array_values"])
        || tokens.is(start, "Array") && is(&["from"])
        || tokens.is(start, "new") && is(&["ArrayList", ">"]);
    (is_copy && rest.is_empty()).then(|| vec![Part::List(first, last)])
}

/// The list of a comprehension with one value for each element: `[prefix + key for key in keys]`.
fn comprehended(tokens: &Tokens<'_>, start: usize, end: usize) -> Option<(usize, usize)> {
    if tokens.language.name() != "Python" || !tokens.is(start, "[") || tokens.after(start) != end {
        return None;
    }
    let find = |text: &'static str| {
        (start + 1..end - 1).filter(move |&at| tokens.is(at, text) && tokens.parent(at) == Some(start))
    };
    let (mut loops, mut ins) = (find("for"), find("in"));
    let (only, at) = (loops.next()?, ins.next()?);
    let is_plain = loops.next().is_none() && ins.next().is_none() && !(only..end).any(|at| tokens.is(at, "if"));
    is_plain.then_some((at + 1, end - 1))
}

/// Words whose texts are not known.
fn without_texts(items: Vec<Item>) -> Vec<Item> {
    let without = |item| match item {
        Item::Word(word) => Item::Word(crate::Word { text: None, ..word }),
        other => other,
    };
    items.into_iter().map(without).collect()
}
