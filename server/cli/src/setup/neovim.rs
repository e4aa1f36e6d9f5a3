//! Neovim: the plug-in as a package, which Neovim finds by itself.

use std::{collections::BTreeMap, path::PathBuf, process::Command};

use anyhow::{Context as _, Result, bail};
use etcetera::BaseStrategy as _;

use super::{
    editor::{Editor, Program, Request, State, home},
    embedded, help_tags,
    plan::{Plan, shown},
    record::Files,
};

pub(crate) struct Neovim;

/// File from which the plug-in reads the program to start.
const PROGRAM: &str = "lua/redlua/program.lua";

impl Editor for Neovim {
    fn name(&self) -> &'static str {
        "neovim"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["nvim"]
    }

    fn title(&self) -> &'static str {
        "Neovim"
    }

    fn programs(&self) -> Vec<PathBuf> {
        which::which("nvim").into_iter().collect()
    }

    fn state(&self, request: &Request) -> Result<State> {
        Ok(State::of(files(request)?.version()?, &self.install(request)?))
    }

    fn install(&self, request: &Request) -> Result<Plan> {
        let files = files(request)?;
        let mut plan = Plan::default();
        match self.programs().first() {
            None => plan.notices.push("nvim is not on the PATH; the plug-in goes to where it will look".to_owned()),
            Some(nvim) => {
                let said = Command::new(nvim).arg("--version").output();
                let version = said.map(|it| String::from_utf8_lossy(&it.stdout).into_owned()).unwrap_or_default();
                if let Some(version) = version.lines().next().filter(|line| is_too_old(line)) {
                    plan.notices.push(format!("this is {version}; the plug-in needs Neovim 0.11 or later"));
                }
            }
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
        "open a Lua script and type redis.call('HG and Ctrl-X Ctrl-O; :checkhealth redlua tells whether all is well"
    }
}

/// Neovim's `stdpath('data')`.
fn data() -> Result<PathBuf> {
    let name = std::env::var_os("NVIM_APPNAME").filter(|name| !name.is_empty()).unwrap_or_else(|| "nvim".into());
    if cfg!(windows) {
        let named = std::env::var_os("XDG_DATA_HOME").or_else(|| std::env::var_os("LOCALAPPDATA"));
        let folder = match named {
            Some(folder) => PathBuf::from(folder),
            None => home()?.join("AppData").join("Local"),
        };
        let mut name = name;
        name.push("-data");
        return Ok(folder.join(name));
    }
    home()?;
    Ok(etcetera::base_strategy::Xdg::new().context("the home folder is not known")?.data_dir().join(name))
}

fn files(request: &Request) -> Result<Files> {
    let root = ["site", "pack", "redlua", "start", "redlua"].iter().fold(data()?, |path, part| path.join(part));
    if root.is_symlink() || root.join(".git").exists() {
        bail!("{} is a link or a clone, so Neovim has the plug-in from there: remove it first", shown(&root));
    }
    let mut wanted: BTreeMap<String, Vec<u8>> =
        embedded::below("neovim").map(|(path, bytes)| (path.to_owned(), bytes.to_vec())).collect();
    wanted.insert("doc/tags".to_owned(), help_tags::tags(embedded::file("neovim/doc/redlua.txt")).into_bytes());
    if let Program::At(program) = &request.program {
        wanted.insert(PROGRAM.to_owned(), program_file(program.as_os_str().as_encoded_bytes()));
    }
    Ok(Files { root, own: "", wanted, generated: &["doc/tags"] })
}

/// Content of the file that gives the plug-in its program, for any bytes in the path.
fn program_file(path: &[u8]) -> Vec<u8> {
    let mut out =
        b"-- Written by `redlua setup neovim --with`: the program that the plug-in starts.\nreturn '".to_vec();
    for byte in path {
        match byte {
            b'\\' | b'\'' => out.extend([b'\\', *byte]),
            0..b' ' => out.extend(format!("\\{byte:03}").into_bytes()),
            _ => out.push(*byte),
        }
    }
    out.extend(b"'\n");
    out
}

fn is_too_old(version: &str) -> bool {
    // NVIM v0.10.4, NVIM v0.12.0-dev-…
    let Some(numbers) = version.split_once(" v").map(|(_, numbers)| numbers) else { return false };
    let mut numbers = numbers.split('.').map(|it| it.parse::<u32>());
    matches!((numbers.next(), numbers.next()), (Some(Ok(0)), Some(Ok(minor))) if minor < 11)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_string_of_lua() {
        let text =
            |path: &str| String::from_utf8_lossy(&program_file(path.as_bytes())).lines().nth(1).map(str::to_owned);
        assert_eq!(text("/opt/my tools/redlua").as_deref(), Some("return '/opt/my tools/redlua'"));
        assert_eq!(text(r"C:\it's\redlua.exe").as_deref(), Some(r"return 'C:\\it\'s\\redlua.exe'"));
        assert_eq!(text("a\nb").as_deref(), Some(r"return 'a\010b'"));
    }

    #[test]
    fn versions_that_are_too_old() {
        assert!(is_too_old("NVIM v0.10.4") && is_too_old("NVIM v0.9.5"));
        assert!(!is_too_old("NVIM v0.11.0") && !is_too_old("NVIM v0.12.0-dev-1+g2") && !is_too_old("NVIM v1.0.0"));
        assert!(!is_too_old("") && !is_too_old("something else"));
    }
}
