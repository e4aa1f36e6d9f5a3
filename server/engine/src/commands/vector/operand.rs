//! Operands of the expressions of `VSIM … FILTER`.

use protocol::number::strtod;

/// Operand of an expression.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Operand {
    Number(f64),
    Text(Vec<u8>),
    List(Vec<Operand>),
    Null,
}

/// Longest text that servers read as a number, in bytes.
pub(super) const LONGEST_NUMBER: usize = 255;

impl Operand {
    /// The number; of a text that is none, a list or null 0.
    pub(super) fn number(&self) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Text(text) if text.len() <= LONGEST_NUMBER => {
                let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
                strtod(trim_start(text)).unwrap_or(0.0)
            }
            _ => 0.0,
        }
    }

    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Number(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::Null => false,
            Self::List(_) => true,
        }
    }

    pub(super) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Null, Self::Null) => true,
            (Self::Null, _) | (_, Self::Null) => false,
            (a, b) => a.number() == b.number(),
        }
    }

    pub(super) fn is_in(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::List(list)) => list.iter().any(|element| self.equals(element)),
            (Self::Text(a), Self::Text(b)) => a.is_empty() || b.windows(a.len()).any(|part| part == a),
            _ => false,
        }
    }
}

/// True if C's `isspace` holds for a byte.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

pub(super) fn trim_start(text: &[u8]) -> &[u8] {
    &text[text.iter().take_while(|byte| is_space(**byte)).count()..]
}
