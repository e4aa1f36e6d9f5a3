//! `textDocument/codeLens` and `codeLens/resolve`

use ls_types::{CodeLens, Command, Location, Uri};
use semantic::facts::Facts;
use serde_json::json;

use crate::{
    run::{self, names, offer::Place},
    snapshot::{Snapshot, View},
};

/// Client command that shows the uses a lens counts. Clients that do not know the command show the title only.
pub(crate) const SHOW_REFERENCES: &str = "redlua.showReferences";

/// Answers `textDocument/codeLens`; lenses that count uses are resolved when they are shown.
pub fn answer(view: View<'_>) -> Vec<CodeLens> {
    let display = view.root.settings.config.options.display;
    let facts = if display.summary { ide::summary::facts(view.project(), view.at) } else { Vec::new() };
    // The summary has the count of keys too.
    let is_told = |lens: &ide::code_lens::Lens| lens.title.is_some() && (!facts.is_empty() || !display.summary);
    let is_shown = |lens: &ide::code_lens::Lens| lens.title.is_some() || display.references;
    // The first of a line are seen where the editor has no room for all.
    let mut lenses: Vec<CodeLens> = facts.iter().map(|facts| summary(view, facts)).collect();
    let command = |(at, command)| CodeLens { range: view.out(at), command: Some(command), data: None };
    if display.runs {
        lenses.extend(run::offer::offers(view, Place::Lens).into_iter().map(command));
        lenses.extend(run::offer::updates(view).into_iter().map(command));
    }
    let counts = ide::code_lens::lenses(view.file()).into_iter().filter(|lens| !is_told(lens) && is_shown(lens));
    lenses.extend(counts.map(|lens| {
        CodeLens {
            range: view.out(lens.range),
            data: lens
                .title
                .is_none()
                .then(|| serde_json::to_value((view.name(), lens.range.start, lens.range.end)).ok())
                .flatten(),
            command: lens.title.map(|title| Command { title, command: String::new(), arguments: None }),
        }
    }));
    lenses
}

fn summary(view: View<'_>, facts: &Facts) -> CodeLens {
    let mut argument = json!({ "uri": view.name().as_str() });
    if let Some(function) = &facts.function {
        argument["function"] = json!(function);
    }
    CodeLens {
        range: view.out(facts.range),
        command: Some(Command {
            title: facts.line(),
            command: names::SHOW_SUMMARY.to_owned(),
            arguments: Some(vec![argument]),
        }),
        data: None,
    }
}

/// Answers `codeLens/resolve`.
pub fn resolve(snapshot: &Snapshot, mut lens: CodeLens) -> CodeLens {
    let data = lens.data.clone().and_then(|data| serde_json::from_value::<(Uri, u32, u32)>(data).ok());
    let found = data.and_then(|(uri, start, end)| {
        let view = snapshot.view(&uri)?;
        let (title, uses) = ide::code_lens::resolve(view.project(), view.at, text::TextRange::new(start, end))?;
        let places: Vec<Location> = uses.into_iter().filter_map(|place| view.location(place)).collect();
        let arguments = [
            serde_json::to_value(view.uri()).ok()?,
            serde_json::to_value(lens.range.start).ok()?,
            serde_json::to_value(places).ok()?,
        ];
        Some(Command { title, command: SHOW_REFERENCES.to_owned(), arguments: Some(arguments.to_vec()) })
    });
    // The file may have changed since: then the words are those of a lens that knows nothing.
    let unknown = || Command { title: "references".to_owned(), command: String::new(), arguments: None };
    if lens.command.is_none() {
        lens.command = Some(found.unwrap_or_else(unknown));
    }
    lens
}
