//! Records what real servers reply in the sessions of several clients.

use std::{fmt::Write as _, net::TcpListener, path::Path, time::Duration};

use anyhow::{Context as _, Result, bail};
use tests::sessions::{ANY, Clients, Step, parse};

use super::settings::settings;
use crate::{
    root::root,
    servers::{self, Server},
};

/// Time that a server may take for a reply or a message.
const PATIENCE: Duration = Duration::from_secs(10);

/// `cargo xtask record sessions [NAME…]`: writes the replies into `tests/conformance/sessions/<name>.txt`.
///
/// The calls and comments of a file do not change, nor does the reply `<any>` of all servers or of some.
pub(crate) fn run(names: &[&str]) -> Result<()> {
    let folder = root().join("tests/conformance/sessions");
    let mut files: Vec<_> = std::fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    files.sort();
    let is_wanted = |file: &Path| {
        names.is_empty() || file.file_stem().and_then(|stem| stem.to_str()).is_some_and(|stem| names.contains(&stem))
    };
    files.retain(|file| is_wanted(file));
    if files.is_empty() {
        bail!("no such session: {}", names.join(" "));
    }
    let servers = servers::named(&[])?;
    for file in files {
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let steps = parse(&text);
        let mut replies: Vec<Vec<(&str, String)>> = vec![Vec::new(); steps.len()];
        for (name, path) in &servers {
            let played = play(name, path, &steps).with_context(|| format!("{} on {name}", file.display()))?;
            for (all, reply) in replies.iter_mut().zip(played) {
                all.push((*name, reply));
            }
        }
        std::fs::write(&file, written(&text, &steps, &replies))?;
        println!("wrote {}", file.display());
    }
    Ok(())
}

/// The replies of one server to all steps.
fn play(name: &str, path: &Path, steps: &[Step]) -> Result<Vec<String>> {
    // A free port: clients are told apart by their addresses in some sessions.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
    // Users are not read from a file, for 6.2 lists those otherwise.
    let server = Server::start_with(path, &[&["--port", &port, "--aclfile", ""], settings(name)].concat())?;
    server.ask(&["CONFIG", "RESETSTAT"])?;
    let mut clients = Clients::new(&format!("127.0.0.1:{port}"), PATIENCE);
    let mut replies = Vec::new();
    for step in steps {
        let reply = clients.play(step).with_context(|| format!("line {}", step.line))?;
        if reply == "<nothing>" {
            bail!("line {}: no reply to {}", step.line, step.text);
        }
        replies.push(reply);
    }
    Ok(replies)
}

/// The text of a session with new replies: `*` for those that most servers gave, behind the others.
fn written(text: &str, steps: &[Step], replies: &[Vec<(&str, String)>]) -> String {
    let mut out = String::new();
    let mut at = steps.iter().zip(replies);
    for line in text.lines().filter(|line| !line.starts_with("  ")) {
        writeln!(out, "{line}").ok();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((step, replies)) = at.next() else { continue };
        let is_any = |server: &str| step.replies.iter().any(|(name, reply)| name == server && reply == ANY);
        if is_any("*") {
            writeln!(out, "  *: {ANY}").ok();
            continue;
        }
        let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
        for (name, reply) in replies {
            let reply = if is_any(name) { ANY } else { reply };
            match groups.iter_mut().find(|(known, _)| *known == reply) {
                Some((_, names)) => names.push(name),
                None => groups.push((reply, vec![name])),
            }
        }
        // The last of those that are as frequent.
        let most = (0..groups.len()).max_by_key(|at| groups[*at].1.len()).unwrap_or(0);
        let rest = groups.remove(most).0;
        for (reply, names) in groups {
            writeln!(out, "  {}: {reply}", names.join(" ")).ok();
        }
        writeln!(out, "  *: {rest}").ok();
    }
    out
}
