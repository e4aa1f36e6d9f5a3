//! The model of `redlua.toml`: its settings, and the problems of a file.

use std::ops::Range;

use commands::{Target, Targets, api::closest};
use toml::de::{DeTable, DeValue};

use linter::{Level, Options, registry};

use crate::{RunConfig, SERVER_SETTINGS, ServerConfig, table as settings};

/// The configuration of a workspace.
#[derive(Clone, Debug)]
pub struct Config {
    /// Targets, cluster and levels.
    pub options: Options,
    /// Patterns of Lua files that are Redis Lua whatever is in them.
    pub include: Vec<String>,
    /// Patterns of files that are left alone.
    pub exclude: Vec<String>,
    /// True if the folders of [`settings::EXCLUDED_FOLDERS`] are left alone too.
    pub default_exclude: bool,
    /// Folders for `--- @include "<name>/x"`; the empty name is where bare paths are looked for too.
    pub mappings: Vec<(String, std::path::PathBuf)>,
    /// Lists of files that a program joins to one script, in order.
    pub joins: Vec<Vec<std::path::PathBuf>>,
    /// Settings for scripts in files of other languages.
    pub hosts: HostsConfig,
    /// Settings for runs of scripts.
    pub run: RunConfig,
    /// Real servers, by their names.
    pub servers: Vec<ServerConfig>,
}

/// Files of other languages that are searched for scripts in their strings.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct HostsConfig {
    /// The languages, by their names in editors; none for all.
    pub languages: Option<Vec<String>>,
    /// Patterns of files that are not searched.
    pub exclude: Vec<String>,
    /// Calls of the user's own functions that run scripts.
    pub calls: Vec<HostCall>,
}

/// A function of the user's own that runs scripts. Arguments count from 1.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct HostCall {
    /// Its last name.
    pub name: String,
    /// The language, by its name in editors; none for all.
    pub language: Option<String>,
    /// The argument that is the script.
    pub script: Option<u8>,
    /// The argument that is the name of a function.
    pub function: Option<u8>,
    /// The argument that counts the keys; keys and arguments follow.
    pub count: Option<u8>,
    /// The argument that lists the keys.
    pub keys: Option<u8>,
    /// The argument that lists the arguments.
    pub args: Option<u8>,
    /// The first of the arguments that are the script's.
    pub rest: Option<u8>,
}

impl HostsConfig {
    /// True if files of a language are searched; `names` are those that settings have for it.
    pub fn has(&self, mut names: impl Iterator<Item = &'static str>) -> bool {
        self.languages.as_ref().is_none_or(|all| names.any(|name| all.iter().any(|it| it == name)))
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            options: Options::default(),
            include: Vec::new(),
            exclude: Vec::new(),
            default_exclude: true,
            mappings: Vec::new(),
            joins: Vec::new(),
            hosts: HostsConfig::default(),
            run: RunConfig::default(),
            servers: Vec::new(),
        }
    }
}

/// A problem in a `redlua.toml`. The rest of the file counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfigProblem {
    /// Range in bytes.
    pub range: Range<usize>,
    /// Message, in one sentence.
    pub message: String,
    /// The text that is most likely meant instead.
    pub meant: Option<String>,
}

impl Config {
    /// Reads the text of a `redlua.toml`. Mistakes are returned; the rest counts.
    pub fn parse(text: &str) -> (Self, Vec<ConfigProblem>) {
        let mut reader = Reader { config: Self::default(), problems: Vec::new() };
        match DeTable::parse(text) {
            Ok(table) => reader.root(table.get_ref()),
            Err(error) => {
                let range = error.span().unwrap_or(0..0);
                reader.problem(range, error.message().to_owned());
            }
        }
        reader.problems.sort_by_key(|problem| problem.range.start);
        (reader.config, reader.problems)
    }
}

/// The folders of [`Config::mappings`] in the text of a `redlua.toml`: each by its name, with the bytes of the value, quotes included.
pub fn mapping_values(text: &str) -> Vec<(String, Range<usize>)> {
    let Ok(table) = DeTable::parse(text) else { return Vec::new() };
    let includes = table.get_ref().iter().find(|(key, _)| key.get_ref() == "includes");
    let Some(DeValue::Table(includes)) = includes.map(|(_, value)| value.get_ref()) else { return Vec::new() };
    let folders = includes.iter().filter(|(_, value)| matches!(value.get_ref(), DeValue::String(_)));
    folders.map(|(key, value)| (mapping_name(key.get_ref()).to_owned(), value.span())).collect()
}

