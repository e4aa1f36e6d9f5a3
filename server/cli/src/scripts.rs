//! `redlua scripts`: the scripts of the workspace that a server knows.

use std::{io::Write as _, process::ExitCode};

use anyhow::Result;
use protocol::Reply;
use remote::{Error, Session};
use serde_json::{Value, json};
use workspace::Sent;

use crate::{args, notice, on, sent::Scripts};

/// Scripts that one command asks for.
const MAX_ASKED: usize = 500;

pub(crate) fn run(args: &args::Scripts) -> Result<ExitCode> {
    let scripts = Scripts::read(&args.workspace.paths, args.workspace.config.as_deref())?;
    let server = on::only(&args.on, &scripts.settings)?;
    let all: Vec<&Sent> = scripts.all.iter().filter(|it| it.script.library.is_none()).collect();
    // A loader may send a script without its last line break, and so by another SHA1.
    let digests: Vec<Vec<String>> = all
        .iter()
        .map(|it| {
            let own = script::sha1_hex(&it.flat.code);
            let others =
                workspace::texts(&it.flat.code).into_iter().map(|text| script::sha1_hex(&text)).filter(|it| *it != own);
            std::iter::once(own.clone()).chain(others.collect::<Vec<_>>()).collect()
        })
        .collect();
    let (known, masters) = match Session::open(&server).and_then(|mut session| known(&mut session, &digests)) {
        Ok(found) => found,
        Err(error) => return Ok(on::refused(&error, &scripts.settings)),
    };
    let mut out = std::io::stdout();
    if args.json {
        let row = |(it, known): (&&Sent, &Known)| json!({ "path": scripts.shown(&it.path), "sha1": known.sha1, "masters": known.masters });
        let rows: Vec<Value> = all.iter().zip(&known).map(row).collect();
        writeln!(out, "{:#}", json!({ "server": &*server.name, "masters": masters, "scripts": rows }))?;
    } else {
        for (it, Known { sha1, masters: count }) in all.iter().zip(&known) {
            let told = match (*count, masters) {
                (0, _) => "not known".to_owned(),
                (count, masters) if count < masters => format!("known on {count} of {masters} masters"),
                _ => "known".to_owned(),
            };
            writeln!(out, "{sha1}  {}: {told}", scripts.shown(&it.path))?;
        }
        let seen = known.iter().filter(|it| it.masters > 0).count();
        let scripts = if all.len() == 1 { "1 script".to_owned() } else { format!("{} scripts", all.len()) };
        notice::plain(&format!("{} knows {seen} of {scripts}", server.name));
    }
    Ok(if scripts.failed > 0 { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

/// A script as far as the masters know it.
struct Known {
    /// The SHA1 by which most know it; of the text as it stands, if none does.
    sha1: String,
    /// The number of these masters.
    masters: usize,
}

/// Asks for the SHA1s that scripts may have, and gives the number of masters too.
fn known(session: &mut Session, digests: &[Vec<String>]) -> Result<(Vec<Known>, usize), Error> {
    let flat: Vec<&str> = digests.iter().flatten().map(String::as_str).collect();
    let mut counts = vec![0; flat.len()];
    let masters = session.masters();
    for place in &masters {
        let connection = session.connection(place)?;
        for (nth, some) in flat.chunks(MAX_ASKED).enumerate() {
            let words: Vec<&str> = ["SCRIPT", "EXISTS"].into_iter().chain(some.iter().copied()).collect();
            let reply = connection.call(&words)?;
            if let Reply::Error(text) = &reply {
                return Err(connection.refused(text, "SCRIPT EXISTS"));
            }
            let Reply::Array(items) = reply else { continue };
            for (at, _) in items.iter().enumerate().filter(|(_, item)| matches!(item, Reply::Int(1))) {
                counts[nth * MAX_ASKED + at] += 1;
            }
        }
    }
    let mut counts = counts.into_iter();
    let best = |all: &Vec<String>| {
        let mut best = Known { sha1: all[0].clone(), masters: 0 };
        for (sha1, count) in all.iter().zip(counts.by_ref()) {
            if count > best.masters {
                best = Known { sha1: sha1.clone(), masters: count };
            }
        }
        best
    };
    Ok((digests.iter().map(best).collect(), masters.len()))
}
