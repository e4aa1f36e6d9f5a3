//! Room on Lua's stack.

use crate::lua::{State, Throw};

/// Makes room on Lua's stack as its C functions do.
pub(super) fn reserve(state: State, count: i32, why: &str) -> Result<(), Throw> {
    if state.reserve(count) { Ok(()) } else { Err(state.error(format!("stack overflow ({why})"))) }
}
