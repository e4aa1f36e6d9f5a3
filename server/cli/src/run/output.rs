//! An outcome on a terminal: the reply, then the report of it.

use std::io::{Result, Write};

use annotate_snippets::{AnnotationKind, Level as Title, Renderer, Snippet};
use protocol::{Reply, notation};
use script::{Failure, Outcome};
use spec::report::{self, Kind, Line};

use super::Source;

/// Characters of a command, a reply or a value on a line.
const SHOWN: usize = 100;

const BOLD: &str = "\u{1b}[1m";
const DIM: &str = "\u{1b}[2m";
const RED: &str = "\u{1b}[31m";
const GREEN: &str = "\u{1b}[32m";
const PLAIN: &str = "\u{1b}[0m";

/// The reply, or the failure with its line of the source.
pub(crate) fn reply(out: &mut impl Write, reply: &Reply, failure: Option<&Failure>, source: &Source) -> Result<()> {
    match failure {
        Some(failure) => failed(out, &failure.message, failure.line, source),
        None => {
            let mut text = Text { out, result: Ok(()) };
            // What failed is in the result.
            let _ = notation::write(reply, &mut text);
            text.result?;
            writeln!(out)
        }
    }
}

/// A faint line.
pub(crate) fn note(out: &mut impl Write, text: &str) -> Result<()> {
    writeln!(out, "{DIM}{text}{PLAIN}")
}

pub(super) fn write(out: &mut impl Write, outcome: &Outcome, source: &Source, trace: bool) -> Result<()> {
    reply(out, &outcome.reply, outcome.failure.as_ref(), source)?;
    let style = report::Style { commands: trace, whole: false, width: SHOWN, place: &|line| source.place(line) };
    report::write(outcome, &style, &mut |line| write_line(out, line))
}

fn write_line(out: &mut impl Write, line: Line<'_>) -> Result<()> {
    let colour = match line.kind {
        Kind::Plain => "",
        Kind::Title | Kind::Key => BOLD,
        Kind::Before => RED,
        Kind::After => GREEN,
        Kind::Note => DIM,
    };
    for piece in line.pieces {
        match if piece.dim { DIM } else { colour } {
            "" => out.write_all(piece.text.as_bytes())?,
            colour => write!(out, "{colour}{}{PLAIN}", piece.text)?,
        }
    }
    writeln!(out)
}

/// Takes text as it comes: a long reply is never in memory twice.
struct Text<'a, W> {
    out: &'a mut W,
    result: Result<()>,
}

impl<W: Write> std::fmt::Write for Text<'_, W> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.result = self.out.write_all(text.as_bytes());
        if self.result.is_ok() { Ok(()) } else { Err(std::fmt::Error) }
    }
}

/// The error, with the line of the source under it.
fn failed(out: &mut impl Write, message: &str, line: Option<u32>, source: &Source) -> Result<()> {
    let Some(line) = line else { return writeln!(out, "{RED}(error) {message}{PLAIN}") };
    let (file, _) = source.flat.origin(line);
    let (line, _) = source.place(line);
    let text = match (source.host_text(file), source.flat.files.get(file).map(std::fs::read)) {
        (Some(text), _) => text.to_vec(),
        (None, Some(Ok(text))) if file > 0 => text,
        // The script may have come by standard input; without includes it is the text that ran.
        _ => source.flat.code.clone(),
    };
    let text = String::from_utf8_lossy(&text);
    let Some(shown) = text.lines().nth(line.saturating_sub(1) as usize) else {
        return writeln!(out, "{RED}(error) {message}{PLAIN}");
    };
    let indent = shown.len() - shown.trim_start().len();
    let path = source.shown(file);
    let snippet = Snippet::source(shown)
        .path(path.as_str())
        .line_start(line as usize)
        .annotation(AnnotationKind::Primary.span(indent..shown.trim_end().len().max(indent)));
    let group = Title::ERROR.primary_title(message).element(snippet);
    writeln!(out, "{}", Renderer::styled().render(&[group]))
}
