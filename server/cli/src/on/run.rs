//! `redlua run --on`.

use std::process::ExitCode;

use anyhow::{Result, bail};
use remote::Failure;

use super::{compare, interrupt, report, servers, single};
use semantic::{Needs, Script};

use crate::{
    args::Run,
    notice,
    run::{Request, warn_of_comma},
};

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
    if args.on.write
        && let Some(why) = lacks(&request)
    {
        notice::error(&format!("{}: nothing was sent", why));
        warn_of_comma(args, &request.source);
        return Ok(ExitCode::from(1));
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
            let text = servers::told(&error, &request.settings);
            match args.json {
                true => report::write_json(&report::error_json(&error, &text))?,
                false => notice::error(&text),
            }
            Ok(ExitCode::from(code))
        }
    }
}

/// Keys and arguments that the script cannot do without and that are not given: it would fail, perhaps behind its first writes.
fn lacks(request: &Request) -> Option<String> {
    let script::Entry::Script(code) = &request.entry else { return None };
    let needs = Needs::of(&Script::new(code.as_slice().into(), None));
    let count = |count: usize, one: &str| match count {
        0 => format!("no {one}s"),
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    };
    let lack = |needed: u32, given: usize, one: &str| {
        let needed = needed as usize;
        (given < needed).then(|| format!("the script needs {} and got {}", count(needed, one), count(given, one)))
    };
    lack(needs.keys, request.keys.len(), "key").or_else(|| lack(needs.args, request.arguments.len(), "argument"))
}
