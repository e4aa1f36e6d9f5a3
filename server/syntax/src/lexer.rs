//! Lua 5.1's tokens, byte by byte: used by the scan before the parse and by completion in half-typed code.

use text::TextRange;

/// A token or comment and its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// Its kind.
    pub kind: TokenKind,
    /// Its place in the source.
    pub range: TextRange,
}

/// The kinds of token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenKind {
    /// An identifier.
    Name,
    /// A reserved word.
    Keyword(Keyword),
    /// A number, well-formed or not.
    Number,
    /// A string with its quotes or brackets.
    String,
    /// A string that ends at the line's or the file's end instead of its quote.
    UnterminatedString,
    /// An operator or punctuation: up to three bytes, zero-padded (`b"..."`, `b"==\0"`, `b"(\0\0"`).
    Symbol([u8; 3]),
    /// A comment with its dashes.
    Comment,
    /// A long comment without its end.
    UnterminatedComment,
    /// A byte that starts no token of Lua.
    Unknown,
}

macro_rules! keywords {
    ($($variant:ident $text:literal),* $(,)?) => {
        /// Lua 5.1's reserved words.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[expect(missing_docs, reason = "the names are Lua's")]
        pub enum Keyword {
            $($variant),*
        }

        impl Keyword {
            /// The reserved words as they are written.
            pub const ALL: &[&str] = &[$($text),*];

            fn from_bytes(text: &[u8]) -> Option<Self> {
                if !(2..=8).contains(&text.len()) {
                    return None;
                }
                $(if text == $text.as_bytes() {
                    return Some(Self::$variant);
                })*
                None
            }
        }
    };
}

keywords! {
    And "and", Break "break", Do "do", Else "else", Elseif "elseif", End "end", False "false", For "for",
    Function "function", If "if", In "in", Local "local", Nil "nil", Not "not", Or "or", Repeat "repeat",
    Return "return", Then "then", True "true", Until "until", While "while",
}

impl TokenKind {
    /// True if it is the symbol `text`.
    pub fn is(self, text: &str) -> bool {
        matches!(self, Self::Symbol(bytes) if symbol(text.as_bytes()) == bytes)
    }

    /// True if an expression can end with it.
    pub fn ends_operand(self) -> bool {
        match self {
            Self::Name | Self::Number | Self::String | Self::UnterminatedString => true,
            Self::Keyword(keyword) => {
                matches!(keyword, Keyword::End | Keyword::False | Keyword::Nil | Keyword::True)
            }
            Self::Symbol(bytes) => matches!(&bytes, b")\0\0" | b"]\0\0" | b"}\0\0" | b"..."),
            _ => false,
        }
    }
}

const fn symbol(text: &[u8]) -> [u8; 3] {
    let mut bytes = [0; 3];
    let mut at = 0;
    while at < text.len() && at < 3 {
        bytes[at] = text[at];
        at += 1;
    }
    bytes
}

/// Iterates over the tokens and comments of a source. White space is skipped; every other byte belongs to a token.
#[derive(Clone, Debug)]
pub struct Lexer<'a> {
    source: &'a [u8],
    at: usize,
}

impl<'a> Lexer<'a> {
    /// A lexer at the start of `source`.
    pub const fn new(source: &'a [u8]) -> Self {
        Self { source, at: 0 }
    }

