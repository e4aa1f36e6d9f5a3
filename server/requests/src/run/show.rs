//! Shows results as inlay text, as diagnostics and as messages.

use std::fmt::Write as _;

use linter::Level;
use ls_types::{
    Diagnostic as LspDiagnostic, DiagnosticSeverity, InlayHint, InlayHintLabel, InlayHintTooltip, NumberOrString,
};
use protocol::{Reply, notation};
use script::{Change, Outcome, State};
use serde_json::json;
use spec::{Result as Verdicted, Verdict};
use text::TextRange;

use super::shorten::{cut, shorten};
use crate::{markup::markup, run::results::Failed, snapshot::View};

/// Maximum length of a reply beside the code, in characters.
const LONGEST: usize = 60;
/// Maximum length of a reply in a message, in characters.
const LONGEST_MESSAGE: usize = 600;
/// Maximum length of a reply in a tooltip, in characters.
const LONGEST_TOOLTIP: usize = 4000;
/// Number of keys and lines of the log a tooltip lists.
const MOST_ROWS: usize = 20;

/// The examples of a script or a transcript.
pub fn examples(file: &ide::File) -> Vec<spec::Example> {
    if file.is_transcript() { spec::transcript(file.source()) } else { spec::examples(file.source()) }
}

/// True if a file may have examples; most have none.
pub fn may_have_examples(file: &ide::File) -> bool {
    file.is_transcript() || (file.is_script && memchr::memmem::find(file.source(), b"-->").is_some())
}

/// A message for a status line.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text of a reply beside the code.
pub fn label(outcome: &Outcome) -> String {
    reply_label(&outcome.reply)
}

/// A reply beside the code.
pub fn reply_label(reply: &Reply) -> String {
    format!("→ {}", shorten(&notation::print_start(reply, LONGEST_TOOLTIP), LONGEST))
}

/// Reply of a run as a message has it.
pub fn reply(outcome: &Outcome) -> String {
    reply_text(&outcome.reply)
}

/// A reply as a message has it.
pub fn reply_text(reply: &Reply) -> String {
    notation::print_start(reply, LONGEST_MESSAGE)
}

/// Everything about a run, in Markdown.
pub fn tooltip(outcome: &Outcome, with: &str) -> String {
    let mut out = format!("```\n{}\n```\n{with}\n", notation::print_start(&outcome.reply, LONGEST_TOOLTIP));
    if !outcome.changes.is_empty() {
        out.push_str("\n**Changed**\n");
        for change in outcome.changes.iter().take(MOST_ROWS) {
            let _ = writeln!(out, "- {}", changed(change));
        }
        more(&mut out, outcome.changes.len());
    }
    if !outcome.log.is_empty() {
        out.push_str("\n**Log**\n");
        for line in outcome.log.iter().take(MOST_ROWS) {
            let text = String::from_utf8_lossy(&line.text);
            let _ = writeln!(out, "- {}: {}", spec::json::level(line.level), code(&text));
        }
        more(&mut out, outcome.log.len());
    }
    let cost = &outcome.cost;
    let count = |count: u64, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let _ = write!(
        out,
        "\n**Cost** {}, {}, {} KiB of Lua, {:.1} ms",
        count(cost.commands, "command"),
        count(cost.instructions, "instruction"),
        cost.memory.div_ceil(1024),
        cost.micros as f64 / 1000.0
    );
    out
}

fn more(out: &mut String, count: usize) {
    if count > MOST_ROWS {
        let _ = writeln!(out, "- and {} more", count - MOST_ROWS);
    }
}

/// A text as code in a line of Markdown.
fn code(text: &str) -> String {
    format!("`{}`", shorten(text, LONGEST).replace('`', "'"))
}

fn changed(change: &Change) -> String {
    let state = |state: &Option<State>| match state {
        None => "nothing".to_owned(),
        Some(state) => code(&notation::print_start(&state.value, LONGEST_MESSAGE)),
    };
    let key = code(&String::from_utf8_lossy(&change.key));
    format!("{key}: {} → {}", state(&change.before), state(&change.after))
}

