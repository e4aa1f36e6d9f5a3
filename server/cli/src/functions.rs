//! `redlua functions`: the libraries of the workspace and those of a server.

use std::{collections::BTreeMap, io::Write as _, process::ExitCode};

use anyhow::{Result, bail};
use remote::{Endpoint, Error, Failure, Library, Server, Session};
use serde_json::{Value, json};
use workspace::Sent;

use crate::{
    args::{Functions, FunctionsAction},
    diff, notice, on,
    sent::Scripts,
};

pub(crate) fn run(args: &Functions) -> Result<ExitCode> {
    let mut scripts = match args.action {
        FunctionsAction::List => Scripts::read(&[], args.workspace.config.as_deref())?,
        _ => Scripts::read(&args.workspace.paths, args.workspace.config.as_deref())?,
    };
    let own = own_libraries(&mut scripts)?;
    let server = on::only(&args.on, &scripts.settings)?;
    let done = Session::open(&server).and_then(|session| Deployment::read(session, own));
    let done = done.map_err(|error| on::refused(&error, &scripts.settings));
    let mut deployment = match done {
        Ok(deployment) => deployment,
        Err(code) => return Ok(code),
    };
    match args.action {
        FunctionsAction::List => deployment.list(args.json, &server)?,
        FunctionsAction::Diff => {
            deployment.show(args.json, &scripts, &server)?;
            if deployment.is_open() {
                return Ok(ExitCode::from(1));
            }
        }
        FunctionsAction::Load => {
            if !deployment.is_open() {
                notice::plain(&format!("{} has all libraries as they are here", server.name));
                return Ok(status(&scripts));
            }
            if !args.on.write {
                deployment.show(args.json, &scripts, &server)?;
                notice::error(&format!("nothing was loaded on {}: --write lets it", server.name));
                return Ok(ExitCode::from(1));
            }
            if let Err(error) = deployment.load(&scripts) {
                return Ok(on::refused(&error, &scripts.settings));
            }
        }
    }
    Ok(status(&scripts))
}

fn status(scripts: &Scripts) -> ExitCode {
    if scripts.failed > 0 { ExitCode::from(2) } else { ExitCode::SUCCESS }
}

/// The libraries of the workspace by their names.
fn own_libraries(scripts: &mut Scripts) -> Result<BTreeMap<String, Sent>> {
    let mut found: BTreeMap<String, Sent> = BTreeMap::new();
    for sent in &scripts.all {
        let Some(name) = sent.library() else { continue };
        if let Some(other) = found.get(name) {
            if other.flat.code == sent.flat.code {
                continue;
            }
            // A file stands above a string, of which tests have several.
            match (other.embedding.is_some(), sent.embedding.is_some()) {
                (false, true) => continue,
                (true, false) => {}
                _ => {
                    let (one, two) = (scripts.shown(&other.path), scripts.shown(&sent.path));
                    bail!("two libraries have the name {name}: {one} and {two}; name the files that are meant");
                }
            }
        }
        found.insert(name.to_owned(), sent.clone());
    }
    Ok(found)
}

/// State of a library on one node, compared with the workspace's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum State {
    Same,
    Missing,
    Differs,
    /// The workspace has no such library.
    Foreign,
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Missing => "missing",
            Self::Differs => "differs",
            Self::Foreign => "only there",
        }
    }
}

/// The libraries of the workspace and of each master.
struct Deployment {
    session: Session,
    own: BTreeMap<String, Sent>,
    nodes: Vec<(Endpoint, Vec<Library>)>,
}

impl Deployment {
    fn read(mut session: Session, own: BTreeMap<String, Sent>) -> Result<Self, Error> {
        let mut nodes = Vec::new();
        for place in session.masters() {
            let libraries = session.connection(&place)?.libraries(None, true)?;
            nodes.push((place, libraries));
        }
        Ok(Self { session, own, nodes })
    }

    /// The state of a library on each master.
    fn states(&self, name: &str) -> Vec<State> {
        let of = |libraries: &[Library]| {
            let there = libraries.iter().find(|it| it.name == name);
            match (self.own.get(name), there) {
                (Some(own), Some(there)) if own.flat.code == there.code => State::Same,
                (Some(_), Some(_)) => State::Differs,
                (Some(_), None) => State::Missing,
                (None, Some(_)) => State::Foreign,
                (None, None) => State::Same,
            }
        };
        self.nodes.iter().map(|(_, libraries)| of(libraries)).collect()
    }

