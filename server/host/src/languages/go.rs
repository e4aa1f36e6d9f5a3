//! Go.

use super::definition::{Definition, Functions, Syntax};
use crate::{
    bindings::bindings,
    escape::Escapes,
    lexed::{Lexed, Style},
    lexer::Lexer,
};

pub(super) const GO: Definition = Definition {
    name: "Go",
    ids: &["go"],
    extensions: &["go"],
    interpreters: &[],
    lex,
    syntax: Syntax { plus: &["+"], ends_at_newline: true, functions: Functions::Braces(&["func"]), ..Syntax::DEFAULT },
    bindings: bindings!("go"),
};

const ESCAPES: Escapes = Escapes {
    simple: Escapes::C,
    hex: Some((2, 2)),
    unicode4: true,
    unicode8: true,
    octal: true,
    keeps_unknown: false,
    ..Escapes::QUOTE
};

const TEXT: &Style = &Style { escapes: Some(&ESCAPES), is_bytes: true, ..Style::RAW };

const RAW: &Style = &Style { is_multiline: true, drops_cr: true, ..Style::RAW };

fn lex(source: &[u8]) -> Lexed {
    Lexer::run(source, step)
}

fn step(lexer: &mut Lexer<'_>) {
    let start = lexer.at;
    match lexer.peek(0) {
        b'/' if lexer.c_comment(false) => {}
        b'"' => {
            lexer.at += 1;
            lexer.literal(start, TEXT, b"\"");
        }
        b'`' => {
            lexer.at += 1;
            lexer.literal(start, RAW, b"`");
        }
        b'\'' => lexer.character(),
        _ => lexer.plain(b""),
    }
}

#[cfg(test)]
mod tests {
    use super::super::marked::check;

    #[test]
    fn literals() {
        check(
            super::lex,
            &[
                "var s = \"«a \\\" b\\\\»\" + `«raw \" \\»` // it's `",
                "x := `«a\nb\r\nc»`; y := '`'; z := '\\''; w := \"«x»\"",
                "a := \"«half¿\nb := \"«c»\"",
                "a := \"«half \\¿\nb := \"«c»\"",
                "/* \" */ r := '\"' + '\\u00e9' + 'é'; s := \"«»\"",
                "x := `«half \"a\"\nfoo()\n¿",
            ],
        );
    }
}
