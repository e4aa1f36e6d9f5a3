//! An outcome as lines of text, for terminals and for windows of editors: the commands, the keys before and after,
//! messages, the log, and the cost. The reply is not in it.

use std::{fmt::Write as _, ops::Range};

use protocol::{Reply, notation};
use script::{Change, Outcome, State};

/// Commands that are listed.
const MAX_COMMANDS: usize = 1000;
/// Elements of a list on one line.
const MAX_ITEMS: usize = 20;
/// Characters of a value on several lines.
const MAX_VALUE: usize = 10_000;

/// What a line is about, which decides on its colour.
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

/// A line of a report, without its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// Subject.
    pub kind: Kind,
    /// Text, without control characters but those of log and messages.
    pub text: String,
    /// Bytes of the text that matter less: at most two ranges.
    pub dim: [Range<usize>; 2],
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

/// Returns the report. Sections that would be empty are left out, but for the commands.
pub fn lines(outcome: &Outcome, style: &Style<'_>) -> Vec<Line> {
    let mut report = Report { lines: Vec::new(), style };
    if style.commands {
        report.commands(outcome);
    }
    if !outcome.changes.is_empty() {
        report.title("keys");
        outcome.changes.iter().for_each(|change| report.change(change));
    }
    if !outcome.published.is_empty() {
        report.title("published");
        for (channel, message) in &outcome.published {
            report.put(Kind::Plain, &format!("  {} {}", notation::quote(channel), notation::quote(message)));
        }
    }
    if !outcome.log.is_empty() {
        report.title("log");
        for line in &outcome.log {
            let text = String::from_utf8_lossy(&line.text);
            report.put(Kind::Plain, &format!("  {:7} {text}", crate::json::level(line.level)));
        }
    }
    report.cost(outcome);
    report.lines
}

struct Report<'a> {
    lines: Vec<Line>,
    style: &'a Style<'a>,
}

impl Report<'_> {
    /// Adds a text, one line for each of its own.
    fn put(&mut self, kind: Kind, text: &str) {
        for text in text.split('\n') {
            self.add(Line { kind, text: text.to_owned(), dim: [0..0, 0..0], code: None });
        }
    }

    fn add(&mut self, line: Line) {
        meter::tick(1 + line.text.len() / 64);
        self.lines.push(line);
    }

    fn title(&mut self, title: &str) {
        self.put(Kind::Plain, "");
        self.put(Kind::Title, title);
    }

    fn commands(&mut self, outcome: &Outcome) {
        self.title("commands");
        for traced in outcome.trace.iter().take(MAX_COMMANDS) {
            let (shown, code) = match (self.style.place)(traced.line) {
                // The script has no line in it: a chunk that it registered as a function.
                (0, _) => ("   –".to_owned(), None),
                (line, None) => (format!("{line:>4}"), Some(traced.line)),
                (line, Some(path)) => (format!("{path}:{line}"), Some(traced.line)),
            };
            let words: Vec<String> = traced.words.iter().map(|word| notation::readable_word(word)).collect();
            let command = shorten(&words.join(" "), self.style.width);
            let mut text = format!("  {shown}");
            let place = 2..text.len();
            let _ = write!(text, "  {command}  ");
            let arrow = text.len();
            text.push('→');
            let dim = [place, arrow..text.len()];
            let _ = write!(text, " {}", on_a_line(&traced.reply, self.style.width));
            self.add(Line { kind: Kind::Plain, text, dim, code });
        }
        let listed = outcome.trace.len().min(MAX_COMMANDS);
        let rest = outcome.cost.commands.saturating_sub(listed as u64);
        if rest > 0 {
            self.put(Kind::Note, &format!("  and {rest} more"));
        }
    }

    fn change(&mut self, change: &Change) {
        let kind = change.after.as_ref().or(change.before.as_ref()).map_or("", |state| state.kind);
        let mut text = format!("  {}", notation::readable_word(&change.key));
        let name = text.len();
        let _ = write!(text, " {kind}");
        if change.db != 0 {
            let _ = write!(text, " (database {})", change.db);
        }
        let dim = [0..0, name..text.len()];
        self.add(Line { kind: Kind::Key, text, dim, code: None });
        for (kind, sign, state) in [(Kind::Before, '-', &change.before), (Kind::After, '+', &change.after)] {
            if let Some(state) = state {
                let value = self.state(state).replace('\n', "\n      ");
                self.put(kind, &format!("    {sign} {value}"));
            }
        }
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

    fn cost(&mut self, outcome: &Outcome) {
        let cost = &outcome.cost;
        let plural = |count: u64, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
        let text = format!(
            "{}, {}, {} of Lua's memory, {}",
            plural(cost.commands, "command"),
            plural(cost.instructions, "instruction"),
            bytes(cost.memory),
            time(cost.micros),
        );
        self.put(Kind::Plain, "");
        self.put(Kind::Note, &text);
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
