//! Repository chores, run as `cargo xtask`.
#![allow(clippy::print_stdout, reason = "a command-line tool for developers")]

mod check_api;
mod check_bind;
#[cfg(feature = "grammars")]
mod check_literals;
mod check_replies;
mod check_signals;
mod check_types;
mod codegen;
mod compare;
mod count_calls;
mod facts;
mod fuzz_commands;
mod record;
mod resp;
mod root;
mod servers;
mod vector_sets;

use anyhow::{Result, bail};

use root::root;

const HELP: &str = "\
usage: cargo xtask CHORE

  codegen           write all generated files
  codegen --check   fail if one is stale
  count-calls       count the calls of each command in the scripts under $REDLUA_CACHE/packages
  facts             read the command facts from the servers under $REDLUA_CACHE/servers
  check-api [NAME|PATH]…    compare the Lua API with what servers have in each context, and run its examples
  check-bind [NAME|PATH]…  compare bind's verdicts with what servers answer (all under $REDLUA_CACHE/servers)
  compare NAME|PATH|all FILE…  run command lines on the engine and on real servers and show the differences
  record [GROUP]…   record what all servers reply to tests/conformance/calls/GROUP.txt
  record sessions [NAME]…   record what all servers reply to the clients of tests/conformance/sessions/NAME.txt
  fuzz-commands NAME|PATH|all [--seed N] [--sequences N] [--group NAME]  run random calls on the engine and on real servers
  check-literals PATH…      compare the literals of host files with tree-sitter's grammars; needs `--features grammars`: say
                            cargo run --release -p xtask --features grammars -- check-literals PATH…
  check-replies [NAME|PATH]…  compare the shapes of replies with what servers answer in RESP2 and RESP3
  check-signals NAME|PATH|all [--seed N] [--sequences N] [FILE…], or --record  compare modifications, aborted WATCHes and keyspace events
  check-types [NAME|PATH]…    compare the types of replies in scripts with the Lua values that servers give
  fuzz-types [--seed N] [--scripts N]  run made-up scripts on the engine and compare the value of each expression with its type
";

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["codegen"] => codegen::write(&root()),
        ["codegen", "--check"] => codegen::check(&root()),
        ["count-calls"] => count_calls::run(&root()),
        ["facts"] => facts::collect(&root()),
        ["check-api", ref servers @ ..] => check_api::run(servers),
        ["check-bind", ref servers @ ..] => check_bind::run(servers),
        #[cfg(feature = "grammars")]
        ["check-literals", ref paths @ ..] => check_literals::run(paths),
        ["record", "sessions", ref names @ ..] => record::sessions::run(names),
        ["record", ref groups @ ..] => record::run(groups),
        ["compare", ref args @ ..] => compare::run(args),
        ["fuzz-commands", ref args @ ..] => fuzz_commands::run(args),
        ["fuzz-types", ref args @ ..] => check_types::scripts::run(args),
        ["check-types", ref servers @ ..] => check_types::run(servers),
        ["check-signals", ref args @ ..] => check_signals::run(args),
        ["check-replies", ref servers @ ..] => check_replies::run(servers),
        _ => bail!("{HELP}"),
    }
}
