//! `redlua run --on`.

use std::process::ExitCode;

use anyhow::{Result, bail};
use remote::Failure;

use super::{compare, interrupt, report, servers, single};
use crate::{args::Run, notice, run::Request};

/// Runs a script where `--on` says.
pub(crate) fn run(args: &Run) -> Result<ExitCode> {
    let request = Request::read(args)?;
    let places = servers::places(&args.on, &request.settings, args.resp3)?;
    if (args.target.is_some() || args.cluster) && !places.iter().any(|place| matches!(place, servers::Place::Embedded))
    {
        bail!(
            "--target and --cluster are for the embedded engine, which --on embedded adds: a real server is what it is"
        );
    }
    let stop = interrupt::stop()?;
    let [servers::Place::Real(server)] = &places[..] else {
        return compare::run(&places, args, &request, &stop);
    };
    match single::run(server, args, &request, &stop) {
        Ok(outcome) => report::write(server, &outcome, &request.source, args),
        Err(error) => {
            let error = report::in_files(error, &request.source);
            // The server's word, or ours in its place: the run was refused. All else is no answer to it.
            let code = if matches!(error.failure, Failure::Refusal(_)) { 1 } else { 2 };
            notice::error(&servers::told(&error, &request.settings));
            Ok(ExitCode::from(code))
        }
    }
}
