//! Shells: sh, bash, zsh and ksh.

use super::definition::{Definition, Syntax};
use crate::{
    bindings::bindings,
    escape::{Escapes, LineBreak},
    lexed::{Holes, Indent, Lexed, Style},
    lexer::Lexer,
};

pub(super) const SHELL: Definition = Definition {
    name: "shell",
    ids: &["shellscript", "sh", "bash", "zsh"],
    extensions: &["sh", "bash", "zsh", "ksh"],
    interpreters: &["sh", "bash", "zsh", "ksh", "dash", "ash"],
    lex,
    syntax: Syntax {
        joins_adjacent: true,
        joins_touching: true,
        ends_at_newline: true,
        keeps_cr: true,
        has_commands: true,
        ..Syntax::DEFAULT
    },
    bindings: bindings!("shell"),
};

const DOUBLE_ESCAPES: Escapes = Escapes { line_break: LineBreak::Join, literal: b"$`", ..Escapes::QUOTE };

const DOLLAR_ESCAPES: Escapes = Escapes {
    simple: &[
        (b'n', "\n"),
        (b't', "\t"),
        (b'r', "\r"),
        (b'a', "\u{7}"),
        (b'b', "\u{8}"),
        (b'e', "\u{1b}"),
        (b'E', "\u{1b}"),
        (b'f', "\u{c}"),
        (b'v', "\u{b}"),
    ],
    hex: Some((1, 2)),
    unicode4: true,
    unicode8: true,
    octal: true,
    literal: b"'\"?",
    ..Escapes::QUOTE
};

const SINGLE: &Style = &Style { is_multiline: true, ..Style::RAW };

const DOUBLE: &Style = &Style { escapes: Some(&DOUBLE_ESCAPES), holes: Holes::Shell, is_multiline: true, ..Style::RAW };

const DOLLAR: &Style = &Style { escapes: Some(&DOLLAR_ESCAPES), is_multiline: true, is_bytes: true, ..Style::RAW };

const RAW_TABS: &Style = &Style { is_multiline: true, indent: Indent::Tabs, ..Style::RAW };

const DOUBLE_TABS: &Style = &Style {
    escapes: Some(&DOUBLE_ESCAPES),
    holes: Holes::Shell,
    is_multiline: true,
    indent: Indent::Tabs,
    ..Style::RAW
};

/// Bytes of words beside letters and digits.
const WORD: &[u8] = b"-./:@%+~";

fn lex(source: &[u8]) -> Lexed {
    Lexer::run(source, step)
}

fn step(lexer: &mut Lexer<'_>) {
    let start = lexer.at;
    match lexer.peek(0) {
        b'\n' => lexer.heredocs(),
        b'#' if begins_word(lexer) => lexer.line_comment(),
        b'\\' => lexer.at += if lexer.rest()[1..].starts_with(b"\r\n") { 3 } else { 2 },
        b'\'' => {
            lexer.at += 1;
            lexer.literal(start, SINGLE, b"'");
        }
        b'"' => {
            lexer.at += 1;
            lexer.literal(start, DOUBLE, b"\"");
        }
        b'$' if lexer.peek(1) == b'\'' => {
            lexer.at += 2;
            lexer.literal(start, DOLLAR, b"'");
        }
        b'<' if lexer.sees(b"<<<") => {
            for _ in 0..3 {
                lexer.punct();
            }
        }
        b'<' if lexer.sees(b"<<") && heredoc(lexer) => {}
        // A word may begin with a digit.
        it if it.is_ascii_alphanumeric() => lexer.name(WORD),
        _ => lexer.plain(WORD),
    }
}

fn begins_word(lexer: &Lexer<'_>) -> bool {
    let before = lexer.at.checked_sub(1).map(|at| lexer.source[at]);
    before.is_none_or(|it| it.is_ascii_whitespace() || b";|&()`".contains(&it))
}

