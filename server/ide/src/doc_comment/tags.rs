//! The words and the tags of comments.

use semantic::annotations::{self, Tag, TagKind, TypeExpr};
use text::TextRange;

use super::doc::{Doc, Param};
use crate::File;

/// The part of a [`Doc`] that a line without a tag goes on with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Words,
    Param,
    Return,
    More,
    Deprecated,
    /// Not shown.
    Hidden,
}

/// Reads adjacent comments. None if they have no text.
pub(super) fn read(file: &File, comments: &[TextRange]) -> Option<Doc> {
    let mut doc = Doc::default();
    let mut part = Part::Words;
    let mut last: Option<Tag> = None;
    // Lines between the fields of a class, which may belong to the next one.
    let mut pending: Vec<String> = Vec::new();
    let mut in_class = false;
    for &comment in comments {
        let tag = annotations::body(file.source(), comment).and_then(|body| Tag::read(file.source(), body));
        let is_member = |tag: &Tag| last.as_ref().is_some_and(|last| tag.is_member_of(last, file.source()));
        let tag = tag.filter(|tag| !tag.is_member() || is_member(tag));
        last.clone_from(&tag);
        if let Some(tag) = tag {
            in_class = matches!(tag.kind, TagKind::Class { .. }) || in_class && matches!(tag.kind, TagKind::Field(..));
            if !matches!(tag.kind, TagKind::Field(..)) {
                for line in pending.drain(..) {
                    part = doc.add_line(&line, part);
                }
            }
            part = doc.add_tag(file, &tag, part);
            if let Some(field) = doc.params.last_mut().filter(|field| field.text.is_empty()) {
                field.text = pending.join(" ");
            }
            pending.clear();
            continue;
        }
        let text = file.text(comment);
        let text = text.trim_start_matches('-').trim_start_matches("[[").trim_end_matches("]]");
        if in_class {
            pending.extend(text.lines().map(|line| line.trim().to_owned()));
            continue;
        }
        for line in text.lines().map(str::trim) {
            part = doc.add_line(line, part);
        }
    }
    pending.into_iter().fold(part, |part, line| doc.add_line(&line, part));
    doc.words = doc.words.trim().to_owned();
    (doc != Doc::default()).then_some(doc)
}

/// A type as written, for code in Markdown.
fn shown(file: &File, of: &TypeExpr) -> String {
    of.text(file.source())
}

impl Doc {
    fn add_tag(&mut self, file: &File, tag: &Tag, above: Part) -> Part {
        let text = |range: TextRange| file.text(range).into_owned();
        match &tag.kind {
            TagKind::Param { name, is_optional, value, text: words } => {
                let name = if name.is_empty() { "...".to_owned() } else { text(*name) };
                let name = if *is_optional { format!("{name}?") } else { name };
                self.params.push(Param { name, of: shown(file, value), text: text(*words), ..Param::default() });
                Part::Param
            }
            TagKind::Field(field, words) => {
                let mut name = match &field.key {
                    annotations::FieldKey::Name(name) => text(*name),
                    annotations::FieldKey::Type(key) => format!("[{}]", shown(file, key)),
                };
                if field.is_optional {
                    name.push('?');
                }
                self.params.push(Param { name, of: shown(file, &field.value), text: text(*words), ..Param::default() });
                Part::Param
            }
            TagKind::Return { values, text: words } => {
                for (nth, (of, name)) in values.iter().enumerate() {
                    let is_last = nth + 1 == values.len();
                    self.returns.push(Param {
                        name: name.map(text).unwrap_or_default(),
                        of: shown(file, of),
                        text: if is_last { text(*words) } else { String::new() },
                        members: Vec::new(),
                    });
                }
                Part::Return
            }
            TagKind::Type(_, words) | TagKind::Class { text: words, .. } => {
                self.add_words(&text(*words));
                Part::Words
            }
            TagKind::Alias { value, text: words, .. } => {
                self.add_words(&text(*words));
                if !value.range.is_empty() {
                    self.params.push(Param { of: shown(file, value), ..Param::default() });
                }
                Part::Words
            }
            TagKind::Member(value, words) if matches!(above, Part::Param | Part::Return) => {
                let list = if above == Part::Param { &mut self.params } else { &mut self.returns };
                if let Some(it) = list.last_mut() {
                    it.members.push(Param { of: shown(file, value), text: text(*words), ..Param::default() });
                }
                above
            }
            TagKind::Member(value, words) => {
                self.params.push(Param { of: shown(file, value), text: text(*words), ..Param::default() });
                Part::Hidden
            }
            TagKind::Deprecated(words) => {
                self.deprecated = Some(text(*words));
                Part::Deprecated
            }
            TagKind::Other(words) => self.add_other(&text(tag.name), &text(*words)),
            TagKind::Overload(of, words) => {
                let words = text(*words);
                let words = if words.is_empty() { words } else { format!(": {words}") };
                self.more.push(format!("**overload** `{}`{words}", shown(file, of)));
                Part::More
            }
            TagKind::See { text: words, .. } => self.add_other("see", &text(*words)),
            TagKind::As(_) | TagKind::Cast { .. } | TagKind::Generic(_) => Part::Hidden,
        }
    }