/// True if an example was stopped rather than answered.
pub fn is_stopped(result: &Verdicted) -> bool {
    match result {
        Verdicted::Differs { got, .. } => got.starts_with("(error) ERR stopped"),
        Verdicted::Broken(why) => why == "the run was cancelled",
        Verdicted::Passed => false,
    }
}

/// The result of an example as inlay text.
fn mark(result: &Verdicted) -> String {
    match result {
        Verdicted::Passed => "✓".to_owned(),
        result if is_stopped(result) => "✗ stopped".to_owned(),
        Verdicted::Differs { got, .. } => format!("✗ {}", shorten(got, LONGEST)),
        Verdicted::Broken(why) => format!("✗ {}", shorten(why, LONGEST)),
    }
}

/// The hints that runs left in a file.
pub fn inlays(view: View<'_>, within: TextRange) -> Vec<InlayHint> {
    if !view.root.settings.config.options.display.results {
        return Vec::new();
    }
    let key = view.key();
    let hint = |at: u32, label: String, tooltip: String| InlayHint {
        position: view.out_at(at),
        label: InlayHintLabel::String(label),
        kind: None,
        text_edits: None,
        tooltip: Some(InlayHintTooltip::MarkupContent(markup(view.client, tooltip))),
        padding_left: Some(true),
        padding_right: None,
        data: None,
    };
    let inside = |at: u32| within.start <= at && at <= within.end;
    let mut found: Vec<InlayHint> = view
        .runs
        .ran(key)
        .filter(|ran| inside(ran.at))
        .map(|ran| hint(ran.at, ran.label.clone(), ran.tooltip.clone()))
        .collect();
    for verdict in view.runs.judged(key).into_iter().flat_map(|judged| &judged.verdicts) {
        let at = line_range(view, verdict.example.last_line).end;
        if inside(at) {
            let passed = matches!(verdict.result, Verdicted::Passed);
            // By this a client can show it in its own way.
            let data = Some(json!({ "passed": passed }));
            found.push(InlayHint { data, ..hint(at, mark(&verdict.result), explain(&verdict.result)) });
        }
    }
    found
}

/// The result of an example in Markdown.
fn explain(result: &Verdicted) -> String {
    match result {
        Verdicted::Passed => "The embedded engine gives this reply.".to_owned(),
        Verdicted::Differs { expected, got } => {
            format!("The embedded engine gives\n```\n{}\n```\nand not\n```\n{expected}\n```", cut(got, LONGEST_TOOLTIP))
        }
        Verdicted::Broken(why) => why.clone(),
    }
}

/// The bytes of a line that is counted from 1.
pub fn line_range(view: View<'_>, line: u32) -> TextRange {
    let file = view.file();
    file.lines.line_range(file.source(), line.saturating_sub(1))
}

/// Range of a line, counted from 1, without surrounding blanks.
fn words_of(view: View<'_>, line: u32) -> TextRange {
    let range = line_range(view, line);
    let text = range.slice(view.file().source());
    let before = text.len() - text.trim_ascii_start().len();
    let start = range.start + before as u32;
    TextRange::new(start, start + text.trim_ascii().len() as u32)
}

