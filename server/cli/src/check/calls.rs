//! `redlua check --calls`: every script, and who calls it with what.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::Path,
};

use anyhow::{Context as _, Result};
use host::{Given, Runs};
use semantic::{Site, SiteTarget};
use serde::Serialize;
use workspace::{Host, Project, Settings};

use super::engine;
use crate::args::{Check, Format};

/// A call in a program.
#[derive(Serialize)]
struct Call {
    path: String,
    line: u32,
    column: u32,
    /// The called name.
    name: String,
    keys: Words,
    arguments: Words,
}

/// A number of keys or arguments: exact, at least, or not known.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Words {
    Exactly(u32),
    AtLeast(u32),
    Unknown,
}

/// A script with its callers.
#[derive(Serialize)]
struct Script {
    path: String,
    keys: u32,
    arguments: u32,
    calls: Vec<Call>,
}

/// A function with its callers.
#[derive(Serialize)]
struct Function {
    name: String,
    /// The library; none if no library of the project registers it.
    path: Option<String>,
    calls: Vec<Call>,
}

/// The table.
#[derive(Serialize)]
struct Table {
    scripts: Vec<Script>,
    functions: Vec<Function>,
    /// Calls whose script is not known.
    unresolved: Vec<Call>,
}

/// Writes the table of the paths.
pub(super) fn run(args: &Check, settings: &Settings, out: &mut dyn Write) -> Result<()> {
    let here = std::env::current_dir().context("the current folder cannot be read")?;
    let shown = |path: &Path| engine::shown(path, &here);
    let (found, missing) = workspace::files_with_hosts(&args.paths, &here, settings);
    missing.iter().for_each(|text| crate::notice::error(text));
    let (project, _) = workspace::survey(found, Vec::new(), settings, &here, false, || {}, shown);
    let table = table(&project, settings, &shown);
    match args.format {
        Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(&table)?)?,
        _ => human(&table, out)?,
    }
    Ok(())
}

fn table(project: &Project, settings: &Settings, shown: &dyn Fn(&Path) -> String) -> Table {
    let mut by_script: BTreeMap<usize, Vec<Call>> = BTreeMap::new();
    let mut by_function: BTreeMap<String, (Option<usize>, Vec<Call>)> = BTreeMap::new();
    let mut unresolved = Vec::new();
    for at in 0..project.len() {
        let Some(program) = &project.file(at).program else { continue };
        for site in project.sites(at) {
            let call = call(site, program, shown);
            match (&site.target, &site.call.runs) {
                (SiteTarget::Script { file, .. }, _) => by_script.entry(*file).or_default().push(call),
                (SiteTarget::Function { file, .. }, Runs::Function { name, .. }) => {
                    by_function.entry(name.clone()).or_insert((Some(*file), Vec::new())).1.push(call);
                }
                (_, Runs::Function { name, .. }) => by_function.entry(name.clone()).or_default().1.push(call),
                // The calls of the function around it are told.
                _ if site.call.is_passed_on || site.call.is_uncertain => {}
                _ => unresolved.push(call),
            }
        }
    }
    let path = |at: usize| shown(&project.file(at).path);
    let is_script = |at: &usize| {
        let file = project.file(*at);
        !file.context && file.program.is_none() && file.functions.is_none() && project.is_script(*at, settings)
    };
    let scripts = (0..project.len()).filter(|at| is_script(at) || by_script.contains_key(at)).collect::<Vec<_>>();
    let scripts = scripts.into_iter().map(|at| Script {
        path: path(at),
        keys: project.file(at).needs.keys,
        arguments: project.file(at).needs.args,
        calls: by_script.remove(&at).unwrap_or_default(),
    });
    let scripts = scripts.collect();
    let functions =
        by_function.into_iter().map(|(name, (file, calls))| Function { name, path: file.map(path), calls }).collect();
    Table { scripts, functions, unresolved }
}

fn call(site: &Site, program: &Host, shown: &dyn Fn(&Path) -> String) -> Call {
    let place = program.lines.line_col(&program.source, site.call.name.start);
    let words = |given: Given| match given {
        Given::Exactly(it) => Words::Exactly(it),
        Given::AtLeast(it) => Words::AtLeast(it),
        Given::Unknown => Words::Unknown,
    };
    Call {
        path: shown(&program.path),
        line: place.line,
        column: place.column,
        name: String::from_utf8_lossy(site.call.name.slice(&program.source)).into_owned(),
        keys: words(site.call.keys.given),
        arguments: words(site.call.args.given),
    }
}

fn human(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    for script in &table.scripts {
        let needs = format!("{}, {}", count(script.keys, "key"), count(script.arguments, "argument"));
        writeln!(out, "{} (reads {needs})", script.path)?;
        calls(&script.calls, out)?;
    }
    for function in &table.functions {
        let library = function.path.as_deref().unwrap_or("no library of the project");
        writeln!(out, "function {} ({library})", function.name)?;
        calls(&function.calls, out)?;
    }
    if !table.unresolved.is_empty() {
        writeln!(out, "scripts that are not known")?;
        calls(&table.unresolved, out)?;
    }
    let resolved: usize = table.scripts.iter().map(|it| it.calls.len()).sum();
    let of_functions: usize = table.functions.iter().map(|it| it.calls.len()).sum();
    let all = resolved + of_functions + table.unresolved.len();
    let scripts = count(table.scripts.len() as u32, "script");
    writeln!(out, "\n{scripts}, {}: {} of known ones", count(all as u32, "call"), resolved + of_functions)
}

fn calls(calls: &[Call], out: &mut dyn Write) -> io::Result<()> {
    if calls.is_empty() {
        return writeln!(out, "  nothing calls it by a name that is known");
    }
    for call in calls {
        let words = format!("{}, {}", words(&call.keys, "key"), words(&call.arguments, "argument"));
        writeln!(out, "  {}:{}:{} {}: {words}", call.path, call.line, call.column, call.name)?;
    }
    Ok(())
}

fn words(words: &Words, what: &str) -> String {
    match words {
        Words::Exactly(it) => count(*it, what),
        Words::AtLeast(it) => format!("{it} or more {what}s"),
        Words::Unknown => format!("{what}s that are not known"),
    }
}

fn count(count: u32, what: &str) -> String {
    match count {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}
