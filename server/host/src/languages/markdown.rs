//! Markdown: fences of Lua.

use super::definition::{Definition, Syntax};
use crate::{
    lexed::{Indent, Lexed, Style},
    lexer::Lexer,
};

pub(super) const MARKDOWN: Definition = Definition {
    name: "Markdown",
    ids: &["markdown", "mdx"],
    extensions: &["md", "markdown", "mdx"],
    interpreters: &[],
    lex,
    syntax: Syntax::DEFAULT,
    calls: &[],
};

const FENCE: &Style = &Style { is_multiline: true, indent: Indent::Closing, ..Style::RAW };

/// First words behind fences of Lua.
const LANGUAGES: &[&[u8]] = &[b"lua", b"redis-lua", b"redis_lua", b"redislua"];

fn lex(source: &[u8]) -> Lexed {
    Lexer::run(source, line)
}

/// Takes a line, or a fence with its lines.
fn line(lexer: &mut Lexer<'_>) {
    let rest = lexer.rest();
    let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    let indent = line.len() - line.trim_ascii_start().len();
    let mark = line.get(indent).copied().unwrap_or(0);
    let count = line[indent..].iter().take_while(|&&it| it == mark).count();
    let info = &line[indent + count..];
    if !matches!(mark, b'`' | b'~') || count < 3 || (mark == b'`' && info.contains(&b'`')) {
        lexer.at += line.len() + 1;
        return;
    }
    let language = info.trim_ascii().split(|it| it.is_ascii_whitespace() || b"{,:".contains(it)).next();
    let is_lua = language.is_some_and(|it| LANGUAGES.iter().any(|known| it.eq_ignore_ascii_case(known)));
    let start = lexer.at + indent;
    let close = vec![mark; count];
    lexer.at += line.trim_ascii_end().len();
    let nth = is_lua.then(|| lexer.open_literal(start, FENCE, &close));
    lexer.skip_line();
    lexer.at += 1;
    let (_, is_closed) = lexer.lines(FENCE, &close, |line, close| {
        let line = line.trim_ascii();
        line.len() >= close.len() && line.iter().all(|it| *it == close[0])
    });
    if is_closed {
        lexer.at += lexer.rest().iter().take_while(|it| matches!(it, b' ' | b'\t')).count();
    }
    let end = lexer.at.min(lexer.source.len());
    if is_closed {
        lexer.at += lexer.rest().iter().take_while(|&&it| it == mark).count();
    }
    if let Some(nth) = nth {
        lexer.close_literal(nth, end, is_closed, Vec::new());
    }
    lexer.skip_line();
}

#[cfg(test)]
mod tests {
    use super::super::marked::check;

    #[test]
    fn fences() {
        check(
            super::lex,
            &[
                "it's\n```lua«\nreturn 1\n»```\n```js\n'a'\n```\n~~~ redis-lua«\n```\n»~~~~\n",
                "- a\n  ```lua title=\"x\"«\n  return 1\n  »```\n- b ```lua\n",
                "````md\n```lua\nreturn 1\n```\n````\n```Lua«\r\nreturn 2\r\n»```",
                "```lua«\nreturn 1\n¿",
                "    ```\nx\n    ```\n```lua«\n»```",
            ],
        );
    }
}
