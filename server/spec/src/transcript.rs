//! Transcripts, files named `*.redis`: commands with their replies, or commands alone that fill a keyspace.

use protocol::{LineError, split_line};

use crate::Example;

/// Reason why a file cannot fill a keyspace.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SeedError {
    /// A line cannot be split into words.
    #[error("line {line}: {error}")]
    Line {
        /// The line, counted from 1.
        line: u32,
        /// Reason.
        error: LineError,
    },
    /// A command is refused.
    #[error("line {line}: `{command}` gives {reply}")]
    Refused {
        /// The line, counted from 1.
        line: u32,
        /// The command.
        command: String,
        /// The error, in redis-cli's notation.
        reply: String,
    },
}

/// The commands of a transcript with their replies. Lines that begin with `> ` are commands; what stands below one, up to
/// an empty line or the next, is its reply. A file without such lines holds one command a line. `#` begins a comment.
pub fn transcript(source: &[u8]) -> Vec<Example> {
    let text = String::from_utf8_lossy(source);
    let has_marks = text.lines().any(|line| line.starts_with("> "));
    let mut found: Vec<Example> = Vec::new();
    let mut open = false;
    for (number, line) in (1..).zip(text.lines()) {
        let command = if has_marks { line.strip_prefix("> ") } else { Some(line.trim()) };
        let is_comment = line.starts_with('#') && !(open && has_marks);
        match command {
            _ if is_comment || line.trim().is_empty() => open = false,
            Some(command) => {
                found.push(Example {
                    line: number,
                    last_line: number,
                    command: command.trim().to_owned(),
                    expected: None,
                });
                open = true;
            }
            None => {
                let Some(example) = found.last_mut().filter(|_| open) else { continue };
                match &mut example.expected {
                    Some(expected) => {
                        expected.push('\n');
                        expected.push_str(line);
                    }
                    None => example.expected = Some(line.to_owned()),
                }
                example.last_line = number;
            }
        }
    }
    found
}

/// Commands as words, each with its line.
pub type Commands = Vec<(u32, Vec<Vec<u8>>)>;

/// The commands of a transcript as words, with their lines.
///
/// # Errors
/// The first line that cannot be split.
pub fn commands_of(source: &[u8]) -> Result<Commands, SeedError> {
    transcript(source)
        .into_iter()
        .map(|example| match split_line(example.command.as_bytes()) {
            Ok(words) => Ok((example.line, words)),
            Err(error) => Err(SeedError::Line { line: example.line, error }),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transcripts_have_two_forms() {
        let marked = transcript(b"# sets up\n> SET a 1\nOK\n\n> LRANGE l 0 -1\n1) \"a\"\n2) \"b\"\n> GET a\n");
        let shown: Vec<_> = marked.iter().map(|it| (it.line, it.command.as_str(), it.expected.as_deref())).collect();
        assert_eq!(
            shown,
            [(2, "SET a 1", Some("OK")), (5, "LRANGE l 0 -1", Some("1) \"a\"\n2) \"b\"")), (8, "GET a", None)]
        );
        let plain = commands_of(b"SET a 'x y'\n\n# c\nDEL b\n").map(|all| all.len());
        assert_eq!(plain, Ok(2));
        assert_eq!(commands_of(b"SET 'a\n"), Err(SeedError::Line { line: 1, error: LineError::OpenQuote }));
    }
}
