//! Files of a scenario with marks in their text.
//!
//! ```text
//! --- file: take.lua
//! local left = redis.call('GTE', KEYS[1])
//!                       --^^^^^ error[unknown-command]: no server has a command `GTE`: did you mean GET?
//! return «left»$0
//! ```
//!
//! `--- file: name` begins a file; what stands before the first is `main.lua`. `$0` to `$9` are cursors, `«»` ranges. A line of
//! carets draws a finding under the line above, as that is without marks; where the finding begins in the first two columns,
//! `--<^^^` has its carets from the line's start on.

use serde_json::{Value, json};

/// A file of a scenario.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Marked {
    /// Path below the folder.
    pub name: String,
    /// The text without any marks.
    pub text: String,
    /// The text with its ranges between `«` and `»`.
    pub ranged: String,
    /// The text with the findings drawn.
    pub drawn: String,
    /// Byte offsets of the cursors in the text, by their digits.
    pub cursors: Vec<(char, usize)>,
}

/// Reads the files of a scenario. Each line ends with a line feed but the last of a file that is followed by nothing.
pub fn read(scenario: &str) -> Vec<Marked> {
    let mut files: Vec<Marked> = Vec::new();
    for line in scenario.strip_prefix('\n').unwrap_or(scenario).split_inclusive('\n') {
        let name = line.strip_prefix("--- file: ");
        if name.is_some() || files.is_empty() {
            files.push(Marked {
                name: name.unwrap_or("main.lua").trim().to_owned(),
                text: String::new(),
                ranged: String::new(),
                drawn: String::new(),
                cursors: Vec::new(),
            });
        }
        if let (None, Some(file)) = (name, files.last_mut()) {
            file.add(line);
        }
    }
    files
}

impl Marked {
    fn add(&mut self, line: &str) {
        let shown = line.trim_start();
        if shown.starts_with("--^") || shown.starts_with("--<^") {
            self.drawn.push_str(line);
            return;
        }
        let start = self.text.len();
        let mut chars = line.chars().peekable();
        while let Some(char) = chars.next() {
            match (char, chars.peek()) {
                ('$', Some(&digit)) if digit.is_ascii_digit() => {
                    chars.next();
                    self.cursors.push((digit, self.text.len()));
                }
                ('«' | '»', _) => self.ranged.push(char),
                _ => {
                    self.ranged.push(char);
                    self.text.push(char);
                }
            }
        }
        self.drawn.push_str(&self.text[start..]);
    }
}

/// Returns the place of a byte offset in the protocol's terms, in units of UTF-16.
pub fn position(text: &str, offset: usize) -> Value {
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let character = before[line_start..].encode_utf16().count();
    json!({ "line": before.matches('\n').count(), "character": character })
}

/// Returns the byte offset of a place in the protocol's terms; one behind the end of its line or the text is that end.
pub fn offset(text: &str, position: &Value) -> usize {
    let number = |name: &str| position[name].as_u64().unwrap_or_default() as usize;
    let start: usize = text.split_inclusive('\n').take(number("line")).map(str::len).sum();
    let mut units = 0;
    for (at, char) in text[start..].char_indices() {
        if units >= number("character") || char == '\n' {
            return start + at;
        }
        units += char.len_utf16();
    }
    text.len()
}

/// Returns the byte offsets of a range in the protocol's terms.
pub fn span(text: &str, range: &Value) -> (usize, usize) {
    (offset(text, &range["start"]), offset(text, &range["end"]))
}

/// Puts ranges between `«` and `»`.
pub fn with_ranges(text: &str, ranges: &[(usize, usize)]) -> String {
    let mut marks: Vec<(usize, char)> = ranges.iter().flat_map(|&(start, end)| [(end, '»'), (start, '«')]).collect();
    // Of neighbours the first is closed before the next is opened.
    marks.sort_by_key(|&(at, mark)| (at, mark == '«'));
    let mut out = text.to_owned();
    for &(at, mark) in marks.iter().rev() {
        out.insert(at, mark);
    }
    out
}