    /// A tag of which only the name and the text are known.
    fn add_other(&mut self, name: &str, words: &str) -> Part {
        // These are for tools.
        const HIDDEN: [&str; 8] =
            ["diagnostic", "field", "language", "meta", "module", "operator", "package", "source"];
        if words.is_empty() || HIDDEN.contains(&name) {
            return Part::Hidden;
        }
        self.more.push(format!("**{name}** {words}"));
        Part::More
    }

    fn add_words(&mut self, words: &str) {
        if !words.is_empty() {
            self.words.push_str(words);
            self.words.push('\n');
        }
    }

    /// A line of a comment that is no annotation: it may have a tag of LDoc or JSDoc, or go on with a part.
    fn add_line(&mut self, line: &str, part: Part) -> Part {
        let tag = line.trim_start_matches('*').trim_start().strip_prefix('@');
        if let Some((name, rest)) = tag.map(|tag| tag.split_once([' ', '\t']).unwrap_or((tag, "")))
            && !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphabetic())
        {
            return self.add_loose_tag(name, rest.trim());
        }
        if line.is_empty() {
            if part == Part::Words {
                self.words.push('\n');
            }
            return Part::Words;
        }
        let text = match part {
            Part::Param => self.params.last_mut().map(|it| &mut it.text),
            Part::Return => self.returns.last_mut().map(|it| &mut it.text),
            Part::More => self.more.last_mut(),
            Part::Deprecated => self.deprecated.as_mut(),
            Part::Words | Part::Hidden => None,
        };
        match text {
            Some(text) => {
                if !text.is_empty() {
                    text.push(' ');
                }
                text.push_str(line);
                part
            }
            None => {
                self.words.push_str(line);
                self.words.push('\n');
                Part::Words
            }
        }
    }

    fn add_loose_tag(&mut self, name: &str, rest: &str) -> Part {
        // A type in braces is JSDoc's.
        let (mut of, rest) = match rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            Some((of, rest)) => (of.trim().to_owned(), rest.trim()),
            None => (String::new(), rest),
        };
        let word = |rest: &str| {
            let (word, rest) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
            (word.to_owned(), rest.trim().to_owned())
        };
        let mut rest = rest.to_owned();
        if matches!(name, "tparam" | "treturn") {
            (of, rest) = word(&rest);
        }
        match name {
            "param" | "tparam" | "arg" | "field" => {
                let (name, rest) = word(&rest);
                let name = name.trim_end_matches(':').to_owned();
                let text = rest.trim_start_matches(['-', ':', '–', '—', '#']).trim().to_owned();
                self.params.push(Param { name, of, text, members: Vec::new() });
                Part::Param
            }
            "return" | "returns" | "treturn" => {
                let text = rest.trim_start_matches(['-', ':', '#']).trim().to_owned();
                self.returns.push(Param { of, text, ..Param::default() });
                Part::Return
            }
            "deprecated" => {
                self.deprecated = Some(rest);
                Part::Deprecated
            }
            "description" | "summary" | "brief" => {
                self.add_words(&rest);
                Part::Words
            }
            _ => self.add_other(name, &rest),
        }
    }
}
