//! Compares the reply shapes of the command table with what real servers answer in RESP2 and RESP3: to the calls of
//! `calls.txt`, which show every form, and to many that are made up from the grammars.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use commands::{
    CommandSpec, Flags, Target,
    bind::{Word, bind},
    reply::Shape,
};

use crate::{
    check_bind::generate::{Dice, Made, valid},
    resp::{Client, Reply},
    servers::{Server, named, target_of},
};

const CALLS: &str = include_str!("calls.txt");

/// Line in `calls.txt` after which the calls to a cluster node begin.
const CLUSTER: &str = "# From here on";

/// Commands that no standalone server answers with success, or that end the connection.
const UNTRIED: &[&str] = &[
    "CLUSTER CANCELSLOTMIGRATIONS",
    "CLUSTER FAILOVER",
    "CLUSTER FORGET",
    "CLUSTER MIGRATESLOTS",
    "CLUSTER REPLICATE",
    "CLUSTER SYNCSLOTS",
    "DEBUG",
    "FAILOVER",
    "FUNCTION KILL",
    "MIGRATE",
    "MODULE LOAD",
    "MODULE LOADEX",
    "MODULE UNLOAD",
    "MONITOR",
    "PSUBSCRIBE",
    "PSYNC",
    "PUNSUBSCRIBE",
    "QUIT",
    "SCRIPT KILL",
    "SHUTDOWN",
    "SSUBSCRIBE",
    "SUBSCRIBE",
    "SUNSUBSCRIBE",
    "SYNC",
    "UNSUBSCRIBE",
    // Needs a configuration file.
    "CONFIG REWRITE",
    // Takes the bytes that another call gave.
    "RESTORE",
    "RESTORE-ASKING",
];

/// A keyspace for the made-up calls: keys of each type under the names that the generator uses.
const KEYSPACE: &[&str] = &[
    "FLUSHALL",
    "MSET s 10 s2 abc",
    "RPUSH l a b 1",
    "RPUSH l2 a",
    "SADD set a b 1",
    "SADD set2 a",
    "ZADD z 1 a 2 b 3 c",
    "ZADD z2 0 a 0 b",
    "HSET h f 5 a 1 b 2",
    "HSET h2 a x",
    "XADD st 1-1 a 1",
    "XADD st 2-1 b 2",
    "XADD st2 1-1 a 1",
    "XGROUP CREATE st g 0",
    "XGROUP CREATE st2 g 0",
    "XREADGROUP GROUP g c STREAMS st >",
    "GEOADD geo 13.3 38.1 a 15 37 b",
    "PFADD hll a b",
    "PFADD hll2 c",
];

/// Checks the servers named, or all that are installed.
pub(crate) fn run(servers: &[&str]) -> Result<()> {
    let mut tally = Tally::default();
    for (name, path) in named(servers)? {
        for protocol in [2, 3] {
            check(&path, protocol, &mut tally).with_context(|| format!("{name}, RESP{protocol}"))?;
        }
        println!("{name}: {} replies so far, {} wrong", tally.replies, tally.wrong.len());
    }
    for ((command, protocol), example) in &tally.wrong {
        println!("  WRONG {command} RESP{protocol}: {example}");
    }
    let mut unseen = BTreeMap::new();
    for spec in commands::all().iter().flat_map(|spec| std::iter::once(spec).chain(spec.subcommands)) {
        for case in spec.replies {
            for (protocol, shape) in [(2, &case.resp2), (3, &case.resp3)] {
                let mut list = Vec::new();
                tally.unseen(shape, &mut list);
                if !list.is_empty() && tally.answered.contains(spec.name) {
                    unseen.insert((spec.name, protocol, case.when), list.join(", "));
                }
            }
        }
    }
    for ((command, protocol, when), list) in &unseen {
        println!("  never seen: {command} {} RESP{protocol}: {list}", when.join("|"));
    }
    let silent: Vec<&str> = commands::all()
        .iter()
        .flat_map(|spec| std::iter::once(spec).chain(spec.subcommands))
        .filter(|spec| !spec.replies.is_empty() && !tally.answered.contains(spec.name))
        .map(|spec| spec.name)
        .filter(|name| !UNTRIED.contains(name))
        .collect();
    // A single server need not have all commands.
    if servers.is_empty() && !silent.is_empty() {
        bail!("no server answered {}: add a call to calls.txt", silent.join(", "));
    }
    if !tally.wrong.is_empty() {
        bail!("{} forms of replies are wrong", tally.wrong.len());
    }
    Ok(())
}

