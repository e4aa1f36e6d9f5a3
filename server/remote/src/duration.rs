//! Times in messages.

use std::time::Duration;

/// A time in seconds, or in milliseconds below one.
pub(crate) fn seconds(time: Duration) -> String {
    if time.as_millis() < 1000 { format!("{} ms", time.as_millis()) } else { format!("{} s", time.as_secs_f32()) }
}
