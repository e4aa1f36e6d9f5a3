//! Calls in programs that run scripts: what is told at them, and the way between them and their scripts.

use host::{Runs, Words};
use linter::Level;
use ls_types::{
    CodeAction, CodeActionContext, CodeActionKind, CodeActionOrCommand, CodeLens, Command, CompletionItem,
    CompletionItemKind, CompletionList, CompletionResponse, CompletionTextEdit, GotoDefinitionResponse, Hover,
    HoverContents, Location, ParameterInformation, ParameterLabel, Range, SignatureHelp, SignatureInformation,
    TextDocumentPositionParams, TextEdit,
};
use semantic::{Site, SiteTarget};
use serde_json::json;
use text::TextRange;

use crate::{
    code_lens::SHOW_REFERENCES,
    convert,
    markup::markup,
    run::names,
    snapshot::{Snapshot, View},
};

/// A call at a place of a program.
#[derive(Clone, Copy)]
pub struct CallAt<'a> {
    /// The program.
    pub program: View<'a>,
    /// The call.
    pub site: &'a Site,
    /// The place in the program's file.
    pub offset: u32,
}

/// The innermost call around a position of a program; none in scripts, and elsewhere.
pub fn at<'a>(snapshot: &'a Snapshot, place: &TextDocumentPositionParams) -> Option<CallAt<'a>> {
    let program = snapshot.program(&place.text_document.uri)?;
    let host = program.document().program.as_ref()?;
    let position = text::Position { line: place.position.line, character: place.position.character };
    let offset = host.lines.offset(&host.source, position, program.encoding);
    let around = |site: &&Site| site.call.range.start <= offset && offset <= site.call.range.end;
    let all = program.file().script.sites.iter().filter(around);
    let site = all.min_by_key(|site| site.call.range.end - site.call.range.start)?;
    Some(CallAt { program, site, offset })
}

impl<'a> CallAt<'a> {
    /// The script or the library that it runs.
    fn target(&self) -> Option<View<'a>> {
        target(self.program, self.site)
    }

    /// The function that it calls; none if it runs a script.
    fn function(&self) -> Option<&'a str> {
        match &self.site.call.runs {
            Runs::Function { name, .. } => Some(name),
            _ => None,
        }
    }

    /// True on the called name, or on what says which script it is.
    fn is_named(&self) -> bool {
        let touches = |range: TextRange| range.start <= self.offset && self.offset <= range.end;
        touches(self.site.call.name) || touches(self.site.call.what)
    }
}

/// The script or the library that a call of a program runs.
fn target<'a>(program: View<'a>, site: &Site) -> Option<View<'a>> {
    let file = match &site.target {
        SiteTarget::Script { path, .. } | SiteTarget::Function { path, .. } => program.project().find(path)?,
        _ => return None,
    };
    Some(program.other(file))
}

/// Answers `textDocument/hover` at a call: the script's keys and arguments, what it does, and what this language receives.
pub fn hover(call: CallAt<'_>) -> Option<Hover> {
    if !call.is_named() {
        return None;
    }
    let view = call.target()?;
    let facts = ide::summary::facts(view.project(), view.at);
    let facts = facts.iter().find(|it| it.function.as_deref() == call.function())?;
    let mut lines = vec![match call.function() {
        Some(name) => format!("**{name}** of {}", view.file().path),
        None => format!("**{}**", view.file().path),
    }];
    if call.function().is_none() {
        lines.extend(words(view).into_iter().map(|(label, text)| match text.is_empty() {
            true => format!("`{label}`"),
            false => format!("`{label}` {text}"),
        }));
    }
    lines.push(facts.line());
    let types = call.program.document().program.as_ref().and_then(|it| it.document.language.bindings().types.as_ref());
    if let Some((types, returns)) = types.zip(facts.returns.as_ref()) {
        let received = types.of(returns);
        if !received.is_empty() {
            lines.push(format!("The program receives {received}."));
        }
    }
    Some(Hover {
        contents: HoverContents::Markup(markup(call.program.client, lines.join("\n\n"))),
        range: Some(call.program.out(call.site.call.name)),
    })
}

