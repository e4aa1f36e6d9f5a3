//! An outcome as lines of text, for terminals and for windows of editors: the commands, the keys before and after,
//! messages, the log, and the cost. The reply is not in it.

use std::fmt::Write as _;

use protocol::{Reply, notation};
use script::{Change, Outcome, State};

/// Commands that are listed.
const MAX_COMMANDS: usize = 1000;
/// Elements of a list on one line.
const MAX_ITEMS: usize = 20;
/// Characters of a value on several lines.
const MAX_VALUE: usize = 10_000;

/// Kind of a line, which decides its colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A command, a message, a line of the log.
    Plain,
    /// The name of a section.
    Title,
    /// A key that changed.
    Key,
    /// Its value before.
    Before,
    /// Its value now.
    After,
    /// The cost and other asides.
    Note,
}

/// A part of a line.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// Text, without ends of lines.
    pub text: &'a str,
    /// True for what matters less.
    pub dim: bool,
}

/// A line of a report, without its end.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// Subject.
    pub kind: Kind,
    /// The parts, in order.
    pub pieces: &'a [Piece<'a>],
    /// Line of the code that ran, counted from 1.
    pub code: Option<u32>,
}

/// Contents of a report.
#[expect(missing_debug_implementations, reason = "a function has no text")]
pub struct Style<'a> {
    /// True to list the commands.
    pub commands: bool,
    /// True for values of several lines, where they have several elements.
    pub whole: bool,
    /// Characters of a command, a reply and a value on one line.
    pub width: usize,
    /// Returns the line of a file, and its path unless it is the script, for a line of the code that ran.
    pub place: &'a dyn Fn(u32) -> (u32, Option<String>),
}

/// Writes the report, line by line, for what a run logged may take all the memory that there is. Sections that would be
/// empty are left out, but for the commands.
///
/// # Errors
/// Those of `put`.
pub fn write<E>(outcome: &Outcome, style: &Style<'_>, put: &mut dyn FnMut(Line<'_>) -> Result<(), E>) -> Result<(), E> {
    let mut report = Report { style, put };
    if style.commands {
        report.commands(outcome)?;
    }
    if !outcome.changes.is_empty() {
        report.title("keys")?;
        outcome.changes.iter().try_for_each(|change| report.change(change))?;
    }
    if !outcome.published.is_empty() {
        report.title("published")?;
        for (channel, message) in &outcome.published {
            report.text(Kind::Plain, &["  ", &notation::quote(channel), " ", &notation::quote(message)])?;
        }
    }
    if !outcome.log.is_empty() {
        report.title("log")?;
        for line in &outcome.log {
            let level = format!("  {:7} ", crate::json::level(line.level));
            let text = String::from_utf8_lossy(&line.text);
            for (nth, text) in text.split('\n').enumerate() {
                report.text(Kind::Plain, &[if nth == 0 { &level } else { "" }, text])?;
            }
        }
    }
    report.cost(outcome)
}

struct Report<'a, E> {
    style: &'a Style<'a>,
    put: &'a mut dyn FnMut(Line<'_>) -> Result<(), E>,
}

