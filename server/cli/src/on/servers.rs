//! The servers that `--on` names.

use std::{
    io::{BufRead as _, IsTerminal as _, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Result, bail};
use remote::{Resp, Secret, Server};
use workspace::Settings;

use crate::{args::On, notice};

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
    let found = servers::named(name, &settings.config.servers, &settings.root);
    let (mut server, known) = found.map_err(anyhow::Error::msg)?;
    let given = |path: &mut Option<PathBuf>, given: &Option<PathBuf>| {
        if given.is_some() {
            path.clone_from(given);
        }
    };
    given(&mut server.tls.cacert, &args.cacert);
    given(&mut server.tls.cert, &args.cert);
    given(&mut server.tls.key, &args.key);
    server.tls.server_name = args.server_name.clone().or(server.tls.server_name);
    server.address.user = args.user.clone().or(server.address.user);
    server.resp = match args.resp.or(resp3.then_some(3)) {
        Some(3) => Some(Resp::Three),
        Some(_) => Some(Resp::Two),
        None => server.resp.or(Some(Resp::Two)),
    };
    server.address.password = match args.ask_password {
        true => Some(asked(&server)?),
        false => servers::password(&server, known)?,
    };
    if args.write
        && let Some(question) = known.and_then(|it| it.confirm.as_deref())
    {
        confirm(name, question, args)?;
    }
    Ok(server)
}

/// Asks for the password on the terminal.
fn asked(server: &Server) -> Result<Secret, remote::Error> {
    let password = rpassword::prompt_password(format!("Password for {}: ", server.name));
    password.map(Secret::new).map_err(|error| {
        remote::Error::new(&server.name, remote::Failure::NoPassword("the terminal".to_owned(), error.to_string()))
    })
}

/// The text of an error. Where nothing listens, the other servers of the settings are named.
pub(super) fn told(error: &remote::Error, settings: &Settings) -> String {
    let others: Vec<&str> =
        settings.config.servers.iter().map(|it| it.name.as_str()).filter(|name| *name != &*error.server).collect();
    match &error.failure {
        remote::Failure::Refused(_) if !others.is_empty() => format!("{error} [servers] has {} too", others.join(", ")),
        _ => error.to_string(),
    }
}

/// Tells of an error. The server's word, or ours in its place, gives 1; a server that is not reached 2.
pub(crate) fn refused(error: &remote::Error, settings: &Settings) -> ExitCode {
    notice::error(&told(error, settings));
    ExitCode::from(if matches!(error.failure, remote::Failure::Refusal(_)) { 1 } else { 2 })
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
