//! The key names and hash fields that a file uses, kept with the file for completion in others.

mod read;

use text::TextRange;

/// A key as far as a script shows it: `stock:*`, or an element of KEYS by its name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct KeyPattern {
    /// Text with `*` for computed parts; `KEYS[1]`, or the element's name in angle brackets.
    pub text: String,
    /// True if it means a key of this file only: an element without a name.
    is_local: bool,
}

/// A key name that begins with text of the script.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct KeyName {
    /// The text before the first computed part.
    pub prefix: String,
    /// True if something is computed behind the prefix.
    pub is_open: bool,
    /// The word of the call.
    pub range: TextRange,
}

/// A field of a hash or of a stream's entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct FieldName {
    /// The field.
    pub name: String,
    /// The key's patterns; several where it may be one of several keys.
    pub keys: Vec<KeyPattern>,
    /// The word of the call.
    pub range: TextRange,
}

/// The key names and fields of a file.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Vocabulary {
    /// Key names, in source order.
    pub keys: Vec<KeyName>,
    /// Fields, in source order.
    pub fields: Vec<FieldName>,
    /// The first key of each call.
    first_keys: Vec<(TextRange, Vec<KeyPattern>)>,
}

impl Vocabulary {
    /// The patterns of the first key of a call, by the place of its word.
    pub(crate) fn first_key(&self, range: TextRange) -> &[KeyPattern] {
        self.first_keys.iter().find(|(at, _)| *at == range).map_or(&[], |(_, keys)| keys)
    }
}
