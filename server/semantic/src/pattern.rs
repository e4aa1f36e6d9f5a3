//! Lua's patterns.

/// The kind of value that a capture of a pattern gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Capture {
    /// The text that is between its brackets.
    Text,
    /// The position of `()`.
    Position,
}

/// Returns the captures of a pattern, as Lua 5.1 reads it.
///
/// # Errors
/// The mistake in the pattern, in words that follow a comma.
pub fn captures(pattern: &[u8]) -> Result<Vec<Capture>, String> {
    const MOST: usize = 32;
    let mut at = usize::from(pattern.first() == Some(&b'^'));
    let (mut found, mut open) = (Vec::new(), Vec::new());
    let mut closed = Vec::new();
    while let Some(&byte) = pattern.get(at) {
        at += 1;
        match byte {
            b'(' => {
                if found.len() == MOST {
                    return Err(format!("more than {MOST} captures"));
                }
                if pattern.get(at) == Some(&b')') {
                    at += 1;
                    closed.push(found.len());
                    found.push(Capture::Position);
                } else {
                    open.push(found.len());
                    found.push(Capture::Text);
                }
            }
            b')' => closed.push(open.pop().ok_or("a `)` closes nothing")?),
            b'[' => at = class(pattern, at)?,
            b'%' => match pattern.get(at) {
                None => return Err("it ends with `%`".to_owned()),
                Some(b'b') => {
                    if pattern.len() < at + 3 {
                        return Err("`%b` wants two characters".to_owned());
                    }
                    at += 3;
                }
                Some(b'f') => {
                    if pattern.get(at + 1) != Some(&b'[') {
                        return Err("`%f` wants a `[` behind it".to_owned());
                    }
                    at = class(pattern, at + 2)?;
                }
                Some(digit @ b'0'..=b'9') => {
                    let index = usize::from(digit - b'0');
                    if index == 0 || !closed.contains(&(index - 1)) {
                        return Err(format!("`%{index}` names no capture that is closed before it"));
                    }
                    at += 1;
                }
                Some(_) => at += 1,
            },
            _ => {}
        }
    }
    if open.is_empty() { Ok(found) } else { Err("a `(` is not closed".to_owned()) }
}

/// Returns the end of a class whose content begins at `at`, after its bracket. Fails if the class is not closed.
fn class(pattern: &[u8], mut at: usize) -> Result<usize, String> {
    at += usize::from(pattern.get(at) == Some(&b'^'));
    let mut first = true;
    loop {
        match pattern.get(at) {
            None => return Err("a `[` is not closed".to_owned()),
            Some(b']') if !first => return Ok(at + 1),
            Some(b'%') if pattern.get(at + 1).is_none() => return Err("a `[` is not closed".to_owned()),
            Some(b'%') => at += 2,
            Some(_) => at += 1,
        }
        first = false;
    }
}

#[cfg(test)]
mod tests {
    use super::{Capture::*, *};

    #[test]
    fn patterns_are_read_as_lua_reads_them() {
        let read = |pattern: &str| captures(pattern.as_bytes());
        assert_eq!(read("^([^:]+):(%d*)$"), Ok(vec![Text, Text]));
        assert_eq!(read("()a()"), Ok(vec![Position, Position]));
        assert_eq!(read("((a)())"), Ok(vec![Text, Text, Position]));
        assert_eq!(read("(['\"])(.-)%1"), Ok(vec![Text, Text]));
        for none in ["[]]", "[^]%]]*", "%b()%f[%w]%w+", "%(", "[(]"] {
            assert_eq!(read(none), Ok(vec![]), "{none}");
        }
        for wrong in ["[a", "(a", "a)", "%", "%1", "(a%1)", "[%", "%f", "%b(", "[]"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