/// Draws findings, as `publishDiagnostics` has them, under the lines in which they begin. One that spans several lines is drawn to
/// the end of its first.
pub fn with_findings(text: &str, findings: &[Value]) -> String {
    let mut rows: Vec<(usize, usize, usize, String)> = findings
        .iter()
        .map(|finding| {
            let (start, end) = span(text, &finding["range"]);
            let line = text[..start].matches('\n').count();
            let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
            let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
            let column = text[line_start..start].chars().count();
            let width = text[start..end.min(line_end)].chars().count().max(1);
            let severity = ["", "error", "warning", "info", "hint"][finding["severity"].as_u64().unwrap_or(0) as usize];
            let message = finding["message"].as_str().unwrap_or_default().lines().next().unwrap_or_default();
            let code = finding["code"].as_str().map(|code| format!("[{code}]")).unwrap_or_default();
            (line, column, width, format!("{severity}{code}: {message}"))
        })
        .collect();
    rows.sort();
    let mut out = String::new();
    for (nth, line) in text.split_inclusive('\n').enumerate() {
        out.push_str(line);
        for (_, column, width, words) in rows.iter().filter(|(at, ..)| *at == nth) {
            if !out.ends_with('\n') {
                out.push('\n');
            }
            let lead = match column.checked_sub(2) {
                Some(blanks) => " ".repeat(blanks) + "--",
                None => "--<".to_owned(),
            };
            let width = if *column < 2 { column + width } else { *width };
            out.push_str(&format!("{lead}{} {words}\n", "^".repeat(width)));
        }
    }
    out
}

/// Applies text edits of the protocol at once, as all are of the text before.
pub fn apply(text: &str, edits: &[Value]) -> String {
    let mut edits: Vec<((usize, usize), &str)> =
        edits.iter().map(|edit| (span(text, &edit["range"]), edit["newText"].as_str().unwrap_or_default())).collect();
    // Several insertions at one place come in the order of the list.
    edits.sort_by_key(|(range, _)| *range);
    let mut out = text.to_owned();
    for ((start, end), new) in edits.into_iter().rev() {
        out.replace_range(start..end, new);
    }
    out
}

/// Returns the edit that makes one text of another, as a client tells of it: the part that differs, whole characters.
pub fn difference(from: &str, to: &str) -> Value {
    let same = from.chars().zip(to.chars()).take_while(|(a, b)| a == b).map(|(char, _)| char.len_utf8()).sum::<usize>();
    let (from_rest, to_rest) = (&from[same..], &to[same..]);
    let ends = from_rest.chars().rev().zip(to_rest.chars().rev());
    let tail = ends.take_while(|(a, b)| a == b).map(|(char, _)| char.len_utf8()).sum::<usize>();
    let range = json!({ "start": position(from, same), "end": position(from, from.len() - tail) });
    json!({ "range": range, "text": to_rest[..to_rest.len() - tail] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read_and_drawn() {
        let files = read("a«b»c$0\n     --^^ hint[x]: told\n--- file: part.lua\n$1d«e»«f»$2");
        let [main, part] = &files[..] else { panic!("{files:?}") };
        assert_eq!((main.name.as_str(), main.text.as_str(), main.ranged.as_str()), ("main.lua", "abc\n", "a«b»c\n"));
        assert_eq!(main.drawn, "abc\n     --^^ hint[x]: told\n");
        assert_eq!(main.cursors, [('0', 3)]);
        assert_eq!((part.name.as_str(), part.text.as_str()), ("part.lua", "def"));
        assert_eq!(part.cursors, [('1', 0), ('2', 3)]);
        assert_eq!(with_ranges(&part.text, &[(1, 2), (2, 3)]), part.ranged);
    }

    #[test]
    fn places_are_counted_in_units_of_utf_16() {
        let text = "a\n😀b\n";
        assert_eq!(position(text, 6), json!({ "line": 1, "character": 2 }));
        assert_eq!(offset(text, &json!({ "line": 1, "character": 2 })), 6);
        assert_eq!(offset(text, &json!({ "line": 1, "character": 99 })), 7);
        assert_eq!(offset(text, &json!({ "line": 9, "character": 0 })), text.len());
    }

    #[test]
    fn findings_are_drawn_under_their_lines() {
        let range = |line: u32, from: u32, to: u32| json!({ "start": { "line": line, "character": from }, "end": { "line": line, "character": to } });
        let finding = |range: Value| json!({ "range": range, "severity": 2, "code": "c", "message": "m\nhelp" });
        let found = [finding(range(0, 1, 3)), finding(range(1, 4, 6))];
        let drawn = "abcdef\n--<^^^ warning[c]: m\nghijkl\n  --^^ warning[c]: m\n";
        assert_eq!(with_findings("abcdef\nghijkl\n", &found), drawn);
    }

    #[test]
    fn differences_are_whole_characters() {
        for (from, to) in [("a😀b", "a😁b"), ("", "x"), ("ab\nc", "c"), ("aa", "aaa"), ("x", "x")] {
            let mut change = difference(from, to);
            change["newText"] = change["text"].take();
            assert_eq!(apply(from, &[change]), to);
        }
    }

    #[test]
    fn edits_are_of_the_text_before() {
        let edit = |from: u32, to: u32, text: &str| json!({ "range": { "start": { "line": 0, "character": from }, "end": { "line": 0, "character": to } }, "newText": text });
        assert_eq!(apply("abc", &[edit(2, 3, "z"), edit(0, 1, "xy"), edit(1, 1, "-")]), "xy-bz");
    }
}
