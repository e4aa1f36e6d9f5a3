//! Messages on standard error, besides the findings.

use std::io::Write as _;

/// Says that something could not be done.
pub(crate) fn error(text: &str) {
    line("\u{1b}[1;31merror\u{1b}[0m", text);
}

/// Says something that the user should know.
pub(crate) fn warning(text: &str) {
    line("\u{1b}[1;33mwarning\u{1b}[0m", text);
}

/// Says what was done.
pub(crate) fn plain(text: &str) {
    writeln!(anstream::stderr(), "{text}").ok();
}

fn line(kind: &str, text: &str) {
    // Nothing can be done when standard error is closed.
    writeln!(anstream::stderr(), "{kind}: {text}").ok();
}
