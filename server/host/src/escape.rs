//! Escape sequences of the languages, both ways.

/// The escapes of a kind of literal.
#[derive(PartialEq, Eq, Debug)]
pub struct Escapes {
    /// Escapes of one character, with what they stand for.
    pub simple: &'static [(u8, &'static str)],
    /// The least and the largest number of digits after `\x`.
    pub hex: Option<(u8, u8)>,
    /// True for `\uXXXX`.
    pub unicode4: bool,
    /// True for `\UXXXXXXXX`.
    pub unicode8: bool,
    /// True for `\u{X…}`.
    pub braces: bool,
    /// True for up to three octal digits.
    pub octal: bool,
    /// True for up to three decimal digits (Lua).
    pub decimal: bool,
    /// Treatment of `\` before a line break.
    pub line_break: LineBreak,
    /// True if `\` before any other character is a backslash of the text; else it is dropped.
    pub keeps_unknown: bool,
    /// The characters that may follow `\` to stand for themselves, beside the quote, where `keeps_unknown` is true and for writing.
    pub literal: &'static [u8],
    /// True if only the quote can be escaped, and a backslash before another is text too (redis-cli).
    pub quote_only: bool,
}

/// Effect of `\` before a line break.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LineBreak {
    /// Nothing special: an error of the language, or text.
    Keep,
    /// The backslash is dropped (Lua).
    Newline,
    /// Both are dropped.
    Join,
    /// Both are dropped, with the white space behind (Rust).
    JoinTrim,
}

/// An escape that was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Read {
    /// Bytes of it in the host file.
    pub len: usize,
    /// The text that it stands for.
    pub text: Vec<u8>,
}

impl Escapes {
    /// The escapes of one letter that languages took from C.
    pub(crate) const C: &[(u8, &str)] =
        &[(b'n', "\n"), (b't', "\t"), (b'r', "\r"), (b'a', "\u{7}"), (b'b', "\u{8}"), (b'f', "\u{c}"), (b'v', "\u{b}")];

    /// Only the quote and the backslash can be escaped; any other backslash is text.
    pub(crate) const QUOTE: Self = Self {
        simple: &[],
        hex: None,
        unicode4: false,
        unicode8: false,
        braces: false,
        octal: false,
        decimal: false,
        line_break: LineBreak::Keep,
        keeps_unknown: true,
        literal: b"",
        quote_only: false,
    };

