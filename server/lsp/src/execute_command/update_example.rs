//! `redlua.updateExample`: writes the reply that came into an example that differs.

use serde_json::{Value, json};
use tower_lsp_server::jsonrpc::Result;

use super::context::Context;
use crate::outbox::Message;
use requests::run::update;

pub(crate) const NAME: &str = requests::run::names::UPDATE_EXAMPLE;

pub(super) fn answer(context: &Context) -> Result<Option<Value>> {
    let arguments = context.read(NAME)?;
    let view = context.snapshot.view(&arguments.uri);
    let edit = view.zip(arguments.example).and_then(|(view, line)| update::at_line(view, line));
    let is_there = edit.is_some();
    if let Some(edit) = edit {
        context.outbox.put(Message::Apply(edit));
    }
    Ok(Some(json!({ "updated": is_there })))
}
