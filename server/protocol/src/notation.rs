//! Prints replies in redis-cli's notation, and parses them.

use std::fmt::{self, Write};

use crate::{Reply, split_line};

/// The reply as redis-cli prints it on a terminal, without the last line break.
pub fn print(reply: &Reply) -> String {
    let mut out = Metered(String::new());
    // Writing to a string does not fail.
    let _ = write(reply, &mut out);
    out.0
}

/// The first characters of the text of [`print`], with `…` in place of the last if there are more.
pub fn print_start(reply: &Reply, most: usize) -> String {
    let mut out = Start { text: String::new(), left: most };
    if write(reply, &mut out).is_err() {
        out.text.pop();
        out.text.push('…');
    }
    out.text
}

/// Writes the text of [`print`].
///
/// # Errors
/// Those of `out`.
pub fn write(reply: &Reply, out: &mut dyn Write) -> fmt::Result {
    write_inside(reply, &mut String::new(), out)
}

/// A text whose growth counts as memory of the run.
struct Metered(String);

impl Write for Metered {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        meter::tick(1 + text.len() / 64);
        meter::grow_text(&mut self.0, text.len());
        self.0.push_str(text);
        Ok(())
    }
}

/// A text with a limit on its characters.
struct Start {
    text: String,
    left: usize,
}

impl Write for Start {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        match text.char_indices().nth(self.left) {
            Some((end, _)) => {
                self.text.push_str(&text[..end]);
                Err(fmt::Error)
            }
            None => {
                self.left -= text.chars().count();
                self.text.push_str(text);
                Ok(())
            }
        }
    }
}

fn write_inside(reply: &Reply, prefix: &mut String, out: &mut dyn Write) -> fmt::Result {
    match reply {
        Reply::Status(text) | Reply::Verbatim { text, .. } => lossy(text, out),
        Reply::Error(text) => {
            out.write_str("(error) ")?;
            lossy(text, out)
        }
        Reply::Int(value) => write!(out, "(integer) {value}"),
        Reply::Bulk(text) => write_quoted(text, out),
        Reply::Nil | Reply::NilArray => out.write_str("(nil)"),
        Reply::Double(text) => write!(out, "(double) {text}"),
        Reply::Bool(truth) => out.write_str(if *truth { "(true)" } else { "(false)" }),
        Reply::BigNumber(text) => {
            out.write_str("(big number) ")?;
            lossy(text, out)
        }
        Reply::Array(replies) => list(replies, ')', "(empty array)", prefix, out),
        Reply::Set(replies) => list(replies, '~', "(empty set)", prefix, out),
        Reply::Push(replies) => list(replies, '>', "(empty push)", prefix, out),
        Reply::Attributed { reply, .. } => write_inside(reply, prefix, out),
        Reply::Map(pairs) if pairs.is_empty() => out.write_str("(empty hash)"),
        Reply::Map(pairs) => {
            let width = pairs.len().to_string().len();
            for (nth, (key, value)) in pairs.iter().enumerate() {
                begin(nth, width, '#', prefix, out)?;
                inside(prefix, width + 2, |prefix| write_inside(key, prefix, out))?;
                out.write_str(" => ")?;
                inside(prefix, width + 2, |prefix| write_inside(value, prefix, out))?;
            }
            Ok(())
        }
    }
}

fn list(replies: &[Reply], mark: char, empty: &str, prefix: &mut String, out: &mut dyn Write) -> fmt::Result {
    if replies.is_empty() {
        return out.write_str(empty);
    }
    let width = replies.len().to_string().len();
    for (nth, reply) in replies.iter().enumerate() {
        begin(nth, width, mark, prefix, out)?;
        inside(prefix, width + 2, |prefix| write_inside(reply, prefix, out))?;
    }
    Ok(())
}

/// Begins an element. The first stays on the line of the enclosing reply.
fn begin(nth: usize, width: usize, mark: char, prefix: &str, out: &mut dyn Write) -> fmt::Result {
    if nth > 0 {
        out.write_str("\n")?;
        out.write_str(prefix)?;
    }
    write!(out, "{:>width$}{mark} ", nth + 1)
}

