//! Runs command lines on the engine and on real servers, under both protocols, and shows where they differ.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, Result, bail};
use protocol::{Reply, notation, resp, split_line};
use script::Server as Embedded;

use crate::{
    resp::Client,
    servers::{self, Server},
};

/// `cargo xtask compare SERVER FILE…`; a file holds one command a line, as typed into redis-cli.
pub(crate) fn run(args: &[&str]) -> Result<()> {
    let Some((name, files)) = args.split_first() else { bail!("usage: cargo xtask compare SERVER|all FILE…") };
    let names = if *name == "all" { vec![] } else { vec![*name] };
    let mut wrong = BTreeMap::new();
    for (name, path) in servers::named(&names)? {
        // 7.0 locked DEBUG away; 6.2 does not know the key.
        let settings: &[&str] = match name.contains("6.2") {
            true => &["--port", "0"],
            false => &["--port", "0", "--enable-debug-command", "yes"],
        };
        let server = Server::start_with(&path, settings)?;
        for file in files {
            for resp3 in [false, true] {
                let count = compare(&server, Path::new(file), resp3, name)?;
                *wrong.entry(name).or_insert(0) += count;
            }
        }
    }
    for (name, count) in &wrong {
        println!("{name}: {count} differences");
    }
    if wrong.values().any(|count| *count > 0) { bail!("the engine and the servers differ") } else { Ok(()) }
}

fn compare(server: &Server, file: &Path, resp3: bool, name: &str) -> Result<usize> {
    let text = std::fs::read(file).with_context(|| file.display().to_string())?;
    let mut client = Client::connect(server.socket())?;
    let target = servers::target_of(&mut client)?;
    client.raw(&[b"FLUSHALL".to_vec()])?;
    client.raw(&[b"HELLO".to_vec(), if resp3 { b"3".to_vec() } else { b"2".to_vec() }])?;
    let mut engine = Embedded::new(target);
    let (mut db, mut wrong) = (0, 0);
    for (number, line) in text.split(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() || line.starts_with(b"#") {
            continue;
        }
        let words = split_line(line).with_context(|| format!("{}:{}", file.display(), number + 1))?;
        let theirs = client.raw(&words)?;
        let ours = engine.call(&words, &mut db, resp3);
        let mut encoded = Vec::new();
        resp::encode(&ours, resp3, &mut encoded);
        if encoded != theirs {
            wrong += 1;
            let theirs = resp::decode(&theirs).ok().flatten().map_or(Reply::Nil, |(reply, _)| reply);
            println!(
                "{name} RESP{}: {}\n  server: {}\n  engine: {}",
                if resp3 { 3 } else { 2 },
                String::from_utf8_lossy(line),
                notation::print(&theirs).replace('\n', "\n          "),
                notation::print(&ours).replace('\n', "\n          ")
            );
        }
    }
    Ok(wrong)
}
