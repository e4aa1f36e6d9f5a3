//! Ids of stream entries.

use protocol::number::parse_int;

/// The id of an entry: milliseconds and a sequence number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Id {
    /// Milliseconds since 1970, by custom.
    pub ms: u64,
    /// Tells entries of the same millisecond apart.
    pub seq: u64,
}

impl Id {
    /// The least id.
    pub const MIN: Self = Self { ms: 0, seq: 0 };
    /// The greatest id.
    pub const MAX: Self = Self { ms: u64::MAX, seq: u64::MAX };

    /// The next id, unless this is the greatest.
    pub fn next(self) -> Option<Self> {
        match (self.ms, self.seq) {
            (u64::MAX, u64::MAX) => None,
            (ms, u64::MAX) => Some(Self { ms: ms + 1, seq: 0 }),
            (ms, seq) => Some(Self { ms, seq: seq + 1 }),
        }
    }

    /// The id before, unless this is the least.
    pub fn previous(self) -> Option<Self> {
        match (self.ms, self.seq) {
            (0, 0) => None,
            (ms, 0) => Some(Self { ms: ms - 1, seq: u64::MAX }),
            (ms, seq) => Some(Self { ms, seq: seq - 1 }),
        }
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.ms, self.seq)
    }
}

/// Reads an id: `5-3`, or `5` with the sequence number that is given for it.
pub fn parse_id(text: &[u8], missing: u64) -> Option<Id> {
    let text = id_text(text)?;
    match text.iter().position(|byte| *byte == b'-') {
        Some(dash) => Some(Id { ms: parse_part(&text[..dash])?, seq: parse_part(&text[dash + 1..])? }),
        None => Some(Id { ms: parse_part(text)?, seq: missing }),
    }
}

/// Reads an id whose sequence number may be left to the server: `5-*` (7.0).
pub fn parse_partial_id(text: &[u8]) -> Option<(u64, Option<u64>)> {
    match id_text(text)?.strip_suffix(b"-*") {
        Some(ms) if !ms.contains(&b'-') => Some((parse_part(ms)?, None)),
        _ => parse_id(text, 0).map(|id| (id.ms, Some(id.seq))),
    }
}

/// The servers copy an id to a buffer, as a C string.
fn id_text(text: &[u8]) -> Option<&[u8]> {
    if text.len() > 127 {
        return None;
    }
    text.split(|byte| *byte == 0).next()
}

/// A number as `strtoull` reads it, which takes blanks and signs before it; but not one below zero.
fn parse_part(text: &[u8]) -> Option<u64> {
    if let Some(value) = parse_int(text) {
        return u64::try_from(value).ok();
    }
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | 9..=13)).count();
    let (negative, digits) = match &text[blanks..] {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some(if negative { value.wrapping_neg() } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_strtoull_does() {
        let id = |ms, seq| Some(Id { ms, seq });
        for (text, read) in [
            ("5-3", id(5, 3)),
            ("5", id(5, 7)),
            ("05-+3", id(5, 3)),
            ("1--05", id(1, u64::MAX - 4)),
            ("18446744073709551615-0", id(u64::MAX, 0)),
            ("18446744073709551616", None),
            ("-5", None),
            ("5-", None),
            ("", None),
        ] {
            assert_eq!(parse_id(text.as_bytes(), 7), read, "{text}");
        }
        assert_eq!(parse_partial_id(b"5-*"), Some((5, None)));
    }
}
