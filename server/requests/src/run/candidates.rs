//! The inputs that a run may take: those of the last run, those of an example, or such as fit what the script reads.

use ide::entry::Entry;
use protocol::split_line;
use serde_json::{Value, json};

use crate::run::{inputs::Inputs, results::Runs};

/// Origin of inputs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// Given by the client, or chosen by the user.
    Given,
    /// Those of the last run.
    Last,
    /// Those of the example at a line, counted from 1.
    Example(u32),
    /// Made up to fit the reads of the script.
    MadeUp,
    /// No inputs.
    None,
}

/// Inputs that a run may take.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// The keys and arguments.
    pub inputs: Inputs,
    /// Origin of the inputs.
    pub source: Source,
}

/// The inputs in a file's examples, each once, with the line of the first.
pub fn of_examples(source: &[u8]) -> Vec<(u32, Inputs)> {
    let mut found: Vec<(u32, Inputs)> = Vec::new();
    for example in spec::examples(source) {
        let Some(inputs) = split_line(example.command.as_bytes()).ok().and_then(|words| of_call(&words)) else {
            continue;
        };
        if !found.iter().any(|(_, known)| *known == inputs) {
            found.push((example.line, inputs));
        }
    }
    found
}

/// The inputs of `EVAL . numkeys …` and `FCALL name numkeys …`.
fn of_call(words: &[Vec<u8>]) -> Option<Inputs> {
    let [command, what, count, rest @ ..] = words else { return None };
    let function = match command.to_ascii_uppercase().as_slice() {
        b"EVAL" | b"EVAL_RO" if what == b"." => None,
        b"FCALL" | b"FCALL_RO" => Some(String::from_utf8(what.clone()).ok()?),
        _ => return None,
    };
    let count: usize = std::str::from_utf8(count).ok()?.parse().ok()?;
    let (keys, args) = rest.split_at_checked(count)?;
    Some(Inputs { function, keys: keys.to_vec(), args: args.to_vec() })
}

/// Makes up inputs that fit the reads of an entry.
pub fn made_up(entry: &Entry, cluster: bool) -> Inputs {
    let key = |(at, name): (usize, &Option<String>)| match name.as_deref().and_then(slug) {
        // Keys of one script must be in one slot there.
        Some(name) if cluster && entry.keys.len() > 1 => format!("{{key}}:{name}").into_bytes(),
        Some(name) => name.into_bytes(),
        None if cluster && entry.keys.len() > 1 => format!("{{key}}:{}", at + 1).into_bytes(),
        None => format!("key:{}", at + 1).into_bytes(),
    };
    Inputs {
        function: entry.function.clone(),
        keys: entry.keys.iter().enumerate().map(key).collect(),
        // Most arguments are numbers, and what is not takes a number as well.
        args: entry.args.iter().map(|_| b"1".to_vec()).collect(),
    }
}

/// Makes a key of its name in the header: `the stock counter` becomes `stock-counter`.
fn slug(name: &str) -> Option<String> {
    let words: Vec<String> = name
        .split(|c: char| !c.is_alphanumeric() && !matches!(c, ':' | '_' | '-' | '.'))
        .map(|word| word.trim_matches([':', '-', '.']).to_owned())
        .filter(|word| !word.is_empty() && !matches!(word.to_ascii_lowercase().as_str(), "the" | "a" | "an" | "of"))
        .take(3)
        .collect();
    (!words.is_empty()).then(|| words.join("-"))
}

/// Returns inputs for an entry, the likeliest first: those of the last run, of the examples, or such as fit.
pub fn candidates(examples: &[(u32, Inputs)], entry: &Entry, runs: &Runs, key: &str, cluster: bool) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    if let Some(last) = runs.last_inputs(key, entry.function.as_deref()) {
        // Chosen as those of an example they give its reply.
        let example = examples.iter().find(|(_, inputs)| inputs == last);
        let source = example.map_or(Source::Last, |(line, _)| Source::Example(*line));
        found.push(Candidate { inputs: last.clone(), source });
    }
    for (line, inputs) in examples {
        if inputs.function == entry.function && !found.iter().any(|candidate| candidate.inputs == *inputs) {
            found.push(Candidate { inputs: inputs.clone(), source: Source::Example(*line) });
        }
    }
    if found.is_empty() {
        let inputs = made_up(entry, cluster);
        let none = inputs.keys.is_empty() && inputs.args.is_empty();
        found.push(Candidate { inputs, source: if none { Source::None } else { Source::MadeUp } });
    }
    found
}

