//! Calls in a file that have the name of a binding, with their arguments.

use crate::{
    bindings::{Binding, Place, SCRIPT_COMMANDS},
    tokens::Tokens,
};

/// Arguments among which a command's name is looked for: options of redis-cli may stand before it.
const MAX_BEFORE: usize = 16;

/// A call with the name of a binding.
#[derive(Clone, Debug)]
pub(crate) struct Matched<'b> {
    /// Token of the name.
    pub name: usize,
    /// The binding.
    pub row: &'b Binding,
    /// The name as the binding has it.
    pub called: &'b str,
    /// First token and the token behind the last of each argument.
    pub arguments: Vec<(usize, usize)>,
    /// The token behind the call.
    pub end: usize,
}

/// The calls of a file that take a script, its SHA1 or the name of a function, by the language's bindings and some of the user's own.
pub(crate) fn matches<'b>(tokens: &Tokens<'_>, own: &'b [Binding]) -> Vec<Matched<'b>> {
    // What the user says of a name comes first.
    let rows: Vec<&Binding> = own.iter().chain(&tokens.language.bindings().call).collect();
    // By the first letter of a name, for most names of a file are no call's: their order stays that of the rows.
    let mut by_letter: Vec<Vec<(&str, &Binding)>> = vec![Vec::new(); 256];
    for (row, name) in rows.iter().flat_map(|row| row.names.iter().map(move |name| (*row, name.as_str()))) {
        let Some(first) = name.bytes().next() else { continue };
        by_letter[usize::from(first)].push((name, row));
        // Letters of a command may be in any case.
        if row.on == "^" && first.is_ascii_alphabetic() {
            by_letter[usize::from(first ^ 0x20)].push((name, row));
        }
    }
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        if !tokens.is_name(at) {
            continue;
        }
        let mut name = tokens.text(at);
        if tokens.syntax().has_commands {
            // A program may be called by its path.
            name = name.rsplit(|&it| it == b'/').next().unwrap_or(name);
        }
        let Some(first) = name.first() else { continue };
        let mut arguments = None;
        for &(called, row) in &by_letter[usize::from(*first)] {
            let is_named = match row.on == "^" {
                true => name.eq_ignore_ascii_case(called.as_bytes()),
                false => name == called.as_bytes(),
            };
            if !is_named || !is_received(tokens, at, &row.on) {
                continue;
            }
            let arguments = arguments.get_or_insert_with(|| arguments_of(tokens, at));
            let Some((arguments, end)) = arguments.clone().filter(|it| is_so(tokens, row, &it.0)) else { continue };
            found.push(Matched { name: at, row, called, arguments, end });
        }
    }
    found
}

/// True if a file without clients' calls may run script objects of other files.
pub(crate) fn may_run_objects(tokens: &Tokens<'_>) -> bool {
    let rows = &tokens.language.bindings().run;
    let names: Vec<&str> = rows.iter().flat_map(|row| &row.names).map(String::as_str).collect();
    let is_run = |at: usize| tokens.is(at + 1, "(") && names.iter().any(|it| !it.is_empty() && tokens.is(at, it));
    let is_object =
        |at: usize| names.contains(&"") && tokens.is(at, "keys") && tokens.is(at + 1, "=") && tokens.is(at + 2, "[");
    (0..tokens.len()).any(|at| is_run(at) || is_object(at))
}

/// True if the arguments of a call are as its row wants them.
fn is_so(tokens: &Tokens<'_>, row: &Binding, arguments: &[(usize, usize)]) -> bool {
    row.when.as_ref().is_none_or(|when| {
        let argument = usize::from(when.nth).checked_sub(1).and_then(|nth| arguments.get(nth));
        argument.is_some_and(|&(start, end)| (start..end).any(|at| when.has.iter().any(|it| tokens.is(at, it))))
    })
}

/// True if the right thing stands before the name of a call.
fn is_received(tokens: &Tokens<'_>, name: usize, on: &str) -> bool {
    let Some(before) = name.checked_sub(1) else { return matches!(on, "?" | "^") };
    let is_member = tokens.is(before, ".")
        || (before > 0 && tokens.is(before, ">") && tokens.is(before - 1, "-"))
        || tokens.is(before, ":");
    let is_defined = ["def", "function", "func", "fun", "fn"].iter().any(|it| tokens.is(before, it));
    match on {
        "*" => is_member,
        "?" => !is_defined,
        "^" => tokens.is_parted(before, name),
        owner => {
            let is_path = tokens.is(before, ":") && before > 0 && tokens.is(before - 1, ":");
            let is_arrow = tokens.is(before, ">") && before > 0 && tokens.is(before - 1, "-");
            let end = if is_path || is_arrow { before - 1 } else { before };
            is_member && end.checked_sub(1).is_some_and(|it| tokens.is(it, owner))
        }
    }
}

/// The arguments of the call whose name a token is, and the token behind it; none if nothing is called.
pub(crate) fn arguments_of(tokens: &Tokens<'_>, name: usize) -> Option<(Vec<(usize, usize)>, usize)> {
    let mut open = name + 1;
    // `new RedisScript<>(`, `Script::<T>::new(`, `evalsha!(`.
    if tokens.is(open, "<") {
        open = (open..tokens.len().min(open + 24)).find(|&at| tokens.is(at, "(")).unwrap_or(open);
    }
    open += usize::from(tokens.is(open, "!"));
    if tokens.syntax().has_commands {
        let words = tokens.words(name + 1);
        let end = words.last().map_or(name + 1, |it| it.1);
        return Some((words, end));
    }
    if tokens.is(open, "(") {
        return Some((tokens.arguments(open), tokens.after(open)));
    }
    // A call without brackets.
    let is_bare = tokens.language.name() == "Ruby"
        && (tokens.literal(open).is_some() || tokens.is_name(open))
        && !tokens.is_parted(name, open);
    is_bare.then(|| bare_arguments(tokens, open))
}

