//! The JSON schema of `redlua.toml`, which the settings of the editors share.

use anyhow::Result;
use commands::Target;
use linter::RULES;
use serde_json::{Map, Value, json};

pub(super) fn generate() -> Result<String> {
    let level = |rule: &linter::Rule| {
        json!({
            "description": rule.summary(),
            "markdownDescription": rule.docs.trim(),
            "default": rule.level.as_str(),
            "$ref": "#/definitions/level",
        })
    };
    let rules: Map<String, Value> = RULES.iter().map(|rule| (rule.code.to_owned(), level(rule))).collect();
    let targets: Vec<String> = Target::KNOWN.iter().map(Target::to_string).collect();
    let texts =
        |description: &str| json!({ "description": description, "type": "array", "items": { "type": "string" } });
    let display = linter::Display::default();
    let flag =
        |default: bool, description: &str| json!({ "description": description, "type": "boolean", "default": default });
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
                "description": "A server's family and version.",
                // A patch version, or x for the newest known, is taken too.
                "anyOf": [{ "enum": targets }, { "pattern": r"^(redis|valkey)[ -]?\d+\.(\d+(\.\d+)?|x)$" }],
            },
        },
        "properties": {
            "target": {
                "description": "The servers that the scripts are meant for.",
                "default": Target::DEFAULT.to_string(),
                "oneOf": [
                    { "$ref": "#/definitions/target" },
                    { "type": "array", "items": { "$ref": "#/definitions/target" } },
                ],
            },
            "cluster": {
                "description": "Whether the scripts run on a cluster, where all keys must be in one slot.",
                "type": "boolean",
                "default": false,
            },
            "modules": {
                "description": "The modules that the servers have, so that their commands are known. Redis has had json, search, bloom and timeseries since 8.0.",
                "type": "array",
                "items": { "enum": commands::module_keys() },
                "default": [],
            },
            "lints": {
                "description": "The levels of rules.",
                "type": "object",
                "additionalProperties": false,
                "properties": rules,
            },
            "files": {
                "description": "Which files are taken as Redis Lua.",
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "include": texts("Patterns of Lua files that are Redis Lua whatever is in them."),
                    "exclude": texts("Patterns of files that are left alone."),
                    "default-exclude": {
                        "description": format!(
                            "Whether folders of packages and build results are left alone too, but for files that `include` \
                             names: {}.",
                            linter::config::EXCLUDED_FOLDERS.join(", "),
                        ),
                        "type": "boolean",
                        "default": true,
                    },
                },
            },
            "includes": {
                "description": "Folders by the names that include comments give them; `root` is where bare paths are looked for.",
                "type": "object",
                "properties": {
                    "join": {
                        "description": "Lists of files that a program joins to one script, in their order.",
                        "type": "array",
                        "items": { "type": "array", "minItems": 2, "items": { "type": "string" } },
                    },
                },
                "additionalProperties": { "type": "string" },
            },
            "hints": {
                "description": "What editors show beside the code, where their inlay hints are on.",
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "names": flag(display.names, "The names of keys and arguments, behind `KEYS[1]` and `ARGV[1]`."),
                    "parameters": flag(display.parameters, "The parameters of the script's own functions, before arguments."),
                    "replies": flag(display.replies, "The types of replies, behind the locals that hold them."),
                    "results": flag(display.results, "The reply of the last run, and ✓ or ✗ beside examples."),
                    "links": flag(display.links, "Links from commands to their pages, which editors underline."),
                },
            },
            "lenses": {
                "description": "What editors show above scripts and functions, where their code lenses are on.",
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "summary": flag(display.summary, "What the script does as a whole."),
                    "runs": flag(display.runs, "Run, run with inputs, run the examples, update an example."),
                    "references": flag(display.references, "How often a function is used."),
                },
            },
            "run": {
                "description": "How scripts are run: budgets and the keyspace to begin with.",
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "time": {
                        "description": "The wall time that a run may take, such as 5s or 500ms.",
                        "type": "string",
                        "default": "5s",
                    },
                    "memory": {
                        "description": "The memory that Lua may take for a run, such as 256 MiB.",
                        "type": "string",
                        "default": "256 MiB",
                    },
                    "instructions": {
                        "description": "The instructions that Lua may execute for a run.",
                        "type": "integer",
                        "minimum": 1,
                        "default": 2_000_000_000u64,
                    },
                    "seed": { "description": "A file of commands that fill the keyspace first.", "type": "string" },
                    "examples": {
                        "description": "Whether the editor runs the examples in comments by itself.",
                        "type": "boolean",
                        "default": true,
                    },
                },
            },
            "servers": { "description": "Real servers by name.", "type": "object" },
        },
    });
    Ok(serde_json::to_string_pretty(&schema)? + "\n")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_schema_has_the_keys_that_are_read() -> anyhow::Result<()> {
        let schema: serde_json::Value = serde_json::from_str(&super::generate()?)?;
        let mut keys: Vec<&str> =
            schema["properties"].as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
        let mut read = linter::config::KEYS.to_vec();
        keys.sort_unstable();
        read.sort_unstable();
        assert_eq!(keys, read);
        Ok(())
    }
}
