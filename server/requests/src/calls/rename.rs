//! `textDocument/prepareRename` and `textDocument/rename` of what programs and scripts share: functions of libraries, and commands that
//! a program defines on its client.

use std::collections::BTreeMap;

use host::Runs;
use linter::Edit;
use ls_types::{PrepareRenameResponse, TextDocumentPositionParams, TextEdit, WorkspaceEdit};
use text::TextRange;

use super::{
    call_at,
    navigate::{registration, sites_of},
};
use crate::{
    Refused, convert,
    snapshot::{Snapshot, View},
};

/// A name that is to be changed.
struct Shared<'a> {
    kind: SharedKind,
    name: String,
    /// The place that was asked about.
    here: (View<'a>, TextRange),
    /// All places with the name.
    places: Vec<(View<'a>, TextRange)>,
    /// Places before which the name and a `=` are written: properties of objects that have the name of their value.
    unnamed: Vec<(View<'a>, u32)>,
    /// Names that others have.
    taken: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum SharedKind {
    Function,
    Command,
    /// `@name` of StackExchange.Redis.
    AtName,
}

/// Answers `textDocument/prepareRename` at such a name; none elsewhere.
pub fn prepare_rename(snapshot: &Snapshot, place: &TextDocumentPositionParams) -> Option<PrepareRenameResponse> {
    let shared = find(snapshot, place)?;
    let (view, range) = shared.here;
    Some(PrepareRenameResponse::Range(view.out(range)))
}

/// Answers `textDocument/rename` at such a name; none elsewhere.
pub fn rename(
    snapshot: &Snapshot,
    place: &TextDocumentPositionParams,
    name: &str,
) -> Option<Result<WorkspaceEdit, Refused>> {
    Some(find(snapshot, place)?.renamed(name))
}

impl Shared<'_> {
    fn renamed(&self, name: &str) -> Result<WorkspaceEdit, Refused> {
        let is_word = !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_');
        let begins_so = |first: u8| self.kind == SharedKind::Function || !first.is_ascii_digit();
        if !is_word || !name.bytes().next().is_some_and(begins_so) {
            return Err(Refused(match self.kind {
                SharedKind::Function => "names of functions have letters, digits and underscores".to_owned(),
                SharedKind::Command => "names of methods have letters, digits and underscores".to_owned(),
                SharedKind::AtName => "names of properties have letters, digits and underscores".to_owned(),
            }));
        }
        if name != self.name && self.taken.iter().any(|it| it == name) {
            return Err(Refused(format!("there is a `{name}` already")));
        }
        // A file of another language may have calls and libraries: its edits go together.
        let mut changes: BTreeMap<String, (View<'_>, Vec<TextEdit>)> = BTreeMap::new();
        let unnamed = self.unnamed.iter().map(|(view, at)| (view, TextRange::at(*at), format!("{name} = ")));
        let places = self.places.iter().map(|(view, range)| (view, *range, name.to_owned()));
        for (view, range, text) in places.chain(unnamed) {
            let edit = Edit { range, text };
            let edits = view.edits(&[edit]).ok_or_else(|| Refused("a string cannot hold the name".to_owned()))?;
            let (_, all) = changes.entry(view.uri().as_str().to_owned()).or_insert((*view, Vec::new()));
            all.extend(edits.into_iter().filter(|it| !all.contains(it)).collect::<Vec<_>>());
        }
        Ok(convert::workspace_edit(changes.into_values().collect()))
    }
}

fn find<'a>(snapshot: &'a Snapshot, place: &TextDocumentPositionParams) -> Option<Shared<'a>> {
    if let Some(found) = at_name(snapshot, place) {
        return Some(found);
    }
    if let Some((view, offset)) = snapshot.at(place) {
        let registrations = view.file().script.library.iter().flat_map(|it| &it.registrations);
        let here = |name: &str| {
            let range = unquoted(view, registration(view, name)?);
            (range.start <= offset && offset <= range.end).then_some(range)
        };
        let found = registrations.filter_map(|it| it.name.as_deref()).find_map(|name| Some((name, here(name)?)));
        let (name, range) = found?;
        return Some(function(view, name, (view, range)));
    }
    if let Some(call) = call_at::at(snapshot, place)
        && let Runs::Function { literal, name, .. } = &call.site.call.runs
        && literal.start <= call.offset
        && call.offset <= literal.end
    {
        return Some(function(call.target()?, name, (call.program, unquoted(call.program, *literal))));
    }
    command(snapshot, place)
}

/// A function of a library, with the calls of it in programs.
fn function<'a>(library: View<'a>, name: &str, here: (View<'a>, TextRange)) -> Shared<'a> {
    let own = registration(library, name).map(|it| (library, unquoted(library, it)));
    let calls = sites_of(library, Some(name)).into_iter().filter_map(|(program, nth)| {
        match &program.file().script.sites[nth].call.runs {
            Runs::Function { literal, .. } => Some((program, unquoted(program, *literal))),
            _ => None,
        }
    });
    let documents = 0..library.root.documents.len();
    let all = documents.map(|at| library.other(at));
    let examples = all.clone().flat_map(|view| in_examples(view, name).into_iter().map(move |it| (view, it)));
    let registrations = all.filter_map(|view| view.file().script.library.as_ref()).flat_map(|it| &it.registrations);
    let taken = registrations.filter_map(|it| it.name.clone()).collect();
    let places = own.into_iter().chain(calls).chain(examples).collect();
    Shared { kind: SharedKind::Function, name: name.to_owned(), here, places, unnamed: Vec::new(), taken }
}

/// The places at which examples in a script's comments call a function: `--> FCALL name 1 key`.
fn in_examples(view: View<'_>, name: &str) -> Vec<TextRange> {
    let source = view.file().source();
    let mut found = Vec::new();
    let mut start = 0;
    for line in source.split_inclusive(|it| *it == b'\n') {
        let blank = line.iter().take_while(|it| it.is_ascii_whitespace()).count();
        if let Some(command) = line[blank..].strip_prefix(b"-->") {
            let mut words = command.split(u8::is_ascii_whitespace).filter(|it| !it.is_empty());
            let is_call = words
                .next()
                .is_some_and(|it| it.eq_ignore_ascii_case(b"FCALL") || it.eq_ignore_ascii_case(b"FCALL_RO"));
            if let Some(word) = words.next().filter(|it| is_call && it.trim_ascii() == name.as_bytes()) {
                let at = start + (word.as_ptr() as usize - line.as_ptr() as usize);
                found.push(TextRange::new(at as u32, (at + name.len()) as u32));
            }
        }
        start += line.len();
    }
    found
}

/// A command that a program defines on its client, with the calls of it.
fn command<'a>(snapshot: &'a Snapshot, place: &TextDocumentPositionParams) -> Option<Shared<'a>> {
    let program = snapshot.program(&place.text_document.uri)?;
    let host = program.document().program.as_ref()?;
    let offset = host.lines.offset(&host.source, convert::text_position(place.position), program.encoding);
    let all = host.document.defined_commands(&host.source);
    let touches = |it: TextRange| it.start <= offset && offset <= it.end;
    let (defined, here) = all.iter().find_map(|it| {
        let uses = host.document.uses_of_command(&host.source, &it.name);
        let here = std::iter::once(it.place).chain(uses).find(|it| touches(*it))?;
        Some((it, here))
    })?;
    let same = all.iter().filter(|it| it.name == defined.name).map(|it| it.place);
    let places = same.chain(host.document.uses_of_command(&host.source, &defined.name)).map(|it| (program, it));
    Some(Shared {
        kind: SharedKind::Command,
        name: defined.name.clone(),
        here: (program, here),
        places: places.collect(),
        unnamed: Vec::new(),
        taken: all.iter().map(|it| it.name.clone()).collect(),
    })
}

