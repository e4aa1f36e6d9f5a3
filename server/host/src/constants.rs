//! Names of texts: constants, variables, properties, and functions that return one.

use std::collections::HashMap;

use text::TextRange;

use crate::tokens::Tokens;

/// A constant of a host file whose value is loaded from a file: `TAKE = Path("take.lua").read_text()`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoadedConstant {
    /// Its name.
    pub name: String,
    /// Place of the name.
    pub range: TextRange,
    /// The path that stands in the host file.
    pub path: String,
}

/// The constants of a file: for each name the tokens at which a text is given to it, in order.
pub(crate) type Constants = HashMap<Vec<u8>, Vec<usize>>;

/// Tokens of expressions that are texts with a name.
pub(crate) fn constants(tokens: &Tokens<'_>) -> Constants {
    let mut found: Constants = HashMap::new();
    for at in 0..tokens.len() {
        if tokens.literal(at).is_none() {
            continue;
        }
        // What is only an argument of some call is no value of the name: `code = re.sub('…', '', code)`.
        let start = tokens.expression_around(at).map_or(at, |it| it.tokens.0);
        let is_value =
            start.checked_sub(1).is_some_and(|it| ["=", ":", ">", "return"].iter().any(|text| tokens.is(it, text)));
        let Some(name) = name_of(tokens, at).filter(|_| is_value) else { continue };
        found.entry(tokens.text(name).to_vec()).or_default().push(at);
    }
    found
}

/// Constants whose values are loaded from files with scripts.
pub(crate) fn loaded(tokens: &Tokens<'_>) -> Vec<LoadedConstant> {
    let constant = |name: usize, path: &[u8]| LoadedConstant {
        name: String::from_utf8_lossy(tokens.text(name)).trim_start_matches('$').to_owned(),
        range: tokens.range(name),
        path: String::from_utf8_lossy(path).into_owned(),
    };
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let Some(path) = tokens.literal_text(at).filter(|it| it.ends_with(b".lua") && it.len() > 4) else { continue };
        // The name of a file alone is no text of it.
        let is_loaded = tokens.parent(at).is_some_and(|open| tokens.is(open, "("));
        found.extend(name_of(tokens, at).filter(|_| is_loaded).map(|name| constant(name, path)));
    }
    found.extend(embedded_files(tokens).map(|(name, range)| constant(name, range.slice(tokens.source))));
    found
}

/// Variables of Go that the compiler fills with a file, by a comment above: the token of the name, and the place of the path.
pub(crate) fn embedded_files(tokens: &Tokens<'_>) -> impl Iterator<Item = (usize, TextRange)> {
    const DIRECTIVE: &[u8] = b"//go:embed ";
    let is_go = tokens.language.name() == "Go";
    let comments =
        tokens.lexed.comments.iter().filter(move |it| is_go && it.slice(tokens.source).starts_with(DIRECTIVE));
    comments.filter_map(|comment| {
        let at = tokens.lexed.tokens.partition_point(|it| it.range.start < comment.end);
        let name = if tokens.is(at, "var") { at + 1 } else { at };
        let path = &comment.slice(tokens.source)[DIRECTIVE.len()..];
        let blank = path.len() - path.trim_ascii_start().len();
        let inner = path.trim_ascii().trim_ascii_end();
        let quoted = usize::from(inner.starts_with(b"\"") || inner.starts_with(b"`"));
        let start = comment.start + (DIRECTIVE.len() + blank + quoted) as u32;
        let range = TextRange::new(start, start + (inner.len() - 2 * quoted) as u32);
        range.slice(tokens.source).ends_with(b".lua").then_some((name, range))
    })
}

/// The token of the name that the expression around a literal gets: of a variable, constant, property, or of the function that
/// returns it.
pub(crate) fn name_of(tokens: &Tokens<'_>, literal: usize) -> Option<usize> {
    let mut at = literal;
    for _ in 0..64 {
        let before = at.checked_sub(1)?;
        if tokens.is(before, "=") {
            return assigned(tokens, before);
        }
        if tokens.is(before, ":") && before > 0 && tokens.is_name(before - 1) && tokens.parent(before).is_some() {
            return Some(before - 1);
        }
        if tokens.is(before, "=") || (tokens.is(before, ">") && before > 0 && tokens.is(before - 1, "=")) {
            // `'name' => <<<LUA` has no name token; `name => …` of Ruby has.
            return before.checked_sub(2).filter(|&it| tokens.is_name(it));
        }
        if tokens.is(before, "return") {
            return returned(tokens, before);
        }
        // Within joined texts, brackets, and calls that the text is the first argument of.
        let is_within = tokens.is(before, "(") || tokens.is(before, "[") || tokens.is(before, "{");
        if is_within {
            at = if before > 0 && tokens.is_name(before - 1) { tokens.operand_start(before - 1) } else { before };
            continue;
        }
        if tokens.literal(before).is_some() {
            at = before;
            continue;
        }
        if tokens.is_name(before)
            && (tokens.range(before).end == tokens.range(at).start
                || tokens.is(before, "new")
                || tokens.is(before, "await"))
        {
            at = before;
            continue;
        }
        if tokens.is(before, "&") {
            at = before;
            continue;
        }
        let plus = (1..=2).filter_map(|len| at.checked_sub(len)).find(|&it| tokens.plus(it) == Some(at - it));
        let operand = plus.and_then(|plus| plus.checked_sub(1))?;
        at = tokens.operand_start(operand);
    }
    None
}

/// The name before a `=`.
pub(crate) fn assigned(tokens: &Tokens<'_>, equals: usize) -> Option<usize> {
    let mut end = equals.checked_sub(1)?;
    if tokens.is(end, ":") || tokens.is(end, "|") || tokens.is(end, "?") {
        end = end.checked_sub(1)?;
    }
    // With a type, on the same line: `NAME: &'static str = `. Else the colon is one of `case A:`, `a ? b : c` or `redis:new()`.
    let lowest = end.saturating_sub(12);
    for at in (lowest..=end).rev() {
        let line = TextRange::new(tokens.range(at).start, tokens.range(equals).start);
        if line.slice(tokens.source).contains(&b'\n') {
            break;
        }
        if tokens.is(at, ";")
            || tokens.is(at, ",") && tokens.parent(at) == tokens.parent(equals)
            || tokens.is(at, "(") && tokens.partner(at).is_none_or(|it| it > equals)
        {
            break;
        }
        let is_typed = tokens.is(at, ":")
            && at > 0
            && tokens.is_name(at - 1)
            && !tokens.is(at + 1, ":")
            && !tokens.is(at - 1, ":");
        if is_typed && tokens.parent(at) == tokens.parent(equals) && !tokens.is_parted(at, equals) {
            return Some(at - 1);
        }
    }
    if !tokens.is_name(end) {
        return None;
    }
    // `const name string =` of Go has its type behind.
    if tokens.language.name() == "Go" && tokens.is(end, "string") && end > 0 && tokens.is_name(end - 1) {
        return Some(end - 1);
    }
    Some(end)
}

/// The name of the function that returns a text.
fn returned(tokens: &Tokens<'_>, at: usize) -> Option<usize> {
    const WORDS: &[&str] = &["function", "def", "fun", "func", "fn", "String", "string"];
    let brace = tokens.parent(at).filter(|&open| tokens.is(open, "{"));
    let end = brace.unwrap_or(at);
    (end.saturating_sub(24)..end).rev().find(|&it| {
        it > 0 && tokens.is_name(it) && tokens.is(it + 1, "(") && WORDS.iter().any(|word| tokens.is(it - 1, word))
    })
}
