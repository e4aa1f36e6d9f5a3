//! Where in Lua code a byte stands: code, a string, or a comment.

/// A place in Lua code.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) enum Place {
    /// Code.
    #[default]
    Code,
    /// A string in these quotes.
    Quoted(u8),
    /// A string in long brackets of this level.
    Long(u32),
    /// A comment to the end of its line.
    Comment,
    /// A comment in long brackets of this level.
    LongComment(u32),
}

impl Place {
    /// True in a string.
    pub(crate) fn is_string(self) -> bool {
        matches!(self, Self::Quoted(_) | Self::Long(_))
    }
}

/// Reads Lua code byte by byte.
#[derive(Default, Debug)]
pub(crate) struct State {
    place: Place,
    /// A backslash came before, in quotes.
    is_escaped: bool,
    /// The last bytes of code or of a possible closing bracket.
    recent: Vec<u8>,
}

impl State {
    /// The place of the next byte.
    pub(crate) fn place(&self) -> Place {
        self.place
    }

    /// Bytes of the opening quote or bracket, right after a string has begun.
    pub(crate) fn opening(&self) -> usize {
        match self.place {
            Place::Long(level) => level as usize + 2,
            _ => 1,
        }
    }

    /// Reads bytes.
    pub(crate) fn feed_all(&mut self, text: &[u8]) {
        for &byte in text {
            self.feed(byte);
        }
    }

    /// Reads a byte.
    pub(crate) fn feed(&mut self, byte: u8) {
        match self.place {
            Place::Code => self.code(byte),
            Place::Quoted(quote) => {
                if self.is_escaped {
                    self.is_escaped = false;
                } else if byte == b'\\' {
                    self.is_escaped = true;
                } else if byte == quote || byte == b'\n' {
                    self.enter(Place::Code);
                }
            }
            Place::Comment => {
                self.recent.push(byte);
                // `--[[` and `--[==[` begin a comment of several lines.
                if let Some(level) = long_bracket(&self.recent) {
                    self.enter(Place::LongComment(level));
                } else if byte == b'\n' {
                    self.enter(Place::Code);
                } else if !self.recent.iter().all(|it| matches!(it, b'[' | b'=')) || self.recent.len() > 64 {
                    // Whatever follows is no bracket.
                    self.recent = vec![b' '];
                }
            }
            Place::Long(level) | Place::LongComment(level) => {
                if byte == b']' && self.recent.first() == Some(&b']') && self.recent.len() as u32 == level + 1 {
                    return self.enter(Place::Code);
                }
                match byte {
                    b']' => self.recent = vec![b']'],
                    b'=' if !self.recent.is_empty() => self.recent.push(b'='),
                    _ => self.recent.clear(),
                }
            }
        }
    }

    fn code(&mut self, byte: u8) {
        match byte {
            b'"' | b'\'' => return self.enter(Place::Quoted(byte)),
            b'-' if self.recent.last() == Some(&b'-') => return self.enter(Place::Comment),
            _ => {}
        }
        if !matches!(byte, b'[' | b'=' | b'-') {
            self.recent.clear();
            return;
        }
        if byte == b'[' && !self.recent.is_empty() {
            let start = self.recent.iter().rposition(|&it| it == b'[');
            if let Some(start) = start {
                let mut bracket = self.recent[start..].to_vec();
                bracket.push(b'[');
                if let Some(level) = long_bracket(&bracket) {
                    return self.enter(Place::Long(level));
                }
            }
        }
        if self.recent.len() > 64 {
            self.recent.clear();
        }
        self.recent.push(byte);
    }

    fn enter(&mut self, place: Place) {
        self.place = place;
        self.is_escaped = false;
        self.recent.clear();
    }
}

/// The level of an opening long bracket.
fn long_bracket(text: &[u8]) -> Option<u32> {
    let inner = text.strip_prefix(b"[")?.strip_suffix(b"[")?;
    inner.iter().all(|&it| it == b'=').then_some(inner.len() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Place {
        let mut state = State::default();
        state.feed_all(text.as_bytes());
        state.place()
    }

    #[test]
    fn places() {
        assert_eq!(place("return 'a"), Place::Quoted(b'\''));
        assert_eq!(place("return 'a\\'"), Place::Quoted(b'\''));
        assert_eq!(place("return 'a'"), Place::Code);
        assert_eq!(place("return [["), Place::Long(0));
        assert_eq!(place("return [==[ ]] ]=] "), Place::Long(2));
        assert_eq!(place("return [==[ ]==]"), Place::Code);
        assert_eq!(place("-- it's"), Place::Comment);
        assert_eq!(place("-- it's\n"), Place::Code);
        assert_eq!(place("--[[ it's\n"), Place::LongComment(0));
        assert_eq!(place("--[[ it's ]] x"), Place::Code);
        assert_eq!(place("-- [[ x\n'"), Place::Quoted(b'\''));
        assert_eq!(place("a[b[1]"), Place::Code);
        assert_eq!(place("a - b"), Place::Code);
    }
}
