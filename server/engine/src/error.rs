//! Errors of commands, in the servers' words.

use std::borrow::Cow;

use commands::CommandSpec;

use crate::names::name_of;

/// An error reply, with its code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error(pub Cow<'static, [u8]>);

impl Error {
    /// An error that quotes what was sent. The servers put it together as C strings, which end at a zero byte, and the
    /// protocol has errors on one line.
    pub(crate) fn quoting(parts: &[&[u8]]) -> Self {
        let text = parts.iter().flat_map(|part| part.iter().take_while(|byte| **byte != 0));
        Self(text.map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { *byte }).collect())
    }

    /// The error of a call with too few or too many words.
    pub fn wrong_count(spec: &CommandSpec) -> Self {
        format!("ERR wrong number of arguments for '{}' command", name_of(spec)).into()
    }
}

impl From<&'static str> for Error {
    fn from(text: &'static str) -> Self {
        Self(Cow::Borrowed(text.as_bytes()))
    }
}

impl From<String> for Error {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text.into_bytes()))
    }
}

impl From<Error> for protocol::Reply {
    fn from(error: Error) -> Self {
        Self::Error(error.0.into_owned())
    }
}

pub(crate) const SYNTAX: &str = "ERR syntax error";
pub(crate) const NOT_INT: &str = "ERR value is not an integer or out of range";
pub(crate) const NOT_FLOAT: &str = "ERR value is not a valid float";
pub(crate) const WRONG_TYPE: &str = "WRONGTYPE Operation against a key holding the wrong kind of value";
pub(crate) const NO_KEY: &str = "ERR no such key";
pub(crate) const OUT_OF_RANGE: &str = "ERR index out of range";
pub(crate) const OVERFLOW: &str = "ERR increment or decrement would overflow";
pub(crate) const TOO_LONG: &str = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";