/// The keys and arguments of a script, with their descriptions.
fn words(view: View<'_>) -> Vec<(String, String)> {
    let script = &view.file().script;
    let text = |entries: &[semantic::Entry], index: u32| {
        entries
            .iter()
            .find(|it| it.index == index)
            .map_or_else(String::new, |it| script.text_of(it.text).trim().to_owned())
    };
    let highest = |entries: &[semantic::Entry]| entries.iter().map(|it| it.index).max().unwrap_or(0);
    let keys = (1..=script.keys.highest().max(highest(&script.header.keys)).min(MAX_WORDS))
        .map(|at| (format!("KEYS[{at}]"), text(&script.header.keys, at)));
    let args = (1..=script.argv.highest().max(highest(&script.header.args)).min(MAX_WORDS))
        .map(|at| (format!("ARGV[{at}]"), text(&script.header.args, at)));
    keys.chain(args).collect()
}

/// Keys, or arguments, that are listed.
const MAX_WORDS: u32 = 64;

/// Answers `textDocument/definition` at what names a script that the language's own server does not know: a path, a SHA1, a
/// function.
pub fn definition(call: CallAt<'_>) -> Option<GotoDefinitionResponse> {
    let is_ours = matches!(call.site.call.runs, Runs::File { .. } | Runs::Sha { .. } | Runs::Function { .. });
    if !is_ours || !call.is_named() {
        return None;
    }
    let view = call.target()?;
    let range = match call.function() {
        Some(name) => registration(view, name)?,
        None => TextRange::at(0),
    };
    Some(GotoDefinitionResponse::Array(vec![Location { uri: view.uri().clone(), range: view.out(range) }]))
}

/// The place at which a library registers a function.
fn registration(view: View<'_>, name: &str) -> Option<TextRange> {
    let script = &view.file().script;
    let library = script.library.as_ref()?;
    let found = library.registrations.iter().find(|it| it.name.as_deref() == Some(name))?;
    Some(script.tree()[found.name_expr.unwrap_or(found.call)].range)
}

/// Answers `textDocument/signatureHelp` in the words of a call.
pub fn signature(call: CallAt<'_>) -> Option<SignatureHelp> {
    let site = &call.site.call;
    if call.function().is_some() || call.offset <= site.what.end {
        return None;
    }
    let view = call.target()?;
    let all = words(view);
    let mut label = format!("{}(", view.file().path);
    let mut parameters = Vec::new();
    for (nth, (name, text)) in all.iter().enumerate() {
        if nth > 0 {
            label.push_str(", ");
        }
        let start = label.encode_utf16().count() as u32;
        label.push_str(name);
        let end = label.encode_utf16().count() as u32;
        parameters.push(ParameterInformation {
            label: ParameterLabel::LabelOffsets([start, end]),
            documentation: (!text.is_empty()).then(|| ls_types::Documentation::String(text.clone())),
        });
    }
    label.push(')');
    let keys = all.iter().filter(|(name, _)| name.starts_with("KEYS")).count();
    let active = active(&site.keys, call.offset).or_else(|| active(&site.args, call.offset).map(|at| keys + at));
    let active_parameter = active.filter(|at| *at < parameters.len()).map(|at| at as u32);
    let signature = SignatureInformation { label, documentation: None, parameters: Some(parameters), active_parameter };
    Some(SignatureHelp { signatures: vec![signature], active_signature: Some(0), active_parameter })
}

/// The index of the word at an offset.
fn active(words: &Words, offset: u32) -> Option<usize> {
    words.words.iter().position(|it| it.range.start <= offset && offset <= it.range.end)
}

