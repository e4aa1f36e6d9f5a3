//! `redlua.servers`: returns the real servers of a document's settings.

use serde_json::{Value, json};
use tower_lsp_server::jsonrpc::Result;

use super::context::Context;
use requests::snapshot::path_of;

pub(crate) const NAME: &str = "redlua.servers";

pub(super) fn answer(context: &Context) -> Result<Option<Value>> {
    let uri = context.read(NAME)?.uri;
    let snapshot = &context.snapshot;
    let views = snapshot.view(&uri).into_iter().chain(snapshot.views_of(&uri));
    let of_view = views.map(|view| &view.root.settings).next();
    let path = path_of(&uri);
    let of_folder = || {
        let inside = |folder: &std::path::PathBuf| path.as_ref().is_some_and(|path| path.starts_with(folder));
        snapshot.roots.iter().find(|root| root.folder.as_ref().is_some_and(inside)).or(snapshot.roots.first())
    };
    let settings = of_view.or_else(|| of_folder().map(|root| &root.settings));
    let rows = settings.into_iter().flat_map(|settings| {
        settings.config.servers.iter().map(|server| {
            let mut row = json!({ "name": server.name });
            match servers::named(&server.name, &settings.config.servers, &settings.root) {
                Ok((found, _)) => {
                    row["url"] = json!(found.address.to_string());
                    row["cluster"] = json!(found.address.cluster);
                    if let Some(identity) = context.sessions.connected.identity(&found) {
                        row["product"] = json!(identity.product.to_string());
                        row["version"] = json!(identity.version);
                    }
                }
                Err(problem) => row["problem"] = json!(problem),
            }
            if let Some(confirm) = &server.confirm {
                row["confirm"] = json!(confirm);
            }
            row
        })
    });
    Ok(Some(rows.collect()))
}
