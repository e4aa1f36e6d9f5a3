//! The arguments of our commands, as the client sends them.

use commands::Target;
use protocol::split_line;
use serde_json::{Map, Value};
use tower_lsp_server::ls_types::{Position, Uri};

use requests::run::inputs;

/// Arguments of a command.
#[derive(Clone, Debug)]
pub(crate) struct Arguments {
    /// The document, or a script in a string of one.
    pub uri: Uri,
    /// A place in the document: the script around it is meant.
    pub position: Option<Position>,
    /// The keys, if given.
    pub keys: Option<Vec<Vec<u8>>>,
    /// The arguments, if given.
    pub args: Option<Vec<Vec<u8>>>,
    /// The function of a library.
    pub function: Option<String>,
    /// True if the reply is that of a client that speaks RESP3.
    pub resp3: bool,
    /// Server to run as.
    pub target: Option<Target>,
    /// True to start with a new keyspace.
    pub fresh: bool,
    /// True if the reply has the lines that a client shows.
    pub view: bool,
    /// True if the user is to choose the inputs.
    pub ask: bool,
    /// True if the server shows the document; the client may say that it does so itself.
    pub show: bool,
    /// The line of an example, counted from 1: the commands of the examples before it run first, on a fresh keyspace.
    pub example: Option<u32>,
    /// A command for the keyspace, as redis-cli takes it.
    pub command: Option<Vec<Vec<u8>>>,
    /// The database of that command.
    pub db: usize,
    /// The real server that is meant, by its name in `[servers]` or its URL; none for the embedded engine.
    pub on: Option<String>,
    /// Consent to writes there.
    pub write: bool,
    /// The name that the user has typed, for servers that want this before they are written to.
    pub confirm: Option<String>,
    /// Path of a socket, or on Windows the name of a pipe, from which secrets are read.
    pub pipe: Option<String>,
    /// Pattern of keys, as SCAN takes it.
    pub pattern: Option<String>,
}

/// Name of the embedded engine among servers.
const EMBEDDED: &str = "embedded";

/// Allowed fields of an argument. Our lenses send `inputs` to clients that ask for inputs by themselves.
const FIELDS: [&str; 21] = [
    "uri", "line", "keys", "args", "function", "resp3", "target", "fresh", "view", "ask", "show", "inputs", "example",
    "command", "db", "position", "on", "write", "confirm", "pipe", "pattern",
];

impl Arguments {
    /// Reads the arguments of a command: a URI, or an object with one.
    ///
    /// # Errors
    /// A sentence about what is wrong with them.
    pub(crate) fn read(command: &str, arguments: &[Value]) -> Result<Self, String> {
        let [argument] = arguments else {
            return Err(format!(
                "{command} takes one argument, the URI of a document or an object with `uri`; {} were given",
                arguments.len()
            ));
        };
        let object = match argument {
            Value::String(uri) => Map::from_iter([("uri".to_owned(), Value::String(uri.clone()))]),
            Value::Object(object) => object.clone(),
            _ => return Err(format!("the argument of {command} must be a URI or an object with `uri`")),
        };
        if let Some(unknown) = object.keys().find(|key| !FIELDS.contains(&key.as_str())) {
            return Err(format!("{command} has no argument `{unknown}`; it has {}", FIELDS.join(", ")));
        }
        let get = |name: &str| object.get(name).filter(|value| !value.is_null());
        let uri = match get("uri") {
            Some(Value::String(uri)) => uri.parse::<Uri>().map_err(|_| format!("{command}: `{uri}` is not a URI"))?,
            Some(_) => return Err(format!("{command}: `uri` must be a text")),
            None => return Err(format!("{command}: `uri` is missing")),
        };
        let list = |name: &str| get(name).map(|value| words(value, command, name)).transpose();
        let text = |name: &str| match get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(format!("{command}: `{name}` must be a text")),
        };
        let flag = |name: &str| match get(name) {
            None => Ok(false),
            Some(Value::Bool(on)) => Ok(*on),
            Some(_) => Err(format!("{command}: `{name}` must be true or false")),
        };
        let number = |name: &str| match get(name) {
            None => Ok(None),
            Some(value) => {
                let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
                number.map(Some).ok_or_else(|| format!("{command}: `{name}` must be a number"))
            }
        };
        let position = get("position").map(|value| serde_json::from_value::<Position>(value.clone())).transpose();
        // What a lens gave as keys and arguments may stand beside the line of a run again.
        let (mut keys, mut args) = (list("keys")?, list("args")?);
        if let Some(line) = text("line")? {
            let split = inputs::split(&line).map_err(|error| format!("{command}: `line` cannot be read: {error}"))?;
            (keys, args) = (Some(split.0), Some(split.1));
        }
        let words = text("command")?.map(|line| split_line(line.as_bytes())).transpose();
        let target = text("target")?.map(|text| text.parse::<Target>()).transpose();
        Ok(Self {
            uri,
            position: position.map_err(|_| format!("{command}: `position` must have a `line` and a `character`"))?,
            keys,
            args,
            function: text("function")?,
            resp3: flag("resp3")?,
            target: target.map_err(|unknown| format!("{command}: {unknown}"))?,
            fresh: flag("fresh")?,
            view: flag("view")?,
            ask: flag("ask")?,
            show: get("show").is_none() || flag("show")?,
            example: number("example")?,
            command: words.map_err(|error| format!("{command}: `command` cannot be read: {error}"))?,
            db: number("db")?.unwrap_or(0) as usize,
            on: text("on")?.filter(|name| name != EMBEDDED),
            write: flag("write")?,
            confirm: text("confirm")?,
            pipe: text("pipe")?,
            pattern: text("pattern")?,
        })
    }
}

