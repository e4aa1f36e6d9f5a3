//! Scripts without comments, indentation and blank lines.
//!
//! Names and literals stay, for error messages show them. Lines stay too, where they have code: the server tells errors by lines, and
//! a line break takes no more room than a space. So `a` and `(b)` on two lines, which Lua 5.1 refuses as ambiguous, never come together.

use text::TextRange;

use crate::{
    lexer::{Lexer, Token, TokenKind},
    parse,
};

/// A script that means the same in fewer bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Minified {
    /// The text.
    pub text: Vec<u8>,
    /// For each line of the text its line in the source, counted from 1.
    pub lines: Vec<u32>,
}

/// Minifies a script, a library with its shebang line too. Comments that begin with `--!` are meant for other servers and stay, as do
/// those before the first statement with `keeps_header`. None if the source does not parse.
pub fn minify(source: &[u8], keeps_header: bool) -> Option<Minified> {
    let parsed = parse(source);
    if !parsed.errors.is_empty() {
        return None;
    }
    let start = parsed.shebang.map_or(0, |it| it.end as usize);
    let mut writer = Writer { source, text: Vec::new(), lines: Vec::new(), last: None, line: 1, at: 0 };
    if let Some(shebang) = parsed.shebang {
        writer.text.extend_from_slice(shebang.slice(source).trim_ascii_end());
        writer.lines.push(1);
    }
    let mut in_header = keeps_header;
    for token in Lexer::at(source, start) {
        let is_comment = token.kind == TokenKind::Comment;
        in_header &= is_comment;
        if !is_comment || in_header || token.range.slice(source).starts_with(b"--!") {
            writer.token(token);
        }
    }
    let minified = Minified { text: writer.text, lines: writer.lines };
    has_same_tokens(source, &minified.text).then_some(minified)
}

/// True if two scripts have the same tokens, comments aside: they mean the same.
pub fn has_same_tokens(one: &[u8], other: &[u8]) -> bool {
    let code = |source: &'_ [u8]| -> Vec<Vec<u8>> {
        let (shebang, start) = match source.strip_prefix(b"#") {
            Some(_) => {
                let end = memchr::memchr(b'\n', source).unwrap_or(source.len());
                (Some(source[..end].trim_ascii_end().to_vec()), end)
            }
            None => (None, 0),
        };
        let tokens = Lexer::at(source, start).filter(|it| it.kind != TokenKind::Comment);
        shebang.into_iter().chain(tokens.map(|it| it.range.slice(source).to_vec())).collect()
    };
    code(one) == code(other)
}

struct Writer<'a> {
    source: &'a [u8],
    text: Vec<u8>,
    lines: Vec<u32>,
    last: Option<Token>,
    /// The line of `at` in the source.
    line: u32,
    at: u32,
}

impl Writer<'_> {
    fn token(&mut self, token: Token) {
        let line = self.line_of(token.range.start);
        let is_new_line = match self.last {
            Some(last) => {
                let between = TextRange::new(last.range.end, token.range.start);
                memchr::memchr(b'\n', between.slice(self.source)).is_some()
            }
            None => !self.text.is_empty(),
        };
        if is_new_line {
            self.text.push(b'\n');
        } else if self.last.is_some_and(|last| must_part(last, token, self.source)) {
            self.text.push(b' ');
        }
        if self.lines.is_empty() || is_new_line {
            self.lines.push(line);
        }
        let text = token.range.slice(self.source);
        self.text.extend_from_slice(text);
        self.lines.extend((1..).zip(memchr::memchr_iter(b'\n', text)).map(|(nth, _)| line + nth));
        self.last = Some(token);
    }

    /// The line of an offset, which does not lie before the last one that was asked for.
    fn line_of(&mut self, offset: u32) -> u32 {
        let skipped = TextRange::new(self.at, offset).slice(self.source);
        self.line += memchr::memchr_iter(b'\n', skipped).count() as u32;
        self.at = offset;
        self.line
    }
}

/// True if two tokens would be read as another one, or as a comment, without a space.
fn must_part(last: Token, next: Token, source: &[u8]) -> bool {
    let is_word = |kind: TokenKind| matches!(kind, TokenKind::Name | TokenKind::Keyword(_) | TokenKind::Number);
    let end = last.range.slice(source).last().copied();
    let start = next.range.slice(source).first().copied();
    match (last.kind, end, start) {
        // A comment goes on to the end of its line.
        (TokenKind::Comment, ..) => true,
        (kind, ..) if is_word(kind) && is_word(next.kind) => true,
        // `1..2` is no number, `...` no concatenation.
        (TokenKind::Number, _, Some(b'.')) | (_, Some(b'.'), Some(b'.')) => true,
        (_, Some(b'.'), Some(it)) => it.is_ascii_digit(),
        (_, Some(b'-'), Some(b'-')) | (_, Some(b'['), Some(b'[')) => true,
        (_, Some(b'=' | b'<' | b'>' | b'~'), Some(b'=')) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, wanted: &str, lines: &[u32]) {
        let found = minify(source.as_bytes(), false).expect("a script");
        assert_eq!((String::from_utf8_lossy(&found.text).as_ref(), &found.lines[..]), (wanted, lines));
    }

    #[test]
    fn what_says_nothing_goes() {
        check(
            "-- Takes.\n\nlocal a = 1 -- one\n\n  local b = a - -1 .. 'x -- y' --[[ long\n comment ]] .. [[\n z ]]\nreturn  a,b\n",
            "local a=1\nlocal b=a- -1 ..'x -- y'\n..[[\n z ]]\nreturn a,b",
            &[3, 5, 6, 7, 8],
        );
        check(
            "#!lua name=l\r\n\r\nlocal t = { [ [[x]] ] = 1; y = 2 }\r\nreturn t [ [=[x]=] ]",
            "#!lua name=l\nlocal t={[ [[x]]]=1;y=2}\nreturn t[ [=[x]=]]",
            &[1, 3, 4],
        );
        check("--!df flags=x\nreturn ... , 1 .. 2, a.b", "--!df flags=x\nreturn...,1 .. 2,a.b", &[1, 2]);
        check("-- nothing\n", "", &[]);
    }

    #[test]
    fn headers_stay_where_asked() {
        let source = b"-- KEYS[1] k\n\n-- ARGV[1] v\nlocal a -- x\n";
        let found = minify(source, true).expect("a script");
        assert_eq!(found.text, b"-- KEYS[1] k\n-- ARGV[1] v\nlocal a");
        assert_eq!(found.lines, [1, 3, 4]);
    }

    #[test]
    fn what_does_not_parse_stays() {
        assert_eq!(minify(b"local a = ", false), None);
        assert_eq!(minify(b"return [[x", false), None);
    }

    #[test]
    fn tokens_tell_what_means_the_same() {
        assert!(has_same_tokens(b"local a = 1 -- x", b"local a=1"));
        assert!(!has_same_tokens(b"local a = 1", b"local a = 2"));
        assert!(!has_same_tokens(b"#!lua name=a\n", b"#!lua name=b\n"));
    }
}