/// Range of a failure within its line: the name in the message, the only command, the finding of a rule, or the whole line.
fn failed_range(view: View<'_>, failed: &Failed) -> TextRange {
    let (file, line) = (view.file(), words_of(view, failed.line));
    let text = file.text(line);
    // `attempt to call global 'f' (a nil value)`
    let named = failed.message.lines().next().and_then(|message| message.strip_prefix("attempt to "));
    let name = named.and_then(|rest| rest.split('\'').nth(1)).filter(|name| !name.is_empty());
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let places: Vec<usize> = name.map_or_else(Vec::new, |name| {
        let whole =
            |&(at, _): &(usize, &str)| !text[..at].ends_with(is_part) && !text[at + name.len()..].starts_with(is_part);
        text.match_indices(name).filter(whole).map(|(at, _)| at).collect()
    });
    if let ([at], Some(name), false) = (&places[..], name, text.contains('\u{fffd}')) {
        let start = line.start + *at as u32;
        return TextRange::new(start, start + name.len() as u32);
    }
    let within = |range: &TextRange| line.start <= range.start && range.end <= line.end;
    let expected = file.findings().iter().filter(|it| it.level > Level::Hint).map(|it| it.range).find(within);
    let script = &file.script;
    let words = script.calls.iter().filter_map(|call| call.words.first().map(|&word| script.tree()[word].range));
    let commands: Vec<TextRange> = words.filter(within).collect();
    match (expected, &commands[..]) {
        (Some(range), _) => range,
        (None, [command]) if named.is_none() => *command,
        _ => line,
    }
}

/// The findings that runs left in a file.
pub fn diagnostics(view: View<'_>) -> Vec<LspDiagnostic> {
    let key = view.key();
    if !view.runs.has_findings(key) {
        return Vec::new();
    }
    let found = |range: TextRange, severity: DiagnosticSeverity, code: &str, message: String| LspDiagnostic {
        range: view.out(range),
        severity: Some(severity),
        code: Some(NumberOrString::String(code.to_owned())),
        source: Some("redlua".to_owned()),
        message,
        ..LspDiagnostic::default()
    };
    let mut all: Vec<LspDiagnostic> = view
        .runs
        .failures(key)
        .map(|(_, failed)| found(failed_range(view, failed), DiagnosticSeverity::ERROR, "run", failed.message.clone()))
        .collect();
    for verdict in view.runs.judged(key).into_iter().flat_map(|judged| &judged.verdicts) {
        if let Some((range, message)) = difference(view, verdict) {
            all.push(found(range, DiagnosticSeverity::WARNING, "example", message));
        }
    }
    all
}

/// Returns the range of a failed example and the message, or none if it passed.
pub fn difference(view: View<'_>, verdict: &Verdict) -> Option<(TextRange, String)> {
    let example = &verdict.example;
    match &verdict.result {
        Verdicted::Passed => None,
        Verdicted::Broken(why) => {
            let why = if is_stopped(&verdict.result) { "the examples took too long" } else { why };
            Some((words_of(view, example.line), format!("this example was not run: {why}")))
        }
        Verdicted::Differs { got, .. } => {
            let message = format!("the embedded engine gives {}", told(got));
            let Some(expected) = &example.expected else { return Some((words_of(view, example.line), message)) };
            // Of a long reply only the lines that differ.
            let (expected, given): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), got.lines().collect());
            let same = |(a, b): &(&&str, &&str)| a.trim_end() == b.trim_end();
            let lines = example.last_line - example.line;
            let first = expected.iter().zip(&given).take_while(same).count() as u32;
            let first = first.min(lines.saturating_sub(1));
            let behind = expected.iter().rev().zip(given.iter().rev()).take_while(same).count() as u32;
            let last = lines.saturating_sub(behind).max(first + 1);
            let range = words_of(view, example.line + 1 + first).cover(words_of(view, example.line + last));
            Some((range, message))
        }
    }
}

/// A reply within a sentence.
fn told(reply: &str) -> String {
    let text = cut(reply, LONGEST_MESSAGE);
    if text.contains('\n') { format!("\n{text}") } else { text }
}

/// Findings of the linter and of runs together.
pub fn all_diagnostics(view: View<'_>) -> Vec<LspDiagnostic> {
    let mut all: Vec<LspDiagnostic> = {
        let told = view.file().findings().iter().filter(|finding| view.is_told(finding));
        told.map(|finding| view.diagnostic(finding)).collect()
    };
    all.extend(diagnostics(view));
    all
}
