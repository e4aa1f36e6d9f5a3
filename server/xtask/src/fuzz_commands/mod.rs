//! Sends random command sequences to the engine and to a real server, and shows the shortest ones where they differ.

mod agree;
mod generate;
mod random;
mod scripts;
mod session;
mod shrink;
mod template;

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, Result, bail};
use commands::Target;
use protocol::notation;

use self::{generate::Generator, session::Session};
pub(crate) use self::{random::Random, scripts::Scripts};
use crate::servers::{self, Server};

const USAGE: &str = "usage: cargo xtask fuzz-commands SERVER|all [--seed N] [--sequences N] [--group NAME]";

/// Calls in their order.
pub(crate) type Calls = Vec<Vec<Vec<u8>>>;

/// A random sequence of calls on keys of all types.
pub(crate) fn random_calls(random: Random, target: Target) -> Result<Calls> {
    Ok(Generator::new(random, target, None)?.sequence())
}

/// Options of the command line.
struct Wish<'a> {
    server: &'a str,
    seed: u64,
    sequences: u64,
    group: Option<&'a str>,
}

fn wish<'a>(args: &[&'a str]) -> Result<Wish<'a>> {
    let Some((server, mut rest)) = args.split_first() else { bail!("{USAGE}") };
    let mut wish = Wish { server, seed: 1, sequences: 1000, group: None };
    while let [option, value, more @ ..] = rest {
        match *option {
            "--seed" => wish.seed = value.parse()?,
            "--sequences" => wish.sequences = value.parse()?,
            "--group" => wish.group = Some(value),
            _ => bail!("{USAGE}"),
        }
        rest = more;
    }
    if rest.is_empty() { Ok(wish) } else { bail!("{USAGE}") }
}

/// `cargo xtask fuzz-commands SERVER [--seed N] [--sequences N] [--group NAME]`
pub(crate) fn run(args: &[&str]) -> Result<()> {
    let wish = wish(args)?;
    let names = if wish.server == "all" { vec![] } else { vec![wish.server] };
    let mut wrong = 0;
    for (name, path) in servers::named(&names)? {
        wrong += fuzz(name, &path, &wish)?;
    }
    if wrong > 0 { bail!("the engine and the servers differ") } else { Ok(()) }
}

/// Runs the sequences on one server; how many differ.
fn fuzz(name: &str, path: &Path, wish: &Wish<'_>) -> Result<u64> {
    let mut server = Some(Server::start(path)?);
    let mut sessions = sessions_of(server.as_ref())?;
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    let mut wrong = 0;
    for nth in 0..wish.sequences {
        let seed = wish.seed.wrapping_mul(1_000_003).wrapping_add(nth);
        let random = Random::new(seed);
        let calls = match wish.group {
            Some("scripts") => Scripts::new(random).sequence(),
            group => Generator::new(random, sessions[0].target, group)?.sequence(),
        };
        let session = &mut sessions[(nth % 2) as usize];
        let hung = || calls.iter().map(|call| line(call)).collect::<Vec<_>>().join("\n  ");
        let first = match session.run(&calls) {
            Ok(Some(first)) => first,
            Ok(None) => continue,
            // A script can end some of the servers.
            Err(error) => {
                println!("{name} sequence {nth} (seed {}): {error}\n  {}\n", wish.seed, hung());
                // The old one takes its folder with it.
                drop(server.take());
                server = Some(Server::start(path)?);
                sessions = sessions_of(server.as_ref())?;
                continue;
            }
        };
        wrong += 1;
        // Once seen, a difference is counted but not looked into again.
        let rough = first.signature();
        let count = seen.entry(rough).or_insert(0);
        *count += 1;
        if *count > 1 {
            continue;
        }
        let Ok((calls, difference)) = shrink::shrink(session, calls.clone(), first) else {
            println!("{name} sequence {nth} (seed {}): the server ended\n  {}\n", wish.seed, hung());
            // The old one takes its folder with it.
            drop(server.take());
            server = Some(Server::start(path)?);
            sessions = sessions_of(server.as_ref())?;
            continue;
        };
        println!("{name} RESP{} sequence {nth} (seed {}):", if session.resp3 { 3 } else { 2 }, wish.seed);
        for call in &calls {
            println!("  {}", line(call));
        }
        let indent = |text: String| text.replace('\n', "\n          ");
        println!("  -- {}", line(&difference.call));
        println!("  server: {}", indent(notation::print(&difference.theirs)));
        println!("  engine: {}\n", indent(notation::print(&difference.ours)));
    }
    println!("{name}: {} sequences, {wrong} differ", wish.sequences);
    for (signature, count) in seen {
        println!("{name}:   {count} {signature}");
    }
    Ok(wrong)
}

/// A session for each protocol.
fn sessions_of(server: Option<&Server>) -> Result<[Session; 2]> {
    let server = server.context("no server")?;
    Ok([Session::new(server, false)?, Session::new(server, true)?])
}

/// A call as one types it into redis-cli.
pub(crate) fn line(call: &[Vec<u8>]) -> String {
    let plain =
        |word: &[u8]| !word.is_empty() && word.iter().all(|byte| byte.is_ascii_graphic() && !b"\"'\\".contains(byte));
    let words = call.iter().map(|word| match plain(word) {
        true => String::from_utf8_lossy(word).into_owned(),
        false => notation::quote(word),
    });
    words.collect::<Vec<_>>().join(" ")
}
