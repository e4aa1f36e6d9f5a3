//! Limits of a run: memory, time and cancellation, per thread.
//!
//! The global allocator counts what each thread holds. [`within`] sets limits for the thread; [`tick`] checks them and
//! unwinds to `within` once they are passed. Every loop whose length the user's data decides calls `tick`; every allocation
//! whose size it decides goes through [`afford`] or one of the functions that grow a collection. The allocator itself never
//! fails for what is small: it keeps a reserve, so that code which cannot handle a failure gets to its next `tick`.

mod account;
mod allocator;
mod blocks;
mod grow;
mod kept;
mod limits;
mod system;

pub use account::{held, peak, reset_peak, was_refused};
pub use allocator::is_short;
pub use grow::{collect, copy, grow, grow_text, push, reserve, with_capacity};
pub use kept::keep_small_blocks;
pub use limits::{
    Cancel, Limits, Stop, afford, caught, check, fits, is_limited, is_over, out_of_memory, quietly, stop_of, tick,
    within,
};
pub use system::share_arena;
