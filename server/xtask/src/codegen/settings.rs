//! The page of all settings, from the table that the reader and the schema share.

use std::fmt::Write as _;

use commands::Target;
use config::{
    SERVER_SETTINGS, ServerValue,
    table::{Setting, TABLES, Value, docs},
};

const HEAD: &str = r#"<!-- Made by `cargo xtask codegen` from the table of settings. -->

# Settings

Settings are in `redlua.toml`, in the workspace or above it. Editors complete its keys and values, explain them and mark mistakes, and
[a schema](../editors/redlua.schema.json) does so elsewhere. Without that file editors take the same from their own settings, under `redlua`.

```toml
target = ["redis 7.0", "valkey 8.0.."] # a version, a range, or "all"
cluster = false
modules = ["json"]

[lints]
deprecated-command = "allow"           # allow, hint, warn, deny

[files]
include = ["lua/**/*.lua"]             # scripts whatever is in them
exclude = ["legacy/**"]

[hints]
replies = true
names = false

[lenses]
references = false

[run]
time = "5s"
memory = "256 MiB"
seed = "tests/shop.redis"
examples = true

[includes]
base = "src/lua/base"                  # --- @include "<base>/x"
root = "src/lua"
join = [["base.lua", "job.lua"]]
```
"#;

pub(super) fn generate() -> String {
    let mut out = HEAD.to_owned();
    for table in TABLES.iter().filter(|table| !table.is_open) {
        let title = if table.key.is_empty() { "At the top" } else { &format!("`[{}]`", table.key) };
        let about = if table.key.is_empty() { "" } else { table.docs };
        // Writing to a string does not fail.
        let _ = writeln!(out, "\n## {title}\n");
        if !about.is_empty() {
            let _ = writeln!(out, "{about}\n");
        }
        if table.key == "lints" {
            out.push_str(
                "Its keys are the [rules](../server/linter/RULES.md), its values `\"allow\"`, `\"hint\"`, `\"warn\"` and \
                 `\"deny\"`.\nIn a script `-- redlua: allow(rule-name)` on the line, above it, or above the first statement for the whole \
                 file, leaves a rule out.\n",
            );
            continue;
        }
        out.push_str("| setting | value | default | |\n| --- | --- | --- | --- |\n");
        for setting in table.settings() {
            let (value, default) = (value(setting.value), default(setting));
            let _ = writeln!(out, "| `{}` | {value} | {default} | {} |", setting.key, docs(setting));
        }
        if let Some(others) = table.others {
            let _ = writeln!(
                out,
                "| any other name | {} | | A folder, by the name that comments give it. |",
                value(others)
            );
        }
    }
    servers(&mut out);
    out
}

/// The tables of servers, whose names are the user's own.
fn servers(out: &mut String) {
    out.push_str(
        "\n## `[servers.NAME]`\n\nA real server by the name that `--on` takes: see [servers.md](servers.md).\n\n\
         | setting | value | default | |\n| --- | --- | --- | --- |\n",
    );
    for setting in SERVER_SETTINGS {
        let value = match setting.value {
            ServerValue::Text => "a text",
            ServerValue::File => "a path",
            ServerValue::Time => "a time",
            ServerValue::Resp => "2 or 3",
        };
        let default = if setting.default.is_empty() { String::new() } else { format!("`\"{}\"`", setting.default) };
        // Writing to a string does not fail.
        let _ = writeln!(out, "| `{}` | {value} | {default} | {} |", setting.key, setting.docs);
    }
}

fn value(value: Value) -> &'static str {
    match value {
        Value::Flag(_) => "true or false",
        Value::Time(_) => "a time",
        Value::Memory(_) => "an amount of memory",
        Value::Count(_) => "a number above 0",
        Value::File => "a path",
        Value::Folder => "a folder",
        Value::Targets => "a version or a range, or a list of them",
        Value::Modules => "a list of modules",
        Value::Languages => "a list of languages",
        Value::Patterns => "a list of patterns",
        Value::Joins => "a list of lists of files",
        Value::Calls => "a list of calls",
        Value::Level(_) => "a level",
    }
}

fn default(setting: Setting) -> String {
    match setting.value {
        Value::Flag(on) => format!("`{on}`"),
        Value::Time(text) | Value::Memory(text) | Value::Level(text) => format!("`\"{text}\"`"),
        Value::Count(number) => format!("`{number}`"),
        Value::Targets => format!("`\"{}\"`", Target::DEFAULT),
        Value::File
        | Value::Folder
        | Value::Modules
        | Value::Languages
        | Value::Patterns
        | Value::Joins
        | Value::Calls => String::new(),
    }
}
