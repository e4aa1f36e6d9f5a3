//! Splitting a command line into its words, as redis-cli does it.

/// Why a line cannot be split.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LineError {
    /// A quote is not closed.
    #[error("a quote is opened and not closed: every \" and ' needs its other one")]
    OpenQuote,
    /// Something follows a closing quote without a blank between.
    #[error("a blank is missing behind a closing quote")]
    NoBlank,
}

/// The words of a line. Between double quotes `\n`, `\r`, `\t`, `\b`, `\a` and `\xHH` mean what they do in C, and a
/// backslash before anything else stands for it; between single quotes only `\'` is special.
pub fn split_line(line: &[u8]) -> Result<Vec<Vec<u8>>, LineError> {
    let mut words = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_ascii_start();
        if rest.is_empty() {
            return Ok(words);
        }
        let (word, behind) = word(rest)?;
        words.push(word);
        rest = behind;
    }
}

fn word(mut rest: &[u8]) -> Result<(Vec<u8>, &[u8]), LineError> {
    let mut word = Vec::new();
    while let Some((&byte, behind)) = rest.split_first() {
        match byte {
            b'"' | b'\'' => {
                rest = if byte == b'"' { double_quoted(behind, &mut word)? } else { single_quoted(behind, &mut word)? };
                if rest.first().is_some_and(|byte| !byte.is_ascii_whitespace()) {
                    return Err(LineError::NoBlank);
                }
                return Ok((word, rest));
            }
            byte if byte.is_ascii_whitespace() || byte == 0 => break,
            byte => {
                word.push(byte);
                rest = behind;
            }
        }
    }
    Ok((word, rest.strip_prefix(b"\0").unwrap_or(rest)))
}

fn double_quoted<'a>(mut rest: &'a [u8], word: &mut Vec<u8>) -> Result<&'a [u8], LineError> {
    loop {
        match rest {
            [b'"', behind @ ..] => return Ok(behind),
            [b'\\', b'x', high, low, behind @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0) as u8;
                word.push(digit(*high) * 16 + digit(*low));
                rest = behind;
            }
            [b'\\', byte, behind @ ..] => {
                word.push(match byte {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'b' => 8,
                    b'a' => 7,
                    byte => *byte,
                });
                rest = behind;
            }
            [byte, behind @ ..] => {
                word.push(*byte);
                rest = behind;
            }
            [] => return Err(LineError::OpenQuote),
        }
    }
}

fn single_quoted<'a>(mut rest: &'a [u8], word: &mut Vec<u8>) -> Result<&'a [u8], LineError> {
    loop {
        match rest {
            [b'\'', behind @ ..] => return Ok(behind),
            [b'\\', b'\'', behind @ ..] => {
                word.push(b'\'');
                rest = behind;
            }
            [byte, behind @ ..] => {
                word.push(*byte);
                rest = behind;
            }
            [] => return Err(LineError::OpenQuote),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_as_redis_cli_does() {
        let words = |line: &str| {
            split_line(line.as_bytes())
                .map(|words| words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect::<Vec<_>>())
        };
        assert_eq!(
            words("  SET k  'a b' \"c\\n\\x41\\\"\" "),
            Ok(vec!["SET", "k", "a b", "c\nA\""].into_iter().map(Into::into).collect())
        );
        assert_eq!(words("a\"b\" ''"), Ok(vec!["ab".into(), String::new()]));
        assert_eq!(words(r"'it\'s' \n"), Ok(vec!["it's".into(), "\\n".into()]));
        assert_eq!(words(""), Ok(vec![]));
        assert_eq!(words("SET 'a"), Err(LineError::OpenQuote));
        assert_eq!(words("SET \"a\\"), Err(LineError::OpenQuote));
        assert_eq!(words("SET 'a'b"), Err(LineError::NoBlank));
    }
}
