//! Strings, in the three forms that the servers distinguish.

use protocol::number::parse_int;

/// Strings up to this length are kept beside their header, in bytes.
const EMBEDDED: usize = 44;

/// A string.
#[derive(Clone, Debug)]
pub enum Text {
    /// Digits, kept as the number.
    Int(i64),
    /// Bytes that were set in one go.
    Bytes(Vec<u8>),
    /// Bytes that were changed in place, which the server keeps room for.
    Raw(Vec<u8>),
}

impl Text {
    /// Encodes a text as `SET` does: as an integer if it is one.
    pub fn new(bytes: &[u8]) -> Self {
        match parse_int(bytes) {
            Some(value) => Self::Int(value),
            None => Self::Bytes(meter::copy(bytes)),
        }
    }

    /// The bytes.
    pub fn to_vec(&self) -> Vec<u8> {
        match self {
            Self::Int(value) => value.to_string().into_bytes(),
            Self::Bytes(bytes) | Self::Raw(bytes) => meter::copy(bytes),
        }
    }

    /// Calls `with` with the bytes.
    pub fn with<R>(&self, with: impl FnOnce(&[u8]) -> R) -> R {
        match self {
            Self::Int(value) => with(value.to_string().as_bytes()),
            Self::Bytes(bytes) | Self::Raw(bytes) => with(bytes),
        }
    }

    /// Number of bytes.
    pub fn len(&self) -> usize {
        self.with(<[u8]>::len)
    }

    /// True if it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes, to be changed in place.
    pub fn raw(&mut self) -> &mut Vec<u8> {
        match self {
            Self::Int(_) => *self = Self::Raw(self.to_vec()),
            Self::Bytes(bytes) => *self = Self::Raw(std::mem::take(bytes)),
            Self::Raw(_) => {}
        }
        match self {
            Self::Raw(bytes) | Self::Bytes(bytes) => bytes,
            Self::Int(_) => unreachable!("it was made bytes above"),
        }
    }

    /// The bytes, to be changed in place, `len` at least: zeros are added.
    pub fn raw_of(&mut self, len: usize) -> &mut Vec<u8> {
        let bytes = self.raw();
        if let Some(more) = len.checked_sub(bytes.len()) {
            meter::tick(1 + more / 64);
            meter::grow(bytes, more);
            bytes.resize(len, 0);
        }
        bytes
    }

    /// The number that the text is, if it is one.
    pub fn int(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            Self::Bytes(bytes) | Self::Raw(bytes) => parse_int(bytes),
        }
    }

    /// Takes the string apart from its key where both together are longer than `limit`.
    pub(crate) fn fit(&mut self, key: &[u8], limit: usize) {
        // Longer keys have a longer header.
        let header = if key.len() > 31 { 2 } else { 0 };
        if let Self::Bytes(bytes) = self
            && key.len() + bytes.len() + header > limit
        {
            *self = Self::Raw(std::mem::take(bytes));
        }
    }

    pub(super) fn encoding(&self, embedded: Option<usize>) -> &'static str {
        match self {
            Self::Int(_) => "int",
            Self::Bytes(bytes) if bytes.len() <= embedded.unwrap_or(EMBEDDED) => "embstr",
            _ => "raw",
        }
    }
}
