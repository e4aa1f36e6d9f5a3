//! A reading of TOML that never fails: where its tables, keys and values are, also while something is being typed.

use std::ops::Range;

/// Nesting beyond this is passed over.
const DEEPEST: usize = 32;

/// A key with its value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    /// The names from the top of the file, the key's last.
    pub path: Vec<String>,
    /// The key as written.
    pub key: Range<usize>,
    /// The value as far as it goes.
    pub value: Range<usize>,
}

/// The text at a place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Place {
    /// The table or the key that it is in, from the top of the file.
    pub path: Vec<String>,
    /// The part of the file that it is.
    pub part: Part,
    /// The word at the offset, with its quotes; empty if there is none.
    pub range: Range<usize>,
}

/// Parts of a TOML file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    /// The name of a table, between brackets.
    Header,
    /// A key, or the place for one.
    Key {
        /// True if `=` follows.
        has_value: bool,
        /// True if it begins a line, so that a table may begin there too.
        begins_line: bool,
    },
    /// A value.
    Value {
        /// The quote that it begins with.
        quote: Option<u8>,
        /// The lists that it is in.
        lists: usize,
    },
}

/// The tables, keys and values of a text, and the item at one offset.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub headers: Vec<(Vec<String>, Range<usize>)>,
    pub entries: Vec<Entry>,
    pub place: Option<Place>,
}

impl Scan {
    pub(super) fn new(text: &str, offset: usize) -> Self {
        let mut reader = Reader { text: text.as_bytes(), at: 0, offset, out: Self::default() };
        reader.document();
        reader.out
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    offset: usize,
    out: Scan,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip(&mut self, is: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&is) {
            self.at += 1;
        }
    }

    fn blanks(&mut self) {
        self.skip(|byte| matches!(byte, b' ' | b'\t' | b'\r'));
    }

    fn skip_line(&mut self) {
        self.skip(|byte| byte != b'\n');
    }

    fn has(&self, range: &Range<usize>) -> bool {
        range.start <= self.offset && self.offset <= range.end
    }

    fn found(&mut self, path: Vec<String>, part: Part, range: Range<usize>) {
        self.out.place.get_or_insert(Place { path, part, range });
    }

    fn document(&mut self) {
        let mut table: Vec<String> = Vec::new();
        while self.at < self.text.len() {
            let start = self.at;
            self.blanks();
            let before = start..self.at;
            match self.peek() {
                Some(b'#') => {
                    if self.offset < self.at && self.has(&before) {
                        self.key_place(&table, self.offset..self.offset, true);
                    }
                    self.skip_line();
                }
                Some(b'\n') | None => {
                    if self.has(&before) {
                        self.key_place(&table, self.offset..self.offset, true);
                    }
                }
                Some(b'[') => {
                    self.header(&mut table);
                    self.skip_line();
                }
                Some(_) => {
                    self.entry(&table, true, 0);
                    // A list that is not closed ended where the next entry begins.
                    if self.at > start && self.text[self.at - 1] == b'\n' {
                        continue;
                    }
                    self.skip_line();
                }
            }
            self.at += 1;
        }
        if self.out.place.is_none() && self.offset >= self.text.len() && self.text.last().is_none_or(|&it| it == b'\n')
        {
            self.key_place(&table, self.text.len()..self.text.len(), true);
        }
    }

    fn key_place(&mut self, table: &[String], range: Range<usize>, begins_line: bool) {
        self.found(table.to_vec(), Part::Key { has_value: false, begins_line }, range);
    }

    fn header(&mut self, table: &mut Vec<String>) {
        self.skip(|byte| byte == b'[');
        let start = self.at;
        let (names, ranges) = self.names(b']');
        let range = start..ranges.last().map_or(self.at, |last| last.end);
        if self.has(&(start..self.at)) {
            self.found(Vec::new(), Part::Header, range.clone());
        }
        self.out.headers.push((names.clone(), range));
        *table = names;
    }

    /// Dotted names up to a byte that ends them, or the line's end.
    fn names(&mut self, end: u8) -> (Vec<String>, Vec<Range<usize>>) {
        let (mut names, mut ranges) = (Vec::new(), Vec::new());
        loop {
            self.blanks();
            let start = self.at;
            match self.peek() {
                Some(quote @ (b'"' | b'\'')) => self.string(quote),
                Some(byte) if byte != end && !matches!(byte, b'\n' | b'.') => {
                    self.skip(|byte| byte != end && !matches!(byte, b'\n' | b'.' | b' ' | b'\t' | b'\r' | b'#'));
                }
                _ => {}
            }
            // Something that stands in no name, such as a second `#`.
            if self.at == start && self.peek().is_some_and(|byte| byte != end && !matches!(byte, b'\n' | b'.')) {
                self.at += 1;
            }
            let name = String::from_utf8_lossy(&self.text[start..self.at]).trim_matches(['"', '\'']).to_owned();
            names.push(name);
            ranges.push(start..self.at);
            self.blanks();
            if self.peek() != Some(b'.') {
                return (names, ranges);
            }
            self.at += 1;
        }
    }

