//! Texts in Markdown, or in plain text for clients that do not render Markdown.

use ls_types::{MarkupContent, MarkupKind};

use crate::client::ClientAbilities;

/// A text that is written in Markdown, in the form that the client shows.
pub fn markup(client: ClientAbilities, markdown: String) -> MarkupContent {
    if client.plain {
        MarkupContent { kind: MarkupKind::PlainText, value: plain(&markdown) }
    } else {
        MarkupContent { kind: MarkupKind::Markdown, value: markdown }
    }
}

/// Removes the marks of the Markdown that we write, a subset of all Markdown.
fn plain(markdown: &str) -> String {
    let (mut out, mut in_block) = (String::with_capacity(markdown.len()), false);
    for line in markdown.lines() {
        if line.starts_with("```") {
            in_block = !in_block;
            continue;
        }
        if in_block {
            out.push_str(line);
        } else if line != "---" {
            words(line, &mut out);
        }
        out.push('\n');
        // Of empty lines one is enough.
        while !in_block && out.ends_with("\n\n\n") {
            out.pop();
        }
    }
    out.truncate(out.trim_end().len());
    out
}

fn words(line: &str, out: &mut String) {
    let mut rest = line;
    while let Some(at) = rest.find(['`', '*', '[']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let code = rest.strip_prefix('`').and_then(|rest| rest.split_once('`'));
        if let Some((code, after)) = code {
            out.push_str(code);
            rest = after;
        } else if let Some(after) = rest.strip_prefix("**") {
            rest = after;
        } else if let Some((text, after)) = link(rest) {
            out.push_str(text);
            rest = after;
        } else {
            out.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
}

/// The words of a link at the beginning of a text, and what follows the link.
fn link(text: &str) -> Option<(&str, &str)> {
    let (words, rest) = text.strip_prefix('[')?.split_once("](")?;
    let (_, rest) = rest.split_once(')')?;
    (!words.contains(['[', ']'])).then_some((words, rest))
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn marks_go_and_words_stay() {
        let markdown = "```lua\nlocal a: `x` **y**\n```\nreply of `GET * **`, **line** 3\n\n---\n\n- [more](https://a.b/c) KEYS[1] 2*3\n";
        assert_eq!(plain(markdown), "local a: `x` **y**\nreply of GET * **, line 3\n\n- more KEYS[1] 2*3");
    }
}
