//! Entries of a server's logs.

use protocol::Reply;

/// A command in SLOWLOG or COMMANDLOG.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    /// Seconds since 1970.
    pub at: i64,
    /// Microseconds, or bytes in a log of sizes.
    pub amount: u64,
    /// The words, long ones cut.
    pub words: Vec<Word>,
}

/// A word of a logged command: servers keep 128 bytes of each.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Word {
    /// The bytes that were kept.
    pub text: Vec<u8>,
    /// The number of bytes that were cut.
    pub more: usize,
}

impl Entry {
    /// Reads `[id, time, amount, [words], …]`.
    pub(super) fn read(reply: &Reply) -> Option<Self> {
        let Reply::Array(items) = reply else { return None };
        let [_, Reply::Int(at), Reply::Int(amount), Reply::Array(words), ..] = &items[..] else { return None };
        let words = words.iter().map(|it| match it {
            Reply::Bulk(text) | Reply::Status(text) => Word::read(text),
            _ => Word { text: Vec::new(), more: 0 },
        });
        Some(Self { at: *at, amount: u64::try_from(*amount).ok()?, words: words.collect() })
    }
}

impl Word {
    /// Reads a word; a long one ends with `... (12 more bytes)`.
    fn read(text: &[u8]) -> Self {
        let cut = || {
            let at = memchr::memmem::rfind(text, b"... (")?;
            let count = text[at + 5..].strip_suffix(b" more bytes)")?;
            Some((at, std::str::from_utf8(count).ok()?.parse().ok()?))
        };
        match cut() {
            Some((at, more)) => Self { text: text[..at].to_vec(), more },
            None => Self { text: text.to_vec(), more: 0 },
        }
    }

    /// True if a text has been logged so.
    pub(super) fn is(&self, text: &[u8]) -> bool {
        text.len() == self.text.len() + self.more && text.starts_with(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_words_are_cut() {
        let word = Word::read(b"return 1... (3 more bytes)");
        assert_eq!((&word.text[..], word.more), (&b"return 1"[..], 3));
        assert!(word.is(b"return 1 + "));
        assert!(!word.is(b"return 1"));
        assert!(Word::read(b"a... (x more bytes)").is(b"a... (x more bytes)"));
    }
}
