//! Compares the types that the flow analysis gives to replies with the Lua values that real servers give to scripts: for
//! the calls of `check_replies`, written and made up, under `redis.setresp(2)` and `(3)`, with all words known, with some
//! of them hidden, and through `redis.pcall`.

mod belongs;
mod generate;
mod received;
pub(crate) mod scripts;
mod value;

use std::{collections::BTreeMap, collections::BTreeSet, fmt::Write as _, path::Path};

use anyhow::{Context as _, Result, bail};
use commands::{
    Target,
    bind::{Role, Word, bind},
};
use semantic::{Script, flow::Kinds};
use syntax::StmtKind;

use crate::{
    check_bind::generate::Dice,
    check_replies,
    resp::{Client, Reply},
    servers::{Server, named, target_of},
};
use value::Value;

/// Calls a command and returns a description of its Lua value; see `value.rs` for the form.
const PROBE: &str = include_str!("probe.lua");

/// Checks the servers named, or all that are installed.
pub(crate) fn run(servers: &[&str]) -> Result<()> {
    let mut tally = Tally::default();
    for (name, path) in named(servers)? {
        for protocol in [2, 3] {
            check(&path, protocol, &mut tally).with_context(|| format!("{name}, setresp({protocol})"))?;
        }
        println!("{name}: {} values so far, {} wrong", tally.values, tally.wrong.len());
    }
    for ((command, protocol), example) in &tally.wrong {
        println!("  WRONG {command} setresp({protocol}): {example}");
    }
    let unknown: Vec<&str> = tally.unknown.difference(&tally.known).copied().collect();
    println!("  {} commands with a known type; nothing is known of {}", tally.known.len(), unknown.join(", "));
    if !tally.wrong.is_empty() {
        bail!("{} types are wrong", tally.wrong.len());
    }
    Ok(())
}