fn inside(prefix: &mut String, width: usize, write: impl FnOnce(&mut String) -> fmt::Result) -> fmt::Result {
    let len = prefix.len();
    prefix.extend(std::iter::repeat_n(' ', width));
    write(prefix)?;
    prefix.truncate(len);
    Ok(())
}

/// Writes bytes, with U+FFFD in place of each part that is not UTF-8.
fn lossy(text: &[u8], out: &mut dyn Write) -> fmt::Result {
    for chunk in text.utf8_chunks() {
        out.write_str(chunk.valid())?;
        if !chunk.invalid().is_empty() {
            out.write_char(char::REPLACEMENT_CHARACTER)?;
        }
    }
    Ok(())
}

/// A text in double quotes, with everything that does not print as an escape.
pub fn quote(text: &[u8]) -> String {
    let mut out = Metered(String::new());
    // Writing to a string does not fail.
    let _ = write_quoted(text, &mut out);
    out.0
}

/// A word in the form of a command line: in double quotes unless it prints as itself.
pub fn quote_word(word: &[u8]) -> String {
    let plain = !word.is_empty() && word.iter().all(|byte| byte.is_ascii_graphic() && !b"'\"`\\".contains(byte));
    if plain { String::from_utf8_lossy(word).into_owned() } else { quote(word) }
}

/// A word as people read and type it: as by [`quote_word`], but letters beyond ASCII stand for themselves. A lone comma,
/// which parts keys and arguments, is quoted. [`split_line`] gives the word back.
pub fn readable_word(word: &[u8]) -> String {
    let plain = |c: char| !c.is_whitespace() && !is_unseen(c) && !"'\"`\\".contains(c);
    if let Ok(text) = std::str::from_utf8(word)
        && !text.is_empty()
        && text != ","
        && text.chars().all(plain)
    {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for chunk in word.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\x07' => out.push_str("\\a"),
                '\x08' => out.push_str("\\b"),
                c if is_unseen(c) => escape(c.encode_utf8(&mut [0; 4]).as_bytes(), &mut out),
                c => out.push(c),
            }
        }
        escape(chunk.invalid(), &mut out);
    }
    out.push('"');
    out
}

fn escape(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(out, "\\x{byte:02x}");
    }
}

/// True for characters that would not be seen as themselves: controls, line separators, and marks that change the direction.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// Writes the text of [`quote`].
///
/// # Errors
/// Those of `out`.
pub fn write_quoted(text: &[u8], out: &mut dyn Write) -> fmt::Result {
    /// Bytes per write to `out`, which is asked for room each time.
    const AT_A_TIME: usize = 1024;
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    out.write_str("\"")?;
    let mut quoted = String::new();
    for part in text.chunks(AT_A_TIME) {
        quoted.clear();
        for &byte in part {
            let letter = match byte {
                b'\\' | b'"' => byte,
                b'\n' => b'n',
                b'\r' => b'r',
                b'\t' => b't',
                7 => b'a',
                8 => b'b',
                b' '..=b'~' => {
                    quoted.push(char::from(byte));
                    continue;
                }
                byte => {
                    let [high, low] = [byte >> 4, byte & 15].map(|digit| char::from(DIGITS[usize::from(digit)]));
                    quoted.extend(['\\', 'x', high, low]);
                    continue;
                }
            };
            quoted.extend(['\\', char::from(letter)]);
        }
        out.write_str(&quoted)?;
    }
    out.write_str("\"")
}

/// Reason why a text is not a reply.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotationError {
    /// The type in parentheses is not known, or its value is not of it.
    #[error("`{0}` is no reply as redis-cli shows it")]
    Value(String),
    /// The number before an element is not the next one.
    #[error("element {0} is missing")]
    Number(usize),
    /// Something follows the reply.
    #[error("`{0}` does not belong to the reply")]
    Rest(String),
    /// Empty input.
    #[error("the reply is empty")]
    Empty,
}

