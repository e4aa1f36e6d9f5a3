//! A run on one server.

use remote::{Outcome, Server, Stop};

use crate::{args::Run, notice, run::Request};

/// Runs a script on one server.
pub(super) fn run(server: &Server, args: &Run, request: &Request, stop: &Stop) -> Result<Outcome, remote::Error> {
    let request = servers::Request {
        entry: request.entry.clone(),
        keys: request.keys.clone(),
        args: request.arguments.clone(),
        write: args.on.write,
        time: args.time.unwrap_or(servers::TIME),
        replicas: args.replicas,
    };
    let is_quiet = args.json;
    servers::run(server, &request, stop, move |waits| {
        if !is_quiet {
            notice::plain(&format!("{waits}; waiting"));
        }
    })
}
