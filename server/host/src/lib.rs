//! Scripts in the strings of other languages. A host file is split into tokens ([`Language::lex`]), those of its literals that are
//! scripts are found, and their text is put together with a map of positions both ways ([`HostDocument`]).
//!
//! Lexers never fail and keep nothing between edits: a file of 5,000 lines takes less than a millisecond.

mod arrows;
mod assemble;
pub mod bindings;
mod blocks;
mod by_sha;
mod call_comments;
mod call_reader;
mod call_words;
mod calls;
mod chains;
mod commands_at;
mod constants;
mod defined;
mod document;
mod edit;
mod embedded_uses;
mod encode;
mod escape;
mod expression;
mod find;
mod formats;
mod function;
mod holes;
mod interpolate;
mod languages;
mod layout;
mod lexed;
mod lexer;
mod list_changes;
mod lists;
mod literals;
mod lua;
mod map;
mod names;
mod nested;
mod objects;
mod parameters;
mod parts;
mod placeholders;
mod readings;
mod replies;
mod scopes;
mod script_call;
mod shapes;
mod signs;
mod sites;
mod targets;
mod templates;
mod to_argument;
mod to_file;
mod tokens;
mod varying;
mod words;
mod wrapper_calls;
mod wrappers;

pub use assemble::HOLE;
pub use commands_at::Defined;
pub use constants::LoadedConstant;
pub use document::{Embedded, HostDocument, Pasted};
pub use escape::{Escapes, LineBreak};
pub use find::Why;
pub use languages::Language;
pub use lexed::{Hole, Holes, Indent, Lexed, Literal, Style, Token, TokenKind};
pub use map::{Kind, Map, Piece};
pub use objects::Property;
pub use script_call::{CallComment, Count, Runs, ScriptCall, Tested};
pub use to_argument::Passing;
pub use to_file::{LoadedFrom, Move, words};
pub use words::{Given, Word, Words};

#[cfg(test)]
mod binding_tests;
#[cfg(test)]
mod by_sha_tests;
#[cfg(test)]
mod list_tests;
#[cfg(test)]
mod site_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod to_argument_tests;
#[cfg(test)]
mod to_file_tests;
#[cfg(test)]
mod wrapper_tests;
