//! Rust.

use super::definition::{Definition, Functions, Syntax};
use crate::{
    bindings::bindings,
    escape::{Escapes, LineBreak},
    lexed::{Lexed, Style},
    lexer::Lexer,
};

pub(super) const RUST: Definition = Definition {
    name: "Rust",
    ids: &["rust"],
    extensions: &["rs"],
    interpreters: &[],
    lex,
    syntax: Syntax { plus: &["+"], functions: Functions::Braces(&["fn"]), has_doc_attributes: true, ..Syntax::DEFAULT },
    bindings: bindings!("rust"),
};

const ESCAPES: Escapes = Escapes {
    simple: &[(b'n', "\n"), (b't', "\t"), (b'r', "\r"), (b'0', "\0")],
    hex: Some((2, 2)),
    braces: true,
    line_break: LineBreak::JoinTrim,
    keeps_unknown: false,
    literal: b"'\"",
    ..Escapes::QUOTE
};

const TEXT: &Style = &Style { escapes: Some(&ESCAPES), is_multiline: true, ..Style::RAW };

const BYTES: &Style = &Style { escapes: Some(&ESCAPES), is_multiline: true, is_bytes: true, ..Style::RAW };

const RAW: &Style = &Style { is_multiline: true, ..Style::RAW };

fn lex(source: &[u8]) -> Lexed {
    Lexer::run(source, step)
}

fn step(lexer: &mut Lexer<'_>) {
    match lexer.peek(0) {
        b'/' if lexer.c_comment(true) => {}
        b'"' | b'r' | b'b' | b'c' if string(lexer) => {}
        b'\'' => lexer.character(),
        _ => lexer.plain(b""),
    }
}

/// Takes a string with its prefix; false if it is none.
fn string(lexer: &mut Lexer<'_>) -> bool {
    let start = lexer.at;
    let rest = lexer.rest();
    let is_bytes = matches!(rest[0], b'b' | b'c');
    let mut at = usize::from(is_bytes);
    let is_raw = rest.get(at) == Some(&b'r');
    at += usize::from(is_raw);
    let hashes = if is_raw { rest[at..].iter().take_while(|&&it| it == b'#').count() } else { 0 };
    if rest.get(at + hashes) != Some(&b'"') {
        return false;
    }
    lexer.at += at + hashes + 1;
    let close = [b"\"".as_slice(), &b"#".repeat(hashes)].concat();
    let style = match (is_raw, is_bytes) {
        (true, _) => RAW,
        (false, true) => BYTES,
        (false, false) => TEXT,
    };
    lexer.literal(start, style, &close);
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
                "let a = \"«x \\\" y\n»\"; let b = r\"«\\»\"; let c = r#\"«\"x\" \\»\"#; let d = br##\"«\"# »\"##;",
                "fn f<'a>(x: &'a str, c: char) { '\"'; '\\''; 'l: loop { b\"«a»\"; b'\"'; } }",
                "/* /* \" */ \" */ // \"\nlet r#type = \"«\\\n  x»\"; let é = '\\u{1F600}'; c\"«z»\"",
                "let b = bar\"«x»\"; for r in c { }",
                "let a = \"«half\nlet b = »\"c\"«;¿",
            ],
        );
    }
}
