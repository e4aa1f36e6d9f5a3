//! Completions in transcripts and examples: commands as a client sends them, with the keys of the file.

use std::collections::BTreeSet;

use commands::{
    CommandSpec,
    bind::{Expected, Word, expected},
    spec::ArgumentKind,
};
use text::TextRange;

use super::{Completion, CompletionKind, Completions, Trigger, commands::Style, elsewhere};
use crate::{
    Element, File, Project,
    command_line::{CommandLine, CommandWord},
    naming::element_name,
    signature::command_of,
};

pub(super) fn completions(
    project: &Project,
    at: usize,
    line: &CommandLine,
    offset: u32,
    trigger: Trigger,
) -> Completions {
    let file: &File = &project.files[at];
    // What is between quotes is the user's.
    if line.open_quote.is_some_and(|quote| quote < offset) {
        return Completions::default();
    }
    let (before, current) = line.before(offset);
    let range = current.map_or(TextRange::new(offset, offset), |word| word.range);
    let others = CommandLine::all(file);
    let known: Vec<(&CommandLine, Vec<usize>, Option<&'static CommandSpec>)> = others
        .iter()
        .filter(|other| other.words.first().map(|word| word.range) != line.words.first().map(|word| word.range))
        .map(|other| {
            let binding = other.binding(file);
            (other, binding.keys().map(|(nth, _)| nth).collect(), binding.spec)
        })
        .collect();
    let used: Vec<&'static str> = known.iter().filter_map(|(_, _, spec)| Some(spec.as_ref()?.name)).collect();
    let lower = prefers_lower(&others, current);
    let style = Style { targets: &file.options.targets, lower, used: &used, is_offered: CommandSpec::is_available };
    let mut items = style.next(&before);
    if before.is_empty() && file.is_script {
        calls(file, &mut items);
    }
    match next(file, &before) {
        Next::Script if file.is_script && file.script.library.is_none() => items.push(Completion {
            detail: "This script".to_owned(),
            rank: 0,
            ..Completion::new(".", CompletionKind::File)
        }),
        Next::Function => {
            for name in functions(file) {
                items.push(Completion { rank: 0, ..Completion::new(name, CompletionKind::Function) });
            }
        }
        Next::Key => {
            let typed = file.text(range);
            let keys = known.iter().flat_map(|(other, keys, _)| keys.iter().map(|&nth| other.words[nth].range));
            for key in keys.map(|range| file.text(range)).collect::<BTreeSet<_>>() {
                items.push(Completion {
                    detail: "key of this file".to_owned(),
                    rank: 10,
                    filter: key_filter(&key, &typed),
                    ..Completion::new(key, CompletionKind::Element)
                });
            }
        }
        // A list that opens by itself takes the line's end where a field is its last word.
        Next::Field if trigger != Trigger::Character => {
            let key = line.words.get(1).map(|word| word.range);
            items.extend(key.map(|key| elsewhere::fields(project, at, key, offset)).into_iter().flatten());
        }
        Next::Field | Next::Script | Next::Other => {}
    }
    Completions { range, items }
}

/// Returns the text that a key is found by: up to the next digit, for the one that is typed may begin another key.
fn key_filter(key: &str, typed: &str) -> Option<String> {
    let from = if key.starts_with(typed) { typed.len() } else { 0 };
    let end = from + key[from..].find(|c: char| c.is_ascii_digit())?;
    (end > 0).then(|| key[..end].to_owned())
}

/// Kind of the next word for which the file has suggestions.
enum Next {
    Script,
    Function,
    Key,
    Field,
    Other,
}

fn next(file: &File, before: &[Word<'_>]) -> Next {
    let Some((spec, given)) = command_of(before) else { return Next::Other };
    match (spec.name, given.len()) {
        ("EVAL" | "EVAL_RO", 0) => return Next::Script,
        ("FCALL" | "FCALL_RO", 0) => return Next::Function,
        _ => {}
    }
    let is_key = |it: &Expected| matches!(it, Expected::Value(argument) if argument.kind == ArgumentKind::Key);
    let is_field = |it: &Expected| matches!(it, Expected::Value(argument) if argument.name == "field");
    let expected = expected(spec, given, &file.options.targets);
    if expected.iter().any(is_key) {
        Next::Key
    } else if expected.iter().any(is_field) {
        Next::Field
    } else {
        Next::Other
    }
}

/// Calls of the script itself, or of the library's functions, with places for what they read.
fn calls(file: &File, items: &mut Vec<Completion>) {
    let mut call = |label: String, words: String| {
        items.push(Completion {
            insert: format!("{label} {words}").trim_end().to_owned(),
            is_snippet: true,
            detail: "An example".to_owned(),
            filter: Some(label.replace(' ', "")),
            rank: 0,
            ..Completion::new(label, CompletionKind::Snippet)
        });
    };
    if file.script.library.is_some() {
        for name in functions(file) {
            call(format!("FCALL {name}"), "${1:0}".to_owned());
        }
        return;
    }
    let script = &file.script;
    let count = |uses: u32, named: Option<u32>| uses.max(named.unwrap_or(0)).min(16);
    let keys = count(script.keys.highest(), script.header.keys.iter().map(|entry| entry.index).max());
    let args = count(script.argv.highest(), script.header.args.iter().map(|entry| entry.index).max());
    let mut words = keys.to_string();
    let elements = (1..=keys).map(|index| Element { is_key: true, index });
    let elements = elements.chain((1..=args).map(|index| Element { is_key: false, index }));
    for (place, element) in (1..).zip(elements) {
        let mut name = as_word(&element_name(file, element).unwrap_or_default());
        if name.is_empty() {
            name = format!("{}{}", if element.is_key { "key" } else { "arg" }, element.index);
        }
        words.push_str(&format!(" ${{{place}:{name}}}"));
    }
    call("EVAL .".to_owned(), words);
}

/// The name of an element as a single word of a command: `the stock counter` becomes `stock-counter`.
fn as_word(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | ':' | '-')).filter(|it| !it.is_empty());
    words.filter(|word| !matches!(*word, "the" | "a" | "an")).take(3).collect::<Vec<_>>().join("-")
}

/// The names of a library's functions.
fn functions(file: &File) -> Vec<String> {
    let library = file.script.library.as_ref();
    library.into_iter().flat_map(|library| &library.registrations).filter_map(|it| it.name.clone()).collect()
}

/// True if most commands of the file are in lower case; on a tie, if the current word is.
fn prefers_lower(lines: &[CommandLine], current: Option<&CommandWord>) -> bool {
    let is_lower = |word: &CommandWord| word.value.first().is_some_and(u8::is_ascii_lowercase);
    let names: Vec<&CommandWord> = lines.iter().filter(|line| line.words.len() > 1).map(|it| &it.words[0]).collect();
    let lower = names.iter().filter(|word| is_lower(word)).count();
    if lower * 2 == names.len() { current.is_some_and(is_lower) } else { lower * 2 > names.len() }
}

#[cfg(test)]
mod tests {
    use crate::{completion::completions, test_support::*};

    #[test]
    fn the_word_at_the_cursor_is_replaced() {
        let (project, offset) = cursor("--- transcript\n> SET a 1 K$0 # x");
        let range = completions(&project, 0, offset, crate::completion::Trigger::Invoked).range;
        assert_eq!((range.start, range.end), (10, 11));
    }
}
