//! Replies as redis-cli shows them to people, and read back from there.

use crate::{Reply, split_line};

/// The reply as redis-cli prints it on a terminal, without the last line break.
pub fn print(reply: &Reply) -> String {
    let mut out = String::new();
    write(reply, &mut String::new(), &mut out);
    out.pop();
    out
}

fn write(reply: &Reply, prefix: &mut String, out: &mut String) {
    match reply {
        Reply::Status(text) => line(out, "", text),
        Reply::Error(text) => line(out, "(error) ", text),
        Reply::Int(value) => line(out, "(integer) ", value.to_string().as_bytes()),
        Reply::Bulk(text) => line(out, "", quote(text).as_bytes()),
        Reply::Nil | Reply::NilArray => line(out, "(nil)", b""),
        Reply::Double(text) => line(out, "(double) ", text.as_bytes()),
        Reply::Bool(truth) => line(out, if *truth { "(true)" } else { "(false)" }, b""),
        Reply::BigNumber(text) => line(out, "(big number) ", text),
        Reply::Verbatim { text, .. } => line(out, "", text),
        Reply::Array(replies) => list(replies, ')', "(empty array)", prefix, out),
        Reply::Set(replies) => list(replies, '~', "(empty set)", prefix, out),
        Reply::Push(replies) => list(replies, '>', "(empty push)", prefix, out),
        Reply::Map(pairs) if pairs.is_empty() => line(out, "(empty hash)", b""),
        Reply::Map(pairs) => {
            let width = pairs.len().to_string().len();
            for (nth, (key, value)) in pairs.iter().enumerate() {
                if nth > 0 {
                    out.push_str(prefix);
                }
                out.push_str(&format!("{:>width$}# ", nth + 1));
                inside(prefix, width + 2, |prefix| write(key, prefix, out));
                out.pop();
                out.push_str(" => ");
                inside(prefix, width + 2, |prefix| write(value, prefix, out));
            }
        }
    }
}

fn list(replies: &[Reply], mark: char, empty: &str, prefix: &mut String, out: &mut String) {
    if replies.is_empty() {
        return line(out, empty, b"");
    }
    let width = replies.len().to_string().len();
    for (nth, reply) in replies.iter().enumerate() {
        // The first stands on the line of what is around it.
        if nth > 0 {
            out.push_str(prefix);
        }
        out.push_str(&format!("{:>width$}{mark} ", nth + 1));
        inside(prefix, width + 2, |prefix| write(reply, prefix, out));
    }
}

fn inside(prefix: &mut String, width: usize, write: impl FnOnce(&mut String)) {
    let len = prefix.len();
    prefix.extend(std::iter::repeat_n(' ', width));
    write(prefix);
    prefix.truncate(len);
}

fn line(out: &mut String, before: &str, text: &[u8]) {
    out.push_str(before);
    out.push_str(&String::from_utf8_lossy(text));
    out.push('\n');
}

/// A text in double quotes, with everything that does not print as an escape.
pub fn quote(text: &[u8]) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for &byte in text {
        match byte {
            b'\\' | b'"' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            7 => out.push_str("\\a"),
            8 => out.push_str("\\b"),
            b' '..=b'~' => out.push(char::from(byte)),
            byte => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}

/// Why a text is no reply.
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
    /// Nothing is there.
    #[error("the reply is empty")]
    Empty,
}

/// Reads a reply as redis-cli shows it. What is in no quotes and no parentheses is a status; blanks at the ends of
/// lines do not count.
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
    /// Where on the line the reader is.
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
    fn what_is_no_reply_is_refused() {
        assert_eq!(parse(""), Err(NotationError::Empty));
        assert_eq!(parse("(integer) x"), Err(NotationError::Value("(integer) x".into())));
        assert_eq!(parse("1) \"a\"\n3) \"b\""), Err(NotationError::Number(2)));
        assert_eq!(parse("OK\nOK"), Err(NotationError::Rest("OK".into())));
        assert_eq!(parse("\"a"), Err(NotationError::Value("\"a".into())));
    }
}