#[derive(Default)]
struct Tally {
    replies: usize,
    /// Commands that answered with something other than an error.
    answered: BTreeSet<&'static str>,
    /// The shapes that were met, by address: they are constants.
    seen: HashSet<*const Shape>,
    wrong: BTreeMap<(&'static str, u8), String>,
}

fn check(path: &Path, protocol: u8, tally: &mut Tally) -> Result<()> {
    let (alone, cluster) = CALLS.split_once(CLUSTER).context("no cluster part")?;
    let cluster = cluster.split_once('\n').map_or("", |(_, calls)| calls);
    let port = free_port()?.to_string();
    for (calls, settings) in
        [(alone, &["--port", "0"][..]), (cluster, &["--port", &port, "--cluster-enabled", "yes"][..])]
    {
        let server = Server::start_with(path, settings)?;
        let mut client = Client::connect(server.socket())?;
        let target = target_of(&mut client)?;
        hello(&mut client, protocol)?;
        written(&mut client, calls, target, protocol, tally)?;
        if calls == alone {
            made_up(&mut client, target, protocol, tally)?;
        }
    }
    Ok(())
}

fn free_port() -> Result<u16> {
    // The bus of a cluster listens 10,000 above, so the port must be low enough.
    for port in 20_000..50_000 {
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no free port")
}

fn hello(client: &mut Client, protocol: u8) -> Result<()> {
    client.pipeline(&[vec!["HELLO", &protocol.to_string()]])?;
    Ok(())
}

/// The calls of the file, one after the other.
fn written(client: &mut Client, calls: &str, target: Target, protocol: u8, tally: &mut Tally) -> Result<()> {
    let (mut dump, mut id) = (Vec::new(), Vec::new());
    for line in calls.lines().filter(|line| !line.starts_with('#')) {
        if line.is_empty() {
            client.pipeline(&[vec!["FLUSHALL"]])?;
            continue;
        }
        if line == "$UP" {
            wait_for_cluster(client)?;
            continue;
        }
        let words: Vec<Vec<u8>> = split(line)?
            .into_iter()
            .map(|word| match word.as_str() {
                "$DUMP" => dump.clone(),
                "$ID" => id.clone(),
                "$PROTOCOL" => protocol.to_string().into_bytes(),
                _ => word.into_bytes(),
            })
            .collect();
        let reply = client.pipeline(std::slice::from_ref(&words))?.remove(0);
        match (line, &reply) {
            ("FUNCTION DUMP", Reply::Bulk(Some(bytes))) => dump.clone_from(bytes),
            ("CLUSTER MYID", Reply::Bulk(Some(bytes))) => id.clone_from(bytes),
            _ => {}
        }
        tally.add(&words, &reply, target, protocol);
    }
    Ok(())
}

/// Waits until the node finds that all slots are served, which takes it a second or two.
fn wait_for_cluster(client: &mut Client) -> Result<()> {
    for _ in 0..50 {
        if let Reply::Bulk(Some(info)) | Reply::Verbatim(info) = client.pipeline(&[vec!["CLUSTER", "INFO"]])?.remove(0)
            && String::from_utf8_lossy(&info).contains("cluster_state:ok")
        {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    // Redis 6.2 cannot be given all slots in one call; then what needs them is not seen there.
    Ok(())
}

/// Many calls that follow the grammar.
fn made_up(client: &mut Client, target: Target, protocol: u8, tally: &mut Tally) -> Result<()> {
    for words in made_up_calls(target) {
        let mut calls = keyspace();
        calls.push(words.clone());
        let reply = client.pipeline(&calls)?.pop().context("no reply")?;
        tally.add(&words, &reply, target, protocol);
    }
    Ok(())
}

/// The calls that make the keyspace of the made-up ones.
pub(crate) fn keyspace() -> Vec<Vec<Vec<u8>>> {
    KEYSPACE.iter().map(|line| line.split(' ').map(|word| word.as_bytes().to_vec()).collect()).collect()
}

/// The calls of the file to a standalone server, without those that depend on replies to other calls.
pub(crate) fn written_calls() -> Result<Vec<Vec<Vec<u8>>>> {
    let (alone, _) = CALLS.split_once(CLUSTER).context("no cluster part")?;
    let mut calls = Vec::new();
    for line in alone.lines().filter(|line| !line.starts_with('#') && !line.contains('$')) {
        let line = if line.is_empty() { "FLUSHALL" } else { line };
        calls.push(split(line)?.into_iter().map(String::into_bytes).collect());
    }
    Ok(calls)
}

/// Forty calls of each command that follow its grammar, for the keys of [`keyspace`].
pub(crate) fn made_up_calls(target: Target) -> impl Iterator<Item = Vec<Vec<u8>>> {
    let all = commands::all().iter().flat_map(|spec| std::iter::once(spec).chain(spec.subcommands));
    all.filter_map(move |spec| {
        let facts = spec.facts(target.family).filter(|_| spec.is_available(target))?;
        let flags = spec.flags(target);
        let dangerous = [Flags::NOSCRIPT, Flags::BLOCKING, Flags::ADMIN, Flags::PUBSUB];
        let tame = !dangerous.iter().any(|&flag| flags.has(flag)) && spec.subcommands.is_empty() && !is_shy(spec);
        tame.then_some((spec, facts))
    })
    .flat_map(|(spec, facts)| {
        let mut dice = Dice::new(spec.name.bytes().fold(11, |seed, byte| seed * 31 % 65_521 + u64::from(byte)));
        (0..40).map(move |_| {
            let text = |word| match word {
                Made::Text(text) => text.into_bytes(),
                Made::Number(number) => number.to_string().into_bytes(),
            };
            valid(spec, facts, &mut dice).into_iter().map(text).collect::<Vec<_>>()
        })
    })
    .filter(|call: &Vec<Vec<u8>>| !replies_twice(call))
}

/// Redis 8.6 sends two replies, the old value and an error, to `SET … GET` with a digest of another length.
fn replies_twice(call: &[Vec<u8>]) -> bool {
    let has = |token: &str| call.iter().any(|word| word.eq_ignore_ascii_case(token.as_bytes()));
    has("SET") && has("GET") && (has("IFDEQ") || has("IFDNE"))
}

/// True if a command is not called with made-up words: it takes long, reaches out, or changes the connection itself.
fn is_shy(spec: &CommandSpec) -> bool {
    ["WAIT", "WAITAOF", "MIGRATE", "SELECT", "PFSELFTEST", "PFDEBUG"].contains(&spec.name)
        || ["connection", "transactions", "cluster"].contains(&spec.group)
}

fn split(line: &str) -> Result<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').context("a quote is not closed")?,
            None => rest.split_once(' ').map_or((rest, ""), |(word, _)| (word, &rest[word.len()..])),
        };
        words.push(word.replace("\\n", "\n"));
        rest = after.trim_start_matches(' ');
    }
    Ok(words)
}

impl Tally {
    fn add(&mut self, words: &[Vec<u8>], reply: &Reply, target: Target, protocol: u8) {
        if matches!(reply, Reply::Error(_)) {
            return;
        }
        let known: Vec<Word<'_>> = words.iter().map(|word| Word::Known(word)).collect();
        let binding = bind(&known, &[target]);
        let Some(spec) = binding.spec.filter(|spec| !spec.replies.is_empty()) else { return };
        self.replies += 1;
        self.answered.insert(spec.name);
        let cases = binding.replies(&known);
        let fits = cases.iter().any(|case| self.fits(if protocol == 2 { &case.resp2 } else { &case.resp3 }, reply));
        if !fits {
            let call: Vec<_> = words.iter().map(|word| String::from_utf8_lossy(word)).collect();
            let told: Vec<String> =
                cases.iter().map(|case| if protocol == 2 { &case.resp2 } else { &case.resp3 }.to_string()).collect();
            let answered = format!("{reply:?}");
            let short: String = answered.chars().take(300).collect();
            self.wrong.entry((spec.name, protocol)).or_insert_with(|| {
                format!("{} on {target}\n      table: {}\n      server: {short}", call.join(" "), told.join(" | "))
            });
        }
    }

