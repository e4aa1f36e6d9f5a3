//! Floating-point numbers as servers write them.

use protocol::number::{format_g, format_shortest};

/// The digits of a score on a server of a version.
pub fn digits(value: f64, shortest: bool) -> String {
    if !shortest {
        return format_g(value, 17);
    }
    let int = value as i64;
    // Zero has a sign of its own; beyond this an integer would gain digits that the number has not.
    if value != 0.0 && int as f64 == value && value.abs() <= 4_611_686_018_427_387_904.0 {
        return int.to_string();
    }
    format_shortest(value)
}