/// Describes a form for clients with an input box: the name of each input with its last value, and whole choices.
pub fn form(entry: &Entry, candidates: &[Candidate]) -> Value {
    let first = candidates.first().map(|candidate| &candidate.inputs);
    let rows = |names: &[Option<String>], table: &str, values: &[Vec<u8>]| -> Vec<Value> {
        (0..names.len().max(values.len()))
            .map(|at| {
                let name = names.get(at).cloned().flatten().unwrap_or_else(|| format!("{table}[{}]", at + 1));
                let value = values.get(at).map(|value| String::from_utf8_lossy(value).into_owned());
                json!({ "name": name, "value": value.unwrap_or_default() })
            })
            .collect()
    };
    let none = Vec::new();
    let choices: Vec<Value> = candidates
        .iter()
        .filter_map(|candidate| {
            let mut choice = candidate.inputs.as_json("")?;
            choice.as_object_mut()?.remove("uri");
            choice["title"] = json!(candidate.inputs.title());
            choice["line"] = json!(candidate.inputs.line());
            if let Source::Example(line) = candidate.source {
                choice["example"] = json!(line);
            }
            choice["from"] = json!(match candidate.source {
                Source::Given | Source::Last => "last",
                Source::Example(_) => "example",
                Source::MadeUp | Source::None => "header",
            });
            Some(choice)
        })
        .collect();
    let mut form = json!({
        "keys": rows(&entry.keys, "KEYS", first.map_or(&none, |inputs| &inputs.keys)),
        "args": rows(&entry.args, "ARGV", first.map_or(&none, |inputs| &inputs.args)),
        "prompt": prompt(entry),
        "line": first.map(Inputs::line).unwrap_or_default(),
        "moreKeys": entry.open_keys,
        "moreArgs": entry.open_args,
        "choices": choices,
    });
    if let Some(function) = &entry.function {
        form["function"] = json!(function);
    }
    form
}

/// Returns the names of keys and arguments in the form of a line, `KEY… , ARG…`; empty for what takes none.
fn prompt(entry: &Entry) -> String {
    let names = |names: &[Option<String>], table: &str, open: bool| -> String {
        let named = names.iter().enumerate();
        let named = named.map(|(at, name)| name.clone().unwrap_or_else(|| format!("{table}[{}]", at + 1)));
        named.chain(open.then(|| "…".to_owned())).collect::<Vec<_>>().join(" · ")
    };
    let keys = names(&entry.keys, "KEYS", entry.open_keys);
    let args = names(&entry.args, "ARGV", entry.open_args);
    match (keys.is_empty(), args.is_empty()) {
        (_, true) => keys,
        (true, false) => format!(", {args}"),
        (false, false) => format!("{keys} , {args}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_give_inputs() {
        let source =
            b"--> SET a 1\n--> EVAL . 1 stock:42 2\n--= (integer) 3\n--> eval . 1 stock:42 2\n--> EVAL . 1 'a b' ''\n\
            --> EVAL . 9 a\n--> EVAL . x\n--> FCALL take 0 1\n";
        let found: Vec<_> = of_examples(source)
            .into_iter()
            .map(|(line, inputs)| (line, inputs.function.clone().unwrap_or_default(), inputs.words()))
            .collect();
        assert_eq!(
            found,
            [
                (2, String::new(), "1 stock:42 2".to_owned()),
                (5, String::new(), "1 \"a b\" \"\"".to_owned()),
                (8, "take".to_owned(), "0 1".to_owned()),
            ]
        );
    }

    #[test]
    fn made_up_keys_share_a_slot_where_slots_matter() {
        let entry = Entry {
            function: None,
            range: text::TextRange::at(0),
            result: 0,
            keys: vec![None, Some("the stock".to_owned())],
            args: vec![None],
            open_keys: false,
            open_args: false,
        };
        assert_eq!(made_up(&entry, false).words(), "2 key:1 stock 1");
        let keys = made_up(&entry, true).keys;
        assert_eq!(commands::key_slot(&keys[0]), commands::key_slot(&keys[1]));
    }

    #[test]
    fn names_become_keys() {
        assert_eq!(slug("the stock counter").as_deref(), Some("stock-counter"));
        assert_eq!(slug("`lock:{id}`, a lock").as_deref(), Some("lock-id-lock"));
        assert_eq!(slug(" -- "), None);
    }
}