/// Answers `textDocument/completion` in the name of a function: those of the libraries of the root.
pub fn completion(call: CallAt<'_>) -> Option<CompletionResponse> {
    let Runs::Function { range, .. } = &call.site.call.runs else { return None };
    if call.offset <= range.start || call.offset >= range.end {
        return None;
    }
    // Within the quotes.
    let inner = TextRange::new(range.start + 1, range.end - 1);
    let documents = 0..call.program.root.documents.len();
    let libraries = documents.map(|at| call.program.other(at)).filter(|view| view.file().script.library.is_some());
    let items = libraries.flat_map(|view| {
        let library = view.file().script.library.as_ref();
        let names = library.into_iter().flat_map(|it| it.registrations.iter().filter_map(|it| it.name.clone()));
        names.map(move |name| CompletionItem {
            kind: Some(CompletionItemKind::FUNCTION),
            detail: Some(view.file().path.clone()),
            text_edit: Some(CompletionTextEdit::Edit(TextEdit {
                range: call.program.out(inner),
                new_text: name.clone(),
            })),
            label: name,
            ..CompletionItem::default()
        })
    });
    let items: Vec<CompletionItem> = items.collect();
    if items.is_empty() {
        return None;
    }
    Some(CompletionResponse::List(CompletionList { is_incomplete: false, items }))
}

/// The calls in programs of the root that run a script, or a function of a library.
fn calls_of<'a>(view: View<'a>, function: Option<&str>) -> Vec<Location> {
    let documents = &view.root.documents;
    let programs = (0..documents.len()).filter(|&at| documents[at].program.is_some()).map(|at| view.other(at));
    let of = |program: View<'a>| {
        let sites = program.file().script.sites.iter();
        let is_ours = |site: &&Site| {
            let name = match &site.call.runs {
                Runs::Function { name, .. } => Some(name.as_str()),
                _ => None,
            };
            name == function && target(program, site).is_some_and(|it| it.at == view.at)
        };
        let place = |site: &Site| if function.is_some() { site.call.what } else { site.call.name };
        let location = |site: &Site| Location { uri: program.uri().clone(), range: program.out(place(site)) };
        sites.filter(is_ours).map(location).collect::<Vec<_>>()
    };
    programs.flat_map(of).collect()
}

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

/// The calls in programs of the function whose registration names it at an offset; empty elsewhere.
pub fn references(view: View<'_>, offset: u32) -> Vec<Location> {
    let registrations = view.file().script.library.iter().flat_map(|it| &it.registrations);
    let names = registrations.filter_map(|it| it.name.as_deref());
    let here = |name: &&str| registration(view, name).is_some_and(|it| it.start <= offset && offset <= it.end);
    names.filter(here).flat_map(|name| calls_of(view, Some(name))).collect()
}

/// Answers `textDocument/references` at a call: the other calls of the script or function, and with `declaration` its place.
pub fn references_at(call: CallAt<'_>, declaration: bool) -> Option<Vec<Location>> {
    let view = call.target().filter(|_| call.is_named())?;
    let mut found = calls_of(view, call.function());
    if declaration {
        let range = match call.function() {
            Some(name) => registration(view, name)?,
            None => TextRange::at(0),
        };
        found.insert(0, Location { uri: view.uri().clone(), range: view.out(range) });
    }
    Some(found)
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

/// The fixes of findings at calls of a program, as code actions.
pub fn actions(program: View<'_>, range: Range, context: &CodeActionContext) -> Vec<CodeActionOrCommand> {
    let wanted = context
        .only
        .as_ref()
        .is_none_or(|only| only.iter().any(|it| *it == CodeActionKind::QUICKFIX || *it == CodeActionKind::EMPTY));
    let touches = |it: Range| it.start <= range.end && range.start <= it.end;
    let findings = program.file().findings().iter().filter(|_| wanted);
    let offered = findings.filter(|finding| touches(program.out(finding.range))).filter_map(|finding| {
        let fix = finding.fix.as_ref()?;
        let edits = program.edits(&fix.edits)?;
        Some(CodeActionOrCommand::CodeAction(CodeAction {
            title: fix.title.clone(),
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![program.diagnostic(finding)]),
            edit: Some(convert::workspace_edit(vec![(program, edits)])),
            is_preferred: Some(true),
            ..CodeAction::default()
        }))
    });
    offered.collect()
}
