//! Splitting a command line into its words, as redis-cli does it.

/// Reason why a line cannot be split.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LineError {
    /// A quote is not closed.
    #[error("a quote is opened and not closed: every \" and ' needs its other one")]
    OpenQuote,
    /// Text follows a closing quote without a blank between.
    #[error("a blank is missing behind a closing quote")]
    NoBlank,
}

/// A word of a line, with its range.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineWord {
    /// Its bytes, without quotes and escapes.
    pub value: Vec<u8>,
    /// Range in the line, quotes included.
    pub range: std::ops::Range<usize>,
}

/// The first word of a line that cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unread {
    /// The reason.
    pub error: LineError,
    /// Range up to the end of the line, or to what follows a closing quote.
    pub word: LineWord,
}

/// Rules by which a server splits a line. The default is that of redis-cli, of Redis, and of Valkey up to 8.0.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct LineRules {
    /// True if a word continues after a closing quote: `"a"b` is `ab` in Valkey from 9.0 on.
    pub joins_quotes: bool,
    /// True if the byte 255 is passed over, as in Valkey from 8.1 on, which takes it for the end of a file.
    pub skips_255: bool,
}

impl LineRules {
    /// The words of a line, as [`split_line`].
    ///
    /// # Errors
    /// Of the first word that cannot be read.
    pub fn split(self, line: &[u8]) -> Result<Vec<Vec<u8>>, LineError> {
        let (words, unread) = self.words(line);
        match unread {
            Some(unread) => Err(unread.error),
            None => Ok(words.into_iter().map(|word| word.value).collect()),
        }
    }

    /// The words of a line that may be half typed: those before the first that cannot be read, and that one.
    pub fn words(self, line: &[u8]) -> (Vec<LineWord>, Option<Unread>) {
        words_by(self, line)
    }
}

/// The words of a line. Between double quotes `\n`, `\r`, `\t`, `\b`, `\a` and `\xHH` mean what they do in C, and a
/// backslash before anything else stands for it; between single quotes only `\'` is special.
///
/// # Errors
/// Of the first word that cannot be read.
pub fn split_line(line: &[u8]) -> Result<Vec<Vec<u8>>, LineError> {
    LineRules::default().split(line)
}

/// The words of a line that may be half typed: those before the first that cannot be read, and the error.
pub fn words_of_line(line: &[u8]) -> (Vec<LineWord>, Option<LineError>) {
    let (words, unread) = LineRules::default().words(line);
    (words, unread.map(|unread| unread.error))
}

/// `isspace` of C: bytes that are skipped before a word and may follow a closing quote.
fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0b
}

fn words_by(rules: LineRules, line: &[u8]) -> (Vec<LineWord>, Option<Unread>) {
    let mut words = Vec::new();
    let mut rest = line;
    loop {
        while let Some((_, behind)) = rest.split_first().filter(|(byte, _)| is_space(**byte)) {
            rest = behind;
        }
        if rest.is_empty() {
            return (words, None);
        }
        let start = line.len() - rest.len();
        let mut value = Vec::new();
        match word(rules, rest, &mut value) {
            Ok(behind) => {
                if rules.skips_255 {
                    value.retain(|byte| *byte != 255);
                }
                // A zero byte ends a word as a blank does, and is not of it.
                let end = line.len() - behind.len();
                let end = if line[start..end].last() == Some(&0) { end - 1 } else { end };
                words.push(LineWord { value, range: start..end });
                rest = behind;
            }
            Err((error, behind)) => {
                let range = start..line.len() - behind.len();
                return (words, Some(Unread { error, word: LineWord { value, range } }));
            }
        }
    }
}

/// A word that cannot be read, with the text after it.
type Failed<'a> = (LineError, &'a [u8]);

fn word<'a>(rules: LineRules, mut rest: &'a [u8], word: &mut Vec<u8>) -> Result<&'a [u8], Failed<'a>> {
    while let Some((&byte, behind)) = rest.split_first() {
        match byte {
            b'"' | b'\'' => {
                rest = if byte == b'"' { double_quoted(behind, word)? } else { single_quoted(behind, word)? };
                if rules.joins_quotes {
                    continue;
                }
                if rest.first().is_some_and(|byte| !is_space(*byte)) {
                    return Err((LineError::NoBlank, rest));
                }
                return Ok(rest);
            }
            b' ' | b'\n' | b'\r' | b'\t' | 0 => break,
            byte => {
                word.push(byte);
                rest = behind;
            }
        }
    }
    Ok(rest.strip_prefix(b"\0").unwrap_or(rest))
}

fn double_quoted<'a>(mut rest: &'a [u8], word: &mut Vec<u8>) -> Result<&'a [u8], Failed<'a>> {
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
            [] => return Err((LineError::OpenQuote, rest)),
        }
    }
}

fn single_quoted<'a>(mut rest: &'a [u8], word: &mut Vec<u8>) -> Result<&'a [u8], Failed<'a>> {
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
            [] => return Err((LineError::OpenQuote, rest)),
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
        let joined = |line: &str| LineRules { joins_quotes: true, skips_255: true }.split(line.as_bytes());
        assert_eq!(joined("'a'b \"c\"\"d\" ''"), Ok(vec![b"ab".to_vec(), b"cd".to_vec(), Vec::new()]));
        assert_eq!(joined("'a"), Err(LineError::OpenQuote));
        let rules = LineRules { joins_quotes: false, skips_255: true };
        assert_eq!(rules.split(b"a\xffb \xff"), Ok(vec![b"ab".to_vec(), Vec::new()]));
        assert_eq!(words("a\x0bb\x0cc \x0bd"), Ok(vec!["a\x0bb\x0cc".into(), "d".into()]));
        assert_eq!(words("a\"b\" ''"), Ok(vec!["ab".into(), String::new()]));
        assert_eq!(words(r"'it\'s' \n"), Ok(vec!["it's".into(), "\\n".into()]));
        assert_eq!(words(""), Ok(vec![]));
        assert_eq!(words("SET 'a"), Err(LineError::OpenQuote));
        assert_eq!(words("SET \"a\\"), Err(LineError::OpenQuote));
        assert_eq!(words("SET 'a'b"), Err(LineError::NoBlank));
    }

    #[test]
    fn half_typed_lines_have_the_words_before() {
        let (words, error) = words_of_line(b"SET  'a b' \"c");
        let shown: Vec<_> = words.iter().map(|word| (&word.value[..], word.range.clone())).collect();
        assert_eq!(shown, [(&b"SET"[..], 0..3), (&b"a b"[..], 5..10)]);
        assert_eq!(error, Some(LineError::OpenQuote));
    }
}