    fn fits(&mut self, shape: &'static Shape, reply: &Reply) -> bool {
        let fits = match (shape, reply) {
            (Shape::Ok, Reply::Status(status)) => status == "OK",
            (Shape::Status, Reply::Status(_))
            | (Shape::Int, Reply::Integer(_))
            | (Shape::Bulk, Reply::Bulk(Some(_)))
            | (Shape::Nil, Reply::Null | Reply::Bulk(None) | Reply::Array(None))
            | (Shape::Double, Reply::Double(_))
            | (Shape::Bool, Reply::Bool(_))
            | (Shape::Verbatim, Reply::Verbatim(_))
            | (Shape::Any, _) => true,
            (Shape::IntIs(wanted), Reply::Integer(value)) => wanted == value,
            (Shape::Array(element), Reply::Array(Some(list))) | (Shape::Set(element), Reply::Set(list)) => {
                list.iter().all(|reply| self.fits(element, reply))
            }
            (Shape::Tuple(elements), Reply::Array(Some(list))) => {
                elements.len() == list.len() && elements.iter().zip(list).all(|(shape, reply)| self.fits(shape, reply))
            }
            (Shape::Flat(pair), Reply::Array(Some(list))) => {
                list.len() % 2 == 0 && list.iter().enumerate().all(|(nth, reply)| self.fits(&pair[nth % 2], reply))
            }
            (Shape::Map(pair), Reply::Map(list)) => {
                list.iter().all(|(key, value)| self.fits(&pair[0], key) && self.fits(&pair[1], value))
            }
            (Shape::OneOf(shapes), _) => shapes.iter().any(|shape| self.fits(shape, reply)),
            _ => false,
        };
        if fits {
            self.seen.insert(shape);
        }
        fits
    }

    /// The parts of a shape that no reply had.
    fn unseen(&self, shape: &'static Shape, list: &mut Vec<String>) {
        if !self.seen.contains(&std::ptr::from_ref(shape)) {
            list.push(shape.to_string());
            return;
        }
        match shape {
            Shape::Array(element) | Shape::Set(element) => self.unseen(element, list),
            Shape::Tuple(shapes) | Shape::OneOf(shapes) => shapes.iter().for_each(|shape| self.unseen(shape, list)),
            Shape::Flat(pair) | Shape::Map(pair) => pair.iter().for_each(|shape| self.unseen(shape, list)),
            _ => {}
        }
    }
}
