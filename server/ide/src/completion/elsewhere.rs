//! Key names and hash fields that this file and others of the workspace use.

use commands::{bind::Expected, spec::ArgumentKind};
use rustc_hash::FxHashMap;
use text::TextRange;

use super::{Completion, CompletionKind, grammar::expected_next, place::Place};
use crate::{Project, call_site::CallSite, command_line::CommandLine};

/// The most names that are offered.
const MAX_NAMES: usize = 100;

/// Names from other calls that fit at the cursor: fields of the same key, or, inside a string, the beginnings of key names.
pub(super) fn names(place: &Place<'_>, call: &CallSite, in_string: bool) -> Vec<Completion> {
    let expected = expected_next(place, call);
    let is_field = |it: &Expected| matches!(it, Expected::Value(argument) if argument.name == "field");
    let is_key = |it: &Expected| matches!(it, Expected::Value(argument) if argument.kind == ArgumentKind::Key);
    if expected.iter().any(is_field) {
        let Some(&key) = call.before.get(1) else { return Vec::new() };
        let mut found = fields(place.project, place.file, key, place.offset);
        // Those that this call has already are not wanted again.
        let file = &place.project.files[place.file];
        let given: Vec<_> = call.before.iter().map(|&range| file.text(range)).collect();
        found.retain(|item| !given.iter().any(|text| text.trim_matches(['\'', '"']) == item.label));
        found
    } else if in_string && expected.iter().any(is_key) {
        keys(place)
    } else {
        Vec::new()
    }
}

/// A name as it was found.
#[derive(Clone, Copy, Default)]
struct Uses<'a> {
    /// Uses in this file, and in all.
    here: u32,
    all: u32,
    /// The first other file.
    other: Option<&'a str>,
    /// True if something follows the name.
    is_open: bool,
}

/// The fields that are used of the key at a word of a call or of a line. In the examples of a script those of all its keys, for
/// the examples say what these hold.
pub(super) fn fields(project: &Project, file: usize, key: TextRange, offset: u32) -> Vec<Completion> {
    let it = &project.files[file];
    let own = it.vocabulary();
    let keys = own.first_key(key);
    let is_example = it.is_script && CommandLine::at(it, offset).is_some();
    let mut found: FxHashMap<&str, Uses<'_>> = FxHashMap::default();
    for (at, vocabulary) in project.vocabularies(file) {
        let is_here = at == file;
        for field in &vocabulary.fields {
            let is_wanted = is_here && is_example || field.is_of(keys, is_here);
            if is_wanted && !(is_here && is_at(field.range, offset)) {
                found.entry(&field.name).or_default().add(is_here, &project.files[at].path);
            }
        }
    }
    listed(found, CompletionKind::Field)
}

fn keys(place: &Place<'_>) -> Vec<Completion> {
    let project = place.project;
    let mut found: FxHashMap<&str, Uses<'_>> = FxHashMap::default();
    for (at, vocabulary) in project.vocabularies(place.file) {
        let is_here = at == place.file;
        for key in &vocabulary.keys {
            if !(is_here && is_at(key.range, place.offset)) {
                let uses = found.entry(&key.prefix).or_default();
                uses.add(is_here, &project.files[at].path);
                uses.is_open |= key.is_open;
            }
        }
    }
    listed(found, CompletionKind::Element)
}

fn is_at(range: TextRange, offset: u32) -> bool {
    range.start <= offset && offset <= range.end
}

impl<'a> Uses<'a> {
    fn add(&mut self, is_here: bool, path: &'a str) {
        self.here += u32::from(is_here);
        self.all += 1;
        if !is_here {
            self.other.get_or_insert(path);
        }
    }
}

/// Sorts names: those of this file first, then by the count of uses.
fn listed(found: FxHashMap<&str, Uses<'_>>, kind: CompletionKind) -> Vec<Completion> {
    let mut found: Vec<(&str, Uses<'_>)> = found.into_iter().collect();
    found.sort_by_key(|(name, uses)| (std::cmp::Reverse((uses.here, uses.all)), *name));
    found.truncate(MAX_NAMES);
    let item = |(nth, (name, uses)): (usize, (&str, Uses<'_>))| Completion {
        detail: if uses.here == 0 { uses.other.unwrap_or_default().to_owned() } else { String::new() },
        shape: if uses.is_open { "…".to_owned() } else { String::new() },
        rank: 30 + nth.min(19) as u32,
        ..Completion::new(name, kind)
    };
    found.into_iter().enumerate().map(item).collect()
}
