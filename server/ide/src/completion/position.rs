//! Syntactic position of the cursor, read from the tokens before it.

use syntax::lexer::{Keyword, Token, TokenKind};
use text::TextRange;

/// The kinds of syntactic positions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Position {
    /// A statement begins, or the one on the line above goes on.
    Statement,
    /// An operand is due, as behind `=` or `and`.
    Operand,
    /// An operand ends on this line: operators and words like `then` may follow.
    AfterOperand,
    /// Directly behind an operand, where no word can begin: `KEYS[1]|`.
    Adjacent,
    /// A name is declared: `local |`, a parameter, a variable of `for`.
    Declaration,
}

impl Position {
    /// Returns the position of `word`, which may be empty, given the tokens up to its end.
    pub(super) fn of(source: &[u8], tokens: &[Token], word: TextRange) -> Self {
        use Keyword::{Break, Do, Else, For, Function, Local, Repeat, Return, Then};
        let before = &tokens[..tokens.partition_point(|token| token.range.start < word.start)];
        let Some(last) = before.last() else { return Self::Statement };
        let same_line = !TextRange::new(last.range.end, word.start).slice(source).contains(&b'\n');
        match last.kind {
            TokenKind::Keyword(For | Function | Local) => Self::Declaration,
            TokenKind::Keyword(Break | Do | Else | Repeat | Then) => Self::Statement,
            TokenKind::Keyword(Return) if !same_line => Self::Statement,
            kind if kind.is(";") => Self::Statement,
            kind if (kind.is(",") || kind.is("(")) && declares(before) => Self::Declaration,
            kind if !kind.ends_operand() => Self::Operand,
            _ if last.range.end == word.start => Self::Adjacent,
            kind if !same_line || kind.is(")") && closes_parameters(before) => Self::Statement,
            _ => Self::AfterOperand,
        }
    }
}

/// Returns true if the comma or parenthesis that ends `tokens` is in a list of declared names.
fn declares(tokens: &[Token]) -> bool {
    for (at, token) in tokens.iter().enumerate().rev() {
        match token.kind {
            TokenKind::Keyword(Keyword::Local | Keyword::For) => return true,
            TokenKind::Name => {}
            kind if kind.is(",") || kind.is("...") => {}
            kind if kind.is("(") => return is_function(&tokens[..at]),
            _ => return false,
        }
    }
    false
}

/// Returns whether the parenthesis that ends `tokens` closes the parameters of a function.
fn closes_parameters(tokens: &[Token]) -> bool {
    tokens.split_last().is_some_and(|(_, before)| {
        let is_listed = |token: &Token| token.kind == TokenKind::Name || token.kind.is(",") || token.kind.is("...");
        before
            .iter()
            .rposition(|token| !is_listed(token))
            .is_some_and(|at| before[at].kind.is("(") && is_function(&before[..at]))
    })
}

/// Returns whether `tokens` end with `function` and, if it has one, the function's name.
fn is_function(tokens: &[Token]) -> bool {
    let is_named = |token: &Token| token.kind == TokenKind::Name || token.kind.is(".") || token.kind.is(":");
    tokens
        .iter()
        .rfind(|token| !is_named(token))
        .is_some_and(|token| token.kind == TokenKind::Keyword(Keyword::Function))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, wanted: Position) {
        let tokens = crate::tokens::tokens_before(source.as_bytes(), source.len() as u32);
        let word = super::super::word_before(source.as_bytes(), source.len() as u32);
        assert_eq!(Position::of(source.as_bytes(), &tokens, word), wanted, "{source}");
    }

    #[test]
    fn positions_by_the_tokens_before() {
        for source in ["", "re", "x = 1\nre", "if x then re", "x = 1; re", "local function f(a, b) re", "return\nen"] {
            check(source, Position::Statement);
        }
        for source in ["return ", "x = ", "f(", "f(a, b", "local a = b, ", "for i = 1, n", "{ ", "x and y", "x .. "] {
            check(source, Position::Operand);
        }
        for source in ["if x th", "if f(x) th", "for i = 1, 2 d", "x = 'a' ", "for i i", "y[1] an"] {
            check(source, Position::AfterOperand);
        }
        for source in ["x = 'a'", "KEYS[1]", "f(x)", "y[1]x"] {
            check(source, Position::Adjacent);
        }
        for source in
            ["local ", "local a, b", "for ", "for k, v", "function ", "function f(a", "f(function(a, ", "function o:m("]
        {
            check(source, Position::Declaration);
        }
    }
}
