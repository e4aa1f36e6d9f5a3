//! Java.

use super::definition::{Definition, Syntax};
use crate::{
    bindings::bindings,
    escape::{Escapes, LineBreak},
    lexed::{Indent, Lexed, Style},
    lexer::Lexer,
};

pub(super) const JAVA: Definition = Definition {
    name: "Java",
    ids: &["java"],
    extensions: &["java"],
    interpreters: &[],
    lex,
    syntax: Syntax { plus: &["+"], ..Syntax::DEFAULT },
    bindings: bindings!("java"),
};

const ESCAPES: Escapes = Escapes {
    simple: &[(b'n', "\n"), (b't', "\t"), (b'r', "\r"), (b'b', "\u{8}"), (b'f', "\u{c}"), (b's', " ")],
    unicode4: true,
    octal: true,
    keeps_unknown: false,
    literal: b"'\"",
    ..Escapes::QUOTE
};

const BLOCK_ESCAPES: Escapes = Escapes { line_break: LineBreak::Join, ..ESCAPES };

const TEXT: &Style = &Style { escapes: Some(&ESCAPES), ..Style::RAW };

const BLOCK: &Style =
    &Style { escapes: Some(&BLOCK_ESCAPES), is_multiline: true, indent: Indent::TextBlock, ..Style::RAW };

fn lex(source: &[u8]) -> Lexed {
    Lexer::run(source, step)
}

fn step(lexer: &mut Lexer<'_>) {
    let start = lexer.at;
    match lexer.peek(0) {
        b'/' if lexer.c_comment(false) => {}
        b'"' => {
            let is_block = lexer.rest().strip_prefix(b"\"\"\"").is_some_and(|rest| {
                let mut rest = rest.iter().skip_while(|it| matches!(it, b' ' | b'\t' | 0x0c));
                matches!(rest.next(), Some(b'\n' | b'\r'))
            });
            let (style, quotes) = if is_block { (BLOCK, 3) } else { (TEXT, 1) };
            lexer.at += quotes;
            lexer.literal(start, style, &b"\"\"\""[..quotes]);
        }
        b'\'' => lexer.character(),
        _ => lexer.plain(b"$"),
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
                "String a = \"«x \\\" 'y'»\" + /* \" */ \"«z»\"; // \"",
                "char c = '\"', d = '\\'', e = '\\u0022'; String s = \"«»\";",
                "var s = \"\"\"«\n  a \"b\" \\\"\"\" c\n  »\"\"\"; var t = \"«u»\";",
                "var s = \"\"\"«  \n  a»\"\"\" + \"«b»\";",
                "var s = \"«»\"\"«a»\";",
                "var s = \"«half¿\nvar t = \"«u»\";",
                "var s = \"«half \\¿\nvar t = \"«u»\";",
                "var s = \"\"\"«\n  half \"a\"\n¿",
                "@Query(\"«a»\") class X<T extends Y> { }",
            ],
        );
    }
}
