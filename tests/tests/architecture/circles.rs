//! Files that import each other. At most pairs may stay, each with its reason.

/// A crate, files of it that import each other, and why they do. No files stand for any: the crate is being untied.
pub(crate) const KNOWN: &[(&str, &[&str], &str)] = &[(
    "linter",
    &["context", "rule"],
    "a rule's check takes a context, through which `unused-suppression` runs the other rules",
)];
