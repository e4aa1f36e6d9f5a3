//! Replies of a script as programs receive them, by the client libraries that most of them use.

use semantic::flow::{Item, Received, Reply};

/// A client library and its conversions of replies.
struct Client {
    name: &'static str,
    /// True if it speaks RESP3 by default.
    resp3: bool,
    integer: &'static str,
    text: &'static str,
    nil: &'static str,
    nil_within: &'static str,
    error: &'static str,
    /// Value of an error within a list, if the client does not raise it; none if not known.
    error_within: Option<&'static str>,
    list: fn(&str) -> String,
}

/// Conversions of replies were seen with redis-py 6.4, ioredis 5.11 and node-redis 5.12, and read in the sources of go-redis and Jedis.
/// Lettuce makes what it is asked for, so it is told by that ([`lettuce`]).
const CLIENTS: [Client; 5] = [
    Client {
        name: "redis-py",
        resp3: false,
        integer: "int",
        text: "bytes",
        nil: "None",
        nil_within: "None",
        error: "raises `ResponseError`",
        error_within: Some("ResponseError"),
        list: |element| if element.is_empty() { "list".to_owned() } else { format!("list[{element}]") },
    },
    Client {
        name: "ioredis, node-redis",
        resp3: false,
        integer: "number",
        text: "string",
        nil: "null",
        nil_within: "null",
        error: "rejects",
        error_within: Some("Error"),
        list: |element| if element.contains(' ') { format!("({element})[]") } else { format!("{element}[]") },
    },
    Client {
        name: "go-redis",
        resp3: true,
        integer: "int64",
        text: "string",
        nil: "error redis.Nil",
        nil_within: "nil",
        error: "an error",
        error_within: Some("error"),
        list: |element| format!("[]interface{{}} of {element}"),
    },
    Client {
        name: "Jedis",
        resp3: false,
        integer: "Long",
        text: "String",
        nil: "null",
        nil_within: "null",
        error: "throws `JedisDataException`",
        error_within: Some("JedisDataException"),
        list: |element| format!("List of {element}"),
    },
    Client {
        name: "StackExchange.Redis",
        resp3: false,
        integer: "(long)",
        text: "(string)",
        nil: "IsNull",
        nil_within: "IsNull",
        error: "throws `RedisServerException`",
        error_within: None,
        list: |element| format!("(RedisResult[]) of {element}"),
    },
];

/// Returns a line for each client with its value of a reply; none if the reply is not known.
pub(super) fn lines(received: &Received) -> Vec<String> {
    if !received.resp2.is_known() {
        return Vec::new();
    }
    let differs = received.resp2 != received.resp3;
    let mut lines = Vec::new();
    for client in &CLIENTS {
        let reply = if client.resp3 { &received.resp3 } else { &received.resp2 };
        let Some(mut text) = client.words(reply) else { continue };
        if client.name == "redis-py" && has_text(reply) {
            text.push_str(" (`str` with `decode_responses`)");
        }
        let protocol = match (differs, client.resp3) {
            (false, _) => "",
            (true, false) => " with RESP2",
            (true, true) => " with RESP3",
        };
        lines.push(format!("{}{protocol}: {text}", client.name));
    }
    if !differs && let Some(output) = lettuce(&received.resp2) {
        lines.push(format!("Lettuce: `ScriptOutputType.{output}`"));
    }
    lines
}

impl Client {
    fn words(&self, reply: &Reply) -> Option<String> {
        let values: Vec<Item> = reply.0.iter().filter(|item| !matches!(item, Item::Error(_))).cloned().collect();
        let mut parts = Vec::new();
        let values = Reply(values);
        if !values.0.is_empty() {
            parts.push(format!("`{}`", self.union(&values, false)?));
        }
        if values.0.len() < reply.0.len() {
            parts.push(self.error.to_owned());
        }
        Some(parts.join(", or "))
    }

    fn union(&self, reply: &Reply, within: bool) -> Option<String> {
        let mut all: Vec<String> = Vec::new();
        for item in &reply.0 {
            let text = match item {
                Item::Integer(_) => self.integer.to_owned(),
                Item::Text(_) | Item::Status(_) => self.text.to_owned(),
                Item::Nil => if within { self.nil_within } else { self.nil }.to_owned(),
                Item::Empty => (self.list)("").trim_end_matches(" of ").to_owned(),
                Item::Array(element) => (self.list)(&self.union(element, true)?),
                Item::Tuple(items) => {
                    let mut any = Reply::default();
                    for item in items.iter().flat_map(|reply| &reply.0) {
                        if !any.0.contains(item) {
                            any.0.push(item.clone());
                        }
                    }
                    (self.list)(&self.union(&any, true)?)
                }
                Item::Flat(key, value) => {
                    let both = Reply(key.0.iter().chain(&value.0).cloned().collect());
                    (self.list)(&self.union(&both, true)?)
                }
                Item::Anything => "…".to_owned(),
                // Only go-redis is asked for these.
                Item::Bool(_) => "bool".to_owned(),
                Item::Double => "float64".to_owned(),
                Item::Set(member) => (self.list)(&self.union(member, true)?),
                Item::Map(..) => "map[interface{}]interface{}".to_owned(),
                Item::Error(_) => self.error_within?.to_owned(),
            };
            // What belongs to which list must be seen.
            let text = if text.contains(" of ") && (within || reply.0.len() > 1) { format!("({text})") } else { text };
            if !all.contains(&text) {
                all.push(text);
            }
        }
        (!all.is_empty()).then(|| all.join(" | "))
    }
}

/// Returns true if an error may be among the elements of a list.
fn has_error_within(reply: &Reply) -> bool {
    let has = |reply: &Reply| reply.0.iter().any(|item| matches!(item, Item::Error(_))) || has_error_within(reply);
    reply.0.iter().any(|item| match item {
        Item::Array(element) | Item::Set(element) => has(element),
        Item::Flat(key, value) | Item::Map(key, value) => has(key) || has(value),
        Item::Tuple(items) => items.iter().any(has),
        _ => false,
    })
}

fn has_text(reply: &Reply) -> bool {
    reply.0.iter().any(|item| match item {
        Item::Text(_) | Item::Status(_) => true,
        Item::Array(element) | Item::Set(element) => has_text(element),
        Item::Flat(key, value) | Item::Map(key, value) => has_text(key) || has_text(value),
        Item::Tuple(items) => items.iter().any(has_text),
        _ => false,
    })
}

/// The output type that Lettuce has to be given, where one fits all forms of the reply.
fn lettuce(reply: &Reply) -> Option<&'static str> {
    if has_error_within(reply) {
        return None;
    }
    let mut found = None;
    for item in &reply.0 {
        let output = match item {
            Item::Integer(_) => "INTEGER",
            Item::Text(_) => "VALUE",
            Item::Status(_) => "STATUS",
            Item::Empty | Item::Array(_) | Item::Tuple(_) | Item::Flat(..) => "MULTI",
            Item::Nil | Item::Error(_) => continue,
            _ => return None,
        };
        if found.is_some_and(|found| found != output) {
            return None;
        }
        found = Some(output);
    }
    found
}