/// Takes the tag of a heredoc.
fn heredoc(lexer: &mut Lexer<'_>) -> bool {
    let start = lexer.at;
    let rest = lexer.rest();
    let has_tabs = rest.get(2) == Some(&b'-');
    let mut at = 2 + usize::from(has_tabs);
    at += rest[at..].iter().take_while(|it| matches!(it, b' ' | b'\t')).count();
    let quote = rest.get(at).copied().filter(|it| matches!(it, b'\'' | b'"' | b'\\'));
    at += usize::from(quote.is_some());
    let len = match quote {
        Some(quote @ (b'\'' | b'"')) => rest[at..].iter().take_while(|it| **it != quote && **it != b'\n').count(),
        _ => rest[at..].iter().take_while(|it| it.is_ascii_alphanumeric() || b"_-.".contains(it)).count(),
    };
    let tag = &rest[at..at + len];
    at += len;
    let closing = quote.filter(|&it| it != b'\\');
    if tag.is_empty() || closing.is_some_and(|quote| rest.get(at) != Some(&quote)) {
        return false;
    }
    at += usize::from(closing.is_some());
    if quote.is_none() && !tag[0].is_ascii_uppercase() {
        // `$((a << b))`, unless there is a line to end it.
        let ends = |line: &[u8]| line.trim_ascii() == tag;
        if tag[0].is_ascii_digit() || lexer.spare < rest.len() {
            return false;
        }
        lexer.spare -= rest.len();
        if !rest.split(|&it| it == b'\n').skip(1).any(ends) {
            return false;
        }
        lexer.spare += rest.len();
    }
    let style = match (quote.is_some(), has_tabs) {
        (true, true) => RAW_TABS,
        (true, false) => SINGLE,
        (false, true) => DOUBLE_TABS,
        (false, false) => DOUBLE,
    };
    lexer.at += at;
    let after_tabs: fn(&[u8], &[u8]) -> bool = |line, tag| {
        let tabs = line.iter().take_while(|&&it| it == b'\t').count();
        &line[tabs..] == tag
    };
    lexer.heredoc(start, style, tag, if has_tabs { after_tabs } else { |line, tag| line == tag });
    true
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
                "redis-cli EVAL '«return \"x\" \\»' 0 # don't",
                "S=\"«a \\\" ‹$b› ‹${c:-\"«d»\"}› ‹$(e '«f»' \"«g»\")› \\$h ‹`i`› ‹$1› ‹$#›»\"; echo a#'«b»' $#",
                "f $'«it\\'s\\n»' \\' '«x»' \\\n '«y»'",
                "cat <<< '«x»'; echo $((1 << 2)) $((a << b)) '«y»'",
            ],
        );
    }

    #[test]
    fn heredocs() {
        check(
            super::lex,
            &[
                "cat <<EOF '«a»'\n«x ‹$y› 'z\n EOF\n»EOF\necho '«b»'",
                "cat <<-'EOF' | f\n«\tx $y\n»\tEOF\necho '«b»'",
                "cat << \\EOF <<\"A B\"\n«$x\n»EOF\n«y\n»A B\n'«z»'",
                "S=$(cat <<eof\n«x\n»eof\n)\n'«z»'",
                "S=\"«‹$(cat <<'E'\n«it's\n»E\n)›»\"",
                "cat <<EOF\n«half '\n¿",
            ],
        );
    }

    #[test]
    fn first_lines() {
        let name = |line: &str| Language::of_first_line(line.as_bytes()).map(Language::name);
        assert_eq!(name("#!/bin/sh\n"), Some("shell"));
        assert_eq!(name("#! /usr/bin/env -S FOO=1 bash -eu"), Some("shell"));
        assert_eq!(name("#!/usr/bin/env node\n"), Some("JavaScript"));
        assert_eq!(name("#!lua name=x\n"), None);
        assert_eq!(name("#!\n"), None);
        assert_eq!(name("echo"), None);
    }
}
