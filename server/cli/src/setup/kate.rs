//! Kate: the settings of its LSP client, a file that is ours or the user's, never both's.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::{Context as _, Result, bail};
use etcetera::BaseStrategy as _;
use serde_json::Value;

use super::{
    editor::{Editor, Program, Request, State, home},
    embedded,
    plan::{Plan, read, shown},
    record::Files,
};

pub(crate) struct Kate;

/// The file's name.
const SETTINGS: &str = "settings.json";

impl Editor for Kate {
    fn name(&self) -> &'static str {
        "kate"
    }

    fn title(&self) -> &'static str {
        "Kate"
    }

    fn programs(&self) -> Vec<PathBuf> {
        which::which("kate").into_iter().collect()
    }

    fn state(&self, request: &Request) -> Result<State> {
        let files = files(request)?;
        if files.version()?.is_none() && users(&files)?.is_some() {
            return Ok(State::Absent);
        }
        Ok(State::of(files.version()?, &self.install(request)?))
    }

    fn install(&self, request: &Request) -> Result<Plan> {
        let files = files(request)?;
        let mut plan = Plan::default();
        if self.programs().is_empty() {
            plan.notices.push("kate is not on the PATH; its settings go to where it will look".to_owned());
        }
        if let (None, Some(path)) = (files.version()?, users(&files)?) {
            bail!(
                "{} is yours and stays as it is: put this under \"servers\" in it, or into Settings, Configure Kate, LSP \
                 Client, User Server Settings:\n{}",
                shown(&path),
                inner(&content(&request.program)?)?
            );
        }
        files.install(&mut plan)?;
        Ok(plan)
    }

    fn undo(&self, request: &Request) -> Result<Plan> {
        let files = files(request)?;
        let mut plan = Plan::default();
        match (files.version()?, users(&files)?) {
            (None, Some(path)) => plan.notices.push(format!("{} is yours and stays", shown(&path))),
            _ => files.undo(&mut plan)?,
        }
        Ok(plan)
    }

    fn next(&self) -> &'static str {
        "open a Lua script, let Kate start `redlua lsp`, and type redis.call('HG and Ctrl-Space"
    }
}

fn files(request: &Request) -> Result<Files> {
    home()?;
    let config = etcetera::choose_base_strategy().context("the home folder is not known")?.config_dir();
    let wanted = BTreeMap::from([(SETTINGS.to_owned(), content(&request.program)?.into_bytes())]);
    Ok(Files { root: config.join("kate").join("lspclient"), own: "", wanted, generated: &[] })
}

/// The settings, if they have something of the user's.
fn users(files: &Files) -> Result<Option<PathBuf>> {
    let path = files.root.join(SETTINGS);
    let text = read(&path)?.unwrap_or_default();
    Ok((!text.trim_ascii().is_empty() && !is_ours(&text)).then_some(path))
}

fn content(program: &Program) -> Result<String> {
    let text = std::str::from_utf8(embedded::file("kate/settings.json"))?.replace("\r\n", "\n");
    let Program::At(path) = program else { return Ok(text) };
    let path = path.to_str().with_context(|| format!("{} is no text, so Kate cannot have it", path.display()))?;
    let plain = "[\"redlua\", \"lsp\"]";
    if !text.contains(plain) {
        bail!("editors/kate/settings.json has no `{plain}`");
    }
    Ok(text.replace(plain, &format!("[{}, \"lsp\"]", Value::from(path))))
}

/// True if the file has only our server, in any version.
fn is_ours(bytes: &[u8]) -> bool {
    let Ok(Value::Object(file)) = serde_json::from_slice(bytes) else { return false };
    let (Some(Value::Object(servers)), 1) = (file.get("servers"), file.len()) else { return false };
    servers.len() == 1 && servers.get("lua").and_then(|lua| lua["url"].as_str()) == Some(env!("CARGO_PKG_REPOSITORY"))
}

/// The entry for the servers of the user's own file.
fn inner(content: &str) -> Result<String> {
    let file: Value = serde_json::from_str(content)?;
    Ok(format!("\"lua\": {}", serde_json::to_string_pretty(&file["servers"]["lua"])?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_is_known_whatever_program_it_starts() -> Result<()> {
        assert!(is_ours(content(&Program::OnPath)?.as_bytes()));
        assert!(is_ours(content(&Program::At(r"C:\my tools\redlua.exe".into()))?.as_bytes()));
        assert!(!is_ours(br#"{"servers": {"lua": {"command": ["lua-language-server"]}}}"#));
        let more = content(&Program::OnPath)?.replacen("\"servers\": {", "\"servers\": {\n\"c\": {},", 1);
        assert!(!is_ours(more.as_bytes()) && !is_ours(b"") && !is_ours(b"{"));
        Ok(())
    }
}
