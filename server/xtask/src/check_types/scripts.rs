//! Runs made-up scripts on the engine, each with a probe around its expressions, and compares every value that is met with
//! the type that the flow analysis gives to the expression.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use commands::Target;
use protocol::Reply;
use script::{Budget, Running, Server as Embedded};
use semantic::Script;
use syntax::{ExprId, ExprKind, StmtKind, Tree};

use super::{belongs, generate::Flows, received, value::Value};

const USAGE: &str = "usage: cargo xtask fuzz-types [--seed N] [--scripts N]";

/// The code before a script; `__p(i, v)` notes the value v of expression i. It describes at most 300 tables of a value: a
/// table that holds itself several times has no end.
const PRELUDE: &str = include_str!("prelude.lua");

/// `cargo xtask fuzz-types [--seed N] [--scripts N]`
pub(crate) fn run(args: &[&str]) -> Result<()> {
    let (mut seed, mut count) = (1, 2000);
    let mut rest = args;
    while let [option, value, more @ ..] = rest {
        match *option {
            "--seed" => seed = value.parse()?,
            "--scripts" => count = value.parse()?,
            _ => bail!("{USAGE}"),
        }
        rest = more;
    }
    let mut tally = Tally::default();
    for nth in 0..count {
        let source = Flows::new(seed * 1_000_003 + nth).script();
        let slowest = tally.slowest.0;
        if let Some(wrong) = tally.check(&source).with_context(|| source.clone())? {
            println!("WRONG (script {nth} of seed {seed}): {wrong}\n{source}\n");
            tally.wrong += 1;
        }
        if tally.slowest.0 > slowest {
            tally.slowest.1 = nth;
        }
    }
    println!(
        "{count} scripts, {} values of {} expressions, {} of them of a known type, {} replies, {} scripts wrong, {} given up, {} ended",
        tally.values, tally.expressions, tally.known, tally.replies, tally.wrong, tally.gave_up, tally.stopped
    );
    println!("the analysis of script {} took longest: {:?}", tally.slowest.1, tally.slowest.0);
    if tally.wrong > 0 { bail!("types are wrong") } else { Ok(()) }
}

#[derive(Default)]
struct Tally {
    values: u64,
    expressions: u64,
    known: u64,
    wrong: u64,
    replies: u64,
    gave_up: u64,
    /// Scripts that never end, or return what has no end.
    stopped: u64,
    /// The longest time that the analysis of a script took, and the number of the script.
    slowest: (Duration, u64),
}

/// A server that ends what takes too much: instructions and bytes, so that each machine has the same outcome.
fn server(target: Target) -> Embedded {
    let mut server = Embedded::new(target);
    let budget = Budget { instructions: 20_000_000, memory: 128 * 1024 * 1024, ..Budget::UNLIMITED };
    server.set_running(Running::default(), budget);
    server
}

fn was_stopped(reply: &Reply) -> bool {
    matches!(reply, Reply::Error(text) if text.starts_with(b"ERR stopped"))
}

impl Tally {
    /// Runs a script. Returns the mistake in its types, if any.
    fn check(&mut self, source: &str) -> Result<Option<String>> {
        let target = Target::DEFAULT;
        let mut script = Script::new(source.as_bytes().into(), None);
        script.bind_commands(&[target]);
        if !script.parse.errors.is_empty() {
            bail!("does not parse: {:?}", script.parse.errors);
        }
        let start = Instant::now();
        let flow = script.flow();
        self.slowest.0 = self.slowest.0.max(start.elapsed());
        if flow.gave_up() {
            self.gave_up += 1;
            return Ok(None);
        }
        if let Some(wrong) = self.check_received(source, &script)? {
            return Ok(Some(wrong));
        }
        let probed = probed(&script);
        self.expressions += probed.len() as u64;
        let code = instrumented(source, script.tree(), &probed);
        let words = ["EVAL", &code, "2", "k", "l", "x", "12"];
        let words: Vec<Vec<u8>> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
        let notes = match server(target).call(&words, &mut 0, false) {
            Reply::Array(notes) => notes,
            reply if was_stopped(&reply) => {
                self.stopped += 1;
                return Ok(None);
            }
            Reply::Error(text) => bail!("{}", String::from_utf8_lossy(&text)),
            other => bail!("no notes: {other:?}"),
        };
        for note in notes {
            let Reply::Bulk(note) = note else { bail!("a note is no text") };
            let at = note.iter().position(|&byte| byte == b'=').context("no number")?;
            let id: u32 = String::from_utf8_lossy(&note[..at]).parse()?;
            let value = Value::parse(&note[at + 1..])?;
            self.values += 1;
            let Some(of) = flow.of(ExprId(id)) else { continue };
            if of.is_known() {
                self.known += 1;
            }
            if let Err(why) = belongs::belongs(flow, of, &value) {
                let text = String::from_utf8_lossy(script.text(ExprId(id))).into_owned();
                let line = source[..script.tree()[ExprId(id)].range.start as usize].matches('\n').count() + 1;
                return Ok(Some(format!("{text} on line {line} is {value:?}, not {} ({why})", flow.describe(of))));
            }
        }
        Ok(None)
    }
}

