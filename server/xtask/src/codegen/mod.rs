//! Generated files: writes them, or compares them with those on disk.

mod api;
mod commands;
mod data;
mod grammars;
mod options;
mod reply;
mod rules;
mod schema;
mod settings;
mod support;

use std::path::Path;

use anyhow::{Result, bail};

fn files(root: &Path) -> Result<Vec<(String, String)>> {
    let table = commands::generate(root)?;
    let mut files: Vec<(String, String)> = [
        ("server/commands/src/generated/api.rs", api::generate(root)?),
        ("server/commands/src/generated/command_ids.rs", table.ids),
        ("server/commands/src/generated/commands.rs", table.commands),
        ("server/engine/COMMANDS.md", support::generate()),
        ("server/linter/RULES.md", rules::generate()),
        ("docs/settings.md", settings::generate()),
        ("editors/redlua.schema.json", schema::generate()?),
    ]
    .map(|(path, text)| (path.to_owned(), text))
    .into();
    files.extend(grammars::generate(root)?);
    Ok(files)
}

pub(crate) fn write(root: &Path) -> Result<()> {
    for (path, text) in files(root)? {
        let path = root.join(&path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        if std::fs::read_to_string(&path).ok().as_deref() != Some(&text) {
            std::fs::write(&path, text)?;
            println!("wrote {}", path.display());
        }
    }
    Ok(())
}

pub(crate) fn check(root: &Path) -> Result<()> {
    for (path, text) in files(root)? {
        if std::fs::read_to_string(root.join(&path)).unwrap_or_default() != text {
            bail!("{path} is stale: run `cargo xtask codegen`");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn generated_files_are_fresh() -> anyhow::Result<()> {
        super::check(&crate::root::root())
    }
}
