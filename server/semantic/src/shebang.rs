//! The first line: `#!lua name=lib` of a library, `#!lua flags=no-writes` of a script.

use protocol::{LineError, LineRules, LineWord};
use text::TextRange;

/// One word of a shebang line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Word {
    /// Its text, quotes resolved.
    pub text: String,
    /// Its range.
    pub range: TextRange,
}

/// A shebang line, split as the server splits it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shebang {
    /// The line without its break.
    pub range: TextRange,
    /// The engine: the word after `#!`.
    pub engine: Word,
    /// The options `key=value`, in order.
    pub options: Vec<Word>,
    /// True if a quote is not closed, which the server refuses.
    pub unbalanced: bool,
    /// Word with text behind a closing quote, which Redis and Valkey before 9.0 refuse.
    pub joined: Option<TextRange>,
    /// True if the line contains a zero byte, which ends it for the server.
    pub has_zero: bool,
    /// True if the line is ended by a line break; the server refuses a lone shebang.
    pub terminated: bool,
}

impl Shebang {
    /// The value of the option `key`, in any case of letters.
    pub fn option(&self, key: &str) -> Option<&str> {
        self.options.iter().find_map(|word| {
            let (name, value) = word.text.split_once('=')?;
            name.eq_ignore_ascii_case(key).then_some(value)
        })
    }

    /// True if the script is a function library: it has a name.
    pub fn is_library(&self) -> bool {
        self.option("name").is_some()
    }

    /// The flags of a script, with their places.
    pub fn flags(&self) -> Vec<Word> {
        let mut parts = self.parts_of_flags();
        parts.retain(|flag| !flag.text.is_empty());
        parts
    }

    /// Places in lists of flags where a comma has no flag on one side; the server takes it for a flag without a name.
    pub fn missing_flags(&self) -> Vec<TextRange> {
        self.parts_of_flags().into_iter().filter(|flag| flag.text.is_empty()).map(|flag| flag.range).collect()
    }

    fn parts_of_flags(&self) -> Vec<Word> {
        let mut flags = Vec::new();
        for word in &self.options {
            let Some(list) = word.text.strip_prefix("flags=").filter(|list| !list.is_empty()) else { continue };
            let mut at = word.range.start + 6;
            for flag in list.split(',') {
                let range = TextRange::new(at, at + flag.len() as u32);
                flags.push(Word { text: flag.to_owned(), range });
                at += flag.len() as u32 + 1;
            }
        }
        flags
    }
}

/// Reads the shebang line at `range`. It is split by the rules of the newest servers; words that older ones refuse are marked.
pub(crate) fn read(range: TextRange, source: &[u8]) -> Shebang {
    let line = range.slice(source);
    let place =
        |word: &LineWord| TextRange::new(range.start + word.range.start as u32, range.start + word.range.end as u32);
    let (mut words, unread) = LineRules { joins_quotes: true, ..LineRules::default() }.words(line);
    let unbalanced = unread.is_some();
    words.extend(unread.map(|unread| unread.word));
    let joined = LineRules::default().words(line).1.filter(|unread| unread.error == LineError::NoBlank);
    let joined =
        joined.and_then(|unread| words.iter().find(|word| word.range.start == unread.word.range.start)).map(place);
    let read = |word: &LineWord| Word { text: String::from_utf8_lossy(&word.value).into_owned(), range: place(word) };
    let mut words: Vec<Word> = words.iter().map(read).collect();
    // `#! lua` has an empty engine for the server, which takes the first word with its `#!`.
    let engine = match words.is_empty() {
        true => Word { text: String::new(), range: TextRange::at(range.start + 2) },
        false => words.remove(0),
    };
    let engine = Word {
        text: engine.text.strip_prefix("#!").unwrap_or_default().to_owned(),
        range: TextRange::new(range.start + 2, engine.range.end.max(range.start + 2)),
    };
    let terminated = source.get(range.end as usize).is_some();
    let has_zero = line.contains(&0);
    Shebang { range, engine, options: words, unbalanced, joined, has_zero, terminated }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shebang(source: &str) -> Shebang {
        let end = source.find('\n').unwrap_or(source.len()) as u32;
        read(TextRange::new(0, end), source.as_bytes())
    }

    #[test]
    fn the_line_is_split_as_the_server_splits_it() {
        let library = shebang("#!lua name='my lib'\nreturn");
        assert_eq!((library.engine.text.as_str(), library.option("NAME")), ("lua", Some("my lib")));
        assert!(library.is_library() && library.terminated);
        let flags = shebang("#!lua flags=no-writes,allow-stale flags=allow-oom\n");
        let names: Vec<_> = flags.flags().iter().map(|flag| (flag.text.clone(), flag.range.start)).collect();
        assert_eq!(names, [("no-writes".into(), 12), ("allow-stale".into(), 22), ("allow-oom".into(), 40)]);
        assert!(shebang("#!lua name=\"x\n").unbalanced);
        assert_eq!(shebang("#! lua name=x\n").engine.text, "");
        assert!(!shebang("#!lua").terminated);
        assert_eq!(shebang("#!lua name='a'x\n").joined, Some(TextRange::new(6, 15)));
        assert_eq!(shebang("#!lua name=x'a' 'b'\n").joined, None);
        assert_eq!(shebang("#!lua name='a\\'b' \"\\x41\\\"\"\n").options[0].text, "name=a'b");
        assert_eq!(shebang("#!lua \"\\x41\\\"\"\n").options[0].text, "A\"");
        let missing = |line: &str| shebang(line).missing_flags().len();
        assert_eq!(["flags=\n", "flags=,\n", "flags=a,,b\n"].map(|list| missing(&format!("#!lua {list}"))), [0, 2, 1]);
    }
}
