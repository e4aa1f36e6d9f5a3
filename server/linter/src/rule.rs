//! What a rule is: its code, its weight, its documentation and its check.

use crate::{Context, Level, Sink};

/// Whether a rule can mend what it finds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FixKind {
    /// It cannot.
    None,
    /// It offers edits that somebody should look at.
    Offered,
    /// It has edits that are safe for `check --fix`.
    Safe,
}

/// A lint rule.
#[derive(Debug)]
pub struct Rule {
    /// Its name everywhere, in kebab case.
    pub code: &'static str,
    /// Its level where the configuration says nothing; a finding may carry another.
    pub level: Level,
    /// Whether it mends.
    pub fix: FixKind,
    /// Its documentation in Markdown.
    pub docs: &'static str,
    /// Finds and reports.
    pub check: fn(&Context<'_>, &mut Sink<'_>),
}

impl Rule {
    /// The address of its section in the rule reference.
    pub fn page(&self) -> String {
        format!("{}/blob/main/server/linter/RULES.md#{}", env!("CARGO_PKG_REPOSITORY"), self.code)
    }

    /// Its documentation as a page, in Markdown: with its level, what mends it, and how it is switched off.
    pub fn explanation(&self) -> String {
        let code = self.code;
        let mut out = format!("# {code}\n\nLevel: {}.\n\n", self.level);
        for line in self.markdown_lines() {
            out.push_str(line);
            out.push('\n');
        }
        match self.fix {
            FixKind::None => {}
            FixKind::Offered => out.push_str("\nEditors offer a fix; `redlua check --fix --unsafe` applies it.\n"),
            FixKind::Safe => out.push_str("\n`redlua check --fix` applies its safe fixes.\n"),
        }
        out.push_str(&format!(
            "\nTo switch it off: `-- redlua: allow({code})` in the script, or `{code} = \"allow\"` under `[lints]` in `redlua.toml`.\n"
        ));
        out
    }

    /// The lines of its documentation, without what only the test of its examples reads.
    pub fn markdown_lines(&self) -> impl Iterator<Item = &'static str> {
        self.docs.trim().lines().map(|line| {
            let line = line.strip_prefix(' ').unwrap_or(line).trim_end();
            // Fences carry settings.
            if line.starts_with("```lua") { "```lua" } else { line }
        })
    }

    /// The first sentence of its documentation, on one line.
    pub fn summary(&self) -> String {
        let text = self.docs.split("## What it does").nth(1).unwrap_or(self.docs).trim_start();
        let paragraph = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
        match paragraph.split_once(". ") {
            Some((first, _)) => format!("{first}."),
            None => paragraph,
        }
    }
}

/// Declares a file's rule: its documentation as a doc comment, then its facts.
macro_rules! declare_rule {
    ($(#[doc = $doc:literal])* $code:literal, $level:ident, $fix:ident, $check:path) => {
        $(#[doc = $doc])*
        pub(crate) static RULE: $crate::rule::Rule = $crate::rule::Rule {
            code: $code,
            level: $crate::Level::$level,
            fix: $crate::rule::FixKind::$fix,
            docs: concat!($($doc, "\n"),*),
            check: $check,
        };
    };
}
pub(crate) use declare_rule;
