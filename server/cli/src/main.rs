//! The `redlua` command.

mod acl;
mod args;
mod bundle;
mod check;
mod completions;
mod diff;
mod explain;
mod fmt;
mod functions;
mod locate;
mod notice;
mod on;
mod profile;
mod run;
mod scripts;
mod sent;
mod serve;
mod setup;
mod terminal;
mod test;

use std::process::ExitCode;

use args::{Args, Command};

fn main() -> ExitCode {
    let args = Args::read();
    args.color.write_global();
    let asks_for_color = std::env::var_os("FORCE_COLOR").is_some_and(|it| !it.is_empty() && it != "0");
    if asks_for_color && std::env::var_os("NO_COLOR").is_none() && args.color.color == clap::ColorChoice::Auto {
        anstream::ColorChoice::Always.write_global();
    }
    let done = match args.command {
        Command::Check(args) => check::run(&args),
        Command::Run(args) if !args.on.on.is_empty() => on::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Lsp(_) => lsp::run().map(ExitCode::from).map_err(Into::into),
        Command::Serve(args) => serve::run(&args),
        Command::Bundle(args) => bundle::run(&args),
        Command::Functions(args) => functions::run(&args),
        Command::Scripts(args) => scripts::run(&args),
        Command::Profile(args) => profile::run(&args),
        Command::Acl(args) => acl::run(&args),
        Command::Where(args) => locate::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Fmt(args) => fmt::run(&args),
        Command::Setup(args) => setup::run(&args),
        Command::Completions(args) => completions::run(&args),
    };
    match done {
        Ok(code) => code,
        // Whoever reads us has read enough: `redlua check | head`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            notice::error(&format!("{error:#}"));
            ExitCode::from(2)
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
