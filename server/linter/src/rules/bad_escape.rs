//! Escapes that Lua 5.1 does not know.

use syntax::{ExprKind, escapes};

use crate::rule::declare_rule;
use crate::{Context, Sink};

declare_rule! {
    /// ## What it does
    /// Reports backslashes before letters that mean nothing: `\x41`, `\u{41}`, `\z`, `\d`.
    ///
    /// ## Why it is bad
    /// Lua 5.1 drops the backslash and keeps the letter: `'\x41'` is the text `x41`. Hexadecimal escapes came with Lua 5.2.
    ///
    /// ## Example
    /// ```lua
    /// return redis.call('SET', KEYS[1], '\x41')
    /// ```
    ///
    /// ## Use instead
    /// ```lua
    /// return redis.call('SET', KEYS[1], '\065')
    /// ```
    code: "bad-escape",
    group: Names,
    level: Warning,
    fix: None,
    since: "0.1.0",
    check: check,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (_, expr) in context.tree().exprs() {
        if expr.kind != ExprKind::String {
            continue;
        }
        for escape in escapes(expr.range.slice(context.source()), expr.range.start) {
            if !escape.letter.is_ascii_alphabetic() || b"abfnrtv".contains(&escape.letter) {
                continue;
            }
            let letter = escape.letter as char;
            let help = match letter {
                'x' => "write the byte in decimal, with three digits: `\\065`",
                'u' => "write the character itself, or its bytes in decimal",
                'd' | 's' | 'w' | 'p' => "in patterns of Lua the classes begin with `%`",
                _ => "write two backslashes if one is meant",
            };
            sink.report(escape.range, format!("`\\{letter}` is no escape of Lua 5.1: it is read as `{letter}`"))
                .help(help);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::*;

    #[test]
    fn letters_without_a_meaning() {
        check(
            "bad-escape",
            r"
return 'a\n\065\\', '\x41', [[\x]]
                   --^^ warning[bad-escape]: `\x` is no escape of Lua 5.1: it is read as `x`
",
        );
    }
}
