//! The servers that `--on` names.

use std::{
    io::{BufRead as _, IsTerminal as _, Write as _},
    path::PathBuf,
};

use anyhow::{Context as _, Result, bail};
use commands::api::closest;
use config::ServerConfig;
use remote::{Address, Resp, Server, Timeouts, TlsOptions};
use workspace::Settings;

use super::password;
use crate::args::On;

/// Name of the embedded engine.
pub(super) const EMBEDDED: &str = "embedded";

/// A place to run at.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// The embedded engine.
    Embedded,
    /// A real server.
    Real(Box<Server>),
}

/// The places of `--on`, in order, with their passwords. Servers that ask for it are confirmed if anything may be written.
///
/// # Errors
/// A name or a URL is wrong, a password is missing, or the confirmation is.
pub(super) fn places(args: &On, settings: &Settings, resp3: bool) -> Result<Vec<Place>> {
    let place = |name: &String| match name.as_str() {
        EMBEDDED => Ok(Place::Embedded),
        name => Ok(Place::Real(Box::new(server(name, args, settings, resp3)?))),
    };
    args.on.iter().map(place).collect()
}

/// The one real server of `--on`.
///
/// # Errors
/// There is none, or there are several; else as [`places`].
pub(crate) fn only(args: &On, settings: &Settings) -> Result<Server> {
    let mut places = places(args, settings, false)?;
    match (places.pop(), places.pop()) {
        (Some(Place::Real(server)), None) => Ok(*server),
        (None, _) => bail!("name a server: --on redis://localhost:6379, or a name of [servers] in redlua.toml"),
        (Some(Place::Embedded), None) => bail!("the embedded engine keeps nothing: name a real server"),
        (Some(_), Some(_)) => bail!("name one server: --on once"),
    }
}

fn server(name: &str, args: &On, settings: &Settings, resp3: bool) -> Result<Server> {
    let all = &settings.config.servers;
    let known = all.iter().find(|server| server.name == name);
    let address: Address = match known {
        Some(server) => server.url.expose().parse().with_context(|| format!("the server {name} in [servers]"))?,
        None if Address::is_url(name) => name.parse()?,
        None => bail!("{}", unknown(name, all)),
    };
    let mut server = Server::new(address);
    if known.is_some() {
        server.name = name.into();
    }
    let path =
        |given: &Option<PathBuf>, set: Option<&PathBuf>| given.clone().or(set.map(|path| settings.root.join(path)));
    server.tls = TlsOptions {
        cacert: path(&args.cacert, known.and_then(|it| it.cacert.as_ref())),
        cert: path(&args.cert, known.and_then(|it| it.cert.as_ref())),
        key: path(&args.key, known.and_then(|it| it.key.as_ref())),
        server_name: args.server_name.clone().or(known.and_then(|it| it.server_name.clone())),
    };
    let user = args.user.clone().or(known.and_then(|it| it.user.clone()));
    server.address.user = user.or(server.address.user);
    let number = args.resp.or(resp3.then_some(3)).or(known.and_then(|it| it.resp));
    server.resp = Some(if number == Some(3) { Resp::Three } else { Resp::Two });
    if let Some(time) = known.and_then(|it| it.timeout) {
        server.timeouts = Timeouts::all(time);
    }
    server.address.password = password::find(&server, known, args.ask_password)?;
    if args.write
        && let Some(question) = known.and_then(|it| it.confirm.as_deref())
    {
        confirm(name, question, args)?;
    }
    Ok(server)
}

/// The text of an error. Where nothing listens, the other servers of the settings are named.
pub(crate) fn told(error: &remote::Error, settings: &Settings) -> String {
    let others: Vec<&str> =
        settings.config.servers.iter().map(|it| it.name.as_str()).filter(|name| *name != &*error.server).collect();
    match &error.failure {
        remote::Failure::Refused(_) if !others.is_empty() => format!("{error} [servers] has {} too", others.join(", ")),
        _ => error.to_string(),
    }
}

fn unknown(name: &str, all: &[ServerConfig]) -> String {
    // It may be a URL without its beginning, and so have a password.
    if name.contains('@') {
        return "--on takes a URL such as redis://localhost:6379, or a name of [servers] in redlua.toml".to_owned();
    }
    let names: Vec<&str> = all.iter().map(|server| server.name.as_str()).collect();
    let known = match (closest(name, names.iter().copied()), names.as_slice()) {
        (Some(meant), _) => format!("did you mean {meant}?"),
        (None, []) => "redlua.toml has no [servers]; a URL such as redis://localhost:6379 is taken too".to_owned(),
        (None, names) => format!("the known ones are {}", names.join(", ")),
    };
    format!("there is no server {name}: {known}")
}

/// Asks for the name of a server of production, unless it is given.
fn confirm(name: &str, question: &str, args: &On) -> Result<()> {
    if let Some(given) = &args.confirm {
        if given == name {
            return Ok(());
        }
        bail!("--confirm {given} is not the name of {name}: nothing was run");
    }
    if !std::io::stdin().is_terminal() {
        bail!("{name} wants to be confirmed before anything is written there: --confirm {name}");
    }
    let mut out = anstream::stderr();
    write!(out, "With --write the script may write to {name}. To go on, {question}: ")?;
    out.flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    if line.trim() == name { Ok(()) } else { bail!("that is not {name}: nothing was run") }
}