#[derive(Default)]
struct Tally {
    values: usize,
    known: BTreeSet<&'static str>,
    unknown: BTreeSet<&'static str>,
    wrong: BTreeMap<(&'static str, u8), String>,
}

fn check(path: &Path, protocol: u8, tally: &mut Tally) -> Result<()> {
    let mut session = Session::start(path)?;
    let target = target_of(&mut session.client)?;
    for call in check_replies::written_calls()? {
        observe(&mut session, &call, target, protocol, tally)?;
    }
    let keyspace = check_replies::keyspace();
    for (nth, call) in check_replies::made_up_calls(target).enumerate() {
        // Redis 6.2 writes beyond Lua's stack for some replies, and ends sooner or later.
        if nth % CALLS_A_SERVER == 0 {
            drop(session);
            session = Session::start(path)?;
        }
        session.client.pipeline(&keyspace)?;
        observe(&mut session, &call, target, protocol, tally)?;
    }
    Ok(())
}

/// After how many calls a new server is started.
const CALLS_A_SERVER: usize = 400;

/// A server with the probe.
struct Session {
    client: Client,
    probe: Vec<u8>,
    _server: Server,
}

impl Session {
    fn start(path: &Path) -> Result<Self> {
        let server = Server::start(path)?;
        let mut client = Client::connect(server.socket())?;
        match client.pipeline(&[vec!["SCRIPT", "LOAD", PROBE]])?.remove(0) {
            Reply::Bulk(Some(probe)) => Ok(Self { client, probe, _server: server }),
            other => bail!("the probe does not load: {other:?}"),
        }
    }
}

/// Runs a call through the probe, or directly if no script may call it.
fn observe(session: &mut Session, words: &[Vec<u8>], target: Target, protocol: u8, tally: &mut Tally) -> Result<()> {
    let known: Vec<Word<'_>> = words.iter().map(|word| Word::Known(word)).collect();
    let binding = bind(&known, &[target]);
    let flags = binding.spec.map(|spec| spec.flags(target)).unwrap_or_default();
    let untouchable = words[0].eq_ignore_ascii_case(b"SCRIPT") || words[0].eq_ignore_ascii_case(b"FUNCTION");
    if flags.has(commands::Flags::NOSCRIPT) || untouchable {
        if !words[0].eq_ignore_ascii_case(b"SCRIPT") {
            session.client.pipeline(&[words.to_vec()])?;
        }
        return Ok(());
    }
    let mut eval = vec![b"EVALSHA".to_vec(), session.probe.clone(), b"0".to_vec(), protocol.to_string().into_bytes()];
    eval.extend_from_slice(words);
    let replies = session
        .client
        .pipeline(&[eval])
        .with_context(|| words.iter().map(|word| String::from_utf8_lossy(word)).collect::<Vec<_>>().join(" "))?;
    let Some(Reply::Bulk(Some(told))) = replies.into_iter().next() else { return Ok(()) };
    let value = Value::parse(&told).with_context(|| String::from_utf8_lossy(&told).into_owned())?;
    let Some(spec) = binding.spec.filter(|spec| !spec.replies.is_empty()) else { return Ok(()) };
    let mut dice = Dice::new(told.len() as u64 * 31 + words.len() as u64);
    for variant in [Variant::Known, Variant::Hidden, Variant::Open, Variant::Protected] {
        // What `redis.call` raises is no value of it.
        if value.is_error() && variant != Variant::Protected {
            continue;
        }
        let source = source(words, &binding.roles, protocol, variant, &mut dice);
        tally.values += 1;
        match verdict(&source, target, &value) {
            Verdict::Fits => {
                tally.known.insert(spec.name);
            }
            Verdict::Unknown => {
                tally.unknown.insert(spec.name);
            }
            Verdict::Wrong(why) => {
                tally.wrong.entry((spec.name, protocol)).or_insert_with(|| format!("{source} on {target}: {why}"));
            }
        }
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq)]
enum Variant {
    /// Every word is written out.
    Known,
    /// Some words but the first are arguments. Options are not: where an option and a value could stand, a word that is
    /// not known is taken for the value.
    Hidden,
    /// The last words are unpacked.
    Open,
    /// Through `redis.pcall`.
    Protected,
}

/// A script that returns the call's reply.
fn source(words: &[Vec<u8>], roles: &[Role], protocol: u8, variant: Variant, dice: &mut Dice) -> String {
    let mut out = format!("redis.setresp({protocol}) local r = redis.");
    out.push_str(if variant == Variant::Protected { "pcall(" } else { "call(" });
    let shown = match variant {
        Variant::Open => 1 + dice.below(words.len()),
        _ => words.len(),
    };
    for (at, word) in words[..shown].iter().enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        if variant == Variant::Hidden
            && at > 0
            && !matches!(roles[at], Role::Token(_) | Role::Unknown)
            && dice.chance(40)
        {
            let _ = write!(out, "ARGV[{at}]");
        } else {
            out.push_str(&quoted(word));
        }
    }
    if variant == Variant::Open {
        out.push_str(", unpack(ARGV)");
    }
    out.push_str(") return r");
    out
}

fn quoted(word: &[u8]) -> String {
    let mut out = String::from("'");
    for &byte in word {
        match byte {
            b'\'' | b'\\' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            0x20..0x7f => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "\\{byte:03}");
            }
        }
    }
    out.push('\'');
    out
}

enum Verdict {
    Fits,
    Unknown,
    Wrong(String),
}

fn verdict(source: &str, target: Target, value: &Value) -> Verdict {
    let mut script = Script::new(source.as_bytes().into(), None);
    script.bind_commands(&[target]);
    let flow = script.flow();
    let tree = script.tree();
    let last = tree[tree.root()].stmts.last().copied();
    let Some(stmt) = last.filter(|&stmt| matches!(tree[stmt].kind, StmtKind::Return(_))) else {
        return Verdict::Wrong("the script does not parse".to_owned());
    };
    let Some(&id) = flow.returned(stmt).first() else { return Verdict::Wrong("never returns".to_owned()) };
    let of = flow.get(id);
    match belongs::belongs(flow, of, value) {
        Ok(()) if of.kinds.has(Kinds::UNKNOWN) => Verdict::Unknown,
        Ok(()) => Verdict::Fits,
        Err(why) => Verdict::Wrong(format!("{why}; the type is {}, the value {value:?}", flow.describe(of))),
    }
}
