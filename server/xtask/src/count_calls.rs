//! Counts the calls of each command in the scripts of packages: completion lists commands by use.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use commands::Target;
use semantic::Script;

/// Writes `server/commands/data/calls.toml`.
pub(crate) fn run(root: &Path) -> Result<()> {
    let packages = tests::cache().join("packages");
    let mut paths = Vec::new();
    collect(&packages, &mut paths).with_context(|| packages.display().to_string())?;
    paths.sort();
    let (mut scripts, mut calls) = (0_u32, 0_u32);
    let mut counts: BTreeMap<&str, u16> = BTreeMap::new();
    // Packages ship one script several times.
    let mut seen: BTreeSet<Vec<u8>> = BTreeSet::new();
    for path in &paths {
        let source = std::fs::read(path)?;
        if !seen.insert(source.clone()) {
            continue;
        }
        let mut script = Script::new(source.into(), None);
        script.bind_commands(Target::KNOWN);
        scripts += u32::from(!script.calls.is_empty());
        for spec in script.calls.iter().filter_map(|call| call.binding.spec) {
            calls += 1;
            *counts.entry(spec.name).or_default() += 1;
        }
    }
    if calls == 0 {
        bail!("no calls under {}: tests/setup/packages.sh installs packages", packages.display());
    }
    let mut out = format!(
        "# Calls by command, counted over {scripts} scripts ({calls} calls) by `cargo xtask count-calls`: do not edit.\n\n"
    );
    let mut sorted: Vec<(&str, u16)> = counts.into_iter().collect();
    sorted.sort_by_key(|&(name, count)| (std::cmp::Reverse(count), name));
    for (name, count) in sorted {
        match name.contains(' ') {
            true => writeln!(out, "{name:?} = {count}")?,
            false => writeln!(out, "{name} = {count}")?,
        }
    }
    std::fs::write(root.join("server/commands/data/calls.toml"), out)?;
    println!("counted {calls} calls of {scripts} scripts");
    Ok(())
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            collect(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "lua") {
            found.push(path);
        }
    }
    Ok(())
}
