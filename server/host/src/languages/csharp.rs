//! C#.

use super::definition::{Definition, Syntax};
use crate::{
    bindings::bindings,
    escape::Escapes,
    lexed::{Holes, Indent, Lexed, Style},
    lexer::Lexer,
};

pub(super) const CSHARP: Definition = Definition {
    name: "C#",
    ids: &["csharp"],
    extensions: &["cs", "csx"],
    interpreters: &["dotnet-script"],
    lex,
    syntax: Syntax { plus: &["+"], keeps_cr: true, ..Syntax::DEFAULT },
    bindings: bindings!("csharp"),
};

const ESCAPES: Escapes = Escapes {
    simple: &[
        (b'n', "\n"),
        (b't', "\t"),
        (b'r', "\r"),
        (b'a', "\u{7}"),
        (b'b', "\u{8}"),
        (b'f', "\u{c}"),
        (b'v', "\u{b}"),
        (b'e', "\u{1b}"),
        (b'0', "\0"),
    ],
    hex: Some((1, 4)),
    unicode4: true,
    unicode8: true,
    keeps_unknown: false,
    literal: b"'\"",
    ..Escapes::QUOTE
};

const TEXT: Style = Style { escapes: Some(&ESCAPES), ..Style::RAW };

const VERBATIM: Style = Style { doubles_quote: true, is_multiline: true, ..Style::RAW };

const BLOCK: Style = Style { is_multiline: true, indent: Indent::Closing, ..Style::RAW };

/// The same style with holes of `count` braces.
const fn with_holes(style: Style, count: u8) -> Style {
    Style { holes: Holes::Braces(count), ..style }
}

/// Styles without `$`, and with one to four of them.
const ONE_LINE: &[Style; 5] = &[
    Style::RAW,
    with_holes(Style::RAW, 1),
    with_holes(Style::RAW, 2),
    with_holes(Style::RAW, 3),
    with_holes(Style::RAW, 4),
];

const BLOCKS: &[Style; 5] =
    &[BLOCK, with_holes(BLOCK, 1), with_holes(BLOCK, 2), with_holes(BLOCK, 3), with_holes(BLOCK, 4)];

const TEXTS: &[Style; 2] = &[TEXT, with_holes(TEXT, 1)];

const VERBATIMS: &[Style; 2] = &[VERBATIM, with_holes(VERBATIM, 1)];

fn lex(source: &[u8]) -> Lexed {
    Lexer::run(source, step)
}

fn step(lexer: &mut Lexer<'_>) {
    match lexer.peek(0) {
        b'/' if lexer.c_comment(false) => {}
        b'"' | b'$' | b'@' if string(lexer) => {}
        b'\'' => lexer.character(),
        // A directive, whose text may have quotes: `#region it's`.
        b'#' if begins_line(lexer) => lexer.line_comment(),
        _ => lexer.plain(b"@"),
    }
}

fn begins_line(lexer: &Lexer<'_>) -> bool {
    let before = &lexer.source[..lexer.at];
    let indent = before.iter().rev().take_while(|it| matches!(it, b' ' | b'\t')).count();
    before[..before.len() - indent].last().is_none_or(|it| *it == b'\n')
}

/// Takes a string with its prefix; false if it is none.
fn string(lexer: &mut Lexer<'_>) -> bool {
    let start = lexer.at;
    let rest = lexer.rest();
    let prefix = rest.iter().take_while(|it| matches!(it, b'$' | b'@')).count();
    let quotes = rest[prefix..].iter().take_while(|&&it| it == b'"').count();
    if quotes == 0 {
        return false;
    }
    let dollars = rest[..prefix].iter().filter(|&&it| it == b'$').count().min(4);
    let is_verbatim = rest[..prefix].contains(&b'@');
    lexer.at += prefix;
    if quotes >= 3 && !is_verbatim {
        lexer.at += quotes;
        let line = lexer.rest().split(|&it| it == b'\n').next().unwrap_or_default();
        let is_block = line.trim_ascii().is_empty();
        let close = vec![b'"'; quotes];
        lexer.literal(start, if is_block { &BLOCKS[dollars] } else { &ONE_LINE[dollars] }, &close);
    } else {
        lexer.at += 1;
        let styles = if is_verbatim { VERBATIMS } else { TEXTS };
        lexer.literal(start, &styles[dollars.min(1)], b"\"");
    }
    // The suffix of UTF-8.
    if lexer.sees(b"u8") {
        lexer.at += 2;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::marked::check;

    #[test]
    fn literals() {
        check(
            super::lex,
            &[
                "var a = \"«x \\\" y»\" + @\"«c:\\ \"\"d\"\"\n»\" + '\"' + \"«z»\"u8; // \"",
                "f($\"«‹{a}› {{b}} ‹{c:N2}› ‹{d[\"«e»\"]}›»\", $@\"«\\‹{x}›\"\"\n»\", @$\"«‹{y}›»\")",
                "#region it's\n  #endregion \"\nvar a = \"«b»\";",
                "var a = \"«half¿\nvar b = \"«c»\";",
                "var @class = \"«»\" + '\\'' + \"«x»\";",
            ],
        );
    }

    #[test]
    fn raw_strings() {
        check(
            super::lex,
            &[
                "var a = \"\"\"«\n  x \"y\" \"\"\n  »\"\"\"; f(\"«z»\");",
                "var a = \"\"\"\"«\n \"\"\" {x}\n »\"\"\"\"; var b = \"\"\"«one \"line\" x»\"\"\";",
                "var a = $$\"\"\"«\n {x} ‹{{y}}› {‹{{z}}›}\n »\"\"\" + $\"\"\"«a ‹{b}›»\"\"\";",
                "var a = \"\"\"«\n half \"x\"\n¿",
                "var a = \"\"\"«half¿\nf(\"«z»\");",
            ],
        );
    }

    #[test]
    fn half_typed() {
        check(super::lex, &["f($\"«x {y»\");\ng(\"«z»\")", "f($\"«{y:»\");\ng(\"«z»\")"]);
    }
}
