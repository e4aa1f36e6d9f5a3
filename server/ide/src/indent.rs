//! Block depth of a line, from its tokens, so that it works while the block is typed.

use syntax::lexer::{Keyword, TokenKind};

use crate::tokens::tokens_before;

/// Number of blocks open where the line at `start` begins, less the one that the line itself ends.
pub fn depth(source: &[u8], start: u32) -> usize {
    use Keyword::{Do, Else, Elseif, End, Function, Repeat, Then, Until};
    let mut depth = 0_i32;
    for token in tokens_before(source, start) {
        match token.kind {
            TokenKind::Keyword(Do | Then | Function | Repeat) => depth += 1,
            // `elseif` ends a block and its `then` begins the next; `else` does both.
            TokenKind::Keyword(End | Until | Elseif) => depth -= 1,
            TokenKind::Keyword(Else) => {}
            kind if kind.is("(") || kind.is("{") => depth += 1,
            kind if kind.is(")") || kind.is("}") => depth -= 1,
            _ => {}
        }
    }
    let line = source.get(start as usize..).unwrap_or_default();
    let line = line.split(|&byte| byte == b'\n').next().unwrap_or_default().trim_ascii();
    let word = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let ends = matches!(&line[..word], b"end" | b"until" | b"else" | b"elseif")
        || line.starts_with(b"}")
        || line.starts_with(b")");
    usize::try_from(depth - i32::from(ends)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_while_it_is_typed() {
        let at = |source: &str| depth(source.as_bytes(), source.rfind('\n').map_or(0, |at| at + 1) as u32);
        assert_eq!(at("if x then\n"), 1);
        assert_eq!(at("if x then\n  y()\nend"), 0);
        assert_eq!(at("if x then\nelse"), 0);
        assert_eq!(at("local function f(\n"), 2);
        assert_eq!(at("for i = 1, 2 do\n  while true do\n"), 2);
        assert_eq!(at("redis.call('SET',\n"), 1);
        assert_eq!(at("-- if then\n"), 0);
        assert_eq!(at("if a then\nelseif b then\n"), 1);
    }
}