    /// A lexer at `offset`, which must not be inside a token.
    pub const fn at(source: &'a [u8], offset: usize) -> Self {
        Self { source, at: offset }
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.source.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// For a `[`: the number of `=` in the long bracket, or `None` if it is not one.
    fn long_bracket(&self, from: usize) -> Option<usize> {
        let rest = self.source.get(from + 1..)?;
        let level = rest.iter().take_while(|&&byte| byte == b'=').count();
        (rest.get(level) == Some(&b'[')).then_some(level)
    }

    /// From the opening bracket at `from`, moves past the closing one; false when there is none.
    fn skip_long(&mut self, from: usize, level: usize) -> bool {
        let mut at = from + level + 2;
        while let Some(found) = memchr::memchr(b']', self.source.get(at..).unwrap_or_default()) {
            at += found + 1;
            let rest = &self.source[at..];
            let closes = rest.len() > level && rest[..level].iter().all(|&byte| byte == b'=') && rest[level] == b']';
            if closes {
                self.at = at + level + 1;
                return true;
            }
        }
        self.at = self.source.len();
        false
    }

    fn comment(&mut self) -> TokenKind {
        let open = self.at + 2;
        if self.source.get(open) == Some(&b'[')
            && let Some(level) = self.long_bracket(open)
        {
            return if self.skip_long(open, level) { TokenKind::Comment } else { TokenKind::UnterminatedComment };
        }
        let rest = &self.source[open..];
        self.at = open + memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        TokenKind::Comment
    }

    /// A tag of a template, `<% … %>`, which no Lua has.
    fn tag(&mut self) -> Option<TokenKind> {
        let rest = self.source.get(self.at + 2..)?;
        let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
        let end = memchr::memmem::find(line, b"%>")?;
        // Others put a value in, and are read as what they stand for.
        let includes = line[..end].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start().starts_with(b"include");
        includes.then(|| {
            self.at += end + 4;
            TokenKind::Comment
        })
    }

    fn quoted(&mut self, quote: u8) -> TokenKind {
        self.at += 1;
        loop {
            match self.source.get(self.at) {
                None | Some(b'\n' | b'\r') => return TokenKind::UnterminatedString,
                Some(b'\\') => {
                    // `\` before a line break continues the string; `\r\n` is one break.
                    let crlf = self.byte(1) == b'\r' && self.byte(2) == b'\n';
                    self.at = (self.at + if crlf { 3 } else { 2 }).min(self.source.len());
                }
                Some(&byte) => {
                    self.at += 1;
                    if byte == quote {
                        return TokenKind::String;
                    }
                }
            }
        }
    }

    /// As Lua 5.1's `read_numeral`: digits and dots, an exponent's sign, then whatever letters follow.
    fn number(&mut self) -> TokenKind {
        while self.byte(0).is_ascii_digit() || self.byte(0) == b'.' {
            self.at += 1;
        }
        if matches!(self.byte(0), b'e' | b'E') {
            self.at += 1;
            if matches!(self.byte(0), b'+' | b'-') {
                self.at += 1;
            }
        }
        while self.byte(0).is_ascii_alphanumeric() || self.byte(0) == b'_' {
            self.at += 1;
        }
        TokenKind::Number
    }

    fn symbol(&mut self) -> TokenKind {
        let two = [self.byte(0), self.byte(1)];
        let len = match &two {
            b".." if self.byte(2) == b'.' => 3,
            b".." | b"==" | b"~=" | b"<=" | b">=" => 2,
            [
                b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'#' | b'<' | b'>' | b'=' | b'(' | b')' | b'{' | b'}' | b'['
                | b']' | b';' | b':' | b',' | b'.',
                _,
            ] => 1,
            _ => {
                self.at += 1;
                // A character of several bytes is one unknown token, not several.
                while matches!(self.source.get(self.at), Some(0x80..=0xBF)) {
                    self.at += 1;
                }
                return TokenKind::Unknown;
            }
        };
        let kind = TokenKind::Symbol(symbol(&self.source[self.at..self.at + len]));
        self.at += len;
        kind
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        while matches!(self.source.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r' | 0x0B | 0x0C)) {
            self.at += 1;
        }
        let start = self.at;
        let kind = match *self.source.get(start)? {
            b'-' if self.byte(1) == b'-' => self.comment(),
            b'<' if self.byte(1) == b'%' => self.tag().unwrap_or_else(|| self.symbol()),
            quote @ (b'"' | b'\'') => self.quoted(quote),
            b'[' if self.long_bracket(start).is_some() => {
                let level = self.long_bracket(start).unwrap_or(0);
                if self.skip_long(start, level) { TokenKind::String } else { TokenKind::UnterminatedString }
            }
            b'0'..=b'9' => self.number(),
            b'.' if self.byte(1).is_ascii_digit() => self.number(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                while self.byte(0).is_ascii_alphanumeric() || self.byte(0) == b'_' {
                    self.at += 1;
                }
                match Keyword::from_bytes(&self.source[start..self.at]) {
                    Some(keyword) => TokenKind::Keyword(keyword),
                    None => TokenKind::Name,
                }
            }
            _ => self.symbol(),
        };
        Some(Token { kind, range: TextRange::new(start as u32, self.at as u32) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<&str> {
        Lexer::new(source.as_bytes()).map(|token| &source[token.range.to_usize()]).collect()
    }

    #[test]
    fn every_byte_belongs_to_a_token_or_to_white_space() {
        let source = "local x = a..b ~= [[x]=]]] --[==[ c ]=] ]==] 'a\\'b' 0x1p4 3..2 ... é";
        assert_eq!(
            texts(source),
            [
                "local",
                "x",
                "=",
                "a",
                "..",
                "b",
                "~=",
                "[[x]=]]",
                "]",
                "--[==[ c ]=] ]==]",
                "'a\\'b'",
                "0x1p4",
                "3..2",
                "...",
                "é"
            ]
        );
    }

    #[test]
    fn includes_of_templates_are_comments() {
        assert_eq!(
            texts("<%= include_partial 'shared/_x.lua' %> x <%= y %>"),
            ["<%= include_partial 'shared/_x.lua' %>", "x", "<", "%", "=", "y", "%", ">"]
        );
    }

    #[test]
    fn unterminated_literals_end_with_their_line_or_the_file() {
        let kinds = |source: &str| Lexer::new(source.as_bytes()).map(|token| token.kind).collect::<Vec<_>>();
        assert_eq!(kinds("'abc\n"), [TokenKind::UnterminatedString]);
        assert_eq!(kinds("'a\\"), [TokenKind::UnterminatedString]);
        assert_eq!(kinds("[==[ x ]=]"), [TokenKind::UnterminatedString]);
        assert_eq!(kinds("--[[ x"), [TokenKind::UnterminatedComment]);
        assert_eq!(kinds("'a\\\r\nb'"), [TokenKind::String]);
    }
}