/// Parses a reply in the form that redis-cli shows. Text without quotes and parentheses is a status; blanks at the ends of
/// lines are ignored.
pub fn parse(text: &str) -> Result<Reply, NotationError> {
    let mut lines = Vec::new();
    for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
        lines.push(line);
    }
    let mut reader = Reader { lines, at: 0, column: 0 };
    if reader.lines.is_empty() {
        return Err(NotationError::Empty);
    }
    let reply = reader.reply()?;
    match reader.lines.get(reader.at) {
        Some(rest) => Err(NotationError::Rest(rest.trim().to_owned())),
        None => Ok(reply),
    }
}

struct Reader<'a> {
    lines: Vec<&'a str>,
    at: usize,
    /// Column of the reader on the line.
    column: usize,
}

/// The number and the mark that begin an element: `1)`, `12#`.
fn element(text: &str) -> Option<(usize, char, usize)> {
    let blanks = text.len() - text.trim_start_matches(' ').len();
    let digits = text[blanks..].bytes().take_while(u8::is_ascii_digit).count();
    let end = blanks + digits;
    let mark = text[end..].chars().next().filter(|mark| matches!(mark, ')' | '~' | '#' | '>'))?;
    let behind = &text[end + 1..];
    (digits > 0 && (behind.is_empty() || behind.starts_with(' ')))
        .then(|| (text[blanks..end].parse().unwrap_or(0), mark, end + 2))
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.lines.get(self.at).and_then(|line| line.get(self.column..)).unwrap_or("")
    }

    fn reply(&mut self) -> Result<Reply, NotationError> {
        let Some((_, mark, _)) = element(self.rest()) else { return self.value(None) };
        let column = self.column;
        let (mut replies, mut pairs) = (Vec::new(), Vec::new());
        while let Some((number, _, width)) = self
            .lines
            .get(self.at)
            // Of the lines behind the first, those as far in as the first belong here.
            .filter(|line| self.column > 0 || line.get(..column).is_some_and(|before| before.trim().is_empty()))
            .and_then(|line| element(line.get(column..)?))
            .filter(|(_, other, _)| *other == mark)
        {
            let so_far = if mark == '#' { pairs.len() } else { replies.len() };
            if number != so_far + 1 {
                return if number == 1 { break } else { Err(NotationError::Number(so_far + 1)) };
            }
            self.column = column + width;
            if mark == '#' {
                let key = self.value(Some(" => "))?;
                pairs.push((key, self.reply()?));
            } else {
                replies.push(self.reply()?);
            }
            if self.column != 0 {
                break;
            }
            self.column = 0;
        }
        Ok(match mark {
            '#' => Reply::Map(pairs),
            '~' => Reply::Set(replies),
            '>' => Reply::Push(replies),
            _ => Reply::Array(replies),
        })
    }

    /// One value, up to the end of the line or to `until`.
    fn value(&mut self, until: Option<&str>) -> Result<Reply, NotationError> {
        let rest = self.rest();
        let text = match until {
            None => {
                self.at += 1;
                self.column = 0;
                rest
            }
            Some(until) => {
                let end = rest
                    .match_indices(until)
                    .map(|(end, _)| end)
                    .find(|end| !rest.starts_with('"') || split_line(&rest.as_bytes()[..*end]).is_ok())
                    .ok_or_else(|| NotationError::Value(rest.to_owned()))?;
                self.column += end + until.len();
                &rest[..end]
            }
        };
        scalar(text.trim())
    }
}

