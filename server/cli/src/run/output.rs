//! An outcome for people: the reply, the commands, the keys before and after, the log, the cost.

use std::io::{Result, Write};

use annotate_snippets::{AnnotationKind, Level as Title, Renderer, Snippet};
use protocol::{Reply, notation};
use script::{Change, Outcome, State};

use super::Source;

/// Bytes of a reply or a value that are shown on a line of the trace.
const SHOWN: usize = 100;

const BOLD: &str = "\u{1b}[1m";
const DIM: &str = "\u{1b}[2m";
const RED: &str = "\u{1b}[31m";
const GREEN: &str = "\u{1b}[32m";
const PLAIN: &str = "\u{1b}[0m";

pub(super) fn write(out: &mut impl Write, outcome: &Outcome, source: &Source, trace: bool) -> Result<()> {
    match &outcome.failure {
        Some(failure) => failed(out, &failure.message, failure.line, source)?,
        None => {
            let mut text = Text { out, result: Ok(()) };
            // What failed is in the result.
            let _ = notation::write(&outcome.reply, &mut text);
            text.result?;
            writeln!(out)?;
        }
    }
    if trace {
        commands(out, outcome, source)?;
    }
    if !outcome.changes.is_empty() {
        writeln!(out, "\n{BOLD}keys{PLAIN}")?;
        outcome.changes.iter().try_for_each(|change| write_change(out, change))?;
    }
    if !outcome.published.is_empty() {
        writeln!(out, "\n{BOLD}published{PLAIN}")?;
        for (channel, message) in &outcome.published {
            writeln!(out, "  {} {}", notation::quote(channel), notation::quote(message))?;
        }
    }
    if !outcome.log.is_empty() {
        writeln!(out, "\n{BOLD}log{PLAIN}")?;
        for line in &outcome.log {
            writeln!(out, "  {:7} {}", spec::json::level(line.level), String::from_utf8_lossy(&line.text))?;
        }
    }
    let cost = &outcome.cost;
    let plural = |count: u64, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    writeln!(
        out,
        "\n{DIM}{}, {}, {} of Lua's memory, {}{PLAIN}",
        plural(cost.commands, "command"),
        plural(cost.instructions, "instruction"),
        bytes(cost.memory),
        time(cost.micros),
    )
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

fn bytes(count: usize) -> String {
    match count {
        0..=1023 => format!("{count} B"),
        1024..=1_048_575 => format!("{:.1} KiB", count as f64 / 1024.0),
        _ => format!("{:.1} MiB", count as f64 / 1_048_576.0),
    }
}

fn time(micros: u64) -> String {
    if micros < 1000 { format!("{micros} µs") } else { format!("{:.1} ms", micros as f64 / 1000.0) }
}

/// The error, with the line of the source under it.
fn failed(out: &mut impl Write, message: &str, line: Option<u32>, source: &Source) -> Result<()> {
    let Some(line) = line else { return writeln!(out, "{RED}(error) {message}{PLAIN}") };
    let (file, line) = source.flat.origin(line);
    let text = match source.flat.files.get(file).map(std::fs::read) {
        Some(Ok(text)) if file > 0 => text,
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

fn commands(out: &mut impl Write, outcome: &Outcome, source: &Source) -> Result<()> {
    writeln!(out, "\n{BOLD}commands{PLAIN}")?;
    for traced in &outcome.trace {
        let place = match source.place(traced.line) {
            // The script has no line in it: a chunk that it registered as a function.
            (0, _) => "   –".to_owned(),
            (line, None) => format!("{line:>4}"),
            (line, Some(path)) => format!("{path}:{line}"),
        };
        let words: Vec<String> = traced.words.iter().map(|word| word_of(word)).collect();
        writeln!(
            out,
            "  {DIM}{place}{PLAIN}  {}  {DIM}→{PLAIN} {}",
            shorten(&words.join(" ")),
            on_a_line(&traced.reply)
        )?;
    }
    let rest = outcome.cost.commands.saturating_sub(outcome.trace.len() as u64);
    if rest > 0 {
        writeln!(out, "  {DIM}and {rest} more, which were not kept{PLAIN}")?;
    }
    Ok(())
}

/// A word as one would type it.
fn word_of(word: &[u8]) -> String {
    let plain =
        !word.is_empty() && word.iter().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\'));
    if plain { String::from_utf8_lossy(word).into_owned() } else { notation::quote(word) }
}

fn on_a_line(reply: &Reply) -> String {
    let text = match reply {
        Reply::Array(items) | Reply::Set(items) => {
            let items: Vec<String> = items.iter().take(20).map(on_a_line).collect();
            format!("[{}]", items.join(", "))
        }
        Reply::Map(pairs) => {
            let pairs: Vec<String> =
                pairs.iter().take(20).map(|(key, value)| format!("{}: {}", on_a_line(key), on_a_line(value))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
        other => notation::print_start(other, SHOWN + 1),
    };
    shorten(&text)
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn write_change(out: &mut impl Write, change: &Change) -> Result<()> {
    let kind = change.after.as_ref().or(change.before.as_ref()).map_or("", |state| state.kind);
    let db = if change.db == 0 { String::new() } else { format!(" (database {})", change.db) };
    writeln!(out, "  {BOLD}{}{PLAIN} {DIM}{kind}{db}{PLAIN}", word_of(&change.key))?;
    if let Some(before) = &change.before {
        writeln!(out, "    {RED}- {}{PLAIN}", state(before))?;
    }
    if let Some(after) = &change.after {
        writeln!(out, "    {GREEN}+ {}{PLAIN}", state(after))?;
    }
    Ok(())
}

fn state(state: &State) -> String {
    let mut text = on_a_line(&state.value);
    if let Some(at) = state.expires {
        let now =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |it| it.as_millis() as i64);
        text.push_str(&format!("  (expires in {:.1} s)", (at - now) as f64 / 1000.0));
    }
    text
}
