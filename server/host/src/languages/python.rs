//! Python.

use super::definition::{Definition, Functions, Syntax};
use crate::{
    bindings::bindings,
    escape::{Escapes, LineBreak},
    lexed::{Holes, Lexed, Style},
    lexer::Lexer,
};

pub(super) const PYTHON: Definition = Definition {
    name: "Python",
    ids: &["python"],
    extensions: &["py", "pyi"],
    lex,
    interpreters: &["python", "python3", "python2"],
    syntax: Syntax {
        plus: &["+"],
        joins_adjacent: true,
        ends_at_newline: true,
        has_docstrings: true,
        functions: Functions::Indented("def"),
        ..Syntax::DEFAULT
    },
    bindings: bindings!("python"),
};

const ESCAPES: Escapes = Escapes {
    simple: Escapes::C,
    hex: Some((2, 2)),
    unicode4: true,
    unicode8: true,
    octal: true,
    line_break: LineBreak::Join,
    literal: b"'\"",
    ..Escapes::QUOTE
};

const BYTE_ESCAPES: Escapes = Escapes { unicode4: false, unicode8: false, ..ESCAPES };

/// The style of a literal with a prefix of these letters.
fn style(raw: bool, bytes: bool, format: bool, multiline: bool) -> &'static Style {
    macro_rules! table {
        ($($raw:literal $bytes:literal $format:literal $multiline:literal)*) => {
            match (raw, bytes, format, multiline) {
                $(($raw, $bytes, $format, $multiline) => {
                    const STYLE: Style = Style {
                        escapes: if $raw { None } else if $bytes { Some(&BYTE_ESCAPES) } else { Some(&ESCAPES) },
                        guards_quote: $raw,
                        holes: if $format { Holes::Braces(1) } else { Holes::None },
                        is_multiline: $multiline,
                        is_bytes: $bytes,
                        ..Style::RAW
                    };
                    &STYLE
                })*
            }
        };
    }
    table! {
        false false false false  false false false true  false false true false  false false true true
        false true false false   false true false true   false true true false   false true true true
        true false false false   true false false true   true false true false   true false true true
        true true false false    true true false true    true true true false    true true true true
    }
}

fn lex(source: &[u8]) -> Lexed {
    Lexer::run(source, step)
}

fn step(lexer: &mut Lexer<'_>) {
    match lexer.peek(0) {
        b'#' => lexer.line_comment(),
        b'\'' | b'"' => string(lexer, lexer.at),
        b'a'..=b'z' | b'A'..=b'Z' => {
            let prefix = lexer.rest().iter().take(4).take_while(|it| it.is_ascii_alphabetic()).count();
            let is_prefix = prefix <= 3 && lexer.rest()[..prefix].iter().all(|it| b"rRbBuUfFtT".contains(it));
            if is_prefix && matches!(lexer.peek(prefix), b'\'' | b'"') {
                let start = lexer.at;
                lexer.at += prefix;
                string(lexer, start);
            } else {
                lexer.name(b"");
            }
        }
        _ => lexer.plain(b""),
    }
}

/// Takes a string from its quote on; its prefix begins at `start`.
fn string(lexer: &mut Lexer<'_>, start: usize) {
    let prefix = lexer.source[start..lexer.at].to_ascii_lowercase();
    let has = |letter: u8| prefix.contains(&letter);
    let quote = lexer.peek(0);
    let triple = [quote; 3];
    let is_triple = lexer.sees(&triple);
    let style = style(has(b'r'), has(b'b'), has(b'f') || has(b't'), is_triple);
    lexer.at += if is_triple { 3 } else { 1 };
    lexer.literal(start, style, if is_triple { &triple } else { &triple[..1] });
}

#[cfg(test)]
mod tests {
    use super::super::marked::check;

    #[test]
    fn literals() {
        check(
            super::lex,
            &[
                "a = '«it\\'s»' + \"«x»\" # '",
                "a = r'«\\'»' + Rb\"\"\"«\\\"\"\" \" x»\"\"\"",
                "a = '''«x ' '' y\n»''' '«»' \"«»\"",
                "a = '«x\\\ny»'; b = '«c»'",
                "f(bar'«x»')",
            ],
        );
    }

    #[test]
    fn format_strings() {
        check(
            super::lex,
            &[
                "f'«a ‹{b}› {{c}} ‹{d['«e»']!r}›»'",
                "f'«‹{x:>{w}}› ‹{y:#x}› {{‹{z}›}}»' + '«a»'",
                "f'''«‹{f'«‹{a}›»'}›\n»'''",
                "f'«‹{a if b else {1: '«c»'}[1]}›»'",
                "rf'«\\d{{2}} ‹{x:%H:%M}›»'",
            ],
        );
    }

    #[test]
    fn half_typed() {
        check(
            super::lex,
            &[
                "a = '«x¿\nb = '«c»'",
                "a = f'«x {y»'\nb = '«c»'",
                "a = f'«x {y¿\nb = '«c»'",
                "a = f'«x {y:z»'\nb = '«c»'",
                "a = \"\"\"«x\nb = 'c'\n¿",
            ],
        );
    }
}
