//! JavaScript and TypeScript, with JSX, and the scripts of Vue and Svelte components.

use super::definition::{Definition, Syntax};
use crate::{
    bindings::bindings,
    escape::{Escapes, LineBreak},
    lexed::{Holes, Lexed, Style, TokenKind},
    lexer::Lexer,
};

pub(super) const JAVASCRIPT: Definition = Definition {
    name: "JavaScript",
    ids: &["javascript", "javascriptreact"],
    extensions: &["js", "mjs", "cjs", "jsx"],
    interpreters: &["node", "nodejs", "bun", "deno"],
    lex,
    syntax: SYNTAX,
    bindings: bindings!("javascript"),
};

pub(super) const TYPESCRIPT: Definition = Definition {
    name: "TypeScript",
    ids: &["typescript", "typescriptreact"],
    extensions: &["ts", "mts", "cts", "tsx"],
    interpreters: &["ts-node", "tsx"],
    ..JAVASCRIPT
};

/// Files with code in `<script>`.
pub(super) const COMPONENT: Definition = Definition {
    name: "Vue or Svelte",
    ids: &["vue", "svelte"],
    extensions: &["vue", "svelte"],
    interpreters: &[],
    lex: lex_component,
    ..JAVASCRIPT
};

const SYNTAX: Syntax = Syntax { plus: &["+"], ..Syntax::DEFAULT };

const ESCAPES: Escapes = Escapes {
    simple: &[
        (b'n', "\n"),
        (b't', "\t"),
        (b'r', "\r"),
        (b'b', "\u{8}"),
        (b'f', "\u{c}"),
        (b'v', "\u{b}"),
        (b'0', "\0"),
    ],
    hex: Some((2, 2)),
    unicode4: true,
    braces: true,
    line_break: LineBreak::Join,
    keeps_unknown: false,
    literal: b"'\"`$",
    ..Escapes::QUOTE
};

const TEXT: &Style = &Style { escapes: Some(&ESCAPES), ..Style::RAW };

const TEMPLATE: &Style =
    &Style { escapes: Some(&ESCAPES), holes: Holes::DollarBrace, is_multiline: true, ..Style::RAW };

/// A template with the tag `String.raw`.
const RAW_TEMPLATE: &Style = &Style { guards_quote: true, holes: Holes::DollarBrace, is_multiline: true, ..Style::RAW };

fn lex(source: &[u8]) -> Lexed {
    Lexer::run(source, step)
}

/// Lexes what is between `<script …>` and `</script`.
fn lex_component(source: &[u8]) -> Lexed {
    let mut lexer = Lexer::new(source, step);
    while let Some(found) = memchr::memmem::find(lexer.rest(), b"<script") {
        lexer.at += found;
        lexer.skip_past(b">");
        let end = memchr::memmem::find(lexer.rest(), b"</script").map_or(source.len(), |found| lexer.at + found);
        lexer.source = &source[..end];
        lexer.rest_of_file();
        lexer.source = source;
        lexer.at = end;
        lexer.brackets = 0;
    }
    lexer.out
}

fn step(lexer: &mut Lexer<'_>) {
    match lexer.peek(0) {
        b'/' if lexer.c_comment(false) => {}
        b'/' if begins_regex(lexer) && regex(lexer) => {}
        b'#' if lexer.at == 0 && lexer.sees(b"#!") => lexer.line_comment(),
        b'\'' | b'"' => string(lexer),
        b'`' => template(lexer),
        _ => lexer.plain(b"$"),
    }
}

/// Takes a string. A quote that is not closed on its line is a character: of the text of JSX, or the string is half-typed.
fn string(lexer: &mut Lexer<'_>) {
    let start = lexer.mark();
    let quote = [lexer.peek(0)];
    // An apostrophe in the text of JSX.
    let is_text = lexer.last().is_some_and(|last| last.kind == TokenKind::Name && last.range.end as usize == lexer.at)
        && !is_keyword(lexer.last_text());
    lexer.at += 1;
    if is_text || !lexer.literal(start.at, TEXT, &quote) {
        lexer.back_to(&start);
        lexer.punct();
    }
}

/// Takes a template. One that runs to the end of the file is text of JSX, where no expression can begin.
fn template(lexer: &mut Lexer<'_>) {
    let start = lexer.mark();
    let tokens = &lexer.out.tokens;
    let is_raw = lexer.last_text() == b"raw"
        && tokens.len() >= 3
        && tokens[tokens.len() - 3].range.slice(lexer.source) == b"String";
    let may_be_text = !begins_expression(lexer) && !is_raw;
    lexer.at += 1;
    let is_closed = lexer.literal(start.at, if is_raw { RAW_TEMPLATE } else { TEMPLATE }, b"`");
    let len = lexer.at - start.at;
    if !is_closed && may_be_text && lexer.depth == 0 && lexer.spare >= len {
        lexer.spare -= len;
        lexer.back_to(&start);
        lexer.punct();
    }
}

