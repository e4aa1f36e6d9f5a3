//! `textDocument/definition` and `textDocument/declaration`, which are the same in Lua.

use ls_types::{GotoDefinitionResponse, LocationLink};

use crate::snapshot::View;

/// Answers `textDocument/definition` and `textDocument/declaration`.
pub fn answer(view: View<'_>, offset: u32) -> Option<GotoDefinitionResponse> {
    let definition = ide::navigation::definition(view.project(), view.at, offset)?;
    let origin = view.out(definition.origin);
    if !view.client.links {
        let places = definition.targets.into_iter().filter_map(|place| view.location(place)).collect();
        return Some(GotoDefinitionResponse::Array(places));
    }
    let links: Vec<LocationLink> = definition
        .targets
        .into_iter()
        .filter_map(|place| view.location(place))
        .map(|location| LocationLink {
            origin_selection_range: Some(origin),
            target_uri: location.uri,
            target_range: location.range,
            target_selection_range: location.range,
        })
        .collect();
    Some(GotoDefinitionResponse::Link(links))
}
