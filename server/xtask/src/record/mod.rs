//! Records what real servers reply to the calls of the conformance suite.

use std::{collections::BTreeMap, fmt::Write as _};

use anyhow::{Context as _, Result};

use crate::{
    resp::Client,
    root::root,
    servers::{self, Server},
};

pub(crate) mod sessions;
mod settings;

use settings::settings;

/// A call, and each reply with the servers that gave it.
type Call = (String, Vec<(String, Vec<String>)>);

/// `cargo xtask record [GROUP…]`: writes `tests/conformance/recorded/<group>.txt` for each file of `calls/`.
pub(crate) fn run(groups: &[&str]) -> Result<()> {
    let folder = root().join("tests/conformance");
    let mut files: Vec<_> = std::fs::read_dir(folder.join("calls"))?.flatten().map(|entry| entry.path()).collect();
    files.sort();
    // By group, call and reply, the servers that gave it.
    let mut recorded: BTreeMap<String, Vec<Call>> = BTreeMap::new();
    for (name, path) in servers::named(&[])? {
        for file in &files {
            let group = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if !groups.is_empty() && !groups.contains(&group.as_str()) {
                continue;
            }
            let text = std::fs::read(file).with_context(|| file.display().to_string())?;
            for resp3 in [false, true] {
                let label = if resp3 { format!("{name}+3") } else { name.to_owned() };
                // A server of its own, for settings stay.
                let server = Server::start_with(&path, &[&["--port", "0"], settings(name)].concat())?;
                let replies = ask(&server, &text, resp3).with_context(|| format!("{group} on {label}"))?;
                let calls = recorded.entry(group.clone()).or_default();
                for (at, (line, reply)) in replies.into_iter().enumerate() {
                    if calls.len() <= at {
                        calls.push((line, Vec::new()));
                    }
                    match calls[at].1.iter_mut().find(|(known, _)| *known == reply) {
                        Some((_, servers)) => servers.push(label.clone()),
                        None => calls[at].1.push((reply, vec![label.clone()])),
                    }
                }
            }
        }
    }
    std::fs::create_dir_all(folder.join("recorded"))?;
    for (group, calls) in recorded {
        let mut out = String::new();
        for (line, replies) in calls {
            writeln!(out, "> {line}")?;
            for (at, (reply, servers)) in replies.iter().enumerate() {
                // The last stands for all that are not named before it.
                let who = if at + 1 == replies.len() { "*".to_owned() } else { servers.join(" ") };
                writeln!(out, "{who}: {reply}")?;
            }
        }
        let path = folder.join("recorded").join(format!("{group}.txt"));
        std::fs::write(&path, out)?;
        println!("wrote {}", path.display());
    }
    Ok(())
}

/// The replies to each call, their bytes in a notation of one line.
fn ask(server: &Server, text: &[u8], resp3: bool) -> Result<Vec<(String, String)>> {
    let mut client = Client::connect(server.socket())?;
    client.raw(&[b"FLUSHALL".to_vec()])?;
    client.raw(&[b"SCRIPT".to_vec(), b"FLUSH".to_vec()])?;
    client.raw(&[b"FUNCTION".to_vec(), b"FLUSH".to_vec()])?;
    client.raw(&[b"CONFIG".to_vec(), b"RESETSTAT".to_vec()])?;
    client.raw(&[b"HELLO".to_vec(), if resp3 { b"3".to_vec() } else { b"2".to_vec() }])?;
    let mut replies = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        if line.trim_ascii().is_empty() || line.starts_with(b"#") {
            continue;
        }
        let words = protocol::split_line(line).with_context(|| String::from_utf8_lossy(line).into_owned())?;
        let reply = client.raw(&words).with_context(|| String::from_utf8_lossy(line).into_owned())?;
        replies.push((String::from_utf8_lossy(line).into_owned(), reply.escape_ascii().to_string()));
    }
    Ok(replies)
}
