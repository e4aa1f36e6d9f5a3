//! Tokens of half-typed code.

use syntax::lexer::{Lexer, Token, TokenKind};

/// Returns the tokens up to `offset`, comments aside; the last may go on behind it.
pub(crate) fn tokens_before(source: &[u8], offset: u32) -> Vec<Token> {
    // A shebang is no Lua, and an apostrophe in it no string.
    let start = if source.starts_with(b"#!") { memchr::memchr(b'\n', source).unwrap_or(source.len()) } else { 0 };
    Lexer::at(source, start)
        .take_while(|token| token.range.start < offset)
        .filter(|token| !matches!(token.kind, TokenKind::Comment | TokenKind::UnterminatedComment))
        .collect()
}
