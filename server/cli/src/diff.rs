//! Unified diffs on standard output, for `git apply` and `patch -p1`.

use std::io::{self, Write as _};

use anstream::{AutoStream, ColorChoice};

/// Writes the difference of two texts of one file. On a terminal it is coloured.
pub(crate) fn write(path: &str, before: &[u8], after: &[u8]) -> io::Result<()> {
    let path = path.trim_start_matches('/');
    let mut text = Vec::new();
    similar::TextDiff::from_lines(before, after)
        .unified_diff()
        .header(&format!("a/{path}"), &format!("b/{path}"))
        .to_writer(&mut text)?;
    let mut out = io::stdout().lock();
    // Escape sequences of the source are the source's, so nothing is stripped.
    if AutoStream::choice(&out) == ColorChoice::Never {
        out.write_all(&text)?;
        return out.flush();
    }
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        let colour = match line {
            [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] => "\u{1b}[1m",
            [b'+', ..] => "\u{1b}[32m",
            [b'-', ..] => "\u{1b}[31m",
            [b'@', ..] => "\u{1b}[36m",
            _ => "",
        };
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        out.write_all(colour.as_bytes())?;
        out.write_all(line)?;
        out.write_all(if colour.is_empty() { b"\n" } else { b"\x1b[0m\n" })?;
    }
    out.flush()
}
