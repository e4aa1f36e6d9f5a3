//! `--format human`: the source with the finding under it.

use std::io::Write as _;

use annotate_snippets::{AnnotationKind, Level as Title, Renderer, Snippet};
use anyhow::Result;
use linter::{Diagnostic, Level};

use crate::check::{Checked, Report};

pub(crate) fn write(report: &Report, hints: bool) -> Result<()> {
    let mut out = std::io::BufWriter::new(anstream::stdout());
    let renderer = Renderer::styled();
    let least = if hints { Level::Hint } else { Level::Warning };
    for file in &report.files {
        if !file.findings.iter().any(|finding| finding.level >= least) {
            continue;
        }
        // The renderer wants text; a stray byte becomes a character of its own.
        let shown = Shown::new(&file.source);
        for finding in file.findings.iter().filter(|finding| finding.level >= least) {
            writeln!(out, "{}\n", render(&renderer, file, &shown, finding))?;
        }
    }
    writeln!(out, "{}", summary(report, hints))?;
    out.flush()?;
    Ok(())
}

/// A source as text, with the offsets of its bytes in it.
struct Shown<'a> {
    text: std::borrow::Cow<'a, str>,
}

impl<'a> Shown<'a> {
    fn new(source: &'a [u8]) -> Self {
        Self { text: String::from_utf8_lossy(source) }
    }

    /// The place of a byte offset in the text.
    fn at(&self, source: &[u8], offset: u32) -> usize {
        let offset = (offset as usize).min(source.len());
        match self.text {
            std::borrow::Cow::Borrowed(text) => (0..=offset).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0),
            std::borrow::Cow::Owned(_) => String::from_utf8_lossy(&source[..offset]).len(),
        }
    }

    fn range(&self, source: &[u8], range: text::TextRange) -> std::ops::Range<usize> {
        let start = self.at(source, range.start);
        start..self.at(source, range.end).max(start)
    }
}

fn render(renderer: &Renderer, file: &Checked, shown: &Shown<'_>, finding: &Diagnostic) -> String {
    let title = match finding.level {
        Level::Error => Title::ERROR,
        Level::Warning => Title::WARNING,
        Level::Hint => Title::HELP.with_name("hint"),
    };
    let mut snippet = Snippet::source(shown.text.as_ref()).path(file.path.as_str()).fold(true);
    snippet = snippet.annotation(AnnotationKind::Primary.span(shown.range(&file.source, finding.range)));
    for related in finding.related.iter().filter(|related| related.path.is_none()) {
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

fn summary(report: &Report, hints: bool) -> String {
    let count = |level| report.count(level);
    let plural = |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    let scripts = report.files.iter().filter(|file| file.is_script).count();
    let (errors, warnings, quiet) = (count(Level::Error), count(Level::Warning), count(Level::Hint));
    let checked = plural(scripts, "script");
    let mut text = if errors + warnings == 0 {
        format!("\u{1b}[1;32m{checked} checked, no mistakes\u{1b}[0m")
    } else {
        format!("{checked} checked: {}, {}", plural(errors, "error"), plural(warnings, "warning"))
    };
    if scripts == 0 {
        text = match report.files.len() {
            0 => "no Lua file here".to_owned(),
            files => format!("no Redis Lua among {}", plural(files, "Lua file")),
        };
    }
    if quiet > 0 && !hints {
        text.push_str(&format!(" ({}: --hints)", plural(quiet, "hint")));
    } else if quiet > 0 {
        text.push_str(&format!(", {}", plural(quiet, "hint")));
    }
    let fixable = report.findings().filter(|(_, it)| it.fix.as_ref().is_some_and(|fix| fix.safe)).count();
    if fixable > 0 {
        text.push_str(&format!("; --fix mends {fixable}"));
    }
    text
}
