//! Lua 5.1, wrapped: the only place where its C interface is called.
//!
//! What is sound here rests on one rule. Lua raises errors by jumping over the frames of C functions; no frame of Rust may
//! be jumped over. So every function of ours that Lua calls goes through [`entry`], which takes its result as a value
//! and raises the error when nothing of Rust is left on the stack; and nothing that is called in between can raise: tables
//! are read and written raw, never through metamethods, and while Rust is running the [`Heap`] grants memory beyond the limit
//! (the excess is noticed as soon as Lua goes on).
#![allow(unsafe_code, reason = "Lua is a C library")]

mod function;
mod heap;
mod hook;
mod pool;
mod state;

pub(crate) use function::{Function, Throw, entry, function};
pub(crate) use heap::Hashing;
pub(crate) use hook::{hook, tick};
pub(crate) use state::{GLOBALS, Kind, Lua, REGISTRY, State, to_int};

use crate::context::Context;

/// What the run works with. The reference must not outlive the call of the function that asks for it, nor be held while Lua
/// runs.
pub(crate) fn context<'a>(state: State) -> Option<&'a mut Context<'a>> {
    // SAFETY: only `Lua::with_context` sets the pointer, for as long as the context is borrowed.
    unsafe { state.context().cast::<Context<'a>>().as_mut() }
}

impl Lua {
    /// Does something while functions of ours find `context`.
    pub(crate) fn with_context<R>(&mut self, context: &mut Context<'_>, run: impl FnOnce(State) -> R) -> R {
        let pointer: *mut Context<'_> = context;
        self.heap().context = pointer.cast();
        let result = run(self.state());
        self.heap().context = std::ptr::null_mut();
        result
    }
}