    /// Reads the escape at the beginning of `rest`, which is a backslash. `quote` is the first byte of the closing delimiter.
    pub(crate) fn read(&self, rest: &[u8], quote: u8, is_bytes: bool) -> Read {
        let Some(&next) = rest.get(1) else { return Read { len: 1, text: b"\\".to_vec() } };
        let raw = |len: usize| Read { len, text: rest[..len].to_vec() };
        if self.quote_only && next != quote {
            return raw(1);
        }
        if next == b'\n' || next == b'\r' {
            let mut len = if rest[1..].starts_with(b"\r\n") { 3 } else { 2 };
            match self.line_break {
                LineBreak::Keep if self.keeps_unknown => return raw(1),
                LineBreak::Keep | LineBreak::Newline => return Read { len: 1, text: Vec::new() },
                LineBreak::Join => {}
                LineBreak::JoinTrim => len += rest[len..].iter().take_while(|it| it.is_ascii_whitespace()).count(),
            }
            return Read { len, text: Vec::new() };
        }
        if let Some((_, text)) = self.simple.iter().find(|(from, _)| *from == next) {
            return Read { len: 2, text: text.as_bytes().to_vec() };
        }
        let code = |len: usize, code: Option<u32>| {
            let text = match code {
                // Half of a surrogate pair has no text of its own.
                Some(code) => char::from_u32(code).unwrap_or('\u{fffd}').to_string().into_bytes(),
                None => return raw(1),
            };
            Read { len, text }
        };
        let byte = |len: usize, value: Option<u32>| match value {
            Some(value) if is_bytes && value < 256 => Read { len, text: vec![value as u8] },
            _ => code(len, value),
        };
        match next {
            b'x' if self.hex.is_some() => {
                let (least, most) = self.hex.unwrap_or_default();
                let (len, value) = hex(&rest[2..], most.into());
                if len < least.into() { raw(1) } else { byte(2 + len, value) }
            }
            b'u' if self.braces && rest.get(2) == Some(&b'{') => {
                let (len, value) = hex(&rest[3..], 6);
                if rest.get(3 + len) == Some(&b'}') { code(4 + len, value) } else { raw(1) }
            }
            b'u' if self.unicode4 => {
                let skip = rest[1..].iter().take_while(|&&it| it == b'u').count();
                let (len, value) = hex(&rest[1 + skip..], 4);
                if len < 4 {
                    return raw(1);
                }
                self.pair(rest, 1 + skip + 4, value).unwrap_or_else(|| code(1 + skip + 4, value))
            }
            b'U' if self.unicode8 => {
                let (len, value) = hex(&rest[2..], 8);
                if len < 8 { raw(1) } else { code(10, value) }
            }
            b'0'..=b'7' if self.octal => {
                let digits = rest[1..].iter().take(3).take_while(|it| (b'0'..=b'7').contains(it)).count();
                let value = rest[1..=digits].iter().fold(0, |value, it| value * 8 + u32::from(it - b'0'));
                byte(1 + digits, Some(value))
            }
            b'0'..=b'9' if self.decimal => {
                let digits = rest[1..].iter().take(3).take_while(|it| it.is_ascii_digit()).count();
                let value = rest[1..=digits].iter().fold(0, |value, it| value * 10 + u32::from(it - b'0'));
                byte(1 + digits, Some(value))
            }
            _ if is_quote(next, quote) || next == b'\\' || self.literal.contains(&next) => {
                Read { len: 2, text: vec![next] }
            }
            _ if self.keeps_unknown => raw(1),
            _ => Read { len: 1, text: Vec::new() },
        }
    }

    /// Two escapes of UTF-16 that are one character.
    fn pair(&self, rest: &[u8], len: usize, high: Option<u32>) -> Option<Read> {
        let high = high.filter(|high| (0xd800..0xdc00).contains(high))?;
        let tail = rest.get(len..)?.strip_prefix(b"\\u")?;
        let (digits, low) = hex(tail, 4);
        let low = low.filter(|low| digits == 4 && (0xdc00..0xe000).contains(low))?;
        let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
        Some(Read { len: len + 6, text: char::from_u32(code)?.to_string().into_bytes() })
    }

    /// Writes a character as an escape; none if the language has none for it.
    pub(crate) fn write(&self, it: char, quote: u8) -> Option<String> {
        if self.quote_only && it == '\\' {
            return Some(it.to_string());
        }
        if let Some((from, _)) = self.simple.iter().find(|(_, text)| text.chars().eq([it])) {
            return Some(format!("\\{}", char::from(*from)));
        }
        if it == '\\' || (it.is_ascii() && (is_quote(it as u8, quote) || self.literal.contains(&(it as u8)))) {
            return Some(format!("\\{it}"));
        }
        let code = it as u32;
        if self.unicode4 && code < 0x1_0000 {
            return Some(format!("\\u{code:04x}"));
        }
        if self.braces {
            return Some(format!("\\u{{{code:x}}}"));
        }
        match self.hex {
            Some((_, 2)) if code < 0x80 => Some(format!("\\x{code:02x}")),
            _ if self.octal && code < 0x80 => Some(format!("\\{code:03o}")),
            _ if self.decimal && code < 0x80 => Some(format!("\\{code:03}")),
            _ => None,
        }
    }
}

/// True if a character is the closing quote. The tag of a heredoc needs no escape.
fn is_quote(it: u8, quote: u8) -> bool {
    it == quote && !it.is_ascii_alphanumeric()
}

/// Reads hexadecimal digits, `most` at most; returns their count and value.
fn hex(digits: &[u8], most: usize) -> (usize, Option<u32>) {
    let count = digits.iter().take(most).take_while(|it| it.is_ascii_hexdigit()).count();
    let value = std::str::from_utf8(&digits[..count]).ok().and_then(|it| u32::from_str_radix(it, 16).ok());
    (count, value)
}
