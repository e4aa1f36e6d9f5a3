//! Pieces of a value, and how they are written.

/// A piece of a value.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Piece {
    /// Text of the script.
    Text(Vec<u8>),
    /// An element of KEYS.
    Key(Option<u32>),
    /// An element of ARGV.
    Argument(Option<u32>),
    /// Something taken out of another: a part of its text, or a field of its decoded value, as `.id` or `[2]`.
    Within(Box<Piece>, String),
    /// A reply, with its command where that is known.
    Reply(Option<&'static str>),
    /// A parameter of a function, counted from 0 and without `self`; only in what a function gives, see [`super::Gives`].
    Parameter(u32),
    /// Unknown; with the source.
    Unknown(String),
}

/// A value as pieces that are put together in order.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Template(pub Vec<Piece>);

impl Piece {
    /// True if it is the same throughout a run.
    fn is_one(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Key(Some(_)) | Self::Argument(Some(_)))
    }
}

impl Template {
    /// True if the value is the same throughout a run. One template may be many values: the keys of a loop, of a list, of a
    /// reply.
    pub fn is_one(&self) -> bool {
        self.0.iter().all(Piece::is_one)
    }
}

impl std::fmt::Display for Piece {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => {
                let text = String::from_utf8_lossy(text);
                let shown: String = text.chars().flat_map(char::escape_debug).collect();
                write!(f, "'{}'", shown.replace("\\\"", "\""))
            }
            Self::Key(Some(index)) => write!(f, "KEYS[{index}]"),
            Self::Key(None) => f.write_str("KEYS[…]"),
            Self::Argument(Some(index)) => write!(f, "ARGV[{index}]"),
            Self::Argument(None) => f.write_str("ARGV[…]"),
            Self::Within(inner, path) => match &**inner {
                Self::Reply(_) => write!(f, "{inner}"),
                inner if path.is_empty() => write!(f, "⟨part of {inner}⟩"),
                inner => write!(f, "⟨{path} of {inner}⟩"),
            },
            Self::Reply(Some(name)) => write!(f, "⟨reply of {name}⟩"),
            Self::Reply(None) => f.write_str("⟨a reply⟩"),
            Self::Parameter(nth) => write!(f, "⟨parameter {}⟩", nth + 1),
            Self::Unknown(source) if source.is_empty() => f.write_str("⟨?⟩"),
            Self::Unknown(source) => write!(f, "⟨{source}⟩"),
        }
    }
}

impl std::fmt::Display for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, piece) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(" .. ")?;
            }
            write!(f, "{piece}")?;
        }
        Ok(())
    }
}

/// Concatenates two values; neighbouring text becomes one.
pub(crate) fn join(left: &Template, right: &Template) -> Template {
    let mut pieces = left.0.clone();
    for piece in &right.0 {
        match (pieces.last_mut(), piece) {
            (Some(Piece::Text(before)), Piece::Text(text)) => before.extend_from_slice(text),
            (_, Piece::Text(text)) if text.is_empty() => {}
            _ => pieces.push(piece.clone()),
        }
    }
    Template(pieces)
}
