//! The grammar of the command around the cursor.

use commands::bind::{Expected, Word, expected};

use super::place::Place;
use crate::{
    call_site::{CallSite, word},
    signature::command_of,
};

/// Returns what the grammar of the called command has at the cursor.
pub(super) fn expected_next(place: &Place<'_>, call: &CallSite) -> Vec<Expected> {
    let targets = &place.project.files[place.file].options.targets;
    with_words(place, call, |words| {
        command_of(words).map_or_else(Vec::new, |(spec, given)| expected(spec, given, targets))
    })
}

/// Calls a function with the words of a call before the cursor.
pub(super) fn with_words<T>(place: &Place<'_>, call: &CallSite, use_words: impl FnOnce(&[Word<'_>]) -> T) -> T {
    let mut texts: Vec<Vec<u8>> = vec![Vec::new(); call.before.len()];
    let words: Vec<Word<'_>> =
        call.before.iter().zip(&mut texts).map(|(&range, text)| word(place.project, place.file, range, text)).collect();
    use_words(&words)
}
