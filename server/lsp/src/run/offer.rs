//! The commands that lenses and actions offer: run, run with these or other inputs, run the examples.

use serde_json::json;
use text::TextRange;
use tower_lsp_server::ls_types::Command;

use crate::{
    requests::execute_command::{ASSEMBLED, RESET, RUN, RUN_EXAMPLES},
    run::{
        examples,
        inputs::{self, Source},
    },
    snapshot::View,
};

/// What can be run in a file, where it is offered, with at most so many inputs each.
pub(crate) fn offers(view: View<'_>, most: usize) -> Vec<(TextRange, Command)> {
    let (file, uri) = (view.file(), view.uri().as_str());
    if view.client.no_runs || !(file.is_script || file.is_transcript()) {
        return Vec::new();
    }
    let command = |title: String, command: &str, argument: serde_json::Value| Command {
        title,
        command: command.to_owned(),
        arguments: Some(vec![argument]),
    };
    let mut found = Vec::new();
    let told = inputs::of_examples(file.source());
    for entry in ide::entry::entries(file) {
        let what = match &entry.function {
            None => "Run".to_owned(),
            Some(name) => format!("Run `{name}`"),
        };
        let mut plain = json!({ "uri": uri });
        if let Some(function) = &entry.function {
            plain["function"] = json!(function);
        }
        let title = if entry.function.is_none() { "Run against the embedded engine" } else { &what };
        found.push((entry.range, command(title.to_owned(), RUN, plain.clone())));
        let offers = inputs::offers(&told, &entry, view.runs, &view.key(), view.root.settings.config.options.cluster);
        let known = offers.iter().filter(|offer| matches!(offer.source, Source::Last | Source::Example(_)));
        for offer in known.take(most) {
            if let Some(argument) = offer.inputs.as_json(uri) {
                found.push((entry.range, command(format!("{what} with `{}`", offer.inputs.title()), RUN, argument)));
            }
        }
        // There is something to choose: for a client that asks by itself always, else among what is known.
        let takes = !entry.keys.is_empty() || !entry.args.is_empty() || entry.open_keys || entry.open_args;
        if (view.client.inputs && takes) || (offers.len() > 1 && !view.client.terse) {
            plain["ask"] = json!(true);
            if view.client.inputs {
                plain["inputs"] = inputs::form(&entry, &offers);
            }
            found.push((entry.range, command(format!("{what} with …"), RUN, plain)));
        }
    }
    if examples::may_have(file) && !examples::of(file).is_empty() {
        found.push((TextRange::at(0), command("Run examples".to_owned(), RUN_EXAMPLES, json!({ "uri": uri }))));
    }
    found
}

/// The command that shows a script with its includes, where it has some.
pub(crate) fn assembled(view: View<'_>) -> Option<Command> {
    let file = view.file();
    (file.is_script && !file.included.iter().all(Vec::is_empty)).then(|| Command {
        title: "Show the assembled script".to_owned(),
        command: ASSEMBLED.to_owned(),
        arguments: Some(vec![json!({ "uri": view.uri().as_str() })]),
    })
}

/// The command that empties the keyspace of a file, where it may have one.
pub(crate) fn reset(view: View<'_>) -> Option<Command> {
    view.runs.ran(&view.key()).next()?;
    Some(Command {
        title: "Reset the keyspace of the embedded engine".to_owned(),
        command: RESET.to_owned(),
        arguments: Some(vec![json!({ "uri": view.uri().as_str() })]),
    })
}
