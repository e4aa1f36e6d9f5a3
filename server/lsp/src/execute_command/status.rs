//! `redlua.status`: returns what a document is, and which settings are in force for it.

use commands::Target;
use serde_json::{Value, json};
use tower_lsp_server::jsonrpc::Result;

use super::context::Context;
use requests::snapshot::View;

pub(crate) const NAME: &str = "redlua.status";

pub(super) fn answer(context: &Context) -> Result<Option<Value>> {
    let uri = context.read(NAME)?.uri;
    Ok(context.snapshot.view(&uri).map(status))
}

fn status(view: View<'_>) -> Value {
    let (file, settings) = (view.file(), &view.root.settings);
    let targets: Vec<String> = settings.config.options.targets.iter().map(ToString::to_string).collect();
    let functions: Vec<String> = ide::entry::entries(file).into_iter().filter_map(|entry| entry.function).collect();
    json!({
        "uri": view.name().as_str(),
        "script": file.is_script,
        "library": file.is_script && file.script.library.is_some(),
        "functions": functions,
        "transcript": file.is_transcript(),
        "examples": requests::run::show::may_have_examples(file) && !requests::run::show::examples(file).is_empty(),
        "targets": if targets.is_empty() { vec![Target::DEFAULT.to_string()] } else { targets },
        "cluster": settings.config.options.cluster,
        "settings": settings.file,
    })
}
