//! Tags of templates (ERB, EJS, Jinja) in the code of scripts, for files that another program writes.

use crate::{
    lua::{Place, State},
    parts::Part,
};

/// Tags in the code of a script. In Lua no code has them; in its strings they are text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Tags {
    /// None.
    None,
    /// Values alone: `<%= name %>`.
    Values,
    /// Statements, so that nobody knows what is left of the text: `<% if … %>`, `{% if … %}`.
    Statements,
}

/// The tags in a text.
pub(crate) fn tags(parts: &[Part], source: &[u8]) -> Tags {
    let has_tags = |part: &Part| memchr::memmem::find(part.text(source), b"%").is_some();
    let mut found = Tags::None;
    if !parts.iter().any(has_tags) {
        return found;
    }
    let mut state = State::default();
    for part in parts {
        let text = part.text(source);
        for (at, &byte) in text.iter().enumerate() {
            if state.place() == Place::Code && matches!(byte, b'<' | b'{') && text.get(at + 1) == Some(&b'%') {
                let is_value = byte == b'<' && matches!(text.get(at + 2), Some(b'=' | b'-'));
                found = found.max(if is_value { Tags::Values } else { Tags::Statements });
            }
            state.feed(byte);
        }
    }
    found
}
