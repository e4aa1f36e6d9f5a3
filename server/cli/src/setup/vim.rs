//! Vim: the plug-in as a package, which Vim finds by itself. ALE, which the user has, speaks with the server.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::{Result, bail};

use super::{
    editor::{Editor, Program, Request, State, home},
    embedded, help_tags,
    plan::{Plan, shown},
    record::Files,
};

pub(crate) struct Vim;

impl Editor for Vim {
    fn name(&self) -> &'static str {
        "vim"
    }

    fn title(&self) -> &'static str {
        "Vim"
    }

    fn programs(&self) -> Vec<PathBuf> {
        ["vim", "gvim"].iter().find_map(|name| which::which(name).ok()).into_iter().collect()
    }

    fn state(&self, request: &Request) -> Result<State> {
        Ok(State::of(files(request)?.version()?, &self.install(request)?))
    }

    fn install(&self, request: &Request) -> Result<Plan> {
        let files = files(request)?;
        let mut plan = Plan::default();
        if self.programs().is_empty() {
            plan.notices.push("vim is not on the PATH; the plug-in goes to where it will look".to_owned());
        }
        files.install(&mut plan)?;
        Ok(plan)
    }

    fn undo(&self, request: &Request) -> Result<Plan> {
        let mut plan = Plan::default();
        files(request)?.undo(&mut plan)?;
        Ok(plan)
    }

    fn next(&self) -> &'static str {
        "with ALE, open a Lua script and type redis.call('HG and Ctrl-X Ctrl-O; :help redlua has the rest"
    }
}

/// The first folder of Vim's `'packpath'`.
fn folder() -> Result<PathBuf> {
    let home = home()?;
    if cfg!(windows) {
        return Ok(home.join("vimfiles"));
    }
    // Since 9.1.0327, where the settings are not in the home folder.
    let config = std::env::var_os("XDG_CONFIG_HOME").filter(|it| !it.is_empty()).map(PathBuf::from);
    let config = config.unwrap_or_else(|| home.join(".config")).join("vim");
    let is_at_home = [".vimrc", ".vim/vimrc"].iter().any(|name| home.join(name).exists());
    Ok(if !is_at_home && config.join("vimrc").exists() { config } else { home.join(".vim") })
}

fn files(request: &Request) -> Result<Files> {
    let root = ["pack", "redlua", "start", "redlua"].iter().fold(folder()?, |path, part| path.join(part));
    if root.is_symlink() || root.join(".git").exists() {
        bail!("{} is a link or a clone, so Vim has the plug-in from there: remove it first", shown(&root));
    }
    let mut wanted: BTreeMap<String, Vec<u8>> =
        embedded::below("vim").map(|(path, bytes)| (path.to_owned(), bytes.to_vec())).collect();
    wanted.insert("doc/tags".to_owned(), help_tags::tags(embedded::file("vim/doc/redlua.txt")).into_bytes());
    if let Program::At(program) = &request.program {
        wanted.insert("plugin/redlua-program.vim".to_owned(), program_file(program.as_os_str().as_encoded_bytes()));
    }
    Ok(Files { root, own: "", wanted, generated: &["doc/tags"] })
}

/// Content of the file that gives ALE its program, unless the user sets one.
fn program_file(path: &[u8]) -> Vec<u8> {
    let mut out = b"\" Written by `redlua setup vim`: the program that ALE starts.\n".to_vec();
    out.extend(b"let g:ale_redlua_executable = get(g:, 'ale_redlua_executable', '");
    for byte in path {
        out.extend(if *byte == b'\'' { &b"''"[..] } else { std::slice::from_ref(byte) });
    }
    out.extend(b"')\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_string_of_vim() {
        let text = String::from_utf8_lossy(&program_file(b"/it's here/redlua")).into_owned();
        assert!(text.ends_with("get(g:, 'ale_redlua_executable', '/it''s here/redlua')\n"), "{text}");
    }
}
