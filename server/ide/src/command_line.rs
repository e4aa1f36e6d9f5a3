//! A command as a client sends it, on a line of its own: in transcripts, and behind `-->` in a script's comments.

use commands::bind::{self, Binding, Word};
use protocol::{LineWord, words_of_line};
use text::TextRange;

use crate::File;

/// A command on a line.
#[derive(Clone, Debug)]
pub(crate) struct CommandLine {
    /// Its words; of a line that is half typed those before the quote that is not closed.
    pub words: Vec<CommandWord>,
    /// Offset of an open quote that the line does not close.
    pub open_quote: Option<u32>,
}

/// A word of a command line.
#[derive(Clone, Debug)]
pub(crate) struct CommandWord {
    /// Its bytes, without quotes and escapes.
    pub value: Vec<u8>,
    /// Its range, quotes included.
    pub range: TextRange,
}

impl CommandLine {
    /// The command on the line that `offset` is on, unless it is before the command's first word.
    pub(crate) fn at(file: &File, offset: u32) -> Option<Self> {
        let start = file.lines.line_start(file.lines.line(offset));
        let rest = &file.source()[start as usize..];
        let line = &rest[..memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len())];
        let lead = lead(file, line)?;
        (start + lead <= offset).then(|| Self::read(&line[lead as usize..], start + lead))
    }

    /// All commands of a file.
    pub(crate) fn all(file: &File) -> Vec<Self> {
        let mut start = 0;
        let mut found = Vec::new();
        for line in file.source().split(|byte| *byte == b'\n') {
            if let Some(lead) = lead(file, line) {
                found.push(Self::read(&line[lead as usize..], start + lead));
            }
            start += line.len() as u32 + 1;
        }
        found
    }

    fn read(line: &[u8], start: u32) -> Self {
        let (words, error) = words_of_line(line);
        let behind = words.last().map_or(0, |word| word.range.end);
        let open_quote = error.map(|_| {
            let blanks = line[behind..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            start + (behind + blanks) as u32
        });
        let place = |word: LineWord| CommandWord {
            value: word.value,
            range: TextRange::new(start + word.range.start as u32, start + word.range.end as u32),
        };
        Self { words: words.into_iter().map(place).collect(), open_quote }
    }

    /// The words that end before an offset, and the word at the offset.
    pub(crate) fn before(&self, offset: u32) -> (Vec<Word<'_>>, Option<&CommandWord>) {
        let count = self.words.partition_point(|word| word.range.end < offset);
        let current = self.words.get(count).filter(|word| word.range.start <= offset);
        (self.words[..count].iter().map(|word| Word::Known(&word.value)).collect(), current)
    }

    /// The word at a place, or just before it, by its number.
    pub(crate) fn word_at(&self, offset: u32) -> Option<usize> {
        self.words.iter().position(|word| word.range.start <= offset && offset <= word.range.end)
    }

    /// Binds the words to the syntax of the command.
    pub(crate) fn binding(&self, file: &File) -> Binding {
        let words: Vec<Word<'_>> = self.words.iter().map(|word| Word::Known(&word.value)).collect();
        bind::bind(&words, &file.options.targets)
    }
}

/// Length of what precedes the command in a line, or none if the line has no command.
fn lead(file: &File, line: &[u8]) -> Option<u32> {
    let blanks = line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    if file.is_transcript() {
        if line.starts_with(b"> ") {
            return Some(2);
        }
        return (!line.starts_with(b"#") && !has_marks(file.source())).then_some(blanks as u32);
    }
    (file.is_script && line[blanks..].starts_with(b"--> ")).then_some(blanks as u32 + 4)
}

/// True if commands of a transcript have marks before them: then other lines are replies.
fn has_marks(source: &[u8]) -> bool {
    source.starts_with(b"> ") || memchr::memmem::find(source, b"\n> ").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::*;

    fn words(source: &str) -> Option<(Vec<String>, Option<String>)> {
        let (project, offset) = cursor(source);
        let line = CommandLine::at(&project.files[0], offset)?;
        let (before, current) = line.before(offset);
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let before = before.iter().map(|word| if let Word::Known(value) = word { text(value) } else { String::new() });
        Some((before.collect(), current.map(|word| text(&word.value))))
    }

    fn some(before: &[&str], current: Option<&str>) -> Option<(Vec<String>, Option<String>)> {
        Some((before.iter().map(|&it| it.to_owned()).collect(), current.map(str::to_owned)))
    }

    #[test]
    fn commands_are_found_behind_their_marks() {
        assert_eq!(words("return KEYS[1]\n  --> SET a $0"), some(&["SET", "a"], None));
        assert_eq!(words("return KEYS[1]\r\n--> SE$0T a\r\n"), some(&[], Some("SET")));
        assert_eq!(words("return KEYS[1]\n--$0> SET a"), None);
        assert_eq!(words("return KEYS[1]\n--= O$0K"), None);
        assert_eq!(words("local x = 1\n--> GET $0"), None, "plain Lua has no examples");
    }

    #[test]
    fn transcripts_have_marks_or_commands_alone() {
        assert_eq!(words("--- transcript\n> GET a\nO$0K"), None);
        assert_eq!(words("--- transcript\n> GET $0a"), some(&["GET"], Some("a")));
        assert_eq!(words("--- transcript\nGET a $0"), some(&["GET", "a"], None));
        assert_eq!(words("--- transcript\n# GET a $0"), None);
        assert_eq!(words("--- transcript\n$0"), some(&[], None));
    }

    #[test]
    fn an_open_quote_is_told() {
        let (project, offset) = cursor("--- transcript\nSET a  'b $0");
        let line = CommandLine::at(&project.files[0], offset);
        assert_eq!(line.and_then(|line| line.open_quote), Some(7));
    }
}
