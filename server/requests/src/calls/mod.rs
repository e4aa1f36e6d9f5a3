//! Calls in programs that run scripts: what is told at them, and the way between them and their scripts. One file a request.

mod actions;
mod call_at;
mod complete;
mod lenses;
mod navigate;
mod pass_values;
mod tell;

pub use self::{
    actions::actions,
    call_at::{CallAt, at},
    complete::completion,
    lenses::{callers, lenses},
    navigate::{definition, references, references_at},
    pass_values::pass_values,
    tell::{hover, signature},
};
