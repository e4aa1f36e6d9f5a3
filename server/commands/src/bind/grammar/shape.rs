//! Questions about a piece of grammar that need no words: its length, its tokens.

use crate::{
    Target, Version,
    spec::{Argument, ArgumentKind},
};

pub(super) fn lacks(target: &Target, since: Version) -> bool {
    target.version < since
}

/// True if an argument is optional and begins with a token.
pub(super) fn is_option(arg: &Argument) -> bool {
    arg.optional && begins_with_token(arg)
}

pub(crate) fn begins_with_token(arg: &Argument) -> bool {
    if !arg.token.is_empty() {
        return true;
    }
    match arg.kind {
        ArgumentKind::OneOf => arg.args.iter().all(begins_with_token),
        ArgumentKind::Block => arg.args.first().is_some_and(begins_with_token),
        _ => false,
    }
}

/// The leading token of an option that satisfies `fits`.
pub(super) fn leading(arg: &'static Argument, fits: impl Fn(&'static Argument) -> bool + Copy) -> Option<&'static str> {
    if !arg.token.is_empty() {
        return fits(arg).then_some(arg.token);
    }
    match arg.kind {
        ArgumentKind::OneOf => arg.args.iter().find_map(|option| leading(option, fits)),
        ArgumentKind::Block => leading(arg.args.first()?, fits),
        _ => None,
    }
}

/// The fewest words that an argument takes.
pub(super) fn least(arg: &Argument) -> usize {
    let inner = match arg.kind {
        ArgumentKind::OneOf => arg.args.iter().map(least).min().unwrap_or(0),
        ArgumentKind::Block => least_of(arg.args),
        ArgumentKind::Token => 0,
        _ => 1,
    };
    inner + usize::from(!arg.token.is_empty())
}

/// The most words that one occurrence of an argument takes, or what will do for that.
pub(super) fn most(arg: &Argument) -> usize {
    let inner = match arg.kind {
        ArgumentKind::OneOf => arg.args.iter().map(most).max().unwrap_or(0),
        ArgumentKind::Block => arg.args.iter().map(most).sum(),
        ArgumentKind::Token => 0,
        _ => 1,
    };
    inner + usize::from(!arg.token.is_empty())
}

pub(super) fn least_of(args: &[Argument]) -> usize {
    args.iter().filter(|arg| !arg.optional).map(least).sum()
}

/// The option anywhere in a grammar that matches a word.
pub(super) fn exactly(text: &[u8], args: &'static [Argument]) -> Option<&'static str> {
    args.iter().find_map(|arg| {
        let is = !arg.token.is_empty() && text.eq_ignore_ascii_case(arg.token.as_bytes());
        if is { Some(arg.token) } else { exactly(text, arg.args) }
    })
}

/// The option anywhere in a grammar that a misspelt word is close to.
pub(super) fn nearest(text: &[u8], args: &'static [Argument]) -> Option<&'static str> {
    fn tokens(args: &'static [Argument], out: &mut Vec<&'static str>) {
        for arg in args {
            out.extend(Some(arg.token).filter(|token| !token.is_empty()));
            tokens(arg.args, out);
        }
    }
    let mut all = Vec::new();
    tokens(args, &mut all);
    let upper = String::from_utf8_lossy(text).to_ascii_uppercase();
    all.into_iter()
        .filter(|token| near(text, token))
        // Of equally near words the one that begins alike.
        .min_by_key(|token| (strsim::osa_distance(&upper, token), upper.get(..1) != token.get(..1)))
}

pub(super) fn near(text: &[u8], token: &str) -> bool {
    let text = String::from_utf8_lossy(text).to_ascii_uppercase();
    let limit = if token.len() <= 3 { 1 } else { 2 };
    text.len() >= 2 && text != token && strsim::osa_distance(&text, token) <= limit
}