/// True if an operator or a keyword comes before, so that an expression begins.
fn begins_expression(lexer: &Lexer<'_>) -> bool {
    let Some(last) = lexer.last() else { return true };
    match last.kind {
        TokenKind::Punct => !matches!(lexer.last_text(), b")" | b"]" | b"}" | b">"),
        TokenKind::Name => is_keyword(lexer.last_text()),
        TokenKind::Number | TokenKind::Literal(_) | TokenKind::Other => false,
    }
}

/// True if a slash begins a regular expression.
fn begins_regex(lexer: &Lexer<'_>) -> bool {
    let tokens = &lexer.out.tokens;
    let Some(last) = lexer.last() else { return true };
    let touches = last.range.end as usize == lexer.at;
    match lexer.last_text() {
        // The end tag of an element.
        b"<" => !touches,
        b">" => true,
        // A statement may begin behind a block, but only on a new line.
        b"}" => lexer.source[last.range.end as usize..lexer.at].contains(&b'\n') && lexer.peek(1) != b'>',
        sign @ (b"+" | b"-") => {
            // `i++ / 2`.
            !tokens.len().checked_sub(2).is_some_and(|nth| {
                let before = tokens[nth].range;
                before.end == last.range.start && before.slice(lexer.source) == sign
            })
        }
        _ => begins_expression(lexer),
    }
}

/// Takes a regular expression, if it ends on the line.
fn regex(lexer: &mut Lexer<'_>) -> bool {
    let start = lexer.at;
    let rest = lexer.rest();
    let mut at = 1;
    let mut is_class = false;
    loop {
        match rest.get(at) {
            None | Some(b'\n' | b'\r') => return false,
            Some(b'\\') => at += 1,
            Some(b'[') => is_class = true,
            Some(b']') => is_class = false,
            Some(b'/') if !is_class => break,
            Some(_) => {}
        }
        at += 1;
    }
    lexer.at += at + 1;
    while lexer.peek(0).is_ascii_alphabetic() {
        lexer.at += 1;
    }
    lexer.push(TokenKind::Other, start);
    true
}

/// True for keywords behind which an expression or a string begins.
fn is_keyword(name: &[u8]) -> bool {
    matches!(
        name,
        b"return"
            | b"typeof"
            | b"case"
            | b"in"
            | b"of"
            | b"delete"
            | b"void"
            | b"throw"
            | b"new"
            | b"instanceof"
            | b"else"
            | b"do"
            | b"yield"
            | b"await"
            | b"default"
            | b"from"
            | b"import"
            | b"export"
            | b"extends"
            | b"as"
    )
}

#[cfg(test)]
mod tests {
    use super::super::marked::check;

    #[test]
    fn literals() {
        check(
            super::lex,
            &[
                "const a = '«it\\'s»' + \"«x»\" // `'\n",
                "f(`«a ‹${b}› \\${c} \\` d»`)",
                "f(`«a ‹${g(`«b ‹${'«}»'}›»`)}› c»`, '«x»')",
                "f(`«‹${ {a: {}} }›»`); g(`«$x $ {y}»`)",
                "const a = '«x\\\ny»';",
                "String.raw`«\\n\\`‹${x}›»`",
                "gql<'«T»'>`«query»`",
            ],
        );
    }

    #[test]
    fn regular_expressions() {
        check(
            super::lex,
            &[
                "x.replace(/['\"]/g, '«»')",
                "a = b / c; d = '«x»' / 2",
                "a = /[/'`]/.test(`«‹${/`/.exec(y)}›»`)",
                "return /'/",
                "i++ / 2 + '«a»' / 3",
                "if (a) {}\n/'/.test('«b»')",
                "x = a[0] / '«b»'.length / (c) / '«d»'",
            ],
        );
    }

    #[test]
    fn jsx() {
        check(
            super::lex,
            &[
                "<p>Don't {f('«a»')} and won't</p>; g(`«x»`)",
                "<a href=\"«x»\">it' s {`«y ‹${z}›»`}</a>\ng('«w»')",
                "<br /> ; <b>/</b> ; f('«a»')",
                "<p>one ` tick</p>\nf('«a»')",
                "<img {...props}\n/>; f('«a»')",
            ],
        );
    }

    #[test]
    fn half_typed() {
        check(
            super::lex,
            &[
                "a = 'half\nb = '«c»'",
                "a = \"half, f(\nb = '«c»'",
                "r.eval(`«return 1\nfoo('x')\n¿",
                "f(`«‹${'half}›»`, \"«x»\")",
                "f(`«‹${a(›¿",
            ],
        );
    }

    #[test]
    fn components() {
        check(
            super::lex_component,
            &[
                "<template><p>it's {{ 'a' }}</p></template>\n<script setup lang=\"ts\">\nf(`«x»`)\n</script>\n<style>a { b: '' }</style>",
                "<script>a('«b»')</script> don't <script context=\"module\">c(\"«d»\")",
            ],
        );
    }
}