/// Reads words for KEYS or ARGV: strings, and numbers as written.
fn words(value: &Value, command: &str, name: &str) -> Result<Vec<Vec<u8>>, String> {
    let Value::Array(items) = value else { return Err(format!("{command}: `{name}` must be a list of texts")) };
    items
        .iter()
        .map(|item| match item {
            Value::String(text) => Ok(text.clone().into_bytes()),
            Value::Number(number) => Ok(number.to_string().into_bytes()),
            other => Err(format!("{command}: `{name}` must be a list of texts, and {other} is none")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problem(arguments: &[Value]) -> String {
        Arguments::read("redlua.run", arguments).map(|_| ()).err().unwrap_or_default()
    }

    #[test]
    fn what_is_given_is_taken() {
        let read = Arguments::read(
            "redlua.run",
            &[json!({"uri": "file:///a.lua", "keys": ["a"], "args": [1, "x"], "target": "valkey 8.0", "fresh": true})],
        );
        let Ok(read) = read else { panic!("{read:?}") };
        assert_eq!(read.keys, Some(vec![b"a".to_vec()]));
        assert_eq!(read.args, Some(vec![b"1".to_vec(), b"x".to_vec()]));
        assert_eq!((read.target, read.fresh, read.ask), (Some(Target::valkey(8, 0)), true, false));
        let line =
            Arguments::read("redlua.run", &[json!({"uri": "file:///a.lua", "line": "'a b' , 1", "keys": ["b"]})]);
        let Ok(line) = line else { panic!("{line:?}") };
        assert_eq!((line.keys, line.args), (Some(vec![b"a b".to_vec()]), Some(vec![b"1".to_vec()])));
        assert!(Arguments::read("redlua.run", &[json!("untitled:Untitled-1")]).is_ok());
    }

    #[test]
    fn mistakes_are_told() {
        assert!(problem(&[]).contains("0 were given"));
        assert!(problem(&[json!(1)]).contains("must be a URI"));
        assert!(problem(&[json!({})]).contains("`uri` is missing"));
        assert!(problem(&[json!({"uri": "file:///a", "key": []})]).contains("no argument `key`"));
        assert!(problem(&[json!({"uri": "file:///a", "example": -1})]).contains("`example` must be a number"));
        assert!(problem(&[json!({"uri": "file:///a", "command": "GET 'a"})]).contains("`command` cannot be read"));
        assert!(problem(&[json!({"uri": "file:///a", "keys": "a"})]).contains("`keys` must be a list"));
        assert!(problem(&[json!({"uri": "file:///a", "line": "'a"})]).contains("a quote is opened and not closed"));
        assert!(problem(&[json!({"uri": "file:///a", "args": [[]]})]).contains("[] is none"));
        assert!(problem(&[json!({"uri": "file:///a", "resp3": 3})]).contains("true or false"));
        assert!(problem(&[json!({"uri": "file:///a", "target": "redis 1"})]).contains("redis 1"));
        assert!(problem(&[json!({"uri": "file:///a", "position": 1})]).contains("`position` must have"));
    }
}
