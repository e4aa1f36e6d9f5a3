//! Go.

use super::definition::{Definition, Functions, Syntax};
use crate::{
    calls::{Argument, Call},
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
    calls: &[
        // go-redis takes the text, redigo a count of keys before it.
        Call::free("NewScript", Argument::FirstText),
        Call::free("NewScriptServerSHA", Argument::Nth(0)),
        Call::free("NewLuaScript", Argument::Nth(0)),
        Call::free("NewLuaScriptReadOnly", Argument::Nth(0)),
        Call::free("NewLuaScriptNoSha", Argument::Nth(0)),
        Call::free("NewLuaScriptReadOnlyNoSha", Argument::Nth(0)),
        Call::free("NewLuaScriptRetryable", Argument::Nth(0)),
        Call::method("Eval", Argument::Nth(1)).weak(),
        Call::method("Eval", Argument::FirstText).weak(),
        Call::method("EvalRO", Argument::Nth(1)),
        Call::method("EvalCtx", Argument::Nth(1)).weak(),
        Call::method("ScriptLoad", Argument::Nth(1)),
        Call::method("ScriptLoad", Argument::FirstText),
        Call::method("FunctionLoad", Argument::Nth(1)),
        Call::method("FunctionLoadReplace", Argument::Nth(1)),
        // The builders of rueidis and valkey-go.
        Call::method("Script", Argument::Nth(0)).weak(),
        Call::method("FunctionCode", Argument::Nth(0)),
        Call::method("Do", Argument::After(COMMANDS)),
        Call::method("DoContext", Argument::After(COMMANDS)),
        Call::method("Send", Argument::After(COMMANDS)),
    ],
};

const COMMANDS: &[&str] = &["EVAL", "EVAL_RO", "SCRIPT LOAD", "FUNCTION LOAD", "FUNCTION LOAD REPLACE"];

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
