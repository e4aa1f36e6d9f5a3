//! `redlua fmt`: StyLua as a library, with what it does not know of the server's scripts.

use std::{
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result, bail};
use stylua_lib::{Config, IndentType, LineEndings, LuaVersion, OutputVerification};
use text::LineIndex;

use crate::{
    args::{Check, Fmt},
    check::{self, Settings},
    notice,
};

/// StyLua recurses as deep as the source nests.
const STACK: usize = 256 << 20;

pub(crate) fn run(args: &Fmt) -> Result<ExitCode> {
    if args.paths.iter().any(|path| path.as_os_str() == "-") {
        let mut source = Vec::new();
        std::io::stdin().read_to_end(&mut source).context("standard input cannot be read")?;
        let config = config(&std::env::current_dir()?)?;
        let formatted = format(&source, config)?;
        if args.check {
            return Ok(ExitCode::from(u8::from(formatted.as_bytes() != source)));
        }
        std::io::stdout().write_all(formatted.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let here = std::env::current_dir().context("the current folder cannot be read")?;
    let settings = Settings::load(&Check::for_paths(&args.paths))?;
    let (files, unreadable) = check::files(&args.paths, &here, &settings);
    let (mut changed, mut failed) = (0, unreadable);
    let mut out = std::io::stdout().lock();
    for file in files {
        let shown = file.path.strip_prefix(&here).unwrap_or(&file.path).display().to_string();
        let done = (|| -> Result<bool> {
            let source = std::fs::read(&file.path)?;
            let name = file.path.file_name().and_then(|name| name.to_str());
            // Plain Lua of the workspace may have a style of its own.
            if !file.named && !semantic::Script::new(source.clone().into(), name).is_redis_lua() {
                return Ok(false);
            }
            let formatted = format(&source, config(&file.path)?)?;
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

/// The style: that of the nearest `stylua.toml`, else two blanks for a level.
fn config(path: &Path) -> Result<Config> {
    let file: Option<PathBuf> = path
        .ancestors()
        .flat_map(|folder| ["stylua.toml", ".stylua.toml"].map(|name| folder.join(name)))
        .find(|file| file.is_file());
    let mut config = match file {
        Some(file) => {
            let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            toml::from_str(&text).with_context(|| file.display().to_string())?
        }
        None => {
            let mut config = Config::new();
            config.indent_type = IndentType::Spaces;
            config.indent_width = 2;
            config
        }
    };
    config.syntax = LuaVersion::Lua51;
    Ok(config)
}

fn format(source: &[u8], mut config: Config) -> Result<String> {
    let text = match std::str::from_utf8(source) {
        Ok(text) => text,
        Err(error) => bail!("byte {} is no UTF-8, so the file is left as it is", error.valid_up_to()),
    };
    if let Some(error) = syntax::parse(source).errors.first() {
        let place = LineIndex::new(source).line_col(source, error.range.start);
        bail!("line {}, column {}: {}; left as it is", place.line, place.column, error.message);
    }
    if text.contains("\r\n") {
        config.line_endings = LineEndings::Windows;
    }
    // The server's shebang is no Lua: it stays as it is.
    let (shebang, code) = match text.strip_prefix("#!").and_then(|_| text.find('\n')) {
        Some(end) => text.split_at(end + 1),
        None => ("", text),
    };
    let formatted = std::thread::scope(|scope| -> Result<String> {
        let thread = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, || stylua_lib::format_code(code, config, None, OutputVerification::Full))?;
        match thread.join() {
            Ok(Ok(formatted)) => Ok(formatted),
            Ok(Err(error)) => bail!("{error}; left as it is"),
            Err(_) => bail!("the formatter failed; left as it is"),
        }
    })?;
    Ok(format!("{shebang}{formatted}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(source: &str) -> Result<String> {
        let mut config = Config::new();
        config.syntax = LuaVersion::Lua51;
        format(source.as_bytes(), config)
    }

    #[test]
    fn shebangs_and_line_ends_stay() -> Result<()> {
        assert_eq!(formatted("#!lua name=x\nlocal a   = 1\n")?, "#!lua name=x\nlocal a = 1\n");
        assert_eq!(formatted("local a   = 1\r\n")?, "local a = 1\r\n");
        Ok(())
    }

    #[test]
    fn what_does_not_parse_is_left() {
        let told = formatted("local x = = 1").err().map(|error| error.to_string()).unwrap_or_default();
        assert!(told.starts_with("line 1") && told.ends_with("left as it is"), "{told}");
    }
}
