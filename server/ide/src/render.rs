//! Types of values, commands and the API as Markdown.

mod clients;
mod commands;
mod fields;
mod items;
mod text;
mod types;

pub(crate) use commands::{command, of_role, option, options, word};
pub(crate) use fields::{declared_type, documentation};
pub(crate) use items::{api_item, item_text};
pub(crate) use text::{in_lines, shown, slot};
pub(crate) use types::{
    annotated_field, annotation_text, element, field_type, function_of, given, head, is_vague, of_local, results,
    return_at, returned, signature as typed_signature, words,
};
