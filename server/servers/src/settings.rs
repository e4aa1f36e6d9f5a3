//! Servers by their names in `[servers]`, or by URLs.

use std::path::{Path, PathBuf};

use commands::api::closest;
use config::ServerConfig;
use remote::{Address, Resp, Server, Timeouts, TlsOptions};

/// The server that a name or a URL means, with its settings if it is in `all`. It has no password yet but that of its URL. Paths
/// of certificates are relative to `root`.
///
/// # Errors
/// A sentence: there is no such server, or its URL is wrong. It repeats no password.
pub fn named<'a>(
    name: &str,
    all: &'a [ServerConfig],
    root: &Path,
) -> Result<(Server, Option<&'a ServerConfig>), String> {
    let known = all.iter().find(|server| server.name == name);
    let address: Address = match known {
        Some(server) => {
            server.url.expose().parse().map_err(|error| format!("the server {name} in [servers]: {error}"))?
        }
        None if Address::is_url(name) => name.parse().map_err(|error: remote::AddressError| error.to_string())?,
        None => return Err(unknown(name, all)),
    };
    let mut server = Server::new(address);
    let Some(settings) = known else { return Ok((server, None)) };
    server.name = name.into();
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| root.join(path));
    server.tls = TlsOptions {
        cacert: path(&settings.cacert),
        cert: path(&settings.cert),
        key: path(&settings.key),
        server_name: settings.server_name.clone(),
    };
    server.address.user = settings.user.clone().or(server.address.user);
    server.resp = Some(if settings.resp == Some(3) { Resp::Three } else { Resp::Two });
    if let Some(time) = settings.timeout {
        server.timeouts = Timeouts::all(time);
    }
    Ok((server, known))
}

fn unknown(name: &str, all: &[ServerConfig]) -> String {
    // It may be a URL without its beginning, and so have a password.
    if name.contains('@') {
        return "a server is a URL such as redis://localhost:6379, or a name of [servers] in redlua.toml".to_owned();
    }
    let names: Vec<&str> = all.iter().map(|server| server.name.as_str()).collect();
    let known = match (closest(name, names.iter().copied()), names.as_slice()) {
        (Some(meant), _) => format!("did you mean {meant}?"),
        (None, []) => "redlua.toml has no [servers]; a URL such as redis://localhost:6379 is taken too".to_owned(),
        (None, names) => format!("the known ones are {}", names.join(", ")),
    };
    format!("there is no server {name}: {known}")
}
