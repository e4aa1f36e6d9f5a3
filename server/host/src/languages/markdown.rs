//! Markdown: fences of Lua, and of what redis-cli shows.

use super::{definition::Definition, transcript};
use crate::{
    bindings::bindings,
    lexed::{Indent, Lexed, Style},
    lexer::Lexer,
};

pub(super) const MARKDOWN: Definition = Definition {
    name: "Markdown",
    ids: &["markdown", "mdx"],
    extensions: &["md", "markdown", "mdx"],
    interpreters: &[],
    lex,
    syntax: transcript::SYNTAX,
    bindings: bindings!("transcript"),
};

const FENCE: &Style = &Style { is_multiline: true, indent: Indent::Closing, ..Style::RAW };

/// First words behind fences of Lua.
const LUA: &[&[u8]] = &[b"lua", b"redis-lua", b"redis_lua", b"redislua"];

/// First words behind fences whose lines with prompts are commands of redis-cli; none is one too.
const TRANSCRIPTS: &[&[u8]] =
    &[b"", b"redis", b"redis-cli", b"valkey", b"console", b"text", b"txt", b"plaintext", b"shell-session", b"session"];

fn lex(source: &[u8]) -> Lexed {
    Lexer::run(source, line)
}

/// Takes a line, or a fence with its lines.
fn line(lexer: &mut Lexer<'_>) {
    let rest = lexer.rest();
    let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    let indent = line.iter().take_while(|it| matches!(it, b' ' | b'\t')).count();
    let mark = line.get(indent).copied().unwrap_or(0);
    let count = line[indent..].iter().take_while(|&&it| it == mark).count();
    let info = &line[indent + count..];
    if !matches!(mark, b'`' | b'~') || count < 3 || (mark == b'`' && info.contains(&b'`')) {
        lexer.at += line.len() + 1;
        return;
    }
    let language = info.trim_ascii().split(|it| it.is_ascii_whitespace() || b"{,:".contains(it)).next();
    let is_of = |all: &[&[u8]]| language.is_some_and(|it| all.iter().any(|known| it.eq_ignore_ascii_case(known)));
    let start = lexer.at + indent;
    let close = vec![mark; count];
    lexer.at += line.trim_ascii_end().len();
    if is_of(TRANSCRIPTS) {
        lexer.skip_line();
        lexer.at += 1;
        return transcript(lexer, &close);
    }
    let nth = is_of(LUA).then(|| lexer.open_literal(start, FENCE, &close));
    lexer.skip_line();
    lexer.at += 1;
    let (_, is_closed) = lexer.lines(FENCE, &close, is_end);
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

/// True if a line ends a fence.
fn is_end(line: &[u8], close: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.len() >= close.len() && line.iter().all(|it| *it == close[0])
}

/// Takes the lines of a fence that ends with `close`: those with a prompt are commands.
fn transcript(lexer: &mut Lexer<'_>, close: &[u8]) {
    while lexer.at < lexer.source.len() {
        let rest = lexer.rest();
        let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
        match transcript::prompt(line) {
            Some(len) => {
                lexer.at += len;
                transcript::words(lexer);
            }
            None => lexer.at += line.len() + 1,
        }
        if is_end(line, close) {
            break;
        }
    }
    lexer.at = lexer.at.min(lexer.source.len());
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
                "```\n> GET \"«a»\"\nit's 'b'\n127.0.0.1:6379> GET '«b»'\n```\n> 'c'\n~~~redis\n> GET '«d»'\n~~~\n",
            ],
        );
    }
}
