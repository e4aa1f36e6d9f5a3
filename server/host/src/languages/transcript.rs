//! Transcripts of redis-cli: files named `*.redis`, and fences of Markdown.

use super::definition::{Definition, Syntax};
use crate::{
    bindings::bindings,
    escape::{Escapes, LineBreak},
    lexed::{Lexed, Style},
    lexer::Lexer,
};

pub(super) const TRANSCRIPT: Definition = Definition {
    name: "redis-cli",
    // Documents of editors are transcripts first.
    ids: &[],
    extensions: &["redis"],
    interpreters: &[],
    lex,
    syntax: SYNTAX,
    bindings: bindings!("transcript"),
};

pub(super) const SYNTAX: Syntax = Syntax { ends_at_newline: true, has_commands: true, ..Syntax::DEFAULT };

const ESCAPES: Escapes = Escapes {
    simple: &[(b'n', "\n"), (b'r', "\r"), (b't', "\t"), (b'b', "\u{8}"), (b'a', "\u{7}")],
    hex: Some((2, 2)),
    keeps_unknown: false,
    line_break: LineBreak::Keep,
    literal: b"\"",
    ..Escapes::QUOTE
};

/// In single quotes a backslash means something before a quote alone.
const SINGLE_ESCAPES: Escapes = Escapes { quote_only: true, ..Escapes::QUOTE };

const DOUBLE: &Style = &Style { escapes: Some(&ESCAPES), is_bytes: true, ..Style::RAW };

const SINGLE: &Style = &Style { escapes: Some(&SINGLE_ESCAPES), ..Style::RAW };

/// Bytes of words beside letters and digits.
const WORD: &[u8] = b"-./:@%+~*?[](){}<>=!,;&|^$#\\`";

fn lex(source: &[u8]) -> Lexed {
    let has_marks = source.split(|&it| it == b'\n').any(|line| prompt(line).is_some());
    Lexer::run(source, if has_marks { line } else { bare_line })
}

/// Takes a line; only those with a prompt are commands.
fn line(lexer: &mut Lexer<'_>) {
    let rest = lexer.rest();
    let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    match prompt(line) {
        Some(len) => {
            lexer.at += len;
            words(lexer);
        }
        None => lexer.at += line.len() + 1,
    }
}

/// Takes a line of a file without prompts, which is a command or a comment.
fn bare_line(lexer: &mut Lexer<'_>) {
    let blank = lexer.rest().iter().take_while(|it| matches!(it, b' ' | b'\t')).count();
    lexer.at += blank;
    if lexer.peek(0) == b'#' { lexer.line_comment() } else { words(lexer) }
}

/// The length of redis-cli's prompt at the beginning of a line: `> `, `127.0.0.1:6379> `, `redis:6379[1](TX)> `.
pub(super) fn prompt(line: &[u8]) -> Option<usize> {
    let indent = line.iter().take_while(|it| matches!(it, b' ' | b'\t')).count();
    let end = indent + memchr::memchr(b'>', &line[indent..])?;
    let before = &line[indent..end];
    let is_prompt =
        before.len() <= 80 && before.iter().all(|it| it.is_ascii_alphanumeric() || b".:-_[]()".contains(it));
    (is_prompt && line.get(end + 1).is_none_or(|it| *it == b' ')).then(|| (end + 2).min(line.len()))
}

/// Takes the words of a command up to the end of the line.
pub(super) fn words(lexer: &mut Lexer<'_>) {
    loop {
        let start = lexer.at;
        match lexer.peek(0) {
            _ if lexer.at >= lexer.source.len() => return,
            b'\n' => {
                lexer.at += 1;
                return;
            }
            b'"' => {
                lexer.at += 1;
                lexer.literal(start, DOUBLE, b"\"");
            }
            b'\'' => {
                lexer.at += 1;
                lexer.literal(start, SINGLE, b"'");
            }
            it if it.is_ascii_whitespace() => lexer.at += 1,
            _ => lexer.name(WORD),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::marked::check;

    #[test]
    fn commands_with_prompts() {
        check(
            super::lex,
            &[
                "> EVAL \"«return 'a\\n\\x41\\\"'»\" 0\n\"reply\"\n127.0.0.1:6379> GET '«it\\'s \\n»'\nredis:1[2](TX)> ECHO \"«x»\"\n",
                "EVAL \"«return 1»\" 0\n# it's\n  GET a\"«b»\"\n",
                "> EVAL \"«return¿\n> GET '«a»'",
            ],
        );
    }
}