/// The arguments of a call of Ruby without brackets that begin at a token, up to the end of the line or the word of a modifier.
fn bare_arguments(tokens: &Tokens<'_>, start: usize) -> (Vec<(usize, usize)>, usize) {
    let mut found = Vec::new();
    let mut at = start;
    loop {
        let end = tokens.expression_end(at);
        let is_word = |it: &usize| {
            tokens.parent(*it) == tokens.parent(start)
                && ["do", "if", "unless", "and", "or", "rescue", "while"].iter().any(|word| tokens.is(*it, word))
        };
        let stop = (at..end).find(is_word);
        found.push((at, stop.unwrap_or(end)));
        at = end + 1;
        if stop.is_some() || !tokens.is(end, ",") || at >= tokens.len() {
            return (found, stop.unwrap_or(end));
        }
    }
}

/// The argument at a place: its first token and the token behind its last.
pub(crate) fn argument(tokens: &Tokens<'_>, arguments: &[(usize, usize)], place: &Place) -> Option<(usize, usize)> {
    match place {
        Place::Nth(nth) => arguments.get(usize::from(*nth).checked_sub(1)?).copied(),
        Place::Text(_) => {
            // Where there is no string the text has a name; it stands alone, or behind a count.
            let named = || arguments.len().checked_sub(1).filter(|last| *last < 2);
            text_index(tokens, arguments).or_else(named).map(|at| arguments[at])
        }
        Place::After { after } => {
            let (_, at) = behind_word(tokens, arguments, after.iter().map(String::as_str))?;
            arguments.get(at).copied()
        }
        Place::Property { property } => named(tokens, arguments, property),
    }
}

/// The index of the first argument that has a string in it.
pub(crate) fn text_index(tokens: &Tokens<'_>, arguments: &[(usize, usize)]) -> Option<usize> {
    arguments.iter().position(|&(start, end)| {
        (start..end).any(|at| tokens.literal(at).is_some() && tokens.parent(at) == tokens.parent(start))
    })
}

/// The commands that take a script, by [`Binding::command`]: the index of the argument behind the name.
pub(crate) fn behind_script_command(tokens: &Tokens<'_>, arguments: &[(usize, usize)]) -> Option<usize> {
    behind_word(tokens, arguments, SCRIPT_COMMANDS.iter().copied()).map(|it| it.1)
}

/// One of some words among the arguments, and the index of the argument behind it; a word with a space may be two arguments.
pub(crate) fn behind_word<'w>(
    tokens: &Tokens<'_>,
    arguments: &[(usize, usize)],
    words: impl Iterator<Item = &'w str> + Clone,
) -> Option<(&'w str, usize)> {
    // Options of redis-cli stand before.
    (0..arguments.len().min(MAX_BEFORE)).find_map(|at| {
        let (first, second) = (word(tokens, arguments, at)?, word(tokens, arguments, at + 1));
        let (wanted, len) = words.clone().find_map(|wanted| {
            if first == wanted.as_bytes() {
                return Some((wanted, 1));
            }
            let (a, b) = wanted.split_once(' ')?;
            (first == a.as_bytes() && second.as_deref() == Some(b.as_bytes())).then_some((wanted, 2))
        })?;
        // `FUNCTION LOAD REPLACE text`.
        let skip = usize::from(word(tokens, arguments, at + len).as_deref() == Some(b"REPLACE"));
        Some((wanted, at + len + skip))
    })
}

/// An argument that is one word or string, in capitals.
fn word(tokens: &Tokens<'_>, arguments: &[(usize, usize)], at: usize) -> Option<Vec<u8>> {
    let &(start, end) = arguments.get(at)?;
    if tokens.syntax().has_commands && tokens.is_name(start) {
        return Some(tokens.text(start).to_ascii_uppercase());
    }
    // A symbol of Ruby.
    if end == start + 2 && tokens.is(start, ":") && tokens.is_name(start + 1) {
        return Some(tokens.text(start + 1).to_ascii_uppercase());
    }
    Some(tokens.literal_text(start).filter(|_| end == start + 1)?.to_ascii_uppercase())
}

/// The value of a property or named argument, in these arguments or in an object in them.
pub(crate) fn named(tokens: &Tokens<'_>, arguments: &[(usize, usize)], name: &str) -> Option<(usize, usize)> {
    let &(first, _) = arguments.first()?;
    let &(_, last) = arguments.last()?;
    (first..last).find_map(|at| {
        let is_named = tokens.is(at, name) && (tokens.is(at + 1, ":") || tokens.is(at + 1, "="));
        if !is_named || tokens.is(at + 2, "=") {
            return None;
        }
        let start = at + 2;
        let mut end = start;
        while end < last && !tokens.is(end, ",") && !tokens.is(end, "}") && !tokens.is(end, ")") {
            end = tokens.partner(end).filter(|&close| close > end).map_or(end + 1, |close| close + 1);
        }
        Some((start, end))
    })
}