impl Tally {
    /// Runs the unchanged script for a client of each protocol. Returns the reply that was not predicted, if any.
    fn check_received(&mut self, source: &str, script: &Script) -> Result<Option<String>> {
        let Some(told) = script.flow().received_from(script, Tree::CHUNK) else { return Ok(None) };
        for (resp3, forms) in [(false, &told.resp2), (true, &told.resp3)] {
            let words = ["EVAL", source, "2", "k", "l", "x", "12"].map(|word| word.as_bytes().to_vec());
            let reply = server(Target::DEFAULT).call(&words, &mut 0, resp3);
            // What is raised is no value that is returned.
            if matches!(reply, Reply::Error(_)) {
                continue;
            }
            self.replies += 1;
            if !received::fits(forms, &reply) {
                return Ok(Some(format!("a client (RESP3: {resp3}) receives {reply:?}, not {forms}")));
            }
        }
        Ok(None)
    }
}

/// The expressions that can be wrapped into a call without a change of meaning: those of one value.
fn probed(script: &Script) -> Vec<ExprId> {
    let tree = script.tree();
    let mut conditions = vec![false; tree.exprs().len()];
    for (_, stmt) in tree.stmts() {
        match &stmt.kind {
            StmtKind::If(stmt) => stmt.arms.iter().for_each(|(cond, _)| conditions[cond.index()] = true),
            StmtKind::While { cond, .. } | StmtKind::Repeat { cond, .. } => conditions[cond.index()] = true,
            StmtKind::Local { values, .. } if values.len() == 1 => {
                conditions[values[0].index()] = !tree.is_multi(values[0]);
            }
            StmtKind::Return(values) => values.iter().for_each(|value| {
                conditions[value.index()] = !tree.is_multi(*value);
            }),
            _ => {}
        }
    }
    tree.exprs()
        .filter(|(id, expr)| {
            let inside = script.parent(*id).is_some_and(|parent| match &tree[parent].kind {
                ExprKind::Binary { .. } | ExprKind::Unary { .. } | ExprKind::Paren(_) => true,
                ExprKind::Index { key, .. } => key == id,
                ExprKind::Call(call) => call.callee != *id && !tree.is_multi(*id),
                _ => false,
            });
            let assigned = matches!(
                &tree[script.scopes.stmt_of(*id)].kind,
                StmtKind::Assign { targets, .. } if targets.iter().any(|&target| tree[target].range.overlaps(expr.range))
            );
            (inside || conditions[id.index()]) && !assigned && !matches!(expr.kind, ExprKind::Missing | ExprKind::Function(_))
        })
        .map(|(id, _)| id)
        .collect()
}

fn instrumented(source: &str, tree: &Tree, probed: &[ExprId]) -> String {
    // Inserted from the end on; of two that begin at one place the outer one comes first.
    let mut inserts: Vec<(u32, u8, u32, String)> = Vec::new();
    for &id in probed {
        let range = tree[id].range;
        inserts.push((range.start, 1, u32::MAX - range.end, format!("__p({}, ", id.0)));
        inserts.push((range.end, 0, u32::MAX - range.start, ")".to_owned()));
    }
    inserts.sort();
    let mut code = PRELUDE.replace('\n', " ");
    let mut at = 0;
    for (offset, _, _, text) in inserts {
        code.push_str(&source[at..offset as usize]);
        code.push_str(&text);
        at = offset as usize;
    }
    code.push_str(&source[at..]);
    let _ = write!(code, "\nend\npcall(__main)\nreturn __o");
    code
}
