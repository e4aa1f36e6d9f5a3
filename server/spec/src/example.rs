//! Examples in comments: `-->` before a command, `--=` before each line of its reply.

/// A command with the reply that is expected of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Example {
    /// The line of the command, counted from 1.
    pub line: u32,
    /// The last line of the reply, or the command's line if there is no reply.
    pub last_line: u32,
    /// The command, as it is written.
    pub command: String,
    /// Expected reply, in redis-cli's notation; `None` if any reply but an error will do.
    pub expected: Option<String>,
}

/// The examples in a script's comments.
pub fn examples(source: &[u8]) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    let mut open = false;
    for (number, line) in (1..).zip(source.split(|byte| *byte == b'\n')) {
        let line = line.strip_suffix(b"\r").unwrap_or(line).trim_ascii_start();
        if let Some(command) = marked(line, b"-->") {
            found.push(Example { line: number, last_line: number, command, expected: None });
            open = true;
        } else if let (Some(reply), Some(example), true) = (marked(line, b"--="), found.last_mut(), open) {
            match &mut example.expected {
                Some(expected) => {
                    expected.push('\n');
                    expected.push_str(&reply);
                }
                None => example.expected = Some(reply),
            }
            example.last_line = number;
        } else {
            open = false;
        }
    }
    found.retain(|example| !example.command.trim().is_empty());
    found
}

/// Text after a mark and a blank.
fn marked(line: &[u8], mark: &[u8]) -> Option<String> {
    let rest = line.strip_prefix(mark)?;
    let rest = match rest.first() {
        None => rest,
        Some(b' ') => &rest[1..],
        // `-->` may also be the end of an arrow in prose.
        Some(_) => return None,
    };
    Some(String::from_utf8_lossy(rest).trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_read_from_comments() {
        let source = b"#!lua name=x\n--> SET a 1\n--= OK\r\n  --> LRANGE l 0 -1\n  --= 1) \"a\"\n  --=    b\n-- prose\n--= stray\n-->x\n--> GET a\nlocal a\n";
        let found: Vec<_> = examples(source)
            .into_iter()
            .map(|it| (it.line, it.last_line, it.command, it.expected.unwrap_or_default()))
            .collect();
        assert_eq!(
            found,
            [
                (2, 3, "SET a 1".to_owned(), "OK".to_owned()),
                (4, 6, "LRANGE l 0 -1".to_owned(), "1) \"a\"\n   b".to_owned()),
                (10, 10, "GET a".to_owned(), String::new()),
            ]
        );
    }
}
