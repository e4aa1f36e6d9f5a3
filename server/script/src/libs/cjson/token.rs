//! The tokens of JSON as `cjson` reads them. Its text ends at the first zero byte, wherever that is.

use super::super::strtod::{starts_with, strtod};

pub(super) enum Token {
    ObjectBegin,
    ObjectEnd,
    ArrayBegin,
    ArrayEnd,
    Colon,
    Comma,
    End,
    Null,
    Boolean(bool),
    Number(f64),
    /// Its bytes are the lexer's [`Lexer::string`].
    String,
    /// Invalid input, with the reason.
    Invalid(&'static str),
}

impl Token {
    /// The name that messages have.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::ObjectBegin => "T_OBJ_BEGIN",
            Self::ObjectEnd => "T_OBJ_END",
            Self::ArrayBegin => "T_ARR_BEGIN",
            Self::ArrayEnd => "T_ARR_END",
            Self::Colon => "T_COLON",
            Self::Comma => "T_COMMA",
            Self::End => "T_END",
            Self::Null => "T_NULL",
            Self::Boolean(_) => "T_BOOLEAN",
            Self::Number(_) => "T_NUMBER",
            Self::String => "T_STRING",
            Self::Invalid(why) => why,
        }
    }
}

pub(super) struct Lexer<'a> {
    text: &'a [u8],
    /// True if numbers count that JSON does not have.
    lenient: bool,
    /// Position of the next byte to read.
    pub(super) at: usize,
    /// Position of the last token, or of the error in it.
    pub(super) start: usize,
    /// The last string, if it has no escapes.
    plain: &'a [u8],
    /// The last string, if it has escapes.
    string: Vec<u8>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a [u8], lenient: bool) -> Self {
        Self { text, lenient, at: 0, start: 0, plain: &[], string: Vec::new() }
    }

    /// The bytes of the last string.
    pub(super) fn string(&self) -> &[u8] {
        if self.string.is_empty() { self.plain } else { &self.string }
    }

    /// The byte `ahead` of the current position, 0 at the end.
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn invalid(&mut self, why: &'static str) -> Token {
        self.start = self.at;
        Token::Invalid(why)
    }

    /// Takes the token at hand.
    pub(super) fn next(&mut self) -> Token {
        while matches!(self.peek(0), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
        self.start = self.at;
        let single = match self.peek(0) {
            0 => return Token::End,
            b'{' => Token::ObjectBegin,
            b'}' => Token::ObjectEnd,
            b'[' => Token::ArrayBegin,
            b']' => Token::ArrayEnd,
            b':' => Token::Colon,
            b',' => Token::Comma,
            b'"' => return self.quoted(),
            b'-' | b'0'..=b'9' => {
                if !self.lenient && self.is_irregular() {
                    return self.invalid("invalid number");
                }
                return self.number();
            }
            _ => return self.word(),
        };
        self.at += 1;
        single
    }

    fn word(&mut self) -> Token {
        for (word, token) in
            [(&b"true"[..], Token::Boolean(true)), (b"false", Token::Boolean(false)), (b"null", Token::Null)]
        {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return token;
            }
        }
        if self.lenient && matches!(self.peek(0), b'+' | b'i' | b'I' | b'n' | b'N') && self.is_irregular() {
            return self.number();
        }
        self.invalid("invalid token")
    }

    /// True if a number begins as JSON does not allow.
    fn is_irregular(&self) -> bool {
        let text = self.rest();
        match text.strip_prefix(b"-").unwrap_or(text) {
            [b'+', ..] => true,
            [b'0', next, ..] => matches!(next, b'x' | b'X' | b'0'..=b'9'),
            text => starts_with(text, b"inf") || starts_with(text, b"nan"),
        }
    }

    fn number(&mut self) -> Token {
        match strtod(self.rest()) {
            Some((value, len)) => {
                self.at += len;
                Token::Number(value)
            }
            None => self.invalid("invalid number"),
        }
    }

    fn quoted(&mut self) -> Token {
        self.string.clear();
        self.at += 1;
        loop {
            let rest = self.rest();
            let len = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0)).unwrap_or(rest.len());
            self.at += len;
            self.plain = &rest[..len];
            match self.peek(0) {
                b'"' if self.string.is_empty() => break,
                b'"' => {
                    self.string.extend_from_slice(self.plain);
                    break;
                }
                0 => return self.invalid("unexpected end of string"),
                _ => self.string.extend_from_slice(self.plain),
            }
            let byte = match self.peek(1) {
                byte @ (b'"' | b'\\' | b'/') => byte,
                b'b' => 8,
                b'f' => 12,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'u' => {
                    let Some((code, len)) = self.unicode() else {
                        return self.invalid("invalid unicode escape code");
                    };
                    self.string.extend_from_slice(code.encode_utf8(&mut [0; 4]).as_bytes());
                    self.at += len;
                    continue;
                }
                _ => return self.invalid("invalid escape code"),
            };
            self.string.push(byte);
            self.at += 2;
        }
        self.at += 1;
        Token::String
    }

    /// The four hexadecimal digits `ahead` of the current position.
    fn digits(&self, ahead: usize) -> Option<u32> {
        (ahead..ahead + 4).try_fold(0, |code, at| Some(code << 4 | char::from(self.peek(at)).to_digit(16)?))
    }

    /// The character of an escape, or of two that are surrogates, and its length.
    fn unicode(&self) -> Option<(char, usize)> {
        let code = self.digits(2)?;
        if !(0xd800..0xe000).contains(&code) {
            return Some((char::from_u32(code)?, 6));
        }
        if code >= 0xdc00 || self.peek(6) != b'\\' || self.peek(7) != b'u' {
            return None;
        }
        let low = self.digits(8).filter(|low| (0xdc00..0xe000).contains(low))?;
        Some((char::from_u32(0x10000 + ((code & 0x3ff) << 10 | low & 0x3ff))?, 12))
    }
}