fn scalar(text: &str) -> Result<Reply, NotationError> {
    let wrong = || NotationError::Value(text.to_owned());
    if text.starts_with('"') {
        return match split_line(text.as_bytes()).map_err(|_| wrong())?.as_slice() {
            [word] => Ok(Reply::Bulk(word.clone())),
            _ => Err(wrong()),
        };
    }
    match text {
        "(nil)" => return Ok(Reply::Nil),
        "(true)" => return Ok(Reply::Bool(true)),
        "(false)" => return Ok(Reply::Bool(false)),
        "(empty array)" | "(empty list or set)" => return Ok(Reply::Array(Vec::new())),
        "(empty set)" => return Ok(Reply::Set(Vec::new())),
        "(empty hash)" => return Ok(Reply::Map(Vec::new())),
        "(empty push)" => return Ok(Reply::Push(Vec::new())),
        _ => {}
    }
    if let Some(value) = text.strip_prefix("(integer) ") {
        return value.parse().map(Reply::Int).map_err(|_| wrong());
    }
    if let Some(value) = text.strip_prefix("(error) ") {
        return Ok(Reply::error(value));
    }
    if let Some(value) = text.strip_prefix("(double) ") {
        return Ok(Reply::Double(value.to_owned()));
    }
    if let Some(value) = text.strip_prefix("(big number) ") {
        return Ok(Reply::BigNumber(value.into()));
    }
    if text.is_empty() { Err(NotationError::Empty) } else { Ok(Reply::Status(text.into())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_printed_and_read_back() {
        let bulk = |text: &str| Reply::bulk(text);
        let ten = Reply::Array((1..=10).map(Reply::Int).collect());
        for (reply, text) in [
            (Reply::ok(), "OK"),
            (Reply::Int(-3), "(integer) -3"),
            (Reply::error("ERR no"), "(error) ERR no"),
            (bulk("a \"b\"\n\x01é"), "\"a \\\"b\\\"\\n\\x01\\xc3\\xa9\""),
            (Reply::Nil, "(nil)"),
            (Reply::Double("1.5".into()), "(double) 1.5"),
            (Reply::Array(vec![]), "(empty array)"),
            (Reply::Array(vec![bulk("a"), Reply::Nil]), "1) \"a\"\n2) (nil)"),
            (
                Reply::Array(vec![
                    Reply::Array(vec![bulk("a"), bulk("b")]),
                    Reply::Array(vec![bulk("c")]),
                    Reply::Int(1),
                ]),
                "1) 1) \"a\"\n   2) \"b\"\n2) 1) \"c\"\n3) (integer) 1",
            ),
            (
                Reply::Map(vec![
                    (bulk("a => b"), Reply::Int(1)),
                    (bulk("c"), Reply::Array(vec![bulk("d"), bulk("e")])),
                ]),
                "1# \"a => b\" => (integer) 1\n2# \"c\" => 1) \"d\"\n   2) \"e\"",
            ),
            (Reply::Set(vec![bulk("x")]), "1~ \"x\""),
        ] {
            assert_eq!(print(&reply), text);
            if !text.contains("=> 1)") {
                assert_eq!(parse(text), Ok(reply), "{text}");
            }
        }
        assert!(print(&ten).starts_with(" 1) (integer) 1\n 2) "));
        assert_eq!(parse(&print(&ten)), Ok(ten));
    }

    #[test]
    fn readable_words_are_read_back() {
        for (word, text) in [
            ("stock:42".as_bytes(), "stock:42"),
            (b"", "\"\""),
            (b",", "\",\""),
            ("größe".as_bytes(), "größe"),
            ("zwei größen".as_bytes(), "\"zwei größen\""),
            (b"a\\b", "\"a\\\\b\""),
            (b"\n\x01\xff\"", "\"\\n\\x01\\xff\\\"\""),
            ("a\u{202e}b".as_bytes(), "\"a\\xe2\\x80\\xaeb\""),
        ] {
            assert_eq!(readable_word(word), text);
            assert_eq!(split_line(text.as_bytes()), Ok(vec![word.to_vec()]), "{text}");
        }
    }

    #[test]
    fn what_is_no_reply_is_refused() {
        assert_eq!(parse(""), Err(NotationError::Empty));
        assert_eq!(parse("(integer) x"), Err(NotationError::Value("(integer) x".into())));
        assert_eq!(parse("1) \"a\"\n3) \"b\""), Err(NotationError::Number(2)));
        assert_eq!(parse("OK\nOK"), Err(NotationError::Rest("OK".into())));
        assert_eq!(parse("\"a"), Err(NotationError::Value("\"a".into())));
    }
}
