//! `redlua fmt`.

use std::{
    io::{Read as _, Write as _},
    process::ExitCode,
};

use anyhow::{Context as _, Result};
use format::{Style, format};

use crate::{
    args::{Check, Fmt},
    check, notice,
};

pub(crate) fn run(args: &Fmt) -> Result<ExitCode> {
    if args.paths.iter().any(|path| path.as_os_str() == "-") {
        let mut source = Vec::new();
        std::io::stdin().read_to_end(&mut source).context("standard input cannot be read")?;
        let formatted = format(&source, Style::of(&std::env::current_dir()?.join("stdin.lua"), None)?, None)?;
        if args.check {
            return Ok(ExitCode::from(u8::from(formatted.as_bytes() != source)));
        }
        std::io::stdout().write_all(formatted.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let here = std::env::current_dir().context("the current folder cannot be read")?;
    let settings = check::load_settings(&Check::for_paths(&args.paths))?;
    let (files, unreadable) = workspace::files(&args.paths, &here, &settings);
    unreadable.iter().for_each(|text| notice::error(text));
    let (mut changed, mut failed) = (0, unreadable.len());
    let mut out = std::io::stdout().lock();
    for file in files {
        let shown = file.path.strip_prefix(&here).unwrap_or(&file.path).display().to_string();
        let done = (|| -> Result<bool> {
            let source = std::fs::read(&file.path)?;
            let name = file.path.file_name().and_then(|name| name.to_str());
            if !file.named && format::is_ignored(&file.path) {
                return Ok(false);
            }
            // Plain Lua of the workspace may have a style of its own.
            if !file.named && !semantic::Script::new(source.clone().into(), name).is_redis_lua() {
                return Ok(false);
            }
            let formatted = format(&source, Style::of(&file.path, None)?, None)?;
            if formatted.as_bytes() == source {
                return Ok(false);
            }
            if !args.check {
                check::replace(&file.path, formatted.as_bytes())?;
            }
            Ok(true)
        })();
        match done {
            Ok(true) => {
                changed += 1;
                writeln!(out, "{} {shown}", if args.check { "would format" } else { "formatted" })?;
            }
            Ok(false) => {}
            Err(error) => {
                failed += 1;
                notice::error(&format!("{shown}: {error:#}"));
            }
        }
    }
    Ok(match (failed, args.check && changed > 0) {
        (0, false) => ExitCode::SUCCESS,
        (0, true) => ExitCode::from(1),
        _ => ExitCode::from(2),
    })
}
