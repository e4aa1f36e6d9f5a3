//! Parameters of functions, and the arguments that a call gives for them.

use crate::{function::Function, names::is_member, tokens::Tokens};

/// A parameter of a function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Parameter {
    /// Token of its name.
    pub name: usize,
    /// All of its tokens, but for the value.
    pub part: (usize, usize),
    /// True if it takes all arguments from its place on.
    pub is_variadic: bool,
    /// Tokens of the value that it has where none is given.
    pub default: Option<(usize, usize)>,
}

/// An argument for a parameter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Argument {
    /// One.
    Given(usize, usize),
    /// Those of a variadic parameter.
    Rest(Vec<(usize, usize)>),
    /// None.
    Missing,
    /// One that cannot be told, behind a list that is spread.
    Unknown,
}

/// Parameters that are the object of a method.
const RECEIVERS: &[&str] = &["self", "cls"];

/// The parameters of a function, without the object of a method.
pub(crate) fn parameters(tokens: &Tokens<'_>, function: &Function) -> Vec<Parameter> {
    let (start, end) = function.parameters;
    let all = split(tokens, start, end).into_iter().filter_map(|(start, end)| parameter(tokens, start, end));
    all.filter(|it| !RECEIVERS.iter().any(|word| tokens.is(it.name, word))).collect()
}

/// True for a function that is called on an object or a class, false for one that is called by its name alone; none where both may be.
pub(crate) fn is_method(tokens: &Tokens<'_>, function: &Function) -> Option<bool> {
    let (start, end) = function.parameters;
    let has_receiver = (start..end.min(start + 4)).any(|at| RECEIVERS.iter().any(|word| tokens.is(at, word)));
    let name = function.name?;
    let before = |text: &str| name > 0 && tokens.is(name - 1, text);
    match tokens.language.name() {
        "Python" | "Rust" => Some(has_receiver),
        // `func (r *T) name(`
        "Go" => Some(before(")")),
        "PHP" => Some(tokens.parent(name).is_some()),
        "JavaScript" | "TypeScript" | "Vue or Svelte" => match () {
            () if before("function") => Some(false),
            () if tokens.is(name + 1, "=") && !is_member(tokens, name) => None,
            () if tokens.is(name + 1, "(") || tokens.is(name + 1, "<") => Some(true),
            () => None,
        },
        // A name alone may mean a method there.
        _ => None,
    }
}

/// The parts between commas, those of types (`Map<K, V>`) left whole.
fn split(tokens: &Tokens<'_>, start: usize, end: usize) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let (mut from, mut at, mut angles) = (start, start, 0_u32);
    while at < end {
        match () {
            () if tokens.is(at, "<") => angles += 1,
            () if tokens.is(at, ">") && !(at > 0 && (tokens.is(at - 1, "=") || tokens.is(at - 1, "-"))) => {
                angles = angles.saturating_sub(1);
            }
            () if tokens.is(at, ",") && angles == 0 => {
                found.push((from, at));
                from = at + 1;
            }
            () => {}
        }
        at = tokens.partner(at).filter(|&close| close > at).map_or(at + 1, |close| close + 1);
    }
    found.push((from, end));
    found.retain(|(start, end)| start < end);
    found
}

fn parameter(tokens: &Tokens<'_>, start: usize, end: usize) -> Option<Parameter> {
    let language = tokens.language.name();
    let parent = tokens.parent(start);
    let find = |text: &str| (start..end).find(|&at| tokens.is(at, text) && tokens.parent(at) == parent);
    let equals = find("=");
    let colon = find(":").filter(|&it| equals.is_none_or(|equals| it < equals));
    let of_ruby = language == "Ruby" && colon.is_some();
    let stop = colon.or(equals).unwrap_or(end);
    let is_name = |at: &usize| tokens.is_name(*at);
    let name = match language {
        "Go" => (start..end).find(is_name)?,
        // What is taken apart has no name.
        _ if tokens.is(start, "{") || tokens.is(start, "[") && language != "C#" => return None,
        _ => (start..stop).rev().find(is_name)?,
    };
    let value = if of_ruby { colon } else { equals };
    let dots = |at: usize| tokens.is(at, ".") && tokens.is(at + 1, ".");
    let is_variadic = (start..end).any(dots)
        || matches!(language, "Python" | "Ruby") && tokens.is(start, "*")
        || ["vararg", "params"].iter().any(|it| tokens.is(start, it));
    let part = (start, equals.unwrap_or(end));
    Some(Parameter {
        name,
        part,
        is_variadic,
        default: value.map(|it| (it + 1, end)).filter(|(start, end)| start < end),
    })
}

/// For each parameter of a function the argument that a call gives.
pub(crate) fn given(tokens: &Tokens<'_>, parameters: &[Parameter], arguments: &[(usize, usize)]) -> Vec<Argument> {
    let bare = |at: usize| tokens.text(at).strip_prefix(b"$").unwrap_or(tokens.text(at));
    let named = |&(start, end): &(usize, usize)| {
        let is_named = tokens.is_name(start)
            && end > start + 2
            && (tokens.is(start + 1, ":") && !tokens.is(start + 2, ":")
                || tokens.is(start + 1, "=") && !tokens.is(start + 2, "=") && !tokens.is(start + 2, ">"));
        is_named.then(|| bare(start))
    };
    let is_spread = |&(start, end): &(usize, usize)| {
        let dots = |at: usize| tokens.is(at, ".") && tokens.is(at + 1, ".");
        tokens.is(start, "*") || dots(start) || end >= 3 && dots(end - 2)
    };
    let places: Vec<(usize, usize)> = arguments.iter().copied().filter(|it| named(it).is_none()).collect();
    let spread = places.iter().position(is_spread);
    let of_parameter = |(nth, parameter): (usize, &Parameter)| {
        let wanted = bare(parameter.name);
        if let Some(&(start, end)) = arguments.iter().find(|it| named(it) == Some(wanted)) {
            return Argument::Given(start + 2, end);
        }
        if parameter.is_variadic {
            return match spread {
                Some(spread) if spread < nth => Argument::Unknown,
                _ => Argument::Rest(places.get(nth..).unwrap_or_default().to_vec()),
            };
        }
        match places.get(nth) {
            _ if spread.is_some_and(|spread| spread <= nth) => Argument::Unknown,
            Some(&(start, end)) => Argument::Given(start, end),
            None => Argument::Missing,
        }
    };
    parameters.iter().enumerate().map(of_parameter).collect()
}
