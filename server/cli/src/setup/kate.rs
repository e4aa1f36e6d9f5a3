//! Kate: the settings of its LSP client, a file that is ours or the user's, never both's.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use etcetera::BaseStrategy as _;
use serde_json::Value;

use super::{
    Editor, Program, Request, State, embedded,
    plan::{Plan, Step, read, shown},
};

pub(crate) struct Kate;

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
        let path = path()?;
        let version = is_ours(&read(&path)?.unwrap_or_default()).then(|| env!("CARGO_PKG_VERSION").to_owned());
        if version.is_none() && path.exists() {
            return Ok(State::Absent);
        }
        Ok(State::of(version, &self.install(request)?))
    }

    fn install(&self, request: &Request) -> Result<Plan> {
        let path = path()?;
        let mut plan = Plan::default();
        if self.programs().is_empty() {
            plan.notices.push("kate is not on the PATH; its settings go to where it will look".to_owned());
        }
        let before = read(&path)?;
        let after = content(&request.program)?.into_bytes();
        if before.as_ref().is_some_and(|bytes| !bytes.trim_ascii().is_empty() && !is_ours(bytes)) {
            bail!(
                "{} is yours and stays as it is: put this under \"servers\" in it, or into Settings, Configure Kate, LSP \
                 Client, User Server Settings:\n{}",
                shown(&path),
                inner(&after)?
            );
        }
        plan.steps.push(Step::Write { path, before, after, users: true });
        Ok(plan)
    }

    fn undo(&self, _: &Request) -> Result<Plan> {
        let path = path()?;
        let mut plan = Plan::default();
        match read(&path)? {
            Some(bytes) if is_ours(&bytes) => {
                plan.steps.push(Step::Remove { path: path.clone() });
                plan.steps.extend(path.parent().map(|folder| Step::RemoveFolder { path: folder.to_path_buf() }));
            }
            Some(_) => plan.notices.push(format!("{} has more than ours and stays", shown(&path))),
            None => {}
        }
        Ok(plan)
    }

    fn next(&self) -> &'static str {
        "open a Lua script, let Kate start `redlua lsp`, and type redis.call('HG and Ctrl-Space"
    }
}

fn path() -> Result<PathBuf> {
    super::home()?;
    let config = etcetera::choose_base_strategy().context("the home folder is not known")?.config_dir();
    Ok(config.join("kate").join("lspclient").join("settings.json"))
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

/// Whether there is nothing but our server in it, of whichever version.
fn is_ours(bytes: &[u8]) -> bool {
    let Ok(Value::Object(file)) = serde_json::from_slice(bytes) else { return false };
    let (Some(Value::Object(servers)), 1) = (file.get("servers"), file.len()) else { return false };
    servers.len() == 1 && servers.get("lua").and_then(|lua| lua["url"].as_str()) == Some(env!("CARGO_PKG_REPOSITORY"))
}

/// What is to be put among the servers of the user's own file.
fn inner(content: &[u8]) -> Result<String> {
    let file: Value = serde_json::from_slice(content)?;
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
