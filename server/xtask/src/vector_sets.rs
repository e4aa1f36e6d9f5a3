//! The commands on vector sets. Servers have them as a module: `COMMAND` gives no arity for them, calls every key read and
//! written, and what `COMMAND DOCS` says of their arguments (from 8.4 on) has no place for the numbers behind `VALUES`.

use serde_json::{Value, json};

/// A command's arity, its access to its key, and its arguments.
pub(crate) struct VectorCommand {
    pub arity: i16,
    pub access: &'static str,
    pub args: Value,
}

/// The facts of a command; nothing if it is not one on vector sets. Held against servers by `check-bind`.
pub(crate) fn command(name: &str) -> Option<VectorCommand> {
    let (arity, access, args) = match name {
        "VADD" => (
            -5,
            "RW",
            vec![
                operand("dim", "integer", "REDUCE"),
                vector("vector", &[]),
                element(),
                flag("CAS"),
                json!({ "name": "quantization", "type": "oneof", "flags": ["optional"],
                    "arguments": [token("NOQUANT"), token("Q8"), token("BIN")] }),
                operand("build-exploration-factor", "integer", "EF"),
                operand("attributes", "string", "SETATTR"),
                operand("numlinks", "integer", "M"),
            ],
        ),
        "VSIM" => (
            -4,
            "RO",
            vec![
                vector("query", &[json!({ "name": "element", "type": "string", "token": "ELE" })]),
                flag("WITHSCORES"),
                flag("WITHATTRIBS"),
                operand("count", "integer", "COUNT"),
                operand("max-distance", "double", "EPSILON"),
                operand("search-exploration-factor", "integer", "EF"),
                operand("expression", "string", "FILTER"),
                operand("max-filtering-effort", "integer", "FILTER-EF"),
                flag("TRUTH"),
                flag("NOTHREAD"),
            ],
        ),
        "VCARD" | "VDIM" | "VINFO" => (2, "RO", vec![]),
        "VEMB" => (-3, "RO", vec![element(), flag("RAW")]),
        "VGETATTR" | "VISMEMBER" => (3, "RO", vec![element()]),
        "VLINKS" => (-3, "RO", vec![element(), flag("WITHSCORES")]),
        "VRANDMEMBER" => (-2, "RO", vec![optional("count", "integer")]),
        "VRANGE" => (
            -4,
            "RO",
            vec![
                json!({ "name": "start", "type": "string" }),
                json!({ "name": "end", "type": "string" }),
                optional("count", "integer"),
            ],
        ),
        "VREM" => (3, "RW", vec![element()]),
        "VSETATTR" => (4, "RW", vec![element(), json!({ "name": "attributes", "type": "string" })]),
        _ => return None,
    };
    let mut all = vec![json!({ "name": "key", "type": "key" })];
    all.extend(args);
    Some(VectorCommand { arity, access, args: all.into() })
}

fn element() -> Value {
    json!({ "name": "element", "type": "string" })
}

fn token(word: &str) -> Value {
    json!({ "name": word.to_ascii_lowercase(), "type": "pure-token", "token": word })
}

fn flag(word: &str) -> Value {
    json!({ "name": word.to_ascii_lowercase(), "type": "pure-token", "token": word, "flags": ["optional"] })
}

fn operand(name: &str, kind: &str, word: &str) -> Value {
    json!({ "name": name, "type": kind, "token": word, "flags": ["optional"] })
}

fn optional(name: &str, kind: &str) -> Value {
    json!({ "name": name, "type": kind, "flags": ["optional"] })
}

/// A vector as bytes or as numbers, or one of some other forms.
fn vector(name: &str, others: &[Value]) -> Value {
    let mut forms = others.to_vec();
    forms.push(json!({ "name": "vector", "type": "string", "token": "FP32" }));
    forms.push(json!({ "name": "values", "type": "block", "token": "VALUES", "arguments": [
        { "name": "numvalues", "type": "integer" },
        { "name": "value", "type": "double", "flags": ["multiple"] },
    ] }));
    json!({ "name": name, "type": "oneof", "arguments": forms })
}
