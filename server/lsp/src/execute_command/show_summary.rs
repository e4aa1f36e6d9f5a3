//! `redlua.showSummary`: returns what a script does as a whole, and shows it in clients without a view of their own.

use serde_json::{Value, json};
use tower_lsp_server::{
    jsonrpc::{Error, Result},
    ls_types::MessageType,
};

use super::context::Context;

pub(crate) const NAME: &str = requests::run::names::SHOW_SUMMARY;

pub(super) fn answer(context: &Context) -> Result<Option<Value>> {
    let arguments = context.read(NAME)?;
    let view = context
        .snapshot
        .view(&arguments.uri)
        .ok_or_else(|| Error::invalid_params(format!("{NAME}: there is no document `{}`", arguments.uri.as_str())))?;
    let function = arguments.function.as_deref();
    let text = ide::summary::text(view.project(), view.at, function)
        .map(|text| view.text(text))
        .ok_or_else(|| Error::invalid_params(format!("{NAME}: there is no script to tell of here")))?;
    if !context.snapshot.client.inputs {
        context.show(MessageType::INFO, text);
    }
    let scripts: Vec<Value> = ide::summary::facts(view.project(), view.at)
        .iter()
        .filter(|facts| function.is_none() || facts.function.as_deref() == function)
        .map(|facts| json!({ "function": facts.function, "line": facts.line(), "text": view.text(facts.block()) }))
        .collect();
    Ok(Some(Value::Array(scripts)))
}
