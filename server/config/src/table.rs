//! The table of all settings: what `redlua.toml` may hold, and what editors and the schema say of it.

use linter::RULES;

/// Folders of installed packages and build results, which are not searched unless the settings say so.
pub const EXCLUDED_FOLDERS: &[&str] =
    &["node_modules", "bower_components", "vendor", "target", "dist", ".venv", "venv", "site-packages"];

/// Languages whose files may have scripts in their strings, by their names in editors.
pub const HOST_LANGUAGES: &[&str] = &[
    "python",
    "javascript",
    "typescript",
    "vue",
    "svelte",
    "go",
    "ruby",
    "java",
    "kotlin",
    "php",
    "csharp",
    "rust",
    "shellscript",
    "lua",
    "markdown",
    "redis",
];

/// The values of a setting, with its default if it has one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Value {
    /// `true` or `false`.
    Flag(bool),
    /// A time with its unit, such as `5s`.
    Time(&'static str),
    /// An amount of memory with its unit, such as `256 MiB`.
    Memory(&'static str),
    /// A whole number above 0.
    Count(u64),
    /// The path of a file.
    File,
    /// The path of a folder.
    Folder,
    /// Servers: a text, or a list of texts.
    Targets,
    /// A list of modules.
    Modules,
    /// A list of host languages.
    Languages,
    /// A list of patterns of paths.
    Patterns,
    /// A list of lists of files.
    Joins,
    /// A list of tables, each a call in programs.
    Calls,
    /// The level of a rule; the text is the rule's own.
    Level(&'static str),
}

/// One key of a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Setting {
    /// Its name.
    pub key: &'static str,
    /// Its effect, in Markdown.
    pub docs: &'static str,
    /// The values that it takes.
    pub value: Value,
}

/// A table of the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Table {
    /// Its name; empty for the keys at the top of the file.
    pub key: &'static str,
    /// Its purpose, in Markdown.
    pub docs: &'static str,
    /// Its keys. Those of `lints` are the rules: see [`Table::settings`].
    keys: &'static [Setting],
    /// The values of other keys, where names of the user's own are taken.
    pub others: Option<Value>,
    /// True if it holds tables with names of the user's own, which the reader looks at by itself.
    pub is_open: bool,
}

impl Table {
    /// Its keys.
    pub fn settings(&self) -> Vec<Setting> {
        if self.key != "lints" {
            return self.keys.to_vec();
        }
        let setting = |rule: &&linter::Rule| Setting {
            key: rule.code,
            docs: rule.docs,
            value: Value::Level(rule.level.as_str()),
        };
        RULES.iter().map(setting).collect()
    }

    /// The names of its keys.
    pub fn keys(&self) -> Vec<&'static str> {
        self.settings().iter().map(|setting| setting.key).collect()
    }

    /// The setting with a name.
    pub fn setting(&self, key: &str) -> Option<Setting> {
        let own = self.settings().into_iter().find(|setting| setting.key == key);
        own.or_else(|| Some(Setting { key: "", docs: self.docs, value: self.others? }))
    }
}

const fn setting(key: &'static str, value: Value, docs: &'static str) -> Setting {
    Setting { key, docs, value }
}

const fn table(key: &'static str, docs: &'static str, keys: &'static [Setting]) -> Table {
    Table { key, docs, keys, others: None, is_open: false }
}

