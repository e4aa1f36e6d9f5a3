//! Lua values in the probe's description.

use anyhow::{Context as _, Result, bail};

/// A Lua value.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Value {
    Nil,
    Bool(bool),
    Number(f64),
    Text(Vec<u8>),
    Table(Vec<(Value, Value)>),
    /// A function, a thread or a userdata.
    Other,
    /// A table that is nested too deep to describe.
    Deep,
}

impl Value {
    /// Reads `S3:abc`, `N1;`, `T`, `F`, `Z` and `{key value …}`.
    pub(super) fn parse(text: &[u8]) -> Result<Self> {
        let mut rest = text;
        let value = Self::take(&mut rest)?;
        if !rest.is_empty() {
            bail!("more after the value");
        }
        Ok(value)
    }

    fn take(rest: &mut &[u8]) -> Result<Self> {
        let (&kind, after) = rest.split_first().context("nothing left")?;
        *rest = after;
        let until = |end: u8, rest: &mut &[u8]| -> Result<String> {
            let at = rest.iter().position(|&byte| byte == end).context("no end")?;
            let text = String::from_utf8(rest[..at].to_vec())?;
            *rest = &rest[at + 1..];
            Ok(text)
        };
        Ok(match kind {
            b'Z' => Self::Nil,
            b'O' => Self::Other,
            b'X' => Self::Deep,
            b'T' => Self::Bool(true),
            b'F' => Self::Bool(false),
            b'N' => Self::Number(until(b';', rest)?.parse()?),
            b'S' => {
                let len: usize = until(b':', rest)?.parse()?;
                let (text, after) = rest.split_at_checked(len).context("a text is cut")?;
                *rest = after;
                Self::Text(text.to_vec())
            }
            b'{' => {
                let mut pairs = Vec::new();
                while rest.first() != Some(&b'}') {
                    let key = Self::take(rest)?;
                    pairs.push((key, Self::take(rest)?));
                }
                *rest = &rest[1..];
                Self::Table(pairs)
            }
            other => bail!("what is {:?}?", char::from(other)),
        })
    }

    /// True if it is an error reply.
    pub(super) fn is_error(&self) -> bool {
        self.field("err").is_some()
    }

    /// A named field of a table.
    pub(super) fn field(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Table(pairs) => {
                pairs.iter().find(|(key, _)| *key == Self::Text(name.as_bytes().to_vec())).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// The pairs of a table.
    pub(super) fn pairs(&self) -> &[(Self, Self)] {
        match self {
            Self::Table(pairs) => pairs,
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_probe_tells_is_read() -> Result<()> {
        let value = Value::parse(b"{N1;S2:a}N2;FS3:errZ}")?;
        assert_eq!(value.pairs().len(), 3);
        assert_eq!(value.pairs()[0].1, Value::Text(b"a}".to_vec()));
        assert!(value.is_error());
        assert!(Value::parse(b"N1").is_err() && Value::parse(b"TT").is_err());
        Ok(())
    }
}
