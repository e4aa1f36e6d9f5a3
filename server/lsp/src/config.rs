//! The settings that an editor has for us. A `redlua.toml` in the workspace says the same for everybody who works there, so
//! it wins.

use serde_json::Value;

/// Converts an editor's settings to the form of a `redlua.toml`; none if they set nothing of ours.
pub(crate) fn as_toml(settings: &Value) -> Option<String> {
    let table = settings.as_object()?;
    // Editors send null for what the user has not set; TOML has no null.
    let kept: serde_json::Map<String, Value> = table
        .iter()
        .filter(|(key, value)| !value.is_null() && config::table::top().contains(&key.as_str()))
        // A flag for the start (`told`), of the name of a table. Some clients send the same for both.
        .filter(|(key, value)| key.as_str() != "hosts" || value.is_object())
        .map(|(key, value)| (key.clone(), without_nulls(value)))
        .collect();
    if kept.is_empty() {
        return None;
    }
    toml::to_string(&kept).ok()
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(table) => table
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), without_nulls(value)))
            .collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_an_editor_read_like_the_file() {
        let value = serde_json::json!({
            "target": ["valkey 8.0"], "cluster": null, "trace": {"server": "off"}, "lints": {"unused-key": "allow", "x": null}
        });
        let text = as_toml(&value).unwrap_or_default();
        let (config, problems) = config::Config::parse(&text);
        assert_eq!(problems, []);
        assert_eq!(config.options.targets, [commands::Target::valkey(8, 0)]);
        assert_eq!(as_toml(&Value::Null), None);
        assert_eq!(as_toml(&serde_json::json!({"hosts": true, "terse": true})), None);
    }
}