/// The tables, the keys at the top of the file first.
pub static TABLES: &[Table] = &[
    table(
        "",
        "Settings of redlua for a workspace.",
        &[
            setting("target", Value::Targets, "The servers that the scripts are meant for."),
            setting(
                "cluster",
                Value::Flag(false),
                "Whether the scripts run on a cluster, where all keys must be in one slot.",
            ),
            setting(
                "modules",
                Value::Modules,
                "The modules that the servers have, so that their commands are known. Redis has had json, search, bloom and \
                 timeseries since 8.0.",
            ),
        ],
    ),
    table("lints", "The levels of rules.", &[]),
    table(
        "files",
        "Which files are taken as Redis Lua.",
        &[
            setting("include", Value::Patterns, "Patterns of Lua files that are Redis Lua whatever is in them."),
            setting("exclude", Value::Patterns, "Patterns of files that are left alone."),
            setting(
                "default-exclude",
                Value::Flag(true),
                "Whether folders of packages and build results are left alone too, but for files that `include` names: ",
            ),
        ],
    ),
    table(
        "hosts",
        "Which files of other languages are searched for scripts in their strings.",
        &[
            setting("languages", Value::Languages, "The languages whose files are searched; all if it is left out."),
            setting("exclude", Value::Patterns, "Patterns of files that are not searched."),
            setting(
                "calls",
                Value::Calls,
                "Functions of your own that run scripts, with the numbers of their arguments: \
                 `{ name = \"run_lua\", script = 1, keys = 2, args = 3 }`.",
            ),
        ],
    ),
    Table {
        others: Some(Value::Folder),
        ..table(
            "includes",
            "Folders by the names that include comments give them; `root` is where bare paths are looked for.",
            &[
                setting("root", Value::Folder, "The folder where the paths of include comments are looked for."),
                setting("join", Value::Joins, "Lists of files that a program joins to one script, in their order."),
            ],
        )
    },
    table(
        "hints",
        "What editors show beside the code, where their inlay hints are on.",
        &[
            setting("names", Value::Flag(true), "The names of keys and arguments, behind `KEYS[1]` and `ARGV[1]`."),
            setting("parameters", Value::Flag(true), "The parameters of the script's own functions, before arguments."),
            setting("replies", Value::Flag(false), "The types of replies, behind the locals that hold them."),
            setting("results", Value::Flag(true), "The reply of the last run, and ✓ or ✗ beside examples."),
            setting("links", Value::Flag(false), "Links from commands to their pages, which editors underline."),
        ],
    ),
    table(
        "lenses",
        "What editors show above scripts and functions, where their code lenses are on.",
        &[
            setting("summary", Value::Flag(true), "What the script does as a whole."),
            setting("runs", Value::Flag(true), "Run, run with inputs, run the examples, update an example."),
            setting("references", Value::Flag(true), "How often a function is used."),
        ],
    ),
    table(
        "run",
        "How scripts are run: budgets and the keyspace to begin with.",
        &[
            setting("time", Value::Time("5s"), "The wall time that a run may take, such as 5s or 500ms."),
            setting("memory", Value::Memory("256 MiB"), "The memory that Lua may take for a run, such as 256 MiB."),
            setting("instructions", Value::Count(2_000_000_000), "The instructions that Lua may execute for a run."),
            setting("seed", Value::File, "A file of commands that fill the keyspace first."),
            setting("examples", Value::Flag(true), "Whether the editor runs the examples in comments by itself."),
        ],
    ),
    // Its tables have names of the user's own, and keys of `SERVER_SETTINGS`.
    Table { is_open: true, ..table("servers", "Real servers by the names that `--on` takes.", &[]) },
];

/// The table with a name; the empty name is that of the top.
pub fn named(key: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.key == key)
}

/// The names at the top of the file: its keys, then the tables.
pub fn top() -> Vec<&'static str> {
    let tables = TABLES.iter().map(|table| table.key).filter(|key| !key.is_empty());
    named("").into_iter().flat_map(Table::keys).chain(tables).collect()
}

/// The effect of a setting, with all that is in it.
pub fn docs(setting: Setting) -> String {
    if setting.key == "default-exclude" {
        return format!("{}{}.", setting.docs, EXCLUDED_FOLDERS.join(", "));
    }
    setting.docs.to_owned()
}

/// The names of levels that are offered; `off`, `warning` and `error` are taken too.
pub const LEVELS: &[(&str, &str)] = &[
    ("allow", "Nothing is found."),
    ("hint", "Listed with `--hints` and shown faintly in editors."),
    ("warn", "A warning."),
    ("deny", "An error, which makes the check fail."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use linter::Display;

    use crate::Config;

    #[test]
    fn what_the_table_names_is_read() {
        for table in TABLES {
            for setting in table.settings() {
                let value = match setting.value {
                    Value::Flag(on) => on.to_string(),
                    Value::Time(text) | Value::Memory(text) => format!("{text:?}"),
                    Value::Count(number) => number.to_string(),
                    Value::File | Value::Folder => "\"a\"".to_owned(),
                    Value::Targets => "\"redis 7.2\"".to_owned(),
                    Value::Modules => "[\"json\"]".to_owned(),
                    Value::Languages => "[\"go\"]".to_owned(),
                    Value::Patterns => "[\"a/**\"]".to_owned(),
                    Value::Joins => "[[\"a\", \"b\"]]".to_owned(),
                    Value::Calls => "[{ name = \"f\", script = 1 }]".to_owned(),
                    Value::Level(_) => "\"warn\"".to_owned(),
                };
                let head = if table.key.is_empty() { String::new() } else { format!("[{}]\n", table.key) };
                let text = format!("{head}{} = {value}\n", setting.key);
                assert_eq!(Config::parse(&text).1, [], "{text}");
                let wrong = format!("{head}{} = 1.5\n", setting.key);
                assert_eq!(Config::parse(&wrong).1.len(), 1, "{wrong}");
            }
        }
    }

    #[test]
    fn defaults_are_those_of_the_model() {
        let mut display = Display::default();
        for table in ["hints", "lenses"].into_iter().filter_map(named) {
            for setting in table.settings() {
                let default = display.get_mut(setting.key).map(|it| Value::Flag(*it));
                assert_eq!(default, Some(setting.value), "{}", setting.key);
            }
        }
        assert_eq!(
            named("files").and_then(|it| it.setting("default-exclude")).map(|it| it.value),
            Some(Value::Flag(true))
        );
        assert!(LEVELS.iter().all(|(name, _)| crate::level(name).is_some()));
    }
}