/// An `@name` of a script, with the properties of the objects that give it a value.
fn at_name<'a>(snapshot: &'a Snapshot, place: &TextDocumentPositionParams) -> Option<Shared<'a>> {
    let program = snapshot.program(&place.text_document.uri)?;
    let host = program.document().program.as_ref()?;
    let offset = host.lines.offset(&host.source, convert::text_position(place.position), program.encoding);
    let touches = |range: TextRange| range.start <= offset && offset <= range.end;
    let of_script = || {
        let embedded = snapshot.embedded(&place.text_document.uri).into_iter();
        embedded.filter_map(|view| Some((view, at_names(view).into_iter().find(|(_, range)| touches(*range))?))).next()
    };
    let of_property = || {
        let sites = program.file().script.sites.iter();
        let found = sites.filter_map(|site| Some((site, site.call.properties.as_ref()?)));
        let (site, property) =
            found.filter_map(|(site, all)| Some((site, all.iter().find(|it| touches(it.range))?))).next()?;
        Some((call_at::target(program, site)?, (property.name.clone(), property.range)))
    };
    let (script, (name, here)) = of_script().or_else(of_property)?;
    let own = snapshot.program(script.uri())?;
    let all = at_names(script);
    let mut places: Vec<(View<'a>, TextRange)> =
        all.iter().filter(|it| it.0 == name).map(|(_, range)| (own, *range)).collect();
    let mut unnamed = Vec::new();
    for (program, nth) in sites_of(script, None) {
        let properties = program.file().script.sites[nth].call.properties.iter().flatten();
        let source = program.document().program.as_ref().map_or(&[][..], |host| &host.source);
        for property in properties.filter(|it| it.name == name) {
            let behind = source[property.range.end as usize..].trim_ascii_start();
            if behind.starts_with(b"=") {
                places.push((program, property.range));
                continue;
            }
            // `new { key, item.Field }`
            let before = &source[..property.range.start as usize];
            let is_part = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'.' | b'?' | b'!');
            unnamed.push((program, before.iter().rposition(|it| !is_part(it)).map_or(0, |at| at as u32 + 1)));
        }
    }
    let mut taken: Vec<String> = all.into_iter().map(|it| it.0).collect();
    taken.dedup();
    Some(Shared { kind: SharedKind::AtName, name, here: (program, here), places, unnamed, taken })
}

/// The `@names` of a script in a string, with their places in the program, without the sign.
fn at_names(view: View<'_>) -> Vec<(String, TextRange)> {
    let Some(embedding) = &view.document().embedding else { return Vec::new() };
    let source = &embedding.host.source;
    let values = embedding.script().values.iter().filter_map(|it| {
        let name = std::str::from_utf8(it.host.slice(source)).ok()?.strip_prefix('@')?;
        Some((name.to_owned(), TextRange::new(it.host.start + 1, it.host.end)))
    });
    values.collect()
}

/// The place within the quotes of a string; a word without quotes is all of it.
fn unquoted(view: View<'_>, range: TextRange) -> TextRange {
    let source = match &view.document().program {
        Some(host) => &host.source,
        None => view.file().source(),
    };
    let text = range.slice(source);
    let is_name = |it: &u8| it.is_ascii_alphanumeric() || *it == b'_';
    let start = text.iter().position(is_name).unwrap_or(0);
    let end = text.iter().rposition(is_name).map_or(text.len(), |at| at + 1);
    TextRange::new(range.start + start as u32, range.start + end as u32)
}
