//! `workspace/executeCommand`: one file a command, and the table of them.

pub(crate) mod arguments;
mod call;
mod connect;
mod context;
pub(crate) mod explain;
mod inputs;
mod keyspace;
mod locate;
pub(crate) mod reset_keyspace;
pub(crate) mod run;
pub(crate) mod run_examples;
mod run_on;
mod servers;
pub(crate) mod show_assembled;
pub(crate) mod show_summary;
mod status;
pub(crate) mod update_example;

use std::pin::Pin;

use serde_json::Value;
use tower_lsp_server::jsonrpc::{Error, Result};

pub(crate) use context::Context;

type Answer = Pin<Box<dyn Future<Output = Result<Option<Value>>> + Send>>;

/// A command that clients may execute.
struct Command {
    name: &'static str,
    /// True if it runs scripts or commands, which folders without the user's trust do not.
    runs: bool,
    answer: fn(Context) -> Answer,
}

const fn command(name: &'static str, answer: fn(Context) -> Answer) -> Command {
    Command { name, runs: false, answer }
}

const fn running(name: &'static str, answer: fn(Context) -> Answer) -> Command {
    Command { name, runs: true, answer }
}

const COMMANDS: [Command; 14] = [
    running(run::NAME, |context| Box::pin(run::answer(context))),
    command(servers::NAME, |context| Box::pin(async move { servers::answer(&context) })),
    running(connect::NAME, |context| Box::pin(connect::answer(context))),
    running(run_examples::NAME, |context| Box::pin(run_examples::answer(context))),
    command(reset_keyspace::NAME, |context| Box::pin(async move { reset_keyspace::answer(&context) })),
    command(inputs::NAME, |context| Box::pin(async move { inputs::answer(&context) })),
    command(show_summary::NAME, |context| Box::pin(async move { show_summary::answer(&context) })),
    command(keyspace::NAME, |context| Box::pin(keyspace::answer(context))),
    running(call::NAME, |context| Box::pin(call::answer(context))),
    command(update_example::NAME, |context| Box::pin(async move { update_example::answer(&context) })),
    command(status::NAME, |context| Box::pin(async move { status::answer(&context) })),
    command(show_assembled::NAME, |context| Box::pin(show_assembled::answer(context))),
    command(locate::NAME, |context| Box::pin(locate::answer(context))),
    command(explain::NAME, |context| Box::pin(async move { explain::answer(&context) })),
];

/// Names of the commands, as `initialize` announces them.
pub(crate) fn names() -> Vec<String> {
    COMMANDS.iter().map(|command| command.name.to_owned()).collect()
}

pub(crate) async fn answer(name: &str, context: Context) -> Result<Option<Value>> {
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        let names = names().join(", ");
        return Err(Error::invalid_params(format!("there is no command `{name}`; there are {names}")));
    };
    if command.runs && context.snapshot.client.no_runs {
        return Err(Error::invalid_params("nothing is run here, for the editor does not trust this folder"));
    }
    (command.answer)(context).await
}
