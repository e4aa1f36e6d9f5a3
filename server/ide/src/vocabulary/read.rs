//! Reads the key names and fields of a file.

use commands::bind::{Binding, Role};
use rustc_hash::FxHashMap;
use semantic::{
    CommandCall, Constant, Script,
    values::{Piece, Template, Values},
};
use syntax::FunctionId;
use text::TextRange;

use super::{FieldName, KeyName, KeyPattern, Vocabulary};
use crate::{Element, File, command_line::CommandLine, naming};

/// Names of elements of KEYS, cached on first use.
type ElementNames = FxHashMap<u32, Option<String>>;

impl Vocabulary {
    /// Reads the calls of a script, and the commands of a transcript or of examples.
    pub(crate) fn of(file: &File) -> Self {
        let mut found = Self::default();
        if file.is_script {
            let values = Values::of_file(&file.script);
            let mut names = ElementNames::default();
            for call in &file.script.calls {
                found.call(file, &values, &mut names, call);
            }
        }
        if file.is_script || file.is_transcript() {
            for line in CommandLine::all(file) {
                found.line(file, &line);
            }
        }
        found
    }

    fn call(&mut self, file: &File, values: &Values<'_>, names: &mut ElementNames, call: &CommandCall) {
        let script = &file.script;
        let around = callback(script, call);
        let place = |word: usize| call.words.get(word).map(|&expr| script.tree()[expr].range);
        let mut first: Option<Vec<KeyPattern>> = None;
        for key in values.keys(0, &call.words, &call.binding) {
            let Some(range) = place(key.word) else { continue };
            for template in &key.templates {
                self.key_name(template, range);
            }
            if first.is_none() {
                let mut patterns: Vec<KeyPattern> =
                    key.templates.iter().filter_map(|template| pattern(file, names, template, around)).collect();
                if patterns.is_empty() {
                    // The same expression is the same key.
                    patterns.push(KeyPattern { text: script.text_of(range).into_owned(), is_local: true });
                }
                self.first_keys.push((range, patterns.clone()));
                first = Some(patterns);
            }
        }
        let first = first.unwrap_or_default();
        for (at, _) in field_roles(&call.binding) {
            let Some(&word) = call.words.get(at) else { continue };
            let constant = script.constant(word);
            if let Some(text) = constant.as_ref().and_then(Constant::as_bytes) {
                self.field(&text, &first, script.tree()[word].range);
            }
        }
    }

    fn line(&mut self, file: &File, line: &CommandLine) {
        let binding = line.binding(file);
        let mut first: Vec<KeyPattern> = Vec::new();
        for (at, _) in binding.keys() {
            let Ok(key) = std::str::from_utf8(&line.words[at].value) else { continue };
            if first.is_empty() {
                let shared = |text: String| KeyPattern { text, is_local: false };
                first.push(shared(key.to_owned()));
                // `user:7` is one of `user:*`.
                first.extend(key.rfind(':').map(|end| shared(format!("{}*", &key[..=end]))));
                self.first_keys.push((line.words[at].range, first.clone()));
            }
            let end = key.rfind(':').map_or(key.len(), |end| end + 1);
            self.keys.push(KeyName {
                prefix: key[..end].to_owned(),
                is_open: end < key.len(),
                range: line.words[at].range,
            });
        }
        for (at, _) in field_roles(&binding) {
            self.field(&line.words[at].value, &first, line.words[at].range);
        }
    }

    fn key_name(&mut self, template: &Template, range: TextRange) {
        if let Some(Piece::Text(text)) = template.0.first()
            && let Some(prefix) = shown(text)
        {
            self.keys.push(KeyName { prefix, is_open: template.0.len() > 1, range });
        }
    }

    fn field(&mut self, text: &[u8], keys: &[KeyPattern], range: TextRange) {
        if let Some(name) = shown(text) {
            self.fields.push(FieldName { name, keys: keys.to_vec(), range });
        }
    }
}

impl FieldName {
    /// True if it is a field of a key with one of the patterns; `is_same_file` if they are of this file.
    pub(crate) fn is_of(&self, keys: &[KeyPattern], is_same_file: bool) -> bool {
        self.keys.iter().any(|own| (is_same_file || !own.is_local) && keys.contains(own))
    }
}

fn field_roles(binding: &Binding) -> impl Iterator<Item = (usize, &Role)> {
    binding.roles.iter().enumerate().filter(|(_, role)| matches!(role, Role::Value("field")))
}

/// The text if it needs no escapes in a string, is not empty and has at most 80 bytes; else none.
fn shown(text: &[u8]) -> Option<String> {
    const MOST_CHARS: usize = 80;
    let text = std::str::from_utf8(text).ok()?;
    let is_plain = |c: char| !c.is_control() && !matches!(c, '\'' | '"' | '\\');
    (!text.is_empty() && text.len() <= MOST_CHARS && text.chars().all(is_plain)).then(|| text.to_owned())
}

/// The registered function of a library that contains a call.
fn callback(script: &Script, call: &CommandCall) -> Option<FunctionId> {
    let library = script.library.as_ref()?;
    let mut function = script.scopes.function_of(call.call);
    while !library.is_callback(function) {
        let outer = script.scopes.parent(function);
        if outer == function {
            return None;
        }
        function = outer;
    }
    Some(function)
}

/// The pattern of a key; none if nothing is known of it.
fn pattern(
    file: &File,
    names: &mut ElementNames,
    template: &Template,
    around: Option<FunctionId>,
) -> Option<KeyPattern> {
    let mut found = KeyPattern { text: String::new(), is_local: false };
    let mut is_known = false;
    for piece in &template.0 {
        match piece {
            Piece::Text(text) => {
                is_known = true;
                found.text.push_str(&String::from_utf8_lossy(text));
            }
            // Each function of a library has keys of its own.
            Piece::Key(Some(index)) if file.script.library.is_some() => {
                (is_known, found.is_local) = (true, true);
                found.text.push_str(&format!("{around:?} keys[{index}]"));
            }
            Piece::Key(Some(index)) => {
                is_known = true;
                let name = names
                    .entry(*index)
                    .or_insert_with(|| naming::element_name(file, Element { is_key: true, index: *index }));
                match name {
                    Some(name) if !name.is_empty() => found.text.push_str(&format!("<{name}>")),
                    _ => {
                        found.is_local = true;
                        found.text.push_str(&format!("KEYS[{index}]"));
                    }
                }
            }
            _ if found.text.ends_with('*') => {}
            _ => found.text.push('*'),
        }
    }
    is_known.then_some(found)
}
