//! The tables `[servers.NAME]` in `redlua.toml`.

use config::{SERVER_SETTINGS, ServerSetting, ServerValue, table::Table};

use super::{
    item::{Item, Kind},
    scan::{Place, Scan},
};

/// The header of one more server.
pub(super) fn header(table: &Table, with_brackets: bool) -> Item {
    let around = |text: &str| if with_brackets { format!("[{text}]") } else { text.to_owned() };
    Item {
        label: around("servers.NAME"),
        kind: Kind::Table,
        detail: String::new(),
        docs: table.docs.to_owned(),
        text: around("servers.local"),
        snippet: around("servers.${1:local}"),
    }
}

/// The settings that a server does not have yet.
pub(super) fn keys(scan: &Scan, place: &Place, has_value: bool) -> Vec<Item> {
    let is_taken = |key: &str| {
        let same =
            |path: &[String]| path.split_last().is_some_and(|(last, rest)| last == key && *rest == place.path[..]);
        scan.entries.iter().any(|entry| same(&entry.path) && entry.key.end != place.range.end)
    };
    let item = |setting: &ServerSetting| {
        let (value, snippet) = match (has_value, setting.value) {
            (true, _) => (String::new(), String::new()),
            (false, ServerValue::Resp) => (" = 3".to_owned(), " = ${1:3}".to_owned()),
            (false, _) => {
                let given = match setting.key {
                    "url" => "redis://localhost:6379",
                    "confirm" => "type its name",
                    _ => setting.default,
                };
                (format!(" = {given:?}"), format!(" = \"${{1:{given}}}\""))
            }
        };
        Item {
            label: setting.key.to_owned(),
            kind: Kind::Key,
            detail: setting.default.to_owned(),
            docs: setting.docs.to_owned(),
            text: format!("{}{value}", setting.key),
            snippet: format!("{}{snippet}", setting.key),
        }
    };
    SERVER_SETTINGS.iter().filter(|setting| !is_taken(setting.key)).map(item).collect()
}

/// The hover of a setting, in Markdown.
pub(super) fn hover(key: &str) -> Option<String> {
    let setting = SERVER_SETTINGS.iter().find(|setting| setting.key == key)?;
    let default = match setting.default {
        "" => String::new(),
        default => format!("\n\nDefault: `{default:?}`"),
    };
    Some(format!("**{key}**\n\n{}{default}", setting.docs))
}

#[cfg(test)]
mod tests {
    use config::Config;

    use super::super::{completions, hover};

    #[test]
    fn servers_have_their_settings() {
        let text = "[servers.prod]\nurl = 'redis://a'\n";
        let labels: Vec<String> = completions(text, text.len()).0.into_iter().map(|it| it.label).collect();
        assert!(labels.contains(&"password-env".to_owned()) && !labels.contains(&"url".to_owned()), "{labels:?}");
        assert!(completions("[", 1).0.iter().any(|it| it.text == "servers.local"));
        let told = hover("[servers.prod]\nconfirm = 'x'\n", 17).map(|it| it.0);
        assert!(told.is_some_and(|it| it.contains("a server of production")));
    }

    #[test]
    fn what_is_accepted_is_right() {
        let text = "[servers.prod]\n";
        for item in completions(text, text.len()).0.iter().filter(|it| !it.label.starts_with('[')) {
            let accepted = format!("{text}url = 'redis://a'\n{}\n", item.text);
            let wrong = Config::parse(&accepted).1;
            assert!(item.label == "url" || item.text.contains("\"\"") || wrong.is_empty(), "{accepted}: {wrong:?}");
        }
    }
}
