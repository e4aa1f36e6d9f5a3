//! `redlua fmt`.

use std::{
    io::{Read as _, Write as _},
    process::ExitCode,
};

use anyhow::{Context as _, Result};
use format::{Style, format};

use crate::{
    args::{Check, Fmt},
    check, diff, notice,
};

pub(crate) fn run(args: &Fmt) -> Result<ExitCode> {
    if args.paths.iter().any(|path| path.as_os_str() == "-") {
        let mut source = Vec::new();
        std::io::stdin().read_to_end(&mut source).context("standard input cannot be read")?;
        let formatted = format(&source, Style::of(&std::env::current_dir()?.join("stdin.lua"), None)?, None)?;
        if args.diff {
            if formatted.as_bytes() != source {
                diff::write("stdin.lua", &source, formatted.as_bytes())?;
            }
            return Ok(ExitCode::from(u8::from(formatted.as_bytes() != source)));
        }
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
    let (mut changed, mut same, mut failed) = (0, 0, unreadable.len());
    for file in files {
        let shown = file.path.strip_prefix(&here).unwrap_or(&file.path).display().to_string();
        let done = (|| -> Result<Option<bool>> {
            let source = std::fs::read(&file.path)?;
            if let Some(language) = host::Language::of_path(&file.path) {
                anyhow::bail!("this is {}, and only Lua is formatted; left as it is", language.name());
            }
            let name = file.path.file_name().and_then(|name| name.to_str());
            if !file.named && format::is_ignored(&file.path) {
                return Ok(None);
            }
            // Plain Lua of the workspace may have a style of its own.
            if !file.named && !semantic::Script::new(source.clone().into(), name).is_redis_lua() {
                return Ok(None);
            }
            let formatted = format(&source, Style::of(&file.path, None)?, None)?;
            if formatted.as_bytes() == source {
                return Ok(Some(false));
            }
            if args.diff {
                diff::write(&shown, &source, formatted.as_bytes())?;
            } else if !args.check {
                check::replace(&file.path, formatted.as_bytes())?;
            }
            Ok(Some(true))
        })();
        match done {
            Ok(Some(true)) => {
                changed += 1;
                if !args.diff {
                    writeln!(std::io::stdout(), "{} {shown}", if args.check { "would format" } else { "formatted" })?;
                }
            }
            Ok(Some(false)) => same += 1,
            Ok(None) => {}
            Err(error) => {
                failed += 1;
                notice::error(&format!("{shown}: {error:#}"));
            }
        }
    }
    notice::plain(&total(args, changed, same));
    let fails = changed > 0 && (args.check || args.diff);
    Ok(match (failed, fails) {
        (0, false) => ExitCode::SUCCESS,
        (0, true) => ExitCode::from(1),
        _ => ExitCode::from(2),
    })
}

/// The last line: how many files were formatted, and how many were so already.
fn total(args: &Fmt, changed: usize, same: usize) -> String {
    let files = |count: usize| if count == 1 { "1 file".to_owned() } else { format!("{count} files") };
    let done = if args.check || args.diff { "would be formatted" } else { "formatted" };
    match (changed, same) {
        (0, 0) => "no Redis Lua to format".to_owned(),
        (0, same) => format!("{} formatted already", files(same)),
        (changed, 0) => format!("{} {done}", files(changed)),
        (changed, same) => format!("{} {done}, {same} unchanged", files(changed)),
    }
}
