//! Kotlin.

use super::{
    definition::{Definition, Functions, Syntax},
    java,
};
use crate::{
    escape::Escapes,
    lexed::{Holes, Lexed, Style, TokenKind},
    lexer::Lexer,
};

pub(super) const KOTLIN: Definition = Definition {
    name: "Kotlin",
    ids: &["kotlin"],
    extensions: &["kt", "kts"],
    interpreters: &["kotlin"],
    lex,
    syntax: Syntax {
        plus: &["+"],
        ends_at_newline: true,
        functions: Functions::Braces(&["fun", "constructor"]),
        ..Syntax::DEFAULT
    },
    calls: java::CALLS,
};

const ESCAPES: Escapes = Escapes {
    simple: &[(b'n', "\n"), (b't', "\t"), (b'r', "\r"), (b'b', "\u{8}")],
    unicode4: true,
    keeps_unknown: false,
    literal: b"'\"$",
    ..Escapes::QUOTE
};

const TEXT: &Style = &Style { escapes: Some(&ESCAPES), holes: Holes::DollarName, ..Style::RAW };

const RAW: &Style = &Style { holes: Holes::DollarName, is_multiline: true, closes_late: true, ..Style::RAW };

fn lex(source: &[u8]) -> Lexed {
    Lexer::run(source, step)
}

fn step(lexer: &mut Lexer<'_>) {
    let start = lexer.at;
    match lexer.peek(0) {
        b'/' if lexer.c_comment(true) => {}
        b'"' => {
            let (style, quotes) = if lexer.sees(b"\"\"\"") { (RAW, 3) } else { (TEXT, 1) };
            lexer.at += quotes;
            lexer.literal(start, style, &b"\"\"\""[..quotes]);
        }
        b'\'' => lexer.character(),
        b'`' => name(lexer),
        _ => lexer.plain(b"$"),
    }
}

/// Takes a name in backticks.
fn name(lexer: &mut Lexer<'_>) {
    let start = lexer.at;
    let len = lexer.rest()[1..].iter().take_while(|it| !matches!(it, b'`' | b'\n')).count();
    if lexer.peek(1 + len) == b'`' {
        lexer.at += len + 2;
        lexer.push(TokenKind::Name, start);
    } else {
        lexer.punct();
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
                "val a = \"«x \\\" ‹$b› ‹${c[\"«d»\"]}› \\$e $1»\" + '\"' + '\\''",
                "val a = \"\"\"«\n x \"y\" \\ ‹${'$'}›z \"\"»\"\"\".trimIndent(); val b = \"«»\"",
                "val a = \"\"\"«x\"»\"\"\"; f(\"«y»\")",
                "fun `it's \"x\"`() = \"«a»\" /* /* \" */ \" */ // \"",
                "f(\"«‹${list.map {\n \"«a»\" }}›»\")",
            ],
        );
    }

    #[test]
    fn half_typed() {
        check(
            super::lex,
            &[
                "val a = \"«half¿\nval b = \"«c»\"",
                "val a = \"«half \\¿\nval b = \"«c»\"",
                "f(\"«x ${y»\")\nf(\"«z»\")",
                "val a = \"\"\"«\nhalf \"x\"\n¿",
            ],
        );
    }
}