    /// A key and its value. Ends behind the value.
    fn entry(&mut self, table: &[String], begins_line: bool, depth: usize) {
        let start = self.at;
        let (names, ranges) = self.names(b'=');
        // Words that no `=` follows are a key that is being typed.
        let has_value = self.peek() == Some(b'=');
        let key = start..ranges.last().map_or(self.at, |last| last.end);
        if let Some(at) = ranges.iter().position(|range| self.has(range)) {
            let path = [table, &names[..at]].concat();
            self.found(path, Part::Key { has_value, begins_line: begins_line && at == 0 }, ranges[at].clone());
        }
        if !has_value {
            return;
        }
        self.at += 1;
        let path = [table, &names].concat();
        let blanks = self.text[self.at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
        let start = self.at + blanks;
        self.value(&path, 0, depth);
        let value = start..self.at.max(start);
        self.out.entries.push(Entry { path, key, value });
    }

    fn value(&mut self, path: &[String], lists: usize, depth: usize) {
        let before = self.at;
        self.blanks();
        let start = self.at;
        let quote = self.peek().filter(|byte| matches!(byte, b'"' | b'\''));
        let mut is_word = false;
        match self.peek() {
            Some(b'[') if depth < DEEPEST => self.list(path, lists + 1, depth + 1),
            Some(b'{') if depth < DEEPEST => self.inline_table(path, depth + 1),
            Some(quote @ (b'"' | b'\'')) => {
                is_word = true;
                self.string(quote);
            }
            _ => {
                is_word = true;
                self.skip(|byte| !matches!(byte, b',' | b']' | b'}' | b'\n' | b'#' | b'\r'));
                while self.at > start && matches!(self.text[self.at - 1], b' ' | b'\t') {
                    self.at -= 1;
                }
            }
        }
        let part = Part::Value { quote, lists };
        if is_word && self.has(&(start..self.at)) {
            // A string that is not closed ends at the cursor.
            let closed = quote.is_none_or(|quote| self.at > start + 1 && self.text[self.at - 1] == quote);
            let end = if closed { self.at } else { self.offset };
            self.found(path.to_vec(), part, start..end);
        } else if self.offset < start && self.has(&(before..start)) {
            self.found(path.to_vec(), Part::Value { quote: None, lists }, self.offset..self.offset);
        }
    }

    /// Blanks, line ends and comments between the items of a list. A place among them is one for an item.
    fn between(&mut self, path: &[String], lists: usize) {
        loop {
            let start = self.at;
            self.skip(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
            if self.has(&(start..self.at)) && !matches!(self.peek(), Some(b'"' | b'\'')) {
                let part = Part::Value { quote: None, lists };
                self.found(path.to_vec(), part, self.offset..self.offset);
            }
            if self.peek() != Some(b'#') {
                return;
            }
            self.skip_line();
        }
    }

    fn list(&mut self, path: &[String], lists: usize, depth: usize) {
        self.at += 1;
        loop {
            self.between(path, lists);
            match self.peek() {
                Some(b']') => {
                    self.at += 1;
                    return;
                }
                Some(b',') => self.at += 1,
                Some(b'}') | None => return,
                Some(_) => {
                    let start = self.at;
                    // A list that is being typed does not swallow the next line.
                    if self.begins_entry() {
                        return;
                    }
                    self.value(path, lists, depth);
                    if self.at == start {
                        return;
                    }
                }
            }
        }
    }

    /// True if a line begins here that is a header or a key with its value.
    fn begins_entry(&self) -> bool {
        let line_start = self.text[..self.at].iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let line = self.text[line_start..].split(|&byte| byte == b'\n').next().unwrap_or_default();
        let blank = self.text[line_start..self.at].iter().all(|byte| matches!(byte, b' ' | b'\t'));
        let key =
            line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')).count();
        let rest = line.get(key..).unwrap_or_default().trim_ascii_start();
        let is_key = key > 0 && rest.first() == Some(&b'=');
        let name = line.strip_prefix(b"[").and_then(|line| line.trim_ascii_end().strip_suffix(b"]"));
        let is_header = name.is_some_and(|name| !name.is_empty() && name.iter().all(u8::is_ascii_lowercase));
        blank && line_start == self.at && (is_key || is_header)
    }

    fn inline_table(&mut self, path: &[String], depth: usize) {
        self.at += 1;
        loop {
            let start = self.at;
            self.blanks();
            match self.peek() {
                Some(b'}') | None | Some(b'\n') => {
                    if self.has(&(start..self.at)) {
                        self.key_place(path, self.offset..self.offset, false);
                    }
                    self.at += usize::from(self.peek() == Some(b'}'));
                    return;
                }
                Some(b',') => self.at += 1,
                Some(_) => {
                    let start = self.at;
                    self.entry(path, false, depth);
                    if self.at == start {
                        return;
                    }
                }
            }
        }
    }

    fn string(&mut self, quote: u8) {
        let triple = [quote; 3];
        if self.text[self.at..].starts_with(&triple) {
            let rest = &self.text[self.at + 3..];
            let end = rest.windows(3).position(|window| window == triple);
            self.at += end.map_or(3 + rest.len(), |end| end + 6);
            return;
        }
        self.at += 1;
        while let Some(byte) = self.peek().filter(|&byte| byte != b'\n') {
            self.at += 1;
            if byte == quote {
                return;
            }
            if byte == b'\\' && quote == b'"' && self.peek().is_some_and(|byte| byte != b'\n') {
                self.at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place of `|`: its part, its path, the word.
    fn at(marked: &str) -> String {
        let offset = marked.find('|').unwrap_or(0);
        let text = marked.replacen('|', "", 1);
        match Scan::new(&text, offset).place {
            None => "none".to_owned(),
            Some(place) => {
                let part = match place.part {
                    Part::Header => "header".to_owned(),
                    Part::Key { has_value, begins_line } => {
                        format!("key{}{}", if has_value { "=" } else { "" }, if begins_line { "^" } else { "" })
                    }
                    Part::Value { quote, lists } => format!(
                        "value{}{}",
                        quote.map_or(String::new(), |it| (it as char).to_string()),
                        "[".repeat(lists)
                    ),
                };
                format!("{part} {} <{}>", place.path.join("."), &text[place.range])
            }
        }
    }

    #[test]
    fn places_in_a_file() {
        for (text, place) in [
            ("|", "key^  <>"),
            ("clu|", "key^  <clu>"),
            ("clu|ster = true", "key=^  <cluster>"),
            ("cluster = |", "value cluster <>"),
            ("cluster =|", "value cluster <>"),
            ("cluster = tr|ue # x", "value cluster <true>"),
            ("cluster = true # |x", "none"),
            ("# a\n|\n", "key^  <>"),
            ("target = \"re|\"", "value\" target <\"re\">"),
            ("target = 're|", "value' target <'re>"),
            ("target = [|]", "value[ target <>"),
            ("target = ['a', |", "value[ target <>"),
            ("target = [\n  'a',\n  'b|'\n]", "value'[ target <'b'>"),
            ("target = [\n  |\n]\n", "value[ target <>"),
            ("[includes]\njoin = [['a', '|']]", "value'[[ includes.join <''>"),
            ("[|", "header  <>"),
            ("[li|nts]", "header  <lints>"),
            ("[lints]\nunu|", "key^ lints <unu>"),
            ("[lints]\nunused-key = \"|\"\n", "value\" lints.unused-key <\"\">"),
            ("[lints]\n\n|\n[files]\n", "key^ lints <>"),
            ("hints.na|mes = true", "key= hints <names>"),
            ("hints = { na|mes = true }", "key= hints <names>"),
            ("hints = { names = t|, links = true }", "value hints.names <t>"),
            ("hints = { | }", "key hints <>"),
            ("target = [\ncluster = |", "value cluster <>"),
            ("target = [\n[lints]\nx|", "key^ lints <x>"),
            ("a = \"\"\"\n|\n\"\"\"", "value\" a <\"\"\"\n\n\"\"\">"),
        ] {
            assert_eq!(at(text), place, "{text:?}");
        }
    }

    #[test]
    fn whatever_the_text_is_it_ends() {
        let pieces = ["[", "]", "{", "}", "\"", "'", "=", ",", ".", "#", "\n", " ", "a", "\"\"\"", "é", "\\"];
        let mut seed = 1u32;
        for _ in 0..3_000 {
            let mut text = String::new();
            for _ in 0..12 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                text.push_str(pieces[(seed >> 16) as usize % pieces.len()]);
            }
            for offset in 0..=text.len() {
                let scan = Scan::new(&text, offset);
                let fits = |range: &Range<usize>| range.start <= range.end && range.end <= text.len();
                assert!(scan.place.iter().all(|place| fits(&place.range)), "{text:?} at {offset}");
                assert!(scan.entries.iter().all(|it| fits(&it.key) && fits(&it.value)), "{text:?}");
            }
        }
    }
}
