//! Templates of calls, one a line.
//!
//! `<k>` is replaced by a random word of a kind, `[…]` is optional, `(a|b)` is one of several, `{…}` is repeated one to four
//! times. All other text stays.

use anyhow::{Result, bail};

/// A piece of a template.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    Word(String),
    Random(String),
    Optional(Vec<Piece>),
    OneOf(Vec<Vec<Piece>>),
    Several(Vec<Piece>),
}

/// Reads a template.
pub(super) fn parse(line: &str) -> Result<Vec<Piece>> {
    let spaced: String =
        line.chars().flat_map(|c| if "[](){}|".contains(c) { vec![' ', c, ' '] } else { vec![c] }).collect();
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let mut all = alternatives(&tokens, &mut at)?;
    match (all.pop(), all.is_empty(), at == tokens.len()) {
        (Some(pieces), true, true) => Ok(pieces),
        _ => bail!("no template: {line}"),
    }
}

fn alternatives(tokens: &[&str], at: &mut usize) -> Result<Vec<Vec<Piece>>> {
    let mut all = vec![Vec::new()];
    while let Some(token) = tokens.get(*at) {
        let piece = match *token {
            "]" | ")" | "}" => break,
            "|" => {
                *at += 1;
                all.push(Vec::new());
                continue;
            }
            "[" | "(" | "{" => {
                *at += 1;
                let inner = alternatives(tokens, at)?;
                let closes =
                    matches!((*token, tokens.get(*at)), ("[", Some(&"]")) | ("(", Some(&")")) | ("{", Some(&"}")));
                if !closes {
                    bail!("a bracket is not closed: {tokens:?}");
                }
                match (*token, inner.len()) {
                    ("(", _) => Piece::OneOf(inner),
                    ("[", 1) => Piece::Optional(inner.into_iter().flatten().collect()),
                    ("[", _) => Piece::Optional(vec![Piece::OneOf(inner)]),
                    (_, 1) => Piece::Several(inner.into_iter().flatten().collect()),
                    (_, _) => Piece::Several(vec![Piece::OneOf(inner)]),
                }
            }
            word => match word.strip_prefix('<').and_then(|word| word.strip_suffix('>')) {
                Some(kind) => Piece::Random(kind.to_owned()),
                None => Piece::Word(word.to_owned()),
            },
        };
        *at += 1;
        if let Some(last) = all.last_mut() {
            last.push(piece);
        }
    }
    Ok(all)
}
