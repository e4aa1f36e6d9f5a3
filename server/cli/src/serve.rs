//! `redlua serve`.

use std::{io::Write as _, process::ExitCode};

use anyhow::{Context as _, Result};

use crate::{args::Serve, notice};

pub(crate) fn run(args: &Serve) -> Result<ExitCode> {
    if !args.bind.is_loopback() {
        notice::warning(&format!("everybody who reaches {} can use the server: there is no password", args.bind));
    }
    let options =
        ::serve::Options { bind: args.bind, port: args.port, target: args.target.unwrap_or(commands::Target::DEFAULT) };
    ::serve::run(options, |address| {
        // Whoever started it may not be listening.
        let mut out = std::io::stdout();
        writeln!(out, "ready {address}").and_then(|()| out.flush()).ok();
    })
    .with_context(|| format!("{}:{} cannot be served", args.bind, args.port))?;
    Ok(ExitCode::SUCCESS)
}
