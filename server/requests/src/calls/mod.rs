//! Calls in programs that run scripts: what is told at them, and the way between them and their scripts. One file a request.

mod actions;
mod call_at;
mod complete;
mod lenses;
mod navigate;
mod pass_values;
mod rename;
mod tell;

pub use self::{
    actions::actions,
    call_at::{CallAt, at},
    complete::{completion, defined_commands},
    lenses::{callers, lenses},
    navigate::{definition, references, references_at},
    pass_values::pass_values,
    rename::{prepare_rename, rename},
    tell::{hover, signature},
};
