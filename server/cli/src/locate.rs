//! `redlua where`.

use std::{
    io::{Read as _, Write as _},
    path::Path,
    process::ExitCode,
};

use anyhow::{Context as _, Result, bail};
use workspace::{Named, Place, Raised};

use crate::{
    args::{Check, Where},
    check, notice,
};

pub(crate) fn run(args: &Where) -> Result<ExitCode> {
    let text = match args.error.as_str() {
        "-" => {
            let mut text = Vec::new();
            std::io::stdin().read_to_end(&mut text).context("standard input cannot be read")?;
            String::from_utf8_lossy(&text).into_owned()
        }
        text => text.to_owned(),
    };
    let Some(raised) = Raised::read(&text) else {
        bail!(
            "the error names no script: give the whole of it, with `script: SHA1, on @user_script:LINE` or `call to f_SHA1`"
        );
    };
    let settings = check::load_settings(&Check { config: args.config.clone(), ..Check::for_paths(&args.paths) })?;
    let here = std::env::current_dir().context("the current folder cannot be read")?;
    let (files, missing) = workspace::files_with_hosts(&args.paths, &here, &settings);
    missing.iter().for_each(|text| notice::error(text));
    let (places, count) = workspace::locate(&raised, &files, &settings, script::sha1_hex);
    if args.json {
        json(&places, &here)?;
    } else {
        human(&places, &raised, &here)?;
    }
    if !missing.is_empty() {
        return Ok(ExitCode::from(2));
    }
    if places.is_empty() {
        let what = match &raised.script {
            Named::Sha1(sha1) => format!("has the SHA1 {sha1}"),
            Named::Function(name) => format!("registers the function {name}"),
        };
        notice::error(&format!(
            "none of {count} scripts here {what}: it may have been loaded from another version of a file, or built in another way"
        ));
        return Ok(ExitCode::from(1));
    }
    Ok(ExitCode::SUCCESS)
}

/// The path to show.
fn shown(path: &Path, here: &Path) -> String {
    path.strip_prefix(here).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// The text of the line, without the blanks around it.
fn code(place: &Place) -> Option<String> {
    let text = workspace::read_bounded(&place.file).ok()?;
    let line = text.split(|&byte| byte == b'\n').nth(place.line.checked_sub(1)? as usize)?;
    Some(String::from_utf8_lossy(line.trim_ascii()).into_owned()).filter(|line| !line.is_empty())
}

fn human(places: &[Place], raised: &Raised, here: &Path) -> Result<()> {
    let mut out = anstream::stdout();
    for place in places {
        let file = shown(&place.file, here);
        match place.line {
            0 => writeln!(out, "\u{1b}[1m{file}\u{1b}[0m")?,
            line => writeln!(out, "\u{1b}[1m{file}:{line}\u{1b}[0m")?,
        }
        if let Some(code) = code(place) {
            writeln!(out, "  {code}")?;
        }
        if place.file != place.script {
            writeln!(out, "  included by {}, line {} of what was loaded", shown(&place.script, here), raised.line)?;
        }
    }
    Ok(())
}

fn json(places: &[Place], here: &Path) -> Result<()> {
    let places: Vec<_> = places
        .iter()
        .map(|place| {
            serde_json::json!({
                "path": shown(&place.file, here),
                "line": (place.line > 0).then_some(place.line),
                "script": shown(&place.script, here),
                "sha1": place.sha1,
            })
        })
        .collect();
    let mut out = std::io::stdout();
    serde_json::to_writer_pretty(&mut out, &serde_json::json!({ "places": places }))?;
    writeln!(out)?;
    Ok(())
}
