//! Actions that editors offer.

use linter::Edit;
/// The kinds of action, as the protocol has them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ActionKind {
    /// Mends a finding.
    QuickFix,
    /// Takes an expression out.
    Extract,
    /// Replaces a name by its value.
    Inline,
    /// Writes something in another way.
    Rewrite,
    /// Mends all that is safe to mend.
    FixAll,
    /// Changes the file as a whole.
    Source,
}

/// A code action.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Action {
    /// Title in the imperative.
    pub title: String,
    /// Its kind.
    pub kind: ActionKind,
    /// The edits to the file; they do not overlap.
    pub edits: Vec<Edit>,
    /// The finding that it mends, by its number among the file's.
    pub finding: Option<usize>,
    /// True if it is the best choice for most users.
    pub preferred: bool,
}
