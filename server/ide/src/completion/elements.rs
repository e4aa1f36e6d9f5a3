//! The elements of KEYS and ARGV, with the names that the header gives them; in a library those of the tables that its function is
//! given.

use semantic::{Constant, LocalId};
use syntax::ExprKind;

use super::{
    Completion, CompletionKind,
    names::path_before,
    place::{Place, Wanted},
};
use crate::{
    Element,
    call_site::{self, CallSite},
    naming, tokens,
};

/// The most elements that are offered.
const MAX_ELEMENTS: u32 = 64;

/// A table of keys or arguments.
pub(super) struct Table {
    /// Its name: KEYS, ARGV, or a parameter.
    name: String,
    is_key: bool,
    /// The parameter of a library's function.
    parameter: Option<LocalId>,
}

/// Returns the table whose index the cursor is in.
pub(super) fn index_of(place: &Place<'_>, before: &[u8]) -> Option<Table> {
    let source = place.project.files[place.file].source();
    let name = path_before(source, before.strip_suffix(b"[")?.len() as u32);
    tables(place).into_iter().find(|table| table.name == name)
}

/// Adds the indices of a table whose bracket is the last token before `word`.
pub(super) fn indices(place: &Place<'_>, table: &Table, word: u32, found: &mut Vec<Completion>) {
    let source = place.project.files[place.file].source();
    let start = (source[..word as usize].trim_ascii_end().len() - 1 - table.name.len()) as u32;
    let call = call_site::enclosing(source, &tokens::tokens_before(source, start), start);
    for (nth, (index, name)) in offered(place, call.as_ref(), table).into_iter().enumerate() {
        found.push(Completion {
            detail: name,
            rank: 10 + nth as u32,
            ..Completion::new(index.to_string(), CompletionKind::Element)
        });
    }
}

/// Adds `KEYS[1]` and its like: KEYS first where a key is due, ARGV first where a value is.
pub(super) fn completions(place: &Place<'_>, found: &mut Vec<Completion>) {
    for table in tables(place) {
        let first = match (place.wanted, table.is_key) {
            (Wanted::Key, true) | (Wanted::Value, false) => 0,
            (_, true) => 130,
            (_, false) => 200,
        };
        for (nth, (index, name)) in offered(place, place.call.as_ref(), &table).into_iter().enumerate() {
            found.push(Completion {
                detail: name,
                rank: first + nth as u32,
                // Digits and brackets that are typed never choose one.
                filter: Some(table.name.clone()),
                ..Completion::new(format!("{}[{index}]", table.name), CompletionKind::Element)
            });
        }
    }
}

/// The tables of keys and arguments at the cursor.
fn tables(place: &Place<'_>) -> Vec<Table> {
    let script = &place.project.files[place.file].script;
    let Some(library) = &script.library else {
        let table = |name: &str, is_key| Table { name: name.to_owned(), is_key, parameter: None };
        return vec![table("KEYS", true), table("ARGV", false)];
    };
    let is_around =
        |(id, function): &(_, &syntax::Function)| function.range.contains(place.offset) && library.is_callback(*id);
    let Some((id, _)) = script.tree().functions().filter(is_around).last() else { return Vec::new() };
    let parameters = script.scopes.params(id).iter().zip([true, false]);
    parameters
        .map(|(&local, is_key)| Table { name: script.name(local).to_owned(), is_key, parameter: Some(local) })
        .collect()
}

/// Returns the indices in the order of their likelihood, with the names of the elements: behind `KEYS[1]` in a call comes
/// `KEYS[2]`. A table that the header does not list may have one more than the script uses.
fn offered(place: &Place<'_>, call: Option<&CallSite>, table: &Table) -> Vec<(u32, String)> {
    let it = &place.project.files[place.file];
    let last = match table.parameter {
        Some(parameter) => highest(place, parameter).saturating_add(1),
        None => {
            let (uses, entries) = match table.is_key {
                true => (&it.script.keys, &it.script.header.keys),
                false => (&it.script.argv, &it.script.header.args),
            };
            let named = entries.iter().map(|entry| entry.index).max().unwrap_or(0);
            let by_name = if table.is_key { it.script.named_keys().unwrap_or(0) } else { 0 };
            let next = uses.highest().saturating_add(u32::from(named == 0 && by_name == 0));
            next.max(named).max(by_name)
        }
    };
    let last = last.min(MAX_ELEMENTS);
    let passed = call.iter().flat_map(|call| &call.before).filter_map(|range| {
        let text = it.text(*range);
        let index = text.strip_prefix(&table.name)?.strip_prefix('[')?.strip_suffix(']')?;
        let index = index.trim().parse::<u32>().ok()?;
        (1..=last).contains(&index).then_some(index)
    });
    let passed = passed.max().unwrap_or(0);
    let name = |index| match table.parameter {
        Some(_) => None,
        None => naming::element_name(it, Element { is_key: table.is_key, index }),
    };
    (passed + 1..=last).chain(1..=passed).map(|index| (index, name(index).unwrap_or_default())).collect()
}

/// The highest constant index with which a table is read; 0 without any.
fn highest(place: &Place<'_>, table: LocalId) -> u32 {
    let script = &place.project.files[place.file].script;
    let index = |&read: &syntax::ExprId| match &script.tree()[script.parent(read)?].kind {
        ExprKind::Index { base, key } if *base == read => match script.constant(*key)? {
            Constant::Number(index) if index >= 1.0 && index.fract() == 0.0 && index < 1e9 => Some(index as u32),
            _ => None,
        },
        _ => None,
    };
    script.scopes[table].reads.iter().filter_map(index).max().unwrap_or(0)
}
