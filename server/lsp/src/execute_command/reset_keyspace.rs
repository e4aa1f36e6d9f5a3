//! `redlua.resetKeyspace`: empties the keyspace of a document, or those of all.

use serde_json::{Value, json};
use tower_lsp_server::{jsonrpc::Result, ls_types::MessageType};

use super::context::Context;

pub(crate) const NAME: &str = requests::run::names::RESET_KEYSPACE;

pub(super) fn answer(context: &Context) -> Result<Option<Value>> {
    if context.arguments.is_empty() {
        return Ok(Some(reset(context, None, "all scripts")));
    }
    let (_, job) = context.read_job(NAME)?;
    Ok(Some(reset(context, Some(&job.key), &job.name)))
}

fn reset(context: &Context, key: Option<&str>, name: &str) -> Value {
    let count = context.sessions.reset(key, context.number);
    if !context.snapshot.client.inputs {
        let text = if count == 0 {
            format!("The keyspace of {name} has not been used yet")
        } else {
            format!("The keyspace of {name} is as at the beginning")
        };
        context.show(MessageType::INFO, text);
    }
    json!({ "reset": count })
}
