//! Shared bytes.

use std::sync::Arc;

/// Bytes that several holders share: a member is in the dictionary of its set and in its order.
pub type Bytes = Arc<[u8]>;

/// Bytes to be shared.
pub fn bytes(text: &[u8]) -> Bytes {
    meter::tick(1 + text.len() / 64);
    meter::afford(text.len());
    text.into()
}