impl<E> Report<'_, E> {
    fn line(&mut self, kind: Kind, code: Option<u32>, pieces: &[(&str, bool)]) -> Result<(), E> {
        meter::tick(1);
        let pieces: Vec<Piece<'_>> = pieces.iter().map(|&(text, dim)| Piece { text, dim }).collect();
        (self.put)(Line { kind, pieces: &pieces, code })
    }

    fn text(&mut self, kind: Kind, texts: &[&str]) -> Result<(), E> {
        let pieces: Vec<(&str, bool)> = texts.iter().map(|&text| (text, false)).collect();
        self.line(kind, None, &pieces)
    }

    fn title(&mut self, title: &str) -> Result<(), E> {
        self.text(Kind::Plain, &[])?;
        self.text(Kind::Title, &[title])
    }

    fn commands(&mut self, outcome: &Outcome) -> Result<(), E> {
        self.title("commands")?;
        for traced in outcome.trace.iter().take(MAX_COMMANDS) {
            let (place, code) = match (self.style.place)(traced.line) {
                // The script has no line in it: a chunk that it registered as a function.
                (0, _) => ("   –".to_owned(), None),
                (line, None) => (format!("{line:>4}"), Some(traced.line)),
                (line, Some(path)) => (format!("{path}:{line}"), Some(traced.line)),
            };
            let words: Vec<String> = traced.words.iter().map(|word| notation::readable_word(word)).collect();
            let command = format!("  {}  ", shorten(&words.join(" "), self.style.width));
            let reply = format!(" {}", on_a_line(&traced.reply, self.style.width));
            let pieces = [("  ", false), (&*place, true), (&command, false), ("→", true), (&reply, false)];
            self.line(Kind::Plain, code, &pieces)?;
        }
        let listed = outcome.trace.len().min(MAX_COMMANDS);
        let rest = outcome.cost.commands.saturating_sub(listed as u64);
        if rest > 0 {
            self.text(Kind::Note, &[&format!("  and {rest} more")])?;
        }
        Ok(())
    }

    fn change(&mut self, change: &Change) -> Result<(), E> {
        let kind = change.after.as_ref().or(change.before.as_ref()).map_or("", |state| state.kind);
        let key = format!("  {}", notation::readable_word(&change.key));
        let db = if change.db == 0 { String::new() } else { format!(" (database {})", change.db) };
        self.line(Kind::Key, None, &[(&key, false), (&format!(" {kind}{db}"), true)])?;
        for (kind, sign, state) in [(Kind::Before, "-", &change.before), (Kind::After, "+", &change.after)] {
            if let Some(state) = state {
                for (nth, text) in self.state(state).split('\n').enumerate() {
                    self.text(kind, &["    ", if nth == 0 { sign } else { " " }, " ", text])?;
                }
            }
        }
        Ok(())
    }

    fn state(&self, state: &State) -> String {
        let mut text = match self.style.whole {
            true => notation::print_start(&state.value, MAX_VALUE),
            false => on_a_line(&state.value, self.style.width),
        };
        if let Some(at) = state.expires {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            let now = now.map_or(0, |it| it.as_millis() as i64);
            let _ = write!(text, "  (expires in {:.1} s)", (at - now) as f64 / 1000.0);
        }
        text
    }

    fn cost(&mut self, outcome: &Outcome) -> Result<(), E> {
        let cost = &outcome.cost;
        let plural = |count: u64, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
        let text = format!(
            "{}, {}, {} of Lua's memory, {}",
            plural(cost.commands, "command"),
            plural(cost.instructions, "instruction"),
            bytes(cost.memory),
            time(cost.micros),
        );
        self.text(Kind::Plain, &[])?;
        self.text(Kind::Note, &[&text])
    }
}

fn bytes(count: usize) -> String {
    match count {
        0..=1023 => format!("{count} B"),
        1024..=1_048_575 => format!("{:.1} KiB", count as f64 / 1024.0),
        _ => format!("{:.1} MiB", count as f64 / 1_048_576.0),
    }
}

/// A time in µs or ms.
pub fn time(micros: u64) -> String {
    if micros < 1000 { format!("{micros} µs") } else { format!("{:.1} ms", micros as f64 / 1000.0) }
}

/// A reply on one line, lists in brackets.
fn on_a_line(reply: &Reply, width: usize) -> String {
    let inner = |reply: &Reply| on_a_line(reply, width);
    let text = match reply {
        Reply::Array(items) | Reply::Set(items) => {
            let items: Vec<String> = items.iter().take(MAX_ITEMS).map(inner).collect();
            format!("[{}]", items.join(", "))
        }
        Reply::Map(pairs) => {
            let pair = |(key, value): &(Reply, Reply)| format!("{}: {}", inner(key), inner(value));
            let pairs: Vec<String> = pairs.iter().take(MAX_ITEMS).map(pair).collect();
            format!("{{{}}}", pairs.join(", "))
        }
        other => notation::print_start(other, width + 1),
    };
    shorten(&text, width)
}

fn shorten(text: &str, width: usize) -> String {
    match text.char_indices().nth(width) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
