//! The cluster slot of a key, as far as its pieces show it.

use super::{Piece, Template};

/// True if a key is in the slot of the element of KEYS that it is built of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// The element is its hash tag, `'{' .. KEYS[1] .. '}:x'`: so it is, unless the element has braces itself.
    Tagged,
    /// If the element has a hash tag. Otherwise the whole key is hashed, and that is another.
    IfTagged,
    /// If the element has a hash tag, and the text before it has no brace.
    IfFirst,
    /// Never: it has a hash tag of its own.
    Never,
}

impl Template {
    /// Returns the way in which a key that contains an element of KEYS gets into the slot of that element: only by its hash
    /// tag, the text between the first `{` and the next `}`. None if the key contains no element of KEYS.
    pub fn reach(&self) -> Option<(&Piece, Reach)> {
        let at = self.0.iter().position(|piece| matches!(piece, Piece::Key(_)))?;
        let (before, key, after) = (&self.0[..at], &self.0[at], &self.0[at + 1..]);
        let open = |piece: &Piece| matches!(piece, Piece::Text(text) if text.contains(&b'{'));
        let all_text = before.iter().all(|piece| matches!(piece, Piece::Text(_)));
        let reach = match before {
            // '{' .. KEYS[1] .. '}'
            [.., Piece::Text(text)]
                if text.ends_with(b"{")
                    && before.iter().filter(|&piece| open(piece)).count() == 1
                    && text.iter().filter(|&&byte| byte == b'{').count() == 1
                    && all_text
                    && matches!(after.first(), Some(Piece::Text(text)) if text.starts_with(b"}")) =>
            {
                Reach::Tagged
            }
            _ if before.iter().any(open) => Reach::Never,
            _ if all_text => Reach::IfTagged,
            _ => Reach::IfFirst,
        };
        Some((key, reach))
    }

    /// The slot of all keys of this make, where the text of the script decides it: it is all text, or the hash tag is
    /// within the text that it begins with.
    pub fn slot(&self) -> Option<u16> {
        match &self.0[..] {
            [Piece::Text(text)] => Some(commands::key_slot(text)),
            [Piece::Text(text), ..] => {
                let open = text.iter().position(|&byte| byte == b'{')?;
                let length = text[open + 1..].iter().position(|&byte| byte == b'}')?;
                // With `{}` the whole key is hashed.
                (length > 0).then(|| commands::key_slot(text))
            }
            _ => None,
        }
    }
}
