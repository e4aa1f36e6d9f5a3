//! Verdicts on facts, and their reasons.

/// A reason for or against a fact, with its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reason {
    /// The reason in words.
    pub text: String,
    /// The file, where it is an included one.
    pub path: Option<String>,
    /// The line, from 1.
    pub line: u32,
}

/// The truth of a fact.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Verdict {
    /// The fact holds.
    Yes,
    /// The fact holds if the conditions in the reasons do.
    If,
    /// Unknown.
    Unknown,
    /// The fact does not hold.
    No,
}

/// A verdict with its reasons.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judgement {
    /// The truth of the fact.
    pub verdict: Verdict,
    /// Reasons for the verdict.
    pub reasons: Vec<Reason>,
    /// A remark, if there is one.
    pub note: Option<&'static str>,
}

impl Judgement {
    /// The verdict that the weightiest reasons give, with these reasons; `Yes` if there are none.
    pub(super) fn of(reasons: Vec<(Verdict, Reason)>) -> Self {
        let verdict = reasons.iter().map(|(verdict, _)| *verdict).max().unwrap_or(Verdict::Yes);
        let mut kept: Vec<Reason> = Vec::new();
        for (_, reason) in reasons.into_iter().filter(|(of, _)| *of == verdict) {
            if !kept.iter().any(|other| other.text == reason.text) {
                kept.push(reason);
            }
        }
        Self { verdict, reasons: kept, note: None }
    }
}