    /// All names, of the workspace and of the masters.
    fn names(&self) -> Vec<String> {
        let there = self.nodes.iter().flat_map(|(_, libraries)| libraries.iter().map(|it| it.name.clone()));
        let mut names: Vec<String> = self.own.keys().cloned().chain(there).collect();
        names.sort();
        names.dedup();
        names
    }

    /// True if a library of the workspace is missing or differs on a master.
    fn is_open(&self) -> bool {
        self.own.keys().any(|name| self.states(name).iter().any(|it| *it != State::Same))
    }

    fn show(&self, as_json: bool, scripts: &Scripts, server: &Server) -> Result<()> {
        if as_json {
            let row = |name: &String| {
                let own = self.own.get(name);
                let nodes = self.nodes.iter().zip(self.states(name));
                let nodes: Vec<Value> = nodes
                    .map(|((place, _), state)| json!({ "node": place.to_string(), "state": state.name() }))
                    .collect();
                json!({ "library": name, "path": own.map(|it| scripts.shown(&it.path)), "nodes": nodes })
            };
            let all: Vec<Value> = self.names().iter().map(row).collect();
            writeln!(std::io::stdout(), "{:#}", json!({ "server": &*server.name, "libraries": all }))?;
            return Ok(());
        }
        for name in self.names() {
            let states = self.states(&name);
            let worst = states.iter().copied().max().unwrap_or(State::Same);
            let path = self.own.get(&name).map_or_else(String::new, |it| format!(" ({})", scripts.shown(&it.path)));
            let told = match states.iter().filter(|it| **it == worst).count() {
                count if count < states.len() => format!("{} on {count} of {} masters", worst.name(), states.len()),
                _ => worst.name().to_owned(),
            };
            writeln!(std::io::stdout(), "{name}{path}: {told}")?;
            let there = self.nodes.iter().find_map(|(_, libraries)| {
                let own = self.own.get(&name)?;
                libraries.iter().find(|it| it.name == name && it.code != own.flat.code)
            });
            if let (Some(there), Some(own)) = (there, self.own.get(&name)) {
                diff::write(&scripts.shown(&own.path), &there.code, &own.flat.code)?;
            }
        }
        Ok(())
    }

    fn list(&self, as_json: bool, server: &Server) -> Result<()> {
        if as_json {
            let library = |it: &Library| json!({ "library": it.name, "functions": it.functions });
            let node = |(place, libraries): &(Endpoint, Vec<Library>)| {
                let libraries: Vec<Value> = libraries.iter().map(library).collect();
                json!({ "node": place.to_string(), "libraries": libraries })
            };
            let nodes: Vec<Value> = self.nodes.iter().map(node).collect();
            writeln!(std::io::stdout(), "{:#}", json!({ "server": &*server.name, "nodes": nodes }))?;
            return Ok(());
        }
        for (place, libraries) in &self.nodes {
            if self.nodes.len() > 1 {
                writeln!(std::io::stdout(), "{place}")?;
            }
            if libraries.is_empty() {
                writeln!(std::io::stdout(), "no libraries")?;
            }
            for library in libraries {
                let mut functions = library.functions.clone();
                functions.sort();
                writeln!(std::io::stdout(), "{}: {}", library.name, functions.join(", "))?;
            }
        }
        Ok(())
    }

    /// Loads what is missing or differs on each master.
    fn load(&mut self, scripts: &Scripts) -> Result<(), Error> {
        for (name, own) in &self.own {
            let states: Vec<State> = self.states(name);
            let mut done = 0;
            for ((place, _), state) in self.nodes.iter().zip(&states).filter(|(_, state)| **state != State::Same) {
                let connection = self.session.connection(place)?;
                let loaded = connection.load_library(&own.flat.code, *state == State::Differs);
                loaded.map_err(|error| in_files(error, own, scripts))?;
                done += 1;
            }
            if done > 0 {
                let what = if states.contains(&State::Differs) { "replaced" } else { "loaded" };
                let on = if self.nodes.len() > 1 {
                    format!(" on {done} of {} masters", self.nodes.len())
                } else {
                    String::new()
                };
                notice::plain(&format!("{name} ({}) was {what}{on}", scripts.shown(&own.path)));
            }
        }
        Ok(())
    }
}

/// The error with the file and line of the workspace.
fn in_files(error: Error, own: &Sent, scripts: &Scripts) -> Error {
    let Failure::Refusal(mut refusal) = error.failure else { return error };
    if let Some(place) = refusal.place_mut() {
        let (file, line) = own.origin(place.line);
        (place.line, place.file) = (line, Some(scripts.shown(file)));
    }
    Error { server: error.server, failure: Failure::Refusal(refusal) }
}
