//! Java.

use super::definition::{Definition, Syntax};
use crate::{
    calls::{Argument, Call},
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
    calls: CALLS,
};

/// Calls of the libraries for the Java virtual machine.
pub(super) const CALLS: &[Call] = &[
    // Jedis and Lettuce take the text first, Redisson's RScript behind a mode.
    Call::method("eval", Argument::Nth(0)).weak(),
    Call::method("eval", Argument::FirstText).weak(),
    Call::method("evalReadonly", Argument::Nth(0)),
    Call::method("evalReadOnly", Argument::Nth(0)),
    Call::method("scriptLoad", Argument::FirstText),
    Call::method("scriptLoad", Argument::Nth(0)),
    Call::method("functionLoad", Argument::Nth(0)),
    Call::method("functionLoadReplace", Argument::Nth(0)),
    Call::method("invokeScript", Argument::Nth(0)).weak(),
    Call::free("DefaultRedisScript", Argument::Nth(0)),
    Call::of("RedisScript", "of", Argument::Nth(0)),
    Call::method("setScriptText", Argument::Nth(0)),
    Call::free("evalWriteAsync", Argument::FirstText),
    Call::free("evalReadAsync", Argument::FirstText),
    Call::free("evalWriteNoRetryAsync", Argument::FirstText),
    Call::free("evalWriteSyncedAsync", Argument::FirstText),
    Call::free("evalWriteSyncedNoRetryAsync", Argument::FirstText),
    Call::free("evalReadSyncedAsync", Argument::FirstText),
    Call::free("evalWriteBatchedAsync", Argument::FirstText),
    Call::free("evalReadBatchedAsync", Argument::FirstText),
    Call::method("evalAsync", Argument::FirstText),
];

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