/// The name of the mapping in a key of `[includes]`.
fn mapping_name(key: &str) -> &str {
    if key == "root" { "" } else { key }
}

/// Reads the name of a level; `None` inside is "off".
pub fn level(text: &str) -> Option<Option<Level>> {
    Some(match text {
        "allow" | "off" => None,
        "hint" => Some(Level::Hint),
        "warn" | "warning" => Some(Level::Warning),
        "deny" | "error" => Some(Level::Error),
        _ => return None,
    })
}

struct Reader {
    config: Config,
    problems: Vec<ConfigProblem>,
}

type Spanned<T> = toml::Spanned<T>;

impl Reader {
    fn problem(&mut self, range: Range<usize>, message: impl Into<String>) {
        self.problems.push(ConfigProblem { range, message: message.into(), meant: None });
    }

    fn unknown(&mut self, range: Range<usize>, what: &str, key: &str, known: &[&'static str]) {
        let meant = closest(key, known.iter().copied()).map(str::to_owned);
        let message = match &meant {
            Some(meant) => format!("unknown {what} `{key}`: did you mean `{meant}`?"),
            None => format!("unknown {what} `{key}`: the known ones are {}", known.join(", ")),
        };
        self.problems.push(ConfigProblem { range, message, meant });
    }

    /// Reports an unknown key of a table. A key of another table, or of the top, is probably misplaced.
    fn unknown_key(&mut self, range: Range<usize>, table: &str, key: &str) {
        let known = settings::named(table).map_or_else(Vec::new, settings::Table::keys);
        let known = if table.is_empty() { settings::top() } else { known };
        let other = settings::TABLES.iter().find(|other| other.key != table && other.keys().contains(&key));
        match other.filter(|_| closest(key, known.iter().copied()).is_none()) {
            Some(other) if other.key.is_empty() => {
                self.problem(range, format!("`{key}` belongs above the first table of the file"));
            }
            Some(other) => self.problem(range, format!("`{key}` belongs under `[{}]`", other.key)),
            None => self.unknown(range, "key", key, &known),
        }
    }

    fn root(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "target" => self.targets(value),
                "cluster" => match value.get_ref() {
                    DeValue::Boolean(cluster) => self.config.options.cluster = *cluster,
                    _ => self.problem(value.span(), "`cluster` must be true or false"),
                },
                "modules" => self.modules(value),
                "lints" => self.lints(value),
                "files" => self.files(value),
                "hosts" => self.hosts(value),
                "includes" => self.includes(value),
                "hints" => self.display(value, "hints"),
                "lenses" => self.display(value, "lenses"),
                "run" => self.run(value),
                "servers" => self.servers(value),
                other => self.unknown_key(key.span(), "", other),
            }
        }
    }

    fn targets(&mut self, value: &Spanned<DeValue<'_>>) {
        let one = std::slice::from_ref(value);
        let list = match value.get_ref() {
            DeValue::Array(list) => list.iter().collect::<Vec<_>>(),
            _ => one.iter().collect(),
        };
        let mut targets: Vec<Target> = Vec::new();
        for item in list {
            match item.get_ref() {
                DeValue::String(text) => match text.parse::<Targets>() {
                    Ok(some) => targets.extend(some.0),
                    Err(error) => self.problem(item.span(), error.to_string()),
                },
                _ => self.problem(item.span(), "a target is a text such as \"redis 7.2\""),
            }
        }
        if !targets.is_empty() {
            targets.sort();
            targets.dedup();
            self.config.options.targets = targets;
            self.config.options.has_target = true;
        }
    }

    fn modules(&mut self, value: &Spanned<DeValue<'_>>) {
        let DeValue::Array(list) = value.get_ref() else {
            self.problem(value.span(), "`modules` must be a list of texts, such as [\"json\", \"search\"]");
            return;
        };
        let known = commands::module_keys();
        for item in list {
            match item.get_ref() {
                DeValue::String(text) if known.contains(&text.as_ref()) => {
                    self.config.options.modules.push(text.as_ref().to_owned());
                }
                DeValue::String(text) => self.unknown(item.span(), "module", text.as_ref(), &known),
                _ => self.problem(item.span(), "a module is a text such as \"json\""),
            }
        }
    }

    fn lints(&mut self, value: &Spanned<DeValue<'_>>) {
        let DeValue::Table(table) = value.get_ref() else {
            self.problem(value.span(), "`lints` must be a table of rules and levels");
            return;
        };
        for (key, value) in table {
            let code = key.get_ref().as_ref();
            if registry::rule(code).is_none() {
                let meant = registry::suggest(code).map(str::to_owned);
                let message = match &meant {
                    Some(meant) => format!("there is no rule `{code}`: did you mean `{meant}`?"),
                    None => format!("there is no rule `{code}`: `redlua explain` lists them"),
                };
                self.problems.push(ConfigProblem { range: key.span(), message, meant });
                continue;
            }
            let level = match value.get_ref() {
                DeValue::String(text) => level(text),
                _ => None,
            };
            match level {
                Some(level) => {
                    self.config.options.levels.insert(code.to_owned(), level);
                }
                None => self.problem(value.span(), "a level is \"allow\", \"hint\", \"warn\" or \"deny\""),
            }
        }
    }

    fn files(&mut self, value: &Spanned<DeValue<'_>>) {
        let DeValue::Table(table) = value.get_ref() else {
            self.problem(value.span(), "`files` must be a table with `include`, `exclude` and `default-exclude`");
            return;
        };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "include" => self.config.include = self.texts(value),
                "exclude" => self.config.exclude = self.texts(value),
                "default-exclude" => match value.get_ref() {
                    DeValue::Boolean(exclude) => self.config.default_exclude = *exclude,
                    _ => self.problem(value.span(), "`default-exclude` must be true or false"),
                },
                other => self.unknown_key(key.span(), "files", other),
            }
        }
    }

    fn hosts(&mut self, value: &Spanned<DeValue<'_>>) {
        let DeValue::Table(table) = value.get_ref() else {
            self.problem(value.span(), "`hosts` must be a table with `languages` and `exclude`");
            return;
        };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "languages" => self.host_languages(value),
                "exclude" => self.config.hosts.exclude = self.texts(value),
                "calls" => self.host_calls(value),
                other => self.unknown_key(key.span(), "hosts", other),
            }
        }
    }

    fn host_calls(&mut self, value: &Spanned<DeValue<'_>>) {
        const SHAPE: &str =
            "a call is a table such as { name = \"run_lua\", script = 1, keys = 2, args = 3 }, or with count or rest";
        let DeValue::Array(list) = value.get_ref() else { return self.problem(value.span(), SHAPE) };
        for item in list {
            let DeValue::Table(table) = item.get_ref() else {
                self.problem(item.span(), SHAPE);
                continue;
            };
            let mut call = HostCall::default();
            for (key, value) in table {
                let word = key.get_ref().as_ref();
                let number = match value.get_ref() {
                    DeValue::Integer(it) => it.to_string().parse::<u8>().ok().filter(|it| *it > 0),
                    _ => None,
                };
                let place = match (word, value.get_ref()) {
                    ("name", DeValue::String(text)) if !text.is_empty() => {
                        call.name = text.as_ref().to_owned();
                        continue;
                    }
                    ("language", DeValue::String(text)) => {
                        if !settings::HOST_LANGUAGES.contains(&text.as_ref()) {
                            self.unknown(value.span(), "language", text.as_ref(), settings::HOST_LANGUAGES);
                        }
                        call.language = Some(text.as_ref().to_owned());
                        continue;
                    }
                    ("name" | "language", _) => {
                        self.problem(value.span(), format!("`{word}` must be a text"));
                        continue;
                    }
                    ("script", _) => &mut call.script,
                    ("function", _) => &mut call.function,
                    ("count", _) => &mut call.count,
                    ("keys", _) => &mut call.keys,
                    ("args", _) => &mut call.args,
                    ("rest", _) => &mut call.rest,
                    _ => {
                        self.problem(key.span(), format!("a call has no `{word}`: {SHAPE}"));
                        continue;
                    }
                };
                *place = number;
                if number.is_none() {
                    self.problem(value.span(), format!("`{word}` is the number of an argument, from 1"));
                }
            }
            if call.name.is_empty() || (call.script.is_none() && call.function.is_none()) {
                self.problem(
                    item.span(),
                    "a call needs its `name`, and the argument that is the `script` or the name of a `function`",
                );
                continue;
            }
            self.config.hosts.calls.push(call);
        }
    }

    fn host_languages(&mut self, value: &Spanned<DeValue<'_>>) {
        let DeValue::Array(list) = value.get_ref() else {
            self.problem(value.span(), "`languages` must be a list of texts, such as [\"python\", \"go\"]");
            return;
        };
        let mut found = Vec::new();
        for item in list {
            match item.get_ref() {
                DeValue::String(text) if settings::HOST_LANGUAGES.contains(&text.as_ref()) => {
                    found.push(text.as_ref().to_owned());
                }
                DeValue::String(text) => {
                    self.unknown(item.span(), "language", text.as_ref(), settings::HOST_LANGUAGES);
                }
                _ => self.problem(item.span(), "a language is a text such as \"python\""),
            }
        }
        self.config.hosts.languages = Some(found);
    }

    fn texts(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<String> {
        let DeValue::Array(list) = value.get_ref() else {
            self.problem(value.span(), "this must be a list of patterns");
            return Vec::new();
        };
        let mut found = Vec::new();
        for item in list.iter() {
            match item.get_ref() {
                DeValue::String(text) => found.push(text.to_string()),
                _ => self.problem(item.span(), "a pattern is a text such as \"scripts/**/*.lua\""),
            }
        }
        found
    }

    /// A table of what editors show.
    fn display(&mut self, value: &Spanned<DeValue<'_>>, name: &str) {
        let known = settings::named(name).map_or_else(Vec::new, settings::Table::keys);
        let DeValue::Table(table) = value.get_ref() else {
            self.problem(value.span(), format!("`{name}` must be a table with {}", known.join(", ")));
            return;
        };
        for (key, value) in table {
            let word = key.get_ref().as_ref();
            let setting = known.contains(&word).then(|| self.config.options.display.get_mut(word)).flatten();
            match (setting, value.get_ref()) {
                (Some(setting), DeValue::Boolean(shown)) => *setting = *shown,
                (Some(_), _) => self.problem(value.span(), format!("`{word}` must be true or false")),
                (None, _) => self.unknown_key(key.span(), name, word),
            }
        }
    }

    fn run(&mut self, value: &Spanned<DeValue<'_>>) {
        let DeValue::Table(table) = value.get_ref() else {
            self.problem(value.span(), "`run` must be a table");
            return;
        };
        for (key, value) in table {
            match self.config.run.set(key.get_ref(), value.get_ref()) {
                Ok(()) => {}
                Err(Some(message)) => self.problem(value.span(), message),
                Err(None) => self.unknown_key(key.span(), "run", key.get_ref()),
            }
        }
    }

    fn servers(&mut self, value: &Spanned<DeValue<'_>>) {
        let DeValue::Table(table) = value.get_ref() else {
            self.problem(value.span(), "`servers` must be a table");
            return;
        };
        for (name, value) in table {
            let name_text = name.get_ref().as_ref();
            let DeValue::Table(table) = value.get_ref() else {
                self.problem(value.span(), format!("a server is a table: [servers.{name_text}] with its `url`"));
                continue;
            };
            if name_text == "embedded" {
                self.problem(name.span(), "`embedded` is the name of the embedded engine");
                continue;
            }
            let mut server = ServerConfig { name: name_text.to_owned(), ..ServerConfig::default() };
            let before = self.problems.len();
            for (key, value) in table {
                match server.set(key.get_ref(), value.get_ref()) {
                    Ok(()) => {}
                    Err(Some(message)) => self.problem(value.span(), message),
                    Err(None) => {
                        let known: Vec<_> = SERVER_SETTINGS.iter().map(|setting| setting.key).collect();
                        self.unknown(key.span(), "key", key.get_ref(), &known);
                    }
                }
            }
            if !server.url.expose().is_empty() {
                self.config.servers.push(server);
            } else if self.problems.len() == before {
                self.problem(name.span(), format!("the server `{name_text}` needs its `url`"));
            }
        }
    }

    fn includes(&mut self, value: &Spanned<DeValue<'_>>) {
        let DeValue::Table(table) = value.get_ref() else {
            self.problem(value.span(), "`includes` must be a table of names and folders");
            return;
        };
        for (key, value) in table {
            match value.get_ref() {
                DeValue::String(folder) => {
                    self.config.mappings.push((mapping_name(key.get_ref()).to_owned(), folder.as_ref().into()));
                }
                DeValue::Array(lists) if key.get_ref() == "join" => {
                    for list in lists {
                        self.join(list);
                    }
                }
                _ if key.get_ref() == "join" => {
                    self.problem(value.span(), "`join` lists lists of files, such as [[\"base.lua\", \"job.lua\"]]");
                }
                _ => self.problem(value.span(), "a folder is a text such as \"src/lua\""),
            }
        }
    }

    fn join(&mut self, list: &Spanned<DeValue<'_>>) {
        let files = match list.get_ref() {
            DeValue::Array(files) => files
                .iter()
                .map(|file| match file.get_ref() {
                    DeValue::String(path) => Some(path.as_ref().into()),
                    _ => None,
                })
                .collect::<Option<Vec<_>>>(),
            _ => None,
        };
        match files.filter(|files| files.len() > 1) {
            Some(files) => self.config.joins.push(files),
            None => self.problem(
                list.span(),
                "a list of two or more files in their order, such as [\"base.lua\", \"job.lua\"]",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linter::Display;

    fn problems(text: &str) -> Vec<String> {
        Config::parse(text)
            .1
            .into_iter()
            .map(|problem| format!("{} {}", &text[problem.range], problem.message))
            .collect()
    }

    #[test]
    fn a_whole_configuration() {
        let (config, problems) = Config::parse(
            "target = ['redis 7.0', 'valkey 8.x']\ncluster = true\n[lints]\nunknown-command = 'warn'\nunused-key = 'allow'\n\
             [files]\ninclude = ['lua/**']\n[includes]\nbase = 'shared'\n[run]\ntime = '5s'\n[servers]\n",
        );
        assert_eq!(problems, []);
        assert_eq!(config.options.targets, [Target::redis(7, 0), Target::valkey(8, 1)]);
        assert!(config.options.cluster && config.include == ["lua/**"]);
        assert_eq!(config.options.levels["unknown-command"], Some(Level::Warning));
        assert_eq!(config.options.levels["unused-key"], None);
        assert_eq!(config.run.time, Some(std::time::Duration::from_secs(5)));
    }

    #[test]
    fn targets_are_ranges_too() {
        let targets = |text: &str| commands::listed(&Config::parse(text).0.options.targets);
        assert_eq!(targets("target = 'redis 6.2..7.2'"), "redis 6.2 to 7.2");
        assert_eq!(targets("target = ['valkey 9.0..', 'redis 8.6']"), "redis 8.6, valkey 9.0 and valkey 9.1");
        assert_eq!(targets("target = 'all'"), "redis 6.2 to 8.6 and valkey 7.2 to 9.1");
        assert_eq!(problems("target = 'redis 8..7'").len(), 1);
    }

    #[test]
    fn what_is_wrong_is_told_and_the_rest_counts() {
        assert_eq!(problems("clutser = true"), ["clutser unknown key `clutser`: did you mean `cluster`?"]);
        assert_eq!(
            problems("[lints]\nunknow-command = 'deny'"),
            ["unknow-command there is no rule `unknow-command`: did you mean `unknown-command`?"]
        );
        let display = Config::parse("[hints]\nreplies = true\nnames = false\n[lenses]\nruns = false").0.options.display;
        assert_eq!(display, Display { replies: true, names: false, runs: false, ..Display::default() });
        assert_eq!(problems("lenses = false"), ["false `lenses` must be a table with summary, runs, references"]);
        assert_eq!(problems("[lenses]\nrun = true"), ["run unknown key `run`: did you mean `runs`?"]);
        assert_eq!(problems("[run]\ncluster = true"), ["cluster `cluster` belongs above the first table of the file"]);
        assert_eq!(problems("[files]\nseed = 'a'"), ["seed `seed` belongs under `[run]`"]);
        assert_eq!(problems("[hints]\nreplies = 1"), ["1 `replies` must be true or false"]);
        assert!(Config::default().default_exclude);
        assert!(!Config::parse("[files]\ndefault-exclude = false").0.default_exclude);
        assert_eq!(problems("[files]\ndefault-exclude = 'no'"), ["'no' `default-exclude` must be true or false"]);
        assert_eq!(problems("target = 'redis 5'").len(), 1);
        assert_eq!(problems("cluster = [").len(), 1);
        assert_eq!(problems("[run]\ntime = 5"), ["5 a time is a text such as \"5s\" or \"500ms\""]);
        assert_eq!(problems("[run]\nmemroy = '5 MiB'"), ["memroy unknown key `memroy`: did you mean `memory`?"]);
        let (config, problems) = Config::parse("cluster = true\nfoo = 1");
        assert!(config.options.cluster && problems.len() == 1);
    }
}
