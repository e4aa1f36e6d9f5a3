//! Messages on standard error, besides the findings.

use std::io::Write as _;

/// Prints an error.
pub(crate) fn error(text: &str) {
    line("\u{1b}[1;31merror\u{1b}[0m", text);
}

/// Prints a warning.
pub(crate) fn warning(text: &str) {
    line("\u{1b}[1;33mwarning\u{1b}[0m", text);
}

/// Prints a message without a prefix.
pub(crate) fn plain(text: &str) {
    writeln!(anstream::stderr(), "{text}").ok();
}

fn line(kind: &str, text: &str) {
    // Nothing can be done when standard error is closed.
    writeln!(anstream::stderr(), "{kind}: {text}").ok();
}
