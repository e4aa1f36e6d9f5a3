//! The values of literals, as the server's Lua reads them.

use std::borrow::Cow;

use text::TextRange;

/// The bytes that a string literal stands for (`literal` includes its quotes or brackets).
///
/// Unknown escapes are Lua 5.1's: the backslash goes and the letter stays (`\x41` is `x41`, `\z` is `z`).
pub fn string_value(literal: &[u8]) -> Cow<'_, [u8]> {
    match literal.first() {
        Some(b'[') => long_string(literal),
        Some(&quote @ (b'"' | b'\'')) => {
            let inner = &literal[1..];
            let inner = inner.strip_suffix(&[quote]).unwrap_or(inner);
            if memchr::memchr(b'\\', inner).is_none() { Cow::Borrowed(inner) } else { Cow::Owned(unescape(inner)) }
        }
        _ => Cow::Borrowed(b""),
    }
}

fn long_string(literal: &[u8]) -> Cow<'_, [u8]> {
    let level = literal[1..].iter().take_while(|&&byte| byte == b'=').count();
    let open = level + 2;
    let Some(inner) = literal.get(open..literal.len().saturating_sub(open)) else { return Cow::Borrowed(b"") };
    // A line break straight after the opening bracket is dropped, and every line break is read as `\n`.
    let inner = match inner {
        [b'\r', b'\n', rest @ ..] | [b'\n', b'\r', rest @ ..] | [b'\n' | b'\r', rest @ ..] => rest,
        _ => inner,
    };
    if memchr::memchr(b'\r', inner).is_none() {
        return Cow::Borrowed(inner);
    }
    let mut out = Vec::with_capacity(inner.len());
    let mut at = 0;
    while at < inner.len() {
        match (inner[at], inner.get(at + 1)) {
            (b'\r', Some(b'\n')) | (b'\n', Some(b'\r')) => at += 1,
            _ => {}
        }
        out.push(if inner[at] == b'\r' { b'\n' } else { inner[at] });
        at += 1;
    }
    Cow::Owned(out)
}

fn unescape(inner: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(inner.len());
    let mut at = 0;
    while at < inner.len() {
        if inner[at] != b'\\' {
            out.push(inner[at]);
            at += 1;
            continue;
        }
        at += 1;
        match inner.get(at) {
            None => {}
            Some(b'\r') => {
                out.push(b'\n');
                if inner.get(at + 1) == Some(&b'\n') {
                    at += 1;
                }
            }
            Some(digit) if digit.is_ascii_digit() => {
                let digits = inner[at..].iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
                let value =
                    inner[at..at + digits].iter().fold(0u32, |value, digit| value * 10 + u32::from(digit - b'0'));
                out.push(value as u8);
                at += digits - 1;
            }
            Some(&letter) => out.push(match letter {
                b'a' => 0x07,
                b'b' => 0x08,
                b'f' => 0x0C,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'v' => 0x0B,
                other => other,
            }),
        }
        at += 1;
    }
    out
}

/// A backslash escape of a quoted string.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Escape {
    /// Range in the literal, backslash included.
    pub range: TextRange,
    /// The byte after the backslash.
    pub letter: u8,
    /// The value of a decimal escape.
    pub decimal: Option<u32>,
}

/// The escapes of a quoted string literal, at `offset` in its file; none for long strings.
pub fn escapes(literal: &[u8], offset: u32) -> Vec<Escape> {
    let mut found = Vec::new();
    if literal.first() == Some(&b'[') {
        return found;
    }
    let mut at = 1;
    while let Some(next) = literal.get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        at += next;
        let Some(&letter) = literal.get(at + 1) else { break };
        let digits = literal[at + 1..].iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
        let decimal = (digits > 0).then(|| {
            literal[at + 1..at + 1 + digits].iter().fold(0, |value, digit| value * 10 + u32::from(digit - b'0'))
        });
        let len = 1 + digits.max(1);
        found.push(Escape { range: TextRange::new(offset + at as u32, offset + (at + len) as u32), letter, decimal });
        at += len;
    }
    found
}

/// The value of a number as C's `strtod` reads it for Lua 5.1 (decimal, hexadecimal, hexadecimal float), or `None`
/// where Lua says "malformed number".
pub fn number_value(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return hex_value(hex);
    }
    // Rust reads `inf` and `nan` too; a Lua numeral starts with a digit or a dot.
    if !text.starts_with(|c: char| c.is_ascii_digit() || c == '.') || text == "." {
        return None;
    }
    text.parse().ok()
}

fn hex_value(text: &str) -> Option<f64> {
    let (mantissa, exponent) = match text.find(['p', 'P']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0.0f64;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    Some(value * 2f64.powi(exponent.saturating_sub(4 * fraction.len() as i32)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_have_the_bytes_that_lua_gives_them() {
        let cases: [(&str, &[u8]); 9] = [
            (r#""abc""#, b"abc"),
            (r#"'a\'b'"#, b"a'b"),
            (r#""\65\066\10x""#, b"AB\nx"),
            (r#""\x41\z\u{41}""#, b"x41zu{41}"),
            ("[[\nabc]]", b"abc"),
            ("[==[a]]b]==]", b"a]]b"),
            ("[[a\r\nb]]", b"a\nb"),
            ("'a\\\r\nb'", b"a\nb"),
            ("\"\\255\"", b"\xff"),
        ];
        for (literal, value) in cases {
            assert_eq!(string_value(literal.as_bytes()).as_ref(), value, "{literal}");
        }
    }

    #[test]
    fn numbers_are_read_as_strtod_does() {
        let value = |text: &str| number_value(text.as_bytes());
        assert_eq!(value("0x10p2"), Some(64.0));
        assert_eq!(value("0x.8"), Some(0.5));
        assert_eq!(value("3."), Some(3.0));
        assert_eq!(value(".5e1"), Some(5.0));
        assert_eq!(value("08"), Some(8.0));
        for bad in ["3x", "1..2", "0x", "1e", "0b1", "1_000", "0xg"] {
            assert_eq!(value(bad), None, "{bad}");
        }
    }

    #[test]
    fn escapes_are_found_with_their_places() {
        let found = escapes(br#""a\n\400\x""#, 10);
        let shown: Vec<_> =
            found.iter().map(|escape| (escape.range.start, escape.range.len(), escape.letter)).collect();
        assert_eq!(shown, [(12, 2, b'n'), (14, 4, b'4'), (18, 2, b'x')]);
        assert_eq!(found[1].decimal, Some(400));
    }
}
