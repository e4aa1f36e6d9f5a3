//! Functions without a name of their own: arrows, and values of variables.

use crate::{
    constants,
    function::{Function, MAX_BETWEEN},
    tokens::Tokens,
};

/// A function whose arrow ends at a token: `(a, b) => …`, `a -> …`, `{ a, b -> … }`.
pub(crate) fn arrow(tokens: &Tokens<'_>, end: usize) -> Option<Function> {
    let before = end.checked_sub(2)?;
    let parameters = if let Some(close) = arrow_close(tokens, before) {
        let open = tokens.partner(close).filter(|&it| it < close)?;
        (open + 1, close)
    } else if tokens.is_name(before) {
        // Kotlin's stand between the brace and the arrow.
        let open =
            tokens.parent(end).filter(|&it| tokens.is(it, "{") && end - it < 16 && tokens.language.name() == "Kotlin");
        (open.map_or(before, |it| it + 1), before + 1)
    } else {
        return None;
    };
    let start = end + 1;
    let body = match tokens.is(start, "{") {
        true => (start + 1, tokens.partner(start).unwrap_or(tokens.len())),
        false => (start, tokens.expression_end(start)),
    };
    let name = given_name(tokens, parameters.0.checked_sub(1)?);
    Some(Function { name, parameters, body, is_loop: false, over: None })
}

/// The closing bracket of the parameters before an arrow whose first token has `before` in front of it, over a type: `(a): T =>`.
fn arrow_close(tokens: &Tokens<'_>, before: usize) -> Option<usize> {
    if tokens.is(before, ")") {
        return Some(before);
    }
    let mut at = before;
    for _ in 0..MAX_BETWEEN {
        let is_type = tokens.is_name(at)
            || tokens.partner(at).is_some_and(|open| open < at)
            || [".", "<", ">", ",", "|", "[", "]", "?", ":"].iter().any(|it| tokens.is(at, it));
        if !is_type {
            return None;
        }
        let next = tokens.partner(at).filter(|&open| open < at).unwrap_or(at).checked_sub(1)?;
        if tokens.is(at, ":") && tokens.is(next, ")") {
            return Some(next);
        }
        at = next;
    }
    None
}

/// The name that a function without one is given, whose parameters, or the word before them, begin at a token: `const f = (a) => …`,
/// `f: function (a) {`.
pub(crate) fn given_name(tokens: &Tokens<'_>, start: usize) -> Option<usize> {
    let mut before = start.checked_sub(1)?;
    while ["async", "function", "func"].iter().any(|it| tokens.is(before, it)) {
        before = before.checked_sub(1)?;
    }
    match () {
        () if tokens.is(before, "=") => constants::assigned(tokens, before),
        () if tokens.is(before, ":") => before.checked_sub(1).filter(|&it| tokens.is_name(it)),
        () => None,
    }
}
