//! The comments at the top of a script that name its keys and arguments, and the key count in a file's name.

use syntax::Parse;
use text::TextRange;

/// A key or an argument that a comment names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Its index, from 1.
    pub index: u32,
    /// Range of `KEYS[1]`.
    pub range: TextRange,
    /// Its description; empty if there is none.
    pub text: TextRange,
}

/// Descriptions of KEYS and ARGV in the comments before the first statement.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Header {
    /// The keys, in source order.
    pub keys: Vec<Entry>,
    /// The arguments, in source order.
    pub args: Vec<Entry>,
    /// True if more keys may follow than are listed (`KEYS[2...]`, `KEYS[2..n]`).
    pub open_keys: bool,
    /// True if more arguments may follow than are listed.
    pub open_args: bool,
}

impl Header {
    /// Number of keys the header gives, if it lists them from 1 without a gap and mentions no others.
    pub fn key_count(&self) -> Option<u32> {
        count(&self.keys, self.open_keys)
    }

    /// Number of arguments the header gives, if it lists them from 1 without a gap and mentions no others.
    pub fn arg_count(&self) -> Option<u32> {
        count(&self.args, self.open_args)
    }
}

fn count(entries: &[Entry], open: bool) -> Option<u32> {
    if open || entries.is_empty() {
        return None;
    }
    let mut indices: Vec<u32> = entries.iter().map(|entry| entry.index).collect();
    indices.sort_unstable();
    indices.dedup();
    let last = *indices.last()?;
    (last as usize == indices.len()).then_some(last)
}

/// Reads the header of a script.
pub(crate) fn read(parse: &Parse, source: &[u8]) -> Header {
    let mut header = Header::default();
    let tree = &parse.tree;
    // `local rcall = redis.call` may stand above the header: it counts up to the first line that uses a key.
    let end = tree[tree.root()]
        .stmts
        .iter()
        .map(|&stmt| tree[stmt].range)
        .find(|range| memchr::memmem::find(range.slice(source), b"redis.call").is_none() || range.len() > 40)
        .map_or(source.len() as u32, |range| range.start);
    for comment in parse.comments.iter().filter(|comment| comment.range.end <= end) {
        let mut at = comment.range.start;
        for line in comment.range.slice(source).split_inclusive(|&byte| byte == b'\n') {
            let mut rest = line;
            for part in entries_of(line) {
                header.entry(&rest[..part], at);
                (at, rest) = (at + part as u32, &rest[part..]);
            }
        }
    }
    header
}

