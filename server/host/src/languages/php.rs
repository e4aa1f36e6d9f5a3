//! PHP.

use super::definition::{Definition, Functions, Syntax};
use crate::{
    bindings::bindings,
    escape::Escapes,
    lexed::{Holes, Indent, Lexed, Style},
    lexer::Lexer,
};

pub(super) const PHP: Definition = Definition {
    name: "PHP",
    ids: &["php"],
    extensions: &["php", "phtml"],
    interpreters: &["php"],
    lex,
    syntax: Syntax { plus: &["."], keeps_cr: true, functions: Functions::Braces(&["function"]), ..Syntax::DEFAULT },
    bindings: bindings!("php"),
};

const ESCAPES: Escapes = Escapes {
    simple: &[(b'n', "\n"), (b't', "\t"), (b'r', "\r"), (b'v', "\u{b}"), (b'e', "\u{1b}"), (b'f', "\u{c}")],
    hex: Some((1, 2)),
    braces: true,
    octal: true,
    literal: b"$",
    ..Escapes::QUOTE
};

const SINGLE: &Style = &Style { escapes: Some(&Escapes::QUOTE), is_multiline: true, ..Style::RAW };

const DOUBLE: &Style =
    &Style { escapes: Some(&ESCAPES), holes: Holes::Php, is_multiline: true, is_bytes: true, ..Style::RAW };

const HEREDOC: &Style = &Style {
    escapes: Some(&ESCAPES),
    holes: Holes::Php,
    is_multiline: true,
    is_bytes: true,
    indent: Indent::Closing,
    ..Style::RAW
};

const NOWDOC: &Style = &Style { is_multiline: true, indent: Indent::Closing, ..Style::RAW };

fn lex(source: &[u8]) -> Lexed {
    let mut lexer = Lexer::new(source, step);
    html(&mut lexer);
    lexer.rest_of_file();
    lexer.out
}

/// Skips text up to code.
fn html(lexer: &mut Lexer<'_>) {
    while let Some(found) = memchr::memmem::find(lexer.rest(), b"<?") {
        lexer.at += found + 2;
        if lexer.peek(0) == b'=' {
            lexer.at += 1;
            return;
        }
        if lexer.rest().get(..3).is_some_and(|it| it.eq_ignore_ascii_case(b"php")) {
            lexer.at += 3;
            return;
        }
    }
    lexer.at = lexer.source.len();
}

fn step(lexer: &mut Lexer<'_>) {
    let start = lexer.at;
    match lexer.peek(0) {
        b'?' if lexer.sees(b"?>") && lexer.depth == 0 => {
            lexer.at += 2;
            html(lexer);
        }
        b'#' if lexer.peek(1) != b'[' => comment(lexer),
        b'/' if lexer.peek(1) == b'/' => comment(lexer),
        b'/' if lexer.c_comment(false) => {}
        b'\'' => {
            lexer.at += 1;
            lexer.literal(start, SINGLE, b"'");
        }
        quote @ (b'"' | b'`') => {
            lexer.at += 1;
            lexer.literal(start, DOUBLE, &[quote]);
        }
        b'<' if lexer.sees(b"<<<") && heredoc(lexer) => {}
        _ => lexer.plain(b"$"),
    }
}

/// Takes a comment, which ends with the line or with the code.
fn comment(lexer: &mut Lexer<'_>) {
    let start = lexer.at;
    lexer.skip_line();
    if let Some(end) = memchr::memmem::find(&lexer.source[start..lexer.at], b"?>") {
        lexer.at = start + end;
    }
    lexer.comment(start);
}

/// Takes a heredoc; false if its tag is none.
fn heredoc(lexer: &mut Lexer<'_>) -> bool {
    let start = lexer.at;
    let rest = lexer.rest();
    let mut at = 3 + rest[3..].iter().take_while(|it| matches!(it, b' ' | b'\t')).count();
    let quote = rest.get(at).copied().filter(|it| matches!(it, b'\'' | b'"'));
    at += usize::from(quote.is_some());
    let tag = &rest[at..at + rest[at..].iter().take_while(|it| is_name(**it)).count()];
    at += tag.len() + usize::from(quote.is_some());
    let ends_line = rest[at.min(rest.len())..].starts_with(b"\n") || rest[at.min(rest.len())..].starts_with(b"\r\n");
    if tag.is_empty() || !ends_line || quote.is_some_and(|quote| rest[at - 1] != quote) {
        return false;
    }
    let style = if quote == Some(b'\'') { NOWDOC } else { HEREDOC };
    lexer.at += at;
    let nth = lexer.open_literal(start, style, tag);
    lexer.skip_line();
    lexer.at += 1;
    let (holes, is_closed) = lexer.lines(style, tag, |line, tag| {
        line.trim_ascii_start().strip_prefix(tag).is_some_and(|rest| !rest.first().is_some_and(|it| is_name(*it)))
    });
    if is_closed {
        lexer.at += lexer.rest().iter().take_while(|it| matches!(it, b' ' | b'\t')).count();
    }
    let end = lexer.at;
    if is_closed {
        lexer.at += tag.len();
    }
    lexer.close_literal(nth, end, is_closed, holes);
    true
}

fn is_name(it: u8) -> bool {
    it.is_ascii_alphanumeric() || it == b'_' || it >= 0x80
}

#[cfg(test)]
mod tests {
    use super::super::marked::check;

    #[test]
    fn literals() {
        check(
            super::lex,
            &[
                "it's <?php $a = '«it\\'s \\n»' . \"«x ‹$y› ‹{$z['«k»']}› ‹${w}› \\$v»\"; ?> it's \"<?= '«b»' ?> don't",
                "<?php // don't ?> 'a' <?php # \"\n f('«x»'); #[A('«y»')]",
                "<?php f(\"«‹$a[0]› ‹$b->c› $1 {x} ‹{$d->e(\"«f»\")}›»\");",
                "no code 'a'",
                "<?php /* ' */ `«ls ‹$x›»`; 1 << 2; '«a»'",
            ],
        );
    }

    #[test]
    fn heredocs() {
        check(
            super::lex,
            &[
                "<?php\nf(<<<LUA«\n  a ‹$b› 'c' \"d\"\n  »LUA, '«x»');",
                "<?php\nf(<<<'LUA'«\n  a $b LUAN\n»LUA\n, '«x»');",
                "<?php\nf(<<< \"LUA\"«\r\n  a\r\n  LUA_b\r\n»LUA;\r\n'«x»'",
                "<?php\n$a = <<<X«\n»X . '«b»';",
                "<?php\n$a = <<<X«\nhalf\n'a'\n¿",
            ],
        );
    }

    #[test]
    fn half_typed() {
        check(super::lex, &["<?php $a = '«x;\n$b = »'y'«;\n¿", "<?php $a = \"«‹${x›¿"]);
    }
}
