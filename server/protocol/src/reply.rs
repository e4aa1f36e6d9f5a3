//! A reply of a server, in the types of RESP3; RESP2 has fewer, and `resp.rs` describes how the others are sent.

/// A reply. Texts are bytes, for keys and values are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    /// A short text without line breaks: `OK`.
    Status(Vec<u8>),
    /// An error, with its code: `ERR syntax error`.
    Error(Vec<u8>),
    /// A number of 64 bits.
    Int(i64),
    /// Any bytes.
    Bulk(Vec<u8>),
    /// The null of a text.
    Nil,
    /// The null of an array; the same as [`Reply::Nil`] in RESP3.
    NilArray,
    /// Several replies.
    Array(Vec<Reply>),
    /// Pairs of field and value.
    Map(Vec<(Reply, Reply)>),
    /// A set.
    Set(Vec<Reply>),
    /// A floating-point number, in the digits that the server's version writes.
    Double(String),
    /// A truth value.
    Bool(bool),
    /// An integer of any size.
    BigNumber(Vec<u8>),
    /// A text with a hint of its format.
    Verbatim {
        /// Three letters: `txt`, `mkd`.
        format: [u8; 3],
        /// The text.
        text: Vec<u8>,
    },
    /// A message without a request.
    Push(Vec<Reply>),
    /// A reply with attributes, which only clients of RESP3 receive.
    Attributed {
        /// Pairs of field and value.
        attributes: Vec<(Reply, Reply)>,
        /// The reply itself.
        reply: Box<Reply>,
    },
}

impl Reply {
    /// `OK`
    pub fn ok() -> Self {
        Self::Status(b"OK".to_vec())
    }

    /// An error with its code.
    pub fn error(text: impl Into<Vec<u8>>) -> Self {
        Self::Error(text.into())
    }

    /// A bulk of bytes.
    pub fn bulk(bytes: impl AsRef<[u8]>) -> Self {
        Self::Bulk(meter::copy(bytes.as_ref()))
    }

    /// An array of bulks.
    pub fn bulks<B: AsRef<[u8]>>(all: impl IntoIterator<Item = B>) -> Self {
        Self::array(all.into_iter().map(Self::bulk))
    }

    /// An array whose length the data decides.
    pub fn array(all: impl IntoIterator<Item = Self>) -> Self {
        Self::Array(meter::collect(all))
    }

    /// A set whose size the data decides.
    pub fn set(all: impl IntoIterator<Item = Self>) -> Self {
        Self::Set(meter::collect(all))
    }

    /// A map whose size the data decides.
    pub fn map(all: impl IntoIterator<Item = (Self, Self)>) -> Self {
        Self::Map(meter::collect(all))
    }

    /// True if it is an error.
    pub fn is_error(&self) -> bool {
        matches!(self, Self::Error(_))
    }

    /// Converts to RESP2: maps become flat, sets become arrays, and values without a type of their own become texts or
    /// numbers.
    #[must_use]
    pub fn into_resp2(self) -> Self {
        let all = |replies: Vec<Self>| replies.into_iter().map(Self::into_resp2).collect();
        match self {
            Self::Array(replies) | Self::Set(replies) | Self::Push(replies) => Self::Array(all(replies)),
            Self::Map(pairs) => {
                Self::array(pairs.into_iter().flat_map(|(key, value)| [key.into_resp2(), value.into_resp2()]))
            }
            Self::Attributed { reply, .. } => reply.into_resp2(),
            Self::Double(text) => Self::Bulk(text.into_bytes()),
            Self::Bool(truth) => Self::Int(i64::from(truth)),
            Self::BigNumber(text) | Self::Verbatim { text, .. } => Self::Bulk(text),
            other => other,
        }
    }
}
