//! Queries of the languages that scripts are in the strings of, and the folders with what Helix brings.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result};
use etcetera::BaseStrategy as _;

use crate::setup::{
    block,
    editor::home,
    embedded,
    plan::{Plan, read, shown},
    record::{Files, Record},
};

/// The folder of Helix' configuration.
pub(super) fn root() -> Result<PathBuf> {
    home()?;
    Ok(etcetera::choose_base_strategy().context("the home folder is not known")?.config_dir().join("helix"))
}

pub(super) fn files(wanted: BTreeMap<String, Vec<u8>>) -> Result<Files> {
    Ok(Files { root: root()?, own: "runtime/queries/redis-lua", wanted, generated: &[] })
}

/// Our files, with the queries of the languages that scripts are in the strings of.
///
/// A file of ours hides the editor's, so ours has both. Without the editor's the language is left alone, and so it is when
/// the user has a file there.
pub(super) fn with_hosts(
    plan: &mut Plan,
    mut old: Option<Record>,
    runtimes: &[PathBuf],
) -> Result<(Files, Option<Record>)> {
    let root = root()?;
    let mark = format!("; # {}\n", block::BEGIN);
    let mut wanted: BTreeMap<String, Vec<u8>> =
        embedded::below("helix/runtime").map(|(path, bytes)| (format!("runtime/{path}"), bytes.to_vec())).collect();
    // As Helix names them, on macOS too.
    let parser = format!("runtime/grammars/redis-transcript.{}", if cfg!(windows) { "dll" } else { "so" });
    match embedded::TRANSCRIPT_PARSER {
        [] => plan.notices.push("this build of redlua has no parser of transcripts, so they get no colours".to_owned()),
        bytes => drop(wanted.insert(parser, bytes.to_vec())),
    }
    let (mut hosts, mut found) = (0, 0);
    for (path, ours) in embedded::below("helix/hosts") {
        hosts += 1;
        let name = format!("runtime/queries/{path}");
        let there = read(&root.join(&name))?;
        if there.as_ref().is_some_and(|bytes| !bytes.starts_with(mark.as_bytes())) {
            plan.notices.push(format!("{} is yours and stays as it is", shown(&root.join(&name))));
            if let Some(old) = &mut old {
                old.files.remove(&name);
            }
            found += 1;
            continue;
        }
        let theirs = runtimes.iter().find_map(|folder| std::fs::read(folder.join("queries").join(path)).ok());
        if let Some(theirs) = theirs {
            found += 1;
            let mut text = mark.clone().into_bytes();
            text.extend(&theirs);
            text.extend(if theirs.ends_with(b"\n") { "\n".as_bytes() } else { "\n\n".as_bytes() });
            text.extend(ours);
            wanted.insert(name, text);
        } else if let (None, Some(bytes)) = (&old, there) {
            // From before there was a record.
            wanted.insert(name, bytes);
        }
    }
    if found == 0 && hosts > 0 {
        plan.notices.push(
            "Helix' own queries are not found, so scripts in the strings of other languages get no colours: \
             HELIX_RUNTIME may say where they are"
                .to_owned(),
        );
    }
    Ok((files(wanted)?, old))
}

/// The folders with what Helix brings.
pub(super) fn runtimes(program: Option<&Path>) -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    folders.extend(std::env::var_os("HELIX_RUNTIME").map(PathBuf::from));
    if let Some(program) = program {
        // It knows best, and says so in one of the first lines. A folder that it misses it makes, even for this: so it gets
        // one of its own, for a plan changes nothing.
        let said = tempfile::tempdir().and_then(|folder| {
            let mut command = Command::new(program);
            command.arg("--health").env("XDG_CONFIG_HOME", folder.path()).env("XDG_CACHE_HOME", folder.path());
            command.stdin(Stdio::null()).output()
        });
        let said = said.map(|it| String::from_utf8_lossy(&it.stdout).into_owned()).unwrap_or_default();
        let line = said.lines().find_map(|line| line.strip_prefix("Runtime directories: "));
        folders.extend(line.into_iter().flat_map(|line| line.split(';')).map(|it| PathBuf::from(it.trim())));
        let real = program.canonicalize().unwrap_or_else(|_| program.to_path_buf());
        folders.extend(real.parent().map(|folder| folder.join("runtime")));
    }
    folders.extend(
        [
            "/usr/lib/helix/runtime",
            "/usr/lib/hx/runtime",
            "/usr/share/helix/runtime",
            "/opt/homebrew/opt/helix/libexec/runtime",
            "/usr/local/opt/helix/libexec/runtime",
        ]
        .map(PathBuf::from),
    );
    let own = root()?.join("runtime");
    folders.retain(|folder| *folder != own);
    Ok(folders)
}
