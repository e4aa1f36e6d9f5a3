//! The commands that lenses and actions offer: run, run with these or other inputs, run the examples, update them.

use ls_types::Command;
use serde_json::json;
use text::TextRange;

use crate::{
    run::{
        candidates::{self, Source},
        names, show, update,
    },
    snapshot::View,
};

/// Where commands are shown, which decides how long their titles may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// Above the code, where the line has little room.
    Lens,
    /// List of code actions.
    Action,
}

/// The runs that are offered in a file, and their places.
pub fn offers(view: View<'_>, place: Place) -> Vec<(TextRange, Command)> {
    let (file, name) = (view.file(), view.name());
    let uri = name.as_str();
    if view.client.no_runs || view.has_holes() || !(file.is_script || file.is_transcript()) {
        return Vec::new();
    }
    let command = |title: String, command: &str, argument: serde_json::Value| Command {
        title,
        command: command.to_owned(),
        arguments: Some(vec![argument]),
    };
    let mut found = Vec::new();
    let told = candidates::of_examples(file.source());
    for entry in ide::entry::entries(file) {
        let what = match (&entry.function, place) {
            (None, Place::Lens) => "▶ Run".to_owned(),
            (Some(name), Place::Lens) => format!("▶ Run {name}"),
            (None, Place::Action) => "Run".to_owned(),
            (Some(name), Place::Action) => format!("Run `{name}`"),
        };
        let mut plain = json!({ "uri": uri });
        if let Some(function) = &entry.function {
            plain["function"] = json!(function);
        }
        let is_whole = entry.function.is_none() && place == Place::Action;
        let title = if is_whole { "Run against the embedded engine" } else { &what };
        found.push((entry.range, command(title.to_owned(), names::RUN, plain.clone())));
        let candidates =
            candidates::candidates(&told, &entry, view.runs, view.key(), view.root.settings.config.options.cluster);
        // Above the code one must do, and only where nobody can be asked.
        let most = match place {
            Place::Action => usize::MAX,
            Place::Lens => usize::from(view.client.terse && !view.client.inputs),
        };
        let known = candidates.iter().filter(|candidate| matches!(candidate.source, Source::Last | Source::Example(_)));
        for candidate in known.take(most) {
            if let Some(mut argument) = candidate.inputs.as_json(uri) {
                if let Source::Example(line) = candidate.source {
                    argument["example"] = json!(line);
                }
                found.push((
                    entry.range,
                    command(format!("{what} with `{}`", candidate.inputs.title()), names::RUN, argument),
                ));
            }
        }
        // Above the code there is no room for them, and one click is too little for a server that others use.
        if place == Place::Action {
            found.extend(view.root.settings.config.servers.iter().map(|server| {
                let mut argument = plain.clone();
                argument["on"] = json!(server.name);
                (entry.range, command(format!("{what} on {}", server.name), names::RUN, argument))
            }));
        }
        // There is something to choose: for a client that asks by itself always, else among what is known.
        let takes = !entry.keys.is_empty() || !entry.args.is_empty() || entry.open_keys || entry.open_args;
        if (view.client.inputs && takes) || (candidates.len() > 1 && !view.client.terse) {
            plain["ask"] = json!(true);
            if view.client.inputs {
                plain["inputs"] = candidates::form(&entry, &candidates);
            }
            let title = format!("{what}{}", if place == Place::Lens { " with…" } else { " with …" });
            found.push((entry.range, command(title, names::RUN, plain)));
        }
    }
    if show::may_have_examples(file) && !show::examples(file).is_empty() {
        let title = if place == Place::Lens { "▶ Examples" } else { "Run examples" };
        found.push((TextRange::at(0), command(title.to_owned(), names::RUN_EXAMPLES, json!({ "uri": uri }))));
    }
    found
}

/// The command that shows a script with its includes, where it has some.
pub fn assembled(view: View<'_>) -> Option<Command> {
    let file = view.file();
    (file.is_script && !view.project().included(view.at).iter().all(Vec::is_empty)).then(|| Command {
        title: "Show the assembled script".to_owned(),
        command: names::SHOW_ASSEMBLED.to_owned(),
        arguments: Some(vec![json!({ "uri": view.name().as_str() })]),
    })
}

/// The commands that explain the rules of the findings which a range touches, each rule once.
pub fn explanations(view: View<'_>, range: TextRange) -> Vec<Command> {
    let touches = |it: &&linter::Diagnostic| it.range.start <= range.end && range.start <= it.range.end;
    let mut codes: Vec<&str> = view.file().findings().iter().filter(touches).map(|finding| finding.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let command = |code: &str| Command {
        title: format!("Explain {code}"),
        command: names::EXPLAIN.to_owned(),
        arguments: Some(vec![json!({ "name": code })]),
    };
    codes.into_iter().map(command).collect()
}

/// The commands that write the replies which came into the examples that differ, at the lines of these.
pub fn updates(view: View<'_>) -> Vec<(TextRange, Command)> {
    if !view.client.applies_edits {
        return Vec::new();
    }
    let command = |line: u32| Command {
        title: "✗ Update the example".to_owned(),
        command: names::UPDATE_EXAMPLE.to_owned(),
        arguments: Some(vec![json!({ "uri": view.name().as_str(), "example": line })]),
    };
    let lines = update::lines(view).into_iter();
    lines.map(|line| (TextRange::at(show::line_range(view, line).start), command(line))).collect()
}

/// The command that empties the keyspace of a file, where it may have one.
pub fn reset(view: View<'_>) -> Option<Command> {
    view.runs.ran(view.key()).next()?;
    Some(Command {
        title: "Reset the keyspace of the embedded engine".to_owned(),
        command: names::RESET_KEYSPACE.to_owned(),
        arguments: Some(vec![json!({ "uri": view.name().as_str() })]),
    })
}
