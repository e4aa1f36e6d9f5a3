//! The cursor as the sources of completions need it.

use super::{Completion, Completions};
use crate::{Project, call_site::CallSite};

/// Trigger of a request for completions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trigger {
    /// The user asks, or the client does when a word begins.
    Invoked,
    /// The client asks at each letter of a word. A whole word gets no list, for Enter would take it and not end the line.
    Letter,
    /// One of [`super::TRIGGER_CHARACTERS`] was typed. It is answered only where what may follow is known in particular: a list that opens
    /// by itself takes the next Enter or Tab.
    Character,
}

/// The cursor position, with the context that the sources need.
pub(crate) struct Place<'a> {
    pub(super) project: &'a Project,
    pub(super) file: usize,
    pub(super) offset: u32,
    /// The call around the cursor.
    pub(super) call: Option<CallSite>,
    /// The argument that the cursor is at.
    pub(super) wanted: Wanted,
}

/// The argument that a command's grammar has at the cursor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wanted {
    Key,
    Value,
    /// An option word, or nothing that is known.
    Other,
}

/// Empties a list at a letter that makes the word one of its items.
pub(super) fn unless_whole(source: &[u8], mut found: Completions, trigger: Trigger) -> Completions {
    let typed = found.range.slice(source);
    let is_whole =
        |item: &Completion| !item.is_snippet && [&item.insert, &item.label].iter().any(|it| it.as_bytes() == typed);
    if trigger == Trigger::Letter && found.items.iter().any(is_whole) {
        found.items.clear();
    }
    found
}
