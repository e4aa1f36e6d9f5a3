//! `--format human`: the source with the finding under it.

use std::io::Write;

use annotate_snippets::{AnnotationKind, Level as Title, Renderer, Snippet};
use anyhow::Result;
use linter::{Diagnostic, Level, Related};
use text::{LineIndex, TextRange};

use super::writer::Output;
use crate::check::{
    checked::{Checked, ScriptFacts, Totals},
    fix,
};

/// Output for people.
pub(super) struct Human {
    renderer: Renderer,
    hints: bool,
    /// Findings and nothing else.
    quiet: bool,
    /// Summaries of the scripts, written after the findings.
    facts: Vec<u8>,
}

impl Human {
    pub(super) fn new(hints: bool, quiet: bool) -> Self {
        Self { renderer: Renderer::styled(), hints, quiet, facts: Vec::new() }
    }
}

impl Output for Human {
    fn file(&mut self, out: &mut dyn Write, file: &Checked) -> Result<()> {
        let least = if self.hints { Level::Hint } else { Level::Warning };
        if file.findings.iter().any(|finding| finding.level >= least) {
            let index = file.lines();
            for finding in file.findings.iter().filter(|finding| finding.level >= least) {
                writeln!(out, "{}\n", render(&self.renderer, file, &index, finding))?;
            }
        }
        for ScriptFacts { script, facts, .. } in &file.facts {
            let script = script.as_ref().map(|name| format!(":{name}")).unwrap_or_default();
            let name = facts.function.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
            writeln!(self.facts, "\u{1b}[1m{}{script}{name}\u{1b}[0m: {}", file.path, facts.line())?;
            for line in facts.block().lines() {
                writeln!(self.facts, "  {line}")?;
            }
            writeln!(self.facts)?;
        }
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write, totals: &Totals) -> Result<()> {
        out.write_all(&self.facts)?;
        // Of paths that are not there enough was said.
        let is_nothing = totals.files == 0 && totals.unreadable > 0;
        if !self.quiet && !is_nothing {
            if !totals.fixed.is_empty() {
                writeln!(out, "{}\n", fix::summary(&totals.fixed, true))?;
            }
            writeln!(out, "{}", summary(totals, self.hints))?;
        }
        Ok(())
    }
}

/// Some lines of a source as text, with the offsets of its bytes in it. Of a large file only these lines go to the renderer,
/// which reads all its input.
struct Shown<'a> {
    text: std::borrow::Cow<'a, str>,
    /// Offset of the first line in the source.
    start: u32,
    /// The number of the first line, from 1.
    line: usize,
}

/// Number of lines around a finding that the renderer may use.
const AROUND: u32 = 3;

impl<'a> Shown<'a> {
    /// The lines around `range`.
    fn new(source: &'a [u8], index: &LineIndex, range: TextRange) -> Self {
        let first = index.line(range.start).saturating_sub(AROUND);
        let last = index.line(range.end) + AROUND;
        let start = index.line_start(first);
        let end = index.line_range(source, last).end.max(start);
        // The renderer wants text; a stray byte becomes a character of its own.
        let text = String::from_utf8_lossy(TextRange::new(start, end).slice(source));
        Self { text, start, line: first as usize + 1 }
    }

    /// The place of a byte offset of the source in the text.
    fn at(&self, source: &[u8], offset: u32) -> usize {
        let offset = offset.clamp(self.start, source.len() as u32);
        let bytes = TextRange::new(self.start, offset).slice(source);
        match self.text {
            std::borrow::Cow::Borrowed(text) => {
                (0..=bytes.len().min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
            }
            std::borrow::Cow::Owned(ref text) => String::from_utf8_lossy(bytes).len().min(text.len()),
        }
    }

    fn range(&self, source: &[u8], range: TextRange) -> std::ops::Range<usize> {
        let start = self.at(source, range.start);
        start..self.at(source, range.end).max(start)
    }
}

fn render(renderer: &Renderer, file: &Checked, index: &LineIndex, finding: &Diagnostic) -> String {
    let near = |range: TextRange| index.line(range.start).abs_diff(index.line(finding.range.start)) < 200;
    let related: Vec<&Related> =
        finding.related.iter().filter(|related| related.path.is_none() && near(related.range)).collect();
    let all = related.iter().fold(finding.range, |all, related| all.cover(related.range));
    let shown = Shown::new(&file.source, index, all);
    let title = match finding.level {
        Level::Error => Title::ERROR,
        Level::Warning => Title::WARNING,
        Level::Hint => Title::HELP.with_name("hint"),
    };
    let mut snippet = Snippet::source(shown.text.as_ref()).path(file.path.as_str()).line_start(shown.line).fold(true);
    snippet = snippet.annotation(AnnotationKind::Primary.span(shown.range(&file.source, finding.range)));
    for related in related {
        let range = shown.range(&file.source, related.range);
        snippet = snippet.annotation(AnnotationKind::Context.span(range).label(related.message.as_str()));
    }
    let mut group = title.primary_title(finding.message.as_str()).id(finding.code).element(snippet);
    if let Some(help) = &finding.help {
        group = group.element(Title::HELP.message(help.as_str()));
    } else if let Some(fix) = &finding.fix {
        group = group.element(Title::HELP.message(fix.title.as_str()));
    }
    renderer.render(&[group])
}

/// The last line of the output: the files checked, and the findings.
pub(super) fn summary(totals: &Totals, hints: bool) -> String {
    let plural = |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    let (scripts, errors, warnings, quiet) = (totals.scripts, totals.errors, totals.warnings, totals.hints);
    let checked = plural(scripts, "script");
    let mut text = if errors + warnings == 0 {
        format!("\u{1b}[1;32m{checked} checked, no mistakes\u{1b}[0m")
    } else {
        format!("{checked} checked: {}, {}", plural(errors, "error"), plural(warnings, "warning"))
    };
    if scripts == 0 {
        text = match totals.files {
            0 => "no script here".to_owned(),
            files => format!("no Redis Lua among {}", plural(files, "Lua file")),
        };
    }
    if quiet > 0 && !hints {
        text.push_str(&format!(" ({}: --hints)", plural(quiet, "hint")));
    } else if quiet > 0 {
        text.push_str(&format!(", {}", plural(quiet, "hint")));
    }
    match (totals.fixable, totals.fixable_unsafe) {
        (0, 0) => {}
        (safe, 0) => text.push_str(&format!("; --fix fixes {safe}")),
        (0, more) => text.push_str(&format!("; --fix --unsafe fixes {more}")),
        (safe, more) => text.push_str(&format!("; --fix fixes {safe}, and {more} more with --unsafe")),
    }
    text
}
