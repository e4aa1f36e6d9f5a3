//! Source text and keys in Markdown.

use std::fmt::Write as _;

use text::TextRange;

use crate::File;

/// Source text on one line, cut where it is long.
pub(crate) fn shown(file: &File, range: TextRange) -> String {
    let text = file.text(range);
    let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() > 60 {
        words = words.chars().take(57).collect::<String>() + "…";
    }
    words
}

/// A longer one has the fields of its table on lines of their own.
const LONGEST_TYPE: usize = 80;

/// A type for code: a long table type has a line for each field.
pub(crate) fn in_lines(text: String) -> String {
    if text.chars().count() <= LONGEST_TYPE || !text.starts_with('{') {
        return text;
    }
    let (mut out, mut depth) = (String::new(), 0_i32);
    let mut skip_blanks = false;
    for char in text.chars() {
        if skip_blanks && char == ' ' {
            continue;
        }
        skip_blanks = false;
        let closes = matches!(char, '}' | ')' | '>');
        depth += i32::from(matches!(char, '{' | '(' | '<')) - i32::from(closes);
        match char {
            '}' if depth == 0 => {
                out.truncate(out.trim_end().len());
                out.push_str("\n}");
            }
            '{' if depth == 1 => {
                out.push_str("{\n  ");
                skip_blanks = true;
            }
            ',' if depth == 1 => {
                out.push_str(",\n  ");
                skip_blanks = true;
            }
            _ => out.push(char),
        }
    }
    out
}

/// Returns the hash slot of a key in words.
pub(crate) fn slot(key: &[u8]) -> String {
    let mut text = format!("Hash slot {}", commands::key_slot(key));
    let tag = commands::hash_tag(key);
    if tag.len() < key.len() {
        let _ = write!(text, ", by its tag `{}`", String::from_utf8_lossy(tag));
    }
    text
}
