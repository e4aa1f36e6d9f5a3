//! The JSON schema of `redlua.toml`, which the settings of the editors share.

use anyhow::Result;
use commands::Target;
use config::{
    SERVER_SETTINGS, ServerSetting, ServerValue,
    table::{Setting, TABLES, Value as Holds, docs},
};
use serde_json::{Map, Value, json};

pub(super) fn generate() -> Result<String> {
    let mut properties = Map::new();
    for table in TABLES {
        let settings = table.settings().into_iter().map(|setting| (setting.key.to_owned(), property(setting)));
        if table.key.is_empty() {
            properties.extend(settings);
            continue;
        }
        let mut schema = json!({ "description": table.docs, "type": "object" });
        if !table.is_open {
            schema["properties"] = settings.collect::<Map<_, _>>().into();
            schema["additionalProperties"] = table.others.map_or(false.into(), holds);
        } else if table.key == "servers" {
            schema["additionalProperties"] = server();
        }
        properties.insert(table.key.to_owned(), schema);
    }
    let all = ["all".to_owned()];
    let targets: Vec<String> = Target::KNOWN.iter().map(Target::to_string).chain(all).collect();
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "redlua.toml",
        "description": "Settings of redlua for a workspace.",
        "type": "object",
        "additionalProperties": false,
        "definitions": {
            "level": {
                "type": "string",
                "enum": ["allow", "off", "hint", "warn", "warning", "deny", "error"],
            },
            "target": {
                "type": "string",
                "description": "A server's family and version, a range such as \"redis 6.2..8.6\" or \"valkey 8.0..\", or \"all\".",
                // A patch version, or x for the newest known, is taken too.
                "anyOf": [{ "enum": targets }, { "pattern": targets_pattern() }],
            },
        },
        "properties": properties,
    });
    Ok(serde_json::to_string_pretty(&schema)? + "\n")
}

/// The schema of a table `servers.NAME`.
fn server() -> Value {
    let property = |setting: &ServerSetting| {
        let mut schema = match setting.value {
            ServerValue::Resp => json!({ "enum": [2, 3] }),
            ServerValue::Text | ServerValue::File | ServerValue::Time => json!({ "type": "string" }),
        };
        schema["description"] = setting.docs.into();
        if !setting.default.is_empty() {
            schema["default"] = setting.default.into();
        }
        (setting.key.to_owned(), schema)
    };
    let properties: Map<_, _> = SERVER_SETTINGS.iter().map(property).collect();
    json!({ "type": "object", "required": ["url"], "additionalProperties": false, "properties": properties })
}

/// Targets and ranges of them, with commas between.
fn targets_pattern() -> String {
    let version = r"\d+(\.(\d+(\.\d+)?|x))?";
    let one = format!("(redis|valkey)[ -]?({version}|({version})? ?\\.\\. ?({version})?)");
    format!("^{one}( ?, ?{one})*$")
}

/// The schema of a setting.
fn property(setting: Setting) -> Value {
    let mut schema = holds(setting.value);
    if let Some(rule) = linter::registry::rule(setting.key).filter(|_| matches!(setting.value, Holds::Level(_))) {
        schema["description"] = rule.summary().into();
        schema["markdownDescription"] = rule.docs.trim().into();
    } else {
        schema["description"] = docs(setting).into();
    }
    let default = match setting.value {
        Holds::Flag(on) => Some(on.into()),
        Holds::Time(text) | Holds::Memory(text) | Holds::Level(text) => Some(text.into()),
        Holds::Count(number) => Some(number.into()),
        Holds::Targets => Some(Target::DEFAULT.to_string().into()),
        Holds::Languages => None,
        Holds::Modules => Some(json!([])),
        Holds::File | Holds::Folder | Holds::Patterns | Holds::Joins | Holds::Calls => None,
    };
    if let Some(default) = default {
        schema["default"] = default;
    }
    schema
}

fn holds(value: Holds) -> Value {
    match value {
        Holds::Flag(_) => json!({ "type": "boolean" }),
        Holds::Time(_) | Holds::Memory(_) | Holds::File | Holds::Folder => json!({ "type": "string" }),
        Holds::Count(_) => json!({ "type": "integer", "minimum": 1 }),
        Holds::Targets => json!({
            "oneOf": [
                { "$ref": "#/definitions/target" },
                { "type": "array", "items": { "$ref": "#/definitions/target" } },
            ],
        }),
        Holds::Languages => json!({ "type": "array", "items": { "enum": config::table::HOST_LANGUAGES } }),
        Holds::Modules => json!({ "type": "array", "items": { "enum": commands::module_keys() } }),
        Holds::Patterns => json!({ "type": "array", "items": { "type": "string" } }),
        Holds::Joins => {
            json!({ "type": "array", "items": { "type": "array", "minItems": 2, "items": { "type": "string" } } })
        }
        Holds::Calls => {
            let number = json!({ "type": "integer", "minimum": 1, "maximum": 255 });
            json!({
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["name"],
                    "additionalProperties": false,
                    "properties": {
                        "name": { "type": "string" },
                        "language": { "enum": config::table::HOST_LANGUAGES },
                        "script": number,
                        "function": number,
                        "count": number,
                        "keys": number,
                        "args": number,
                        "rest": number,
                    },
                },
            })
        }
        Holds::Level(_) => json!({ "$ref": "#/definitions/level" }),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_schema_has_every_setting() -> anyhow::Result<()> {
        let schema: serde_json::Value = serde_json::from_str(&super::generate()?)?;
        for table in config::table::TABLES {
            let keys = if table.key.is_empty() { &schema } else { &schema["properties"][table.key] };
            for key in table.keys() {
                assert!(keys["properties"][key]["description"].is_string(), "{} {key}", table.key);
            }
        }
        Ok(())
    }
}
