//! Snippets: texts with places to fill in (`$1`, `${1:name}`), for clients that have none, and in strings of other languages.

use ls_types::TextEdit;
use text::TextRange;

use crate::snapshot::View;

/// A part of a snippet.
#[derive(PartialEq, Eq, Debug)]
enum Part<'a> {
    Text(&'a str),
    /// Number and default text.
    Place(&'a str, &'a str),
}

/// The parts of a snippet of ours: its places do not nest, and nothing in it is escaped.
fn parts(snippet: &str) -> Vec<Part<'_>> {
    let mut found = Vec::new();
    let mut rest = snippet;
    while let Some(at) = rest.find('$') {
        if at > 0 {
            found.push(Part::Text(&rest[..at]));
        }
        rest = &rest[at + 1..];
        if let Some(inner) = rest.strip_prefix('{') {
            let end = inner.find('}').unwrap_or(inner.len());
            let (number, default) = inner[..end].split_once(':').unwrap_or((&inner[..end], ""));
            found.push(Part::Place(number, default));
            rest = inner.get(end + 1..).unwrap_or_default();
        } else {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            found.push(Part::Place(&rest[..digits], ""));
            rest = &rest[digits..];
        }
    }
    if !rest.is_empty() {
        found.push(Part::Text(rest));
    }
    found
}

/// A snippet for a client that has none: the places hold their names.
pub(crate) fn plain(snippet: &str) -> String {
    let texts = parts(snippet).into_iter().map(|part| match part {
        Part::Text(text) | Part::Place(_, text) => text,
    });
    texts.collect()
}

/// The edit that inserts a snippet. In a string its text is escaped for the literal, and that for the snippet; none if the literal
/// cannot have it.
pub(crate) fn typed(view: View<'_>, range: TextRange, snippet: &str) -> Option<TextEdit> {
    if view.document().embedding.is_none() {
        return view.typed(range, snippet);
    }
    let edit = view.typed(range, "")?;
    let mut new_text = String::with_capacity(snippet.len() + 16);
    for part in parts(snippet) {
        match part {
            Part::Text(text) => new_text.push_str(&escaped(view, range, text)?),
            Part::Place(number, "") => new_text.push_str(&format!("${{{number}}}")),
            Part::Place(number, default) => {
                new_text.push_str(&format!("${{{number}:{}}}", escaped(view, range, default)?));
            }
        }
    }
    Some(TextEdit { range: edit.range, new_text })
}

/// A text as it stands in the literal, within a snippet. Line breaks have no indentation: clients give them that of the line.
fn escaped(view: View<'_>, range: TextRange, text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len() + 8);
    for (nth, line) in text.split('\n').enumerate() {
        if nth > 0 {
            let end = view.typed(range, "\n")?.new_text;
            out.push_str(&if end.contains('\n') { "\n".to_owned() } else { in_snippet(&end) });
        }
        out.push_str(&in_snippet(&view.typed(range, line)?.new_text));
    }
    Some(out)
}

/// A text with what means something in a snippet escaped.
fn in_snippet(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    for it in text.chars() {
        if matches!(it, '\\' | '$' | '}') {
            out.push('\\');
        }
        out.push(it);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snippets_without_their_marks() {
        assert_eq!(plain("a(${1:key}, $2)$0"), "a(key, )");
    }

    #[test]
    fn parts_of_snippets() {
        let wanted = vec![Part::Text("a("), Part::Place("1", "key"), Part::Text(")"), Part::Place("0", "")];
        assert_eq!(parts("a(${1:key})$0"), wanted);
    }
}
