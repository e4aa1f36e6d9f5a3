//! `redlua.inputs`: returns what a client should ask for before it runs a script.

use serde_json::Value;
use tower_lsp_server::jsonrpc::{Error, Result};

use super::context::Context;
use crate::run::embedded;
use requests::run::candidates;

pub(crate) const NAME: &str = "redlua.inputs";

pub(super) fn answer(context: &Context) -> Result<Option<Value>> {
    let (arguments, job) = context.read_job(NAME)?;
    let entry = embedded::entry(&job, arguments.function.as_deref()).map_err(Error::invalid_params)?;
    Ok(Some(candidates::form(&entry, &job.candidates(&entry))))
}
