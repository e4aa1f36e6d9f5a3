//! Ways to give one more key or argument in a call.

use text::TextRange;

use crate::{edit::apply, languages::Language, script_call::ScriptCall, words::Words};

/// A word that the call is to give.
pub(crate) struct Added {
    pub is_key: bool,
    pub expression: String,
}

fn is_number(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

/// Texts of the program in which the call gives one more word, in the ways that calls have.
pub(crate) fn candidates(language: Language, source: &[u8], call: &ScriptCall, word: &Added) -> Vec<Vec<u8>> {
    let words = if word.is_key { &call.keys } else { &call.args };
    let expression = &word.expression;
    let mut found: Vec<Vec<(TextRange, String)>> = Vec::new();
    let at = |offset: u32, text: String| (TextRange::at(offset), text);
    let count = call.count.as_ref().filter(|it| word.is_key && is_number(it.range.slice(source)));
    let counted = |edit: (TextRange, String)| {
        let number = count.and_then(|it| Some((it.range, (it.number? + 1).to_string())));
        std::iter::once(edit).chain(number).collect::<Vec<_>>()
    };
    let separator = if language.syntax().has_commands { " " } else { ", " };
    match words.words.last() {
        Some(last) => {
            // A list of one that takes no more.
            if let Some(edit) = longer_list(source, words, expression) {
                found.push(vec![edit]);
            }
            found.push(counted(at(last.range.end, format!("{separator}{expression}"))));
        }
        None => {
            let before = call.count.as_ref().filter(|it| !it.range.is_empty()).map(|count| {
                let keys = call.keys.words.last().filter(|_| !word.is_key);
                keys.map_or(count.range.end, |it| it.range.end)
            });
            if let Some(before) = before {
                found.push(counted(at(before, format!("{separator}{expression}"))));
            }
            if let Some(edit) = longer_list(source, words, expression) {
                found.push(vec![edit]);
            }
            let range = words.range.slice(source);
            if matches!(range.last(), Some(b']' | b'}' | b')')) {
                found.push(vec![at(words.range.end - 1, expression.clone())]);
            }
            // In place of `nil`, `None`, `null`.
            if !words.range.is_empty() {
                let list = if language.name() == "Go" { "[]string{{}}" } else { "[{}]" };
                found.push(vec![(words.range, list.replacen("{}", expression, 1))]);
            }
            let close = call.range.end - 1;
            let object = source[call.range.start as usize..close as usize].iter().rposition(|it| *it == b'}');
            let names = if word.is_key { ["keys", "keys", "keys"] } else { ["arguments", "args", "argv"] };
            if let Some(object) = object {
                let brace = call.range.start + object as u32;
                let inner = &source[..brace as usize];
                let (trimmed, is_empty) = (inner.trim_ascii_end(), inner.trim_ascii_end().ends_with(b"{"));
                let comma = if is_empty || trimmed.ends_with(b",") { " " } else { ", " };
                let end = trimmed.len() as u32;
                found.extend(names.iter().map(|name| vec![at(end, format!("{comma}{name}: [{expression}]"))]));
            }
            for name in names {
                found.push(vec![at(close, format!(", {name}=[{expression}]"))]);
                found.push(vec![at(close, format!(", {name}: [{expression}]"))]);
            }
            let kind = if word.is_key { "RedisKey" } else { "RedisValue" };
            match language.name() {
                "C#" => {
                    found.push(vec![at(close, format!(", new {kind}[] {{ {expression} }}"))]);
                    found.push(vec![at(close, format!(", null, new {kind}[] {{ {expression} }}"))]);
                }
                "Rust" => {
                    let method = if word.is_key { "key" } else { "arg" };
                    let first = call.args.words.first().filter(|_| word.is_key);
                    let dot = first.map_or(call.name.start - 1, |it| it.range.start - ".arg(".len() as u32);
                    found.push(vec![at(dot, format!(".{method}({expression})"))]);
                }
                _ => {}
            }
            found.push(vec![at(close, format!(", {expression}"))]);
            found.push(vec![at(close, format!(", [{expression}]"))]);
        }
    }
    if language.name() == "Rust" && words.words.last().is_some() {
        let method = if word.is_key { "key" } else { "arg" };
        let last = words.words.last().map_or(0, |it| it.range.end + 1);
        found.insert(0, vec![at(last, format!(".{method}({expression})"))]);
    }
    found
        .into_iter()
        .filter_map(|edits| apply(source, edits.iter().map(|(range, text)| (*range, text.as_str()))))
        .collect()
}

/// A list of Java or Kotlin that holds one word or none, as one that holds more.
fn longer_list(source: &[u8], words: &Words, expression: &str) -> Option<(TextRange, String)> {
    const SHORT: [(&str, &str); 4] = [
        ("Collections.singletonList(", "java.util.Arrays.asList("),
        ("Collections.emptyList(", "java.util.Arrays.asList("),
        ("singletonList(", "java.util.Arrays.asList("),
        ("emptyList(", "listOf("),
    ];
    let text = std::str::from_utf8(words.range.slice(source)).ok()?;
    let (short, long) = SHORT.iter().find(|(short, _)| text.starts_with(short))?;
    let inner = text.strip_prefix(short)?.strip_suffix(')')?;
    let comma = if inner.is_empty() { "" } else { ", " };
    Some((words.range, format!("{long}{inner}{comma}{expression})")))
}
