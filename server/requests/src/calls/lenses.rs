//! `textDocument/codeLens` over calls, and over what they run.

use host::{Runs, Words};
use linter::Level;
use ls_types::{CodeLens, Command, Location};
use semantic::Site;
use serde_json::json;
use text::TextRange;

use super::{
    call_at::target,
    navigate::{calls_of, registration},
};
use crate::{code_lens::SHOW_REFERENCES, run::names, snapshot::View};

/// The lenses of a script, or of the functions of a library, that count the calls in programs.
pub fn callers(view: View<'_>) -> Vec<CodeLens> {
    let functions = view.file().script.library.iter().flat_map(|it| &it.registrations);
    let functions = functions.filter_map(|it| it.name.as_deref());
    let own = functions.filter_map(|name| Some((registration(view, name)?, calls_of(view, Some(name)))));
    let whole = [(TextRange::at(0), calls_of(view, None))];
    let lens = |(range, places): (TextRange, Vec<Location>)| {
        let title = match places.len() {
            0 => return None,
            1 => "called from 1 place".to_owned(),
            count => format!("called from {count} places"),
        };
        let range = view.out(range);
        let arguments = vec![json!(view.uri()), json!(range.start), json!(places)];
        let command = Command { title, command: SHOW_REFERENCES.to_owned(), arguments: Some(arguments) };
        Some(CodeLens { range, command: Some(command), data: None })
    };
    own.chain(whole).filter_map(lens).collect()
}

/// Lenses over the calls of a program whose keys and arguments all stand there, and are right: they run the script with these.
pub fn lenses(program: View<'_>) -> Vec<CodeLens> {
    if program.client.no_runs || !program.root.settings.config.options.display.runs {
        return Vec::new();
    }
    let texts = |words: &Words| {
        let all: Option<Vec<String>> = words.words.iter().map(|it| String::from_utf8(it.text.clone()?).ok()).collect();
        all.filter(|all| words.given == host::Given::Exactly(all.len() as u32))
    };
    let is_wrong = |site: &Site| {
        let findings = program.file().findings().iter();
        findings.filter(|it| it.level == Level::Error).any(|it| site.call.range.contains_range(it.range))
    };
    let lens = |site: &Site| {
        if is_wrong(site) {
            return None;
        }
        let view = target(program, site).filter(|view| !view.has_holes())?;
        let (keys, args) = (texts(&site.call.keys)?, texts(&site.call.args)?);
        let mut argument = json!({ "uri": view.name().as_str(), "keys": keys, "args": args });
        if let Runs::Function { name, .. } = &site.call.runs {
            argument["function"] = json!(name);
        }
        let command = Command {
            title: "Run with these".to_owned(),
            command: names::RUN.to_owned(),
            arguments: Some(vec![argument]),
        };
        Some(CodeLens { range: program.out(site.call.name), command: Some(command), data: None })
    };
    program.file().script.sites.iter().filter_map(lens).collect()
}
