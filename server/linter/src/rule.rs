//! A lint rule: its metadata, its documentation and its check.

use crate::{Context, Level, Sink, groups::Group};

/// The fixes that a rule's findings carry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FixKind {
    /// No fixes.
    None,
    /// Fixes to review before they are applied (`check --fix --unsafe`).
    Offered,
    /// Fixes that `check --fix` applies.
    Safe,
}

/// A lint rule.
#[derive(Debug)]
pub struct Rule {
    /// Name in settings, suppressions and findings, in kebab case.
    pub code: &'static str,
    /// The rules that it is listed with.
    pub group: Group,
    /// Level unless the settings have another; a finding may carry its own.
    pub level: Level,
    /// Fixes that its findings carry.
    pub fix: FixKind,
    /// The release of redlua that brought it.
    pub since: &'static str,
    /// Documentation in Markdown.
    pub docs: &'static str,
    /// Reports its findings to the sink.
    pub check: fn(&Context<'_>, &mut Sink<'_>),
}

impl Rule {
    /// Returns the address of its section in the rule reference.
    pub fn page(&self) -> String {
        format!("{}/blob/main/server/linter/RULES.md#{}", env!("CARGO_PKG_REPOSITORY"), self.code)
    }

    /// Returns its page in Markdown: level, documentation, fixes, and how to switch it off.
    pub fn explanation(&self) -> String {
        let code = self.code;
        let mut out = format!("# {code}\n\nLevel: {}. Since {}.\n\n", self.level, self.since);
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

    /// Returns the lines of its documentation, without the settings behind ```` ```lua ````, which only tests read.
    pub fn markdown_lines(&self) -> impl Iterator<Item = &'static str> {
        self.docs.trim().lines().map(|line| {
            let line = line.strip_prefix(' ').unwrap_or(line).trim_end();
            // Fences carry settings.
            if line.starts_with("```lua") { "```lua" } else { line }
        })
    }

    /// Returns the first sentence of its documentation, on one line.
    pub fn summary(&self) -> String {
        let text = self.docs.split("## What it does").nth(1).unwrap_or(self.docs).trim_start();
        let paragraph = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
        match paragraph.split_once(". ") {
            Some((first, _)) => format!("{first}."),
            None => paragraph,
        }
    }
}

/// Returns the rule with a code.
pub(crate) fn find(rules: &[&'static Rule], code: &str) -> Option<&'static Rule> {
    rules.iter().find(|rule| rule.code == code).copied()
}

/// Returns the code that a misspelt one most likely means.
pub(crate) fn closest(rules: &[&'static Rule], code: &str) -> Option<&'static str> {
    commands::api::closest(code, rules.iter().map(|rule| rule.code))
}

/// Declares the rule of a file: documentation as a doc comment, then named metadata.
macro_rules! declare_rule {
    (
        $(#[doc = $doc:literal])*
        code: $code:literal,
        group: $group:ident,
        level: $level:ident,
        fix: $fix:ident,
        since: $since:literal,
        check: $check:path $(,)?
    ) => {
        $(#[doc = $doc])*
        pub(crate) static RULE: $crate::rule::Rule = $crate::rule::Rule {
            code: $code,
            group: $crate::groups::Group::$group,
            level: $crate::Level::$level,
            fix: $crate::rule::FixKind::$fix,
            since: $since,
            docs: concat!($($doc, "\n"),*),
            check: $check,
        };
    };
}
pub(crate) use declare_rule;
