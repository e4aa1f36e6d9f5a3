//! `textDocument/definition` and `textDocument/references` between calls and scripts.

use host::Runs;
use ls_types::{GotoDefinitionResponse, Location};
use semantic::Site;
use text::TextRange;

use super::call_at::{CallAt, target};
use crate::snapshot::View;

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
pub(super) fn registration(view: View<'_>, name: &str) -> Option<TextRange> {
    let script = &view.file().script;
    let library = script.library.as_ref()?;
    let found = library.registrations.iter().find(|it| it.name.as_deref() == Some(name))?;
    Some(script.tree()[found.name_expr.unwrap_or(found.call)].range)
}

/// The calls in programs of the root that run a script, or a function of a library: the program, and the number of the call in it.
pub(super) fn sites_of<'a>(view: View<'a>, function: Option<&str>) -> Vec<(View<'a>, usize)> {
    let documents = &view.root.documents;
    let programs = (0..documents.len()).filter(|&at| documents[at].program.is_some()).map(|at| view.other(at));
    let of = |program: View<'a>| {
        let is_ours = |site: &Site| {
            let name = match &site.call.runs {
                Runs::Function { name, .. } => Some(name.as_str()),
                _ => None,
            };
            name == function && target(program, site).is_some_and(|it| it.at == view.at)
        };
        let sites = program.file().script.sites.iter().enumerate();
        sites.filter(|(_, site)| is_ours(site)).map(|(nth, _)| (program, nth)).collect::<Vec<_>>()
    };
    programs.flat_map(of).collect()
}

/// The places of these calls: of the function's name, or of the called one.
pub(super) fn calls_of(view: View<'_>, function: Option<&str>) -> Vec<Location> {
    let place = |(program, nth): (View<'_>, usize)| {
        let call = &program.file().script.sites[nth].call;
        let range = if function.is_some() { call.what } else { call.name };
        Location { uri: program.uri().clone(), range: program.out(range) }
    };
    sites_of(view, function).into_iter().map(place).collect()
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
