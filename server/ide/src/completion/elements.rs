//! The elements of KEYS and ARGV, with the names that the header gives them.

use super::{Completion, CompletionKind, Place, Wanted};
use crate::{
    Element,
    call_site::{self, CallSite},
    hover,
};

/// The most elements that are offered.
const MAX_ELEMENTS: u32 = 64;

/// Returns whether the cursor is in the index of KEYS (true) or ARGV (false).
pub(super) fn index_of(source: &[u8], before: &[u8]) -> Option<bool> {
    let table = super::names::path_before(source, before.strip_suffix(b"[")?.len() as u32);
    match table.as_str() {
        "KEYS" => Some(true),
        "ARGV" => Some(false),
        _ => None,
    }
}

/// Adds the indices of KEYS or ARGV, whose bracket is the last token before `word`.
pub(super) fn indices(place: &Place<'_>, is_key: bool, word: u32, found: &mut Vec<Completion>) {
    let source = place.project.files[place.file].source();
    let table = source[..word as usize].trim_ascii_end().len() as u32 - 5;
    let call = call_site::enclosing(source, &call_site::tokens_before(source, table), table);
    for (nth, (element, name)) in offered(place, call.as_ref(), is_key).into_iter().enumerate() {
        found.push(Completion {
            detail: name,
            rank: 10 + nth as u32,
            ..Completion::new(element.index.to_string(), CompletionKind::Element)
        });
    }
}

/// Adds `KEYS[1]` and its like: KEYS first where a key is due, ARGV first where a value is.
pub(super) fn completions(place: &Place<'_>, found: &mut Vec<Completion>) {
    if place.project.files[place.file].script.library.is_some() {
        return;
    }
    for is_key in [true, false] {
        let first = match (place.wanted, is_key) {
            (Wanted::Key, true) | (Wanted::Value, false) => 0,
            (_, true) => 130,
            (_, false) => 200,
        };
        for (nth, (element, name)) in offered(place, place.call.as_ref(), is_key).into_iter().enumerate() {
            let label = format!("{}[{}]", element.table(), element.index);
            found.push(Completion {
                detail: name,
                rank: first + nth as u32,
                // Digits and brackets that are typed never choose one.
                filter: Some(element.table().to_owned()),
                ..Completion::new(label, CompletionKind::Element)
            });
        }
    }
}

/// Returns the elements in the order of their likelihood: behind `KEYS[1]` in a call comes `KEYS[2]`. A table that the header
/// does not list may have one more than the script uses.
fn offered(place: &Place<'_>, call: Option<&CallSite>, is_key: bool) -> Vec<(Element, String)> {
    let it = &place.project.files[place.file];
    let (uses, entries) =
        if is_key { (&it.script.keys, &it.script.header.keys) } else { (&it.script.argv, &it.script.header.args) };
    let named = entries.iter().map(|entry| entry.index).max().unwrap_or(0);
    let by_name = if is_key { it.script.named_keys().unwrap_or(0) } else { 0 };
    let next = if named == 0 && by_name == 0 { uses.highest().saturating_add(1) } else { uses.highest() };
    let last = next.max(named).max(by_name).min(MAX_ELEMENTS);
    let passed = call.iter().flat_map(|call| &call.before).filter_map(|range| {
        let table = if is_key { "KEYS[" } else { "ARGV[" };
        let index = it.text(*range).strip_prefix(table)?.strip_suffix(']')?.trim().parse::<u32>().ok()?;
        (1..=last).contains(&index).then_some(index)
    });
    let passed = passed.max().unwrap_or(0);
    (passed + 1..=last)
        .chain(1..=passed)
        .map(|index| Element { is_key, index })
        .map(|element| (element, hover::element_name(it, element).unwrap_or_default()))
        .collect()
}
