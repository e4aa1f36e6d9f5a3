//! `redlua.explain`: the page about a rule, a command or a function, by name or by the code at a position.

use std::sync::Arc;

use ide::explain::{self, Page};
use linter::Options;
use serde_json::{Map, Value, json};
use tower_lsp_server::{
    jsonrpc::{Error, Result},
    ls_types::{MessageType, Position, Uri},
};

use super::context::Context;
use crate::{outbox::Message, scratch};
use requests::{client::ClientAbilities, markup::markup, snapshot::Snapshot};

pub(crate) const NAME: &str = requests::run::names::EXPLAIN;

pub(super) fn answer(context: &Context) -> Result<Option<Value>> {
    let query = Query::read(&context.arguments).map_err(Error::invalid_params)?;
    let page = query.page(&context.snapshot).map_err(Error::invalid_params)?;
    if query.show {
        context.outbox.put(shown(context.snapshot.client, &page));
    }
    Ok(Some(json!({ "name": page.name, "markdown": page.markdown })))
}

/// The subject of the question.
enum About {
    Name(String),
    Place(Uri, Position),
}

/// A subject, and how its page is shown.
struct Query {
    about: About,
    /// True if the server has the page shown.
    show: bool,
}

impl Query {
    /// Reads the argument of the command: a name, `{"name"}`, or `{"uri", "position"}`.
    ///
    /// # Errors
    /// A sentence for the user.
    fn read(arguments: &[Value]) -> std::result::Result<Self, String> {
        let wanted = "a name is wanted, {\"name\": \"…\"}, or {\"uri\": \"…\", \"position\": {…}}";
        let fields = match arguments {
            [Value::String(name)] => Map::from_iter([("name".to_owned(), json!(name))]),
            [Value::Object(fields)] => fields.clone(),
            _ => return Err(wanted.to_owned()),
        };
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let uri = text("uri").map(|uri| uri.parse::<Uri>().map_err(|_| format!("`{uri}` is not a URI"))).transpose()?;
        let position = fields.get("position").and_then(|it| serde_json::from_value::<Position>(it.clone()).ok());
        let about = match (text("name"), uri, position) {
            (Some(name), None, None) => About::Name(name.trim().to_owned()),
            (None, Some(uri), Some(position)) => About::Place(uri, position),
            _ => return Err(wanted.to_owned()),
        };
        let show = fields.get("show").and_then(Value::as_bool).unwrap_or(true);
        Ok(Self { about, show })
    }

    /// The page.
    ///
    /// # Errors
    /// A sentence for the user if the name or the position has no page.
    fn page(&self, snapshot: &Arc<Snapshot>) -> std::result::Result<Page, String> {
        match &self.about {
            About::Name(name) => {
                let targets = match snapshot.roots.first() {
                    Some(root) => root.settings.config.options.targets.clone(),
                    None => Options::default().targets,
                };
                explain::named(name, &targets).ok_or_else(|| explain::unknown(name, &targets))
            }
            About::Place(uri, position) => {
                let view = snapshot.view(uri).ok_or_else(|| format!("there is no document `{}`", uri.as_str()))?;
                let offset = view.offset(*position);
                let page = explain::at(view.project(), view.at, offset);
                page.ok_or_else(|| "there is no rule, command or function to explain here".to_owned())
            }
        }
    }
}

/// Shows a page in a client that has no place of its own for it: as a file, else as a message.
fn shown(client: ClientAbilities, page: &Page) -> Message {
    if client.shows_documents {
        return scratch::shown(client, "explained", &format!("{}.md", page.name), page.markdown.as_bytes(), "The page");
    }
    let client = ClientAbilities { plain: true, ..client };
    Message::Show(MessageType::INFO, markup(client, page.markdown.clone()).value)
}
