//! `redlua profile`: what a server remembers of slow scripts, by the scripts of the workspace.

mod entry;
mod finder;
mod server;

use std::{collections::BTreeMap, io::Write as _, process::ExitCode};

use anyhow::Result;
use commands::Target;
use remote::Session;
use semantic::facts;
use serde_json::{Value, json};

use self::{
    finder::{Finder, Which},
    server::Seen,
};
use crate::{args::Profile, on, sent::Scripts};

pub(crate) fn run(args: &Profile) -> Result<ExitCode> {
    let scripts = Scripts::read(&args.workspace.paths, args.workspace.config.as_deref())?;
    let server = on::only(&args.on, &scripts.settings)?;
    let seen = match Session::open(&server).and_then(|mut session| server::read(&mut session, args.entries)) {
        Ok(seen) => seen,
        Err(error) => return Ok(on::refused(&error, &scripts.settings)),
    };
    let rows = rows(&seen, &scripts);
    if args.json {
        let all: Vec<Value> = rows.iter().map(Row::json).collect();
        let json = json!({ "server": &*server.name, "scripts": all, "commands": seen.commands_json(), "running": seen.running, "latency": seen.latency_json() });
        writeln!(std::io::stdout(), "{json:#}")?;
    } else {
        human(&rows, &seen)?;
    }
    Ok(if scripts.failed > 0 { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

/// A script with its entries in the logs.
struct Row {
    which: Which,
    /// Path of the script; none if the workspace has none.
    path: Option<String>,
    /// Entries of the log of slow commands.
    count: usize,
    /// Microseconds of all of them.
    total: u64,
    /// Microseconds of the slowest.
    slowest: u64,
    /// Bytes of the largest reply in Valkey's log of these.
    largest_reply: Option<u64>,
    /// Seconds since 1970 of the last.
    last: i64,
    /// Summary of the script: its effects and its cost.
    summary: Option<String>,
}

fn rows(seen: &Seen, scripts: &Scripts) -> Vec<Row> {
    let finder = Finder::new(scripts);
    let mut rows: BTreeMap<Which, Row> = BTreeMap::new();
    let slow = seen.slow.iter().map(|it| (it, false));
    for (entry, is_reply) in slow.chain(seen.replies.iter().map(|it| (it, true))) {
        let Some(which) = finder.find(entry) else { continue };
        let row = rows.entry(which.clone()).or_insert_with(|| row(which, scripts));
        row.last = row.last.max(entry.at);
        if is_reply {
            row.largest_reply = row.largest_reply.max(Some(entry.amount));
        } else {
            row.count += 1;
            row.total += entry.amount;
            row.slowest = row.slowest.max(entry.amount);
        }
    }
    let mut rows: Vec<Row> = rows.into_values().collect();
    rows.sort_by(|a, b| b.total.cmp(&a.total).then_with(|| a.which.cmp(&b.which)));
    rows
}

fn row(which: Which, scripts: &Scripts) -> Row {
    let (sent, function) = match &which {
        Which::Script(at) => (scripts.all.get(*at), None),
        Which::Function(at, name) => (at.and_then(|at| scripts.all.get(at)), Some(name)),
        Which::Unknown(_) => (None, None),
    };
    let summary = sent.and_then(|sent| {
        let path = scripts.shown(&sent.path);
        let all = facts::of(&[facts::Part::new(&path, &sent.script)], &[Target::DEFAULT]);
        all.iter().find(|it| it.function.as_ref() == function).map(facts::Facts::line)
    });
    let path = sent.map(|it| scripts.shown(&it.path));
    Row { which, path, count: 0, total: 0, slowest: 0, largest_reply: None, last: 0, summary }
}

impl Row {
    fn name(&self) -> String {
        match (&self.which, &self.path) {
            (Which::Function(_, name), Some(path)) => format!("{name} ({path})"),
            (Which::Function(_, name), None) => format!("function {name}, not in the workspace"),
            (_, Some(path)) => path.clone(),
            (Which::Unknown(text), None) => format!("not in the workspace: {text}"),
            (Which::Script(_), None) => String::new(),
        }
    }

    fn json(&self) -> Value {
        let function = match &self.which {
            Which::Function(_, name) => Some(name),
            _ => None,
        };
        let unknown = match &self.which {
            Which::Unknown(text) => Some(text),
            _ => None,
        };
        json!({
            "path": self.path, "function": function, "unknown": unknown, "slow": self.count, "microseconds": self.total,
            "slowest": self.slowest, "largestReply": self.largest_reply, "last": self.last, "summary": self.summary,
        })
    }
}

fn human(rows: &[Row], seen: &Seen) -> Result<()> {
    let mut out = std::io::BufWriter::new(anstream::stdout());
    for row in rows {
        let mut told = Vec::new();
        if row.count > 0 {
            let mean = row.total / row.count as u64;
            let times = if row.count == 1 { "once".to_owned() } else { format!("{} times", row.count) };
            told.push(format!("slow {times}, {} at worst, {} on average", time(row.slowest), time(mean)));
        }
        told.extend(row.largest_reply.map(|bytes| format!("replies of up to {bytes} bytes")));
        writeln!(out, "{}: {}", row.name(), told.join("; "))?;
        if let Some(summary) = &row.summary {
            writeln!(out, "    {summary}")?;
        }
    }
    if rows.is_empty() {
        writeln!(out, "no script is in the log of slow commands")?;
    }
    if !seen.commands.is_empty() {
        writeln!(out, "\nsince the server began")?;
        for (name, stat) in &seen.commands {
            writeln!(out, "    {name}: {} calls, {} on average", stat.calls, time(stat.mean()))?;
        }
    }
    for text in &seen.running {
        writeln!(out, "\nrunning now: {text}")?;
    }
    for (event, worst) in &seen.latency {
        writeln!(out, "latency of {event}: {worst} ms at worst")?;
    }
    out.flush()?;
    Ok(())
}

fn time(micros: u64) -> String {
    spec::report::time(micros)
}
