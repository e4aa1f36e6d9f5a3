//! Names in `languages.toml`.

/// Our server.
pub(super) const SERVER: &str = "redlua";
/// The languages of ours.
pub(super) const LANGUAGES: &[&str] = &["redis-lua", "redis-transcript", "redlua-settings"];

pub(super) fn language_name(language: &toml::Value) -> Option<&str> {
    language.get("name")?.as_str()
}
