//! Kotlin.

use super::definition::{Definition, Functions, Syntax};
use crate::{
    bindings::bindings,
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
    bindings: bindings!("java"),
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
        b'$' if let Some((style, signs, quotes)) = dollars(lexer) => {
            lexer.at += signs + quotes;
            lexer.literal(start, style, &b"\"\"\""[..quotes]);
        }
        b'\'' => lexer.character(),
        b'`' => name(lexer),
        _ => lexer.plain(b"$"),
    }
}

/// A literal with dollar signs before its quotes, so that fewer of them are text in it: its style, and the numbers of signs and quotes.
fn dollars(lexer: &Lexer<'_>) -> Option<(&'static Style, usize, usize)> {
    const TEXTS: [&Style; 2] = [
        &Style { escapes: Some(&ESCAPES), holes: Holes::Dollars(2), ..Style::RAW },
        &Style { escapes: Some(&ESCAPES), holes: Holes::Dollars(3), ..Style::RAW },
    ];
    const RAWS: [&Style; 2] = [
        &Style { holes: Holes::Dollars(2), is_multiline: true, closes_late: true, ..Style::RAW },
        &Style { holes: Holes::Dollars(3), is_multiline: true, closes_late: true, ..Style::RAW },
    ];
    let signs = lexer.rest().iter().take_while(|&&it| it == b'$').count();
    let quotes = &lexer.rest()[signs..];
    // More than three are never needed.
    let nth = signs.checked_sub(2)?.min(1);
    match quotes {
        it if it.starts_with(b"\"\"\"") => Some((RAWS[nth], signs, 3)),
        it if it.starts_with(b"\"") => Some((TEXTS[nth], signs, 1)),
        _ => None,
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
                "val a = $$\"\"\"«x $y ${z} ‹$$a› $‹$$b› ‹$${c[\"«d»\"]}›»\"\"\"; f($$\"«$x \\n»\")",
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