/// The lengths of the parts of a line that may be entries: `KEYS[1] board, KEYS[2] player` has two.
fn entries_of(line: &[u8]) -> Vec<usize> {
    let begins = |at: usize| {
        let name = line.get(at..at + 5).unwrap_or_default();
        let digits = line.get(at + 5..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count();
        (name.eq_ignore_ascii_case(b"KEYS[") || name.eq_ignore_ascii_case(b"ARGV["))
            && digits > 0
            && line.get(at + 5 + digits) == Some(&b']')
    };
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, _) in line.iter().enumerate().filter(|&(_, byte)| matches!(byte, b',' | b';' | b'|')) {
        let blanks = line[at + 1..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        if begins(at + 1 + blanks) {
            parts.push(at + 1 - start);
            start = at + 1;
        }
    }
    parts.push(line.len() - start);
    parts
}

impl Header {
    fn entry(&mut self, line: &[u8], offset: u32) {
        let lead = line
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t' | b'-' | b'*' | b'[' | b'=' | b'@' | b'`'))
            .count();
        let rest = &line[lead..];
        let (keys, name) = match rest {
            [..] if rest.get(..5).is_some_and(|name| name.eq_ignore_ascii_case(b"KEYS[")) => (true, 4),
            [..] if rest.get(..5).is_some_and(|name| name.eq_ignore_ascii_case(b"ARGV[")) => (false, 4),
            [b'k', b'e', b'y', b' ', ..] => (true, 4),
            [b'a', b'r', b'g', b' ', ..] => (false, 4),
            _ => return,
        };
        let bracket = rest.get(name) == Some(&b'[');
        let words = rest[0].is_ascii_lowercase();
        if !bracket && !words {
            return;
        }
        let digits_at = if bracket { name + 1 } else { name };
        let digits = rest[digits_at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let after = digits_at + digits;
        let closes = if bracket {
            rest.get(after) == Some(&b']')
        } else {
            let tail = rest[after..].trim_ascii_start();
            tail.starts_with(b"->") || tail.starts_with(b"-") || tail.starts_with(b":") || tail.starts_with(b"=")
        };
        if words && !closes {
            return;
        }
        let index = std::str::from_utf8(&rest[digits_at..after]).ok().and_then(|digits| digits.parse::<u32>().ok());
        let end = after + usize::from(bracket);
        let tail = rest.get(end..).unwrap_or_default();
        // A range of keys, or a formula: the count cannot be told.
        let several = [&b"KEYS["[..], b"ARGV[", b"keys[", b"argv[", b"..."]
            .iter()
            .any(|more| memchr::memmem::find(tail, more).is_some())
            || tail.trim_ascii_start().starts_with(b"..");
        let (entries, open) =
            if keys { (&mut self.keys, &mut self.open_keys) } else { (&mut self.args, &mut self.open_args) };
        match index {
            Some(index) if closes && index > 0 => {
                if several {
                    *open = true;
                }
                let start = offset + lead as u32;
                let text_at = tail
                    .iter()
                    .take_while(|byte| matches!(byte, b' ' | b'\t' | b'-' | b':' | b'=' | b'>' | b'`'))
                    .count();
                let text = tail[text_at..].trim_ascii_end();
                let text = text.strip_suffix(b",").or(text.strip_suffix(b";")).unwrap_or(text).trim_ascii_end();
                let text_start = start + (end + text_at) as u32;
                entries.push(Entry {
                    index,
                    range: TextRange::new(start, start + end as u32),
                    text: TextRange::new(text_start, text_start + text.len() as u32),
                });
            }
            _ => *open = true,
        }
    }
}

/// The number at the end of a file's name, which loaders like BullMQ's read as the count of keys: 2 for
/// `take-2.lua`.
pub(crate) fn number_in_name(file_name: &str) -> Option<u32> {
    let (_, count) = file_name.strip_suffix(".lua")?.rsplit_once('-')?;
    // `03` is a month.
    if count.is_empty()
        || count.len() > 3
        || (count.len() > 1 && count.starts_with('0'))
        || !count.bytes().all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    count.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(source: &str) -> (Option<u32>, Option<u32>) {
        let header = read(&syntax::parse(source.as_bytes()), source.as_bytes());
        (header.key_count(), header.arg_count())
    }

    #[test]
    fn keys_and_arguments_are_read_as_people_write_them() {
        assert_eq!(header("-- KEYS[1] stock\n-- ARGV[1] - how many\nreturn 1"), (Some(1), Some(1)));
        assert_eq!(
            header("--[[\n  Input:\n    KEYS[1] 'wait',\n    KEYS[2] x\n    ARGV[1] a\n      [1] b\n]]\n"),
            (Some(2), Some(1))
        );
        assert_eq!(header("--[[\nkey 1 -> a\nkey 2 -> b\narg 1 -> c\n]]"), (Some(2), Some(1)));
        assert_eq!(header("--[[\n * KEYS[1] - a\n]]\n"), (Some(1), None));
        assert_eq!(header("-- KEYS[1] a\n-- KEYS[2...] more"), (None, None));
        assert_eq!(header("--[[\n-- keys[1]: queue\n-- Keys[2]: id\n]]--"), (Some(2), None));
        assert_eq!(header("-- KEYS[1] board, KEYS[2] log; ARGV[1] player, ARGV[2] points"), (Some(2), Some(2)));
        assert_eq!(header("-- KEYS[1] board, the twin of KEYS[2]"), (None, None));
        assert_eq!(header("-- KEYS[1] a\n-- KEYS[3] c"), (None, None));
        assert_eq!(header("local x = 1\n-- KEYS[1] a"), (None, None));
    }

    #[test]
    fn a_name_with_a_count() {
        assert_eq!(number_in_name("take-2.lua"), Some(2));
        for name in ["take.lua", "take-.lua", "2024-01-02.lua.txt", "x-1234.lua", "sha-1a.lua", "report-2026-03.lua"] {
            assert_eq!(number_in_name(name), None, "{name}");
        }
    }
}
