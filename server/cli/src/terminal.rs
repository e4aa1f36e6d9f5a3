//! The terminal that standard output is: its width, and text that fits it.

use std::io::IsTerminal as _;

/// Columns that are read with ease; wider terminals are not filled.
const WIDEST: usize = 100;

/// The columns to fill: none where standard output is no terminal, so that other programs get each paragraph on a line.
pub(crate) fn width() -> Option<usize> {
    let columns = || std::env::var("COLUMNS").ok()?.parse().ok();
    let size = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let width = std::io::stdout().is_terminal().then(size).flatten().or_else(columns)?;
    Some(width.clamp(20, WIDEST))
}

/// Breaks a text between words; `first` and `rest` stand before the first line and the others.
pub(crate) fn wrap(text: &str, width: Option<usize>, first: &str, rest: &str) -> String {
    let mut out = first.to_owned();
    let mut column = first.chars().count();
    let mut is_start = true;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if !is_start && width.is_some_and(|width| column + 1 + length > width) {
            out.push('\n');
            out.push_str(rest);
            column = rest.chars().count();
        } else if !is_start {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
        is_start = false;
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(wrap("one two three", Some(9), "- ", "  "), "- one two\n  three\n");
        assert_eq!(wrap("one  two three", None, "", ""), "one two three\n");
        assert_eq!(wrap("loooooooong one", Some(5), "", "  "), "loooooooong\n  one\n");
    }
}
