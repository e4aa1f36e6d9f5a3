//! Lua as a host: programs of OpenResty, whose scripts are in strings.

use super::definition::{Definition, Functions, Syntax};
use crate::{
    bindings::bindings,
    escape::{Escapes, LineBreak},
    lexed::{Lexed, Style},
    lexer::Lexer,
};

/// Without names for editors and extensions, for most `.lua` files here are scripts: see [`is_host`].
pub(super) const LUA: Definition = Definition {
    name: "Lua",
    ids: &[],
    extensions: &[],
    interpreters: &["resty"],
    lex,
    syntax: Syntax { plus: &[".."], functions: Functions::Indented("function"), ..Syntax::DEFAULT },
    bindings: bindings!("lua"),
};

const ESCAPES: Escapes = Escapes {
    simple: Escapes::C,
    hex: Some((2, 2)),
    decimal: true,
    line_break: LineBreak::Newline,
    keeps_unknown: false,
    literal: b"'\"",
    ..Escapes::QUOTE
};

const TEXT: &Style = &Style { escapes: Some(&ESCAPES), is_bytes: true, ..Style::RAW };

const LONG: &Style = &Style { is_multiline: true, ..Style::RAW };

/// True if a Lua file is a program that calls scripts and no script.
pub(super) fn is_host(source: &[u8]) -> bool {
    let has = |text: &str| memchr::memmem::find(source, text.as_bytes()).is_some();
    let calls = [":eval(", ":evalsha(", ":script(", ":eval_ro("];
    if !(has("require") || has("ngx.")) || !calls.iter().any(|it| has(it)) {
        return false;
    }
    // What a script has outside of strings.
    let lexed = lex(source);
    let text = |at: usize| lexed.tokens.get(at).map_or(&[][..], |it| it.range.slice(source));
    !(0..lexed.tokens.len()).any(|at| match text(at) {
        b"KEYS" | b"ARGV" => text(at + 1) == b"[",
        b"redis" | b"server" => text(at + 1) == b"." && matches!(text(at + 2), b"call" | b"pcall"),
        _ => false,
    })
}

fn lex(source: &[u8]) -> Lexed {
    Lexer::run(source, step)
}

fn step(lexer: &mut Lexer<'_>) {
    let start = lexer.at;
    match lexer.peek(0) {
        b'#' if start == 0 => lexer.line_comment(),
        b'-' if lexer.sees(b"--") => match level(&lexer.rest()[2..]) {
            Some(level) => {
                lexer.skip_past(&closing(level));
                lexer.comment(start);
            }
            None => lexer.line_comment(),
        },
        quote @ (b'\'' | b'"') => {
            lexer.at += 1;
            lexer.literal(start, TEXT, &[quote]);
        }
        b'[' => match level(lexer.rest()) {
            Some(level) => {
                lexer.at += level + 2;
                // A line break behind the bracket is no part of the text.
                lexer.at += match lexer.rest() {
                    [b'\r', b'\n', ..] => 2,
                    [b'\n', ..] => 1,
                    _ => 0,
                };
                lexer.literal(start, LONG, &closing(level));
            }
            None => lexer.punct(),
        },
        _ => lexer.plain(b""),
    }
}

/// The level of the long bracket at the beginning of `rest`: the number of its `=`.
fn level(rest: &[u8]) -> Option<usize> {
    let level = rest.strip_prefix(b"[")?.iter().take_while(|&&it| it == b'=').count();
    (rest.get(level + 1) == Some(&b'[')).then_some(level)
}

fn closing(level: usize) -> Vec<u8> {
    [b"]".as_slice(), &b"=".repeat(level), b"]"].concat()
}

#[cfg(test)]
mod tests {
    use super::super::marked::check;
    use crate::Language;

    #[test]
    fn literals() {
        check(
            super::lex,
            &[
                "local a = '«it\\'s»' .. \"«x\\\ny»\" -- don't\nlocal b = \"«c»\"",
                "local a = [[\n«x ]= \" y\n»]]; b = [==[«]] ]=] »]==] --[[ ' ]] --[=[ \" ]] ]=] t[x[1]] = '«y»'",
                "local a = '«half¿\nlocal b = '«c»'",
                "local a = [[\n«half 'x'\n¿",
            ],
        );
    }

    #[test]
    fn hosts() {
        let is_host = |source: &str| Language::of_lua(source.as_bytes()).is_some();
        assert!(is_host("local redis = require 'resty.redis'\nred:eval([[return redis.call('GET', KEYS[1])]], 1, k)"));
        assert!(!is_host("local x = redis.call('GET', KEYS[1]) -- require, red:eval("));
        assert!(!is_host("return require 'x'"));
    }
}
