//! VS Code and its derivatives: the packed extension, installed by the editor's own command.

mod packed;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};

use self::packed::{EXTENSION, Packed, Source};
use super::{
    editor::{Editor, Program, Request, State},
    plan::{Plan, Step, command_line, shown},
};

pub(crate) struct VsCode;

/// A build of VS Code: its command, its bundle on macOS, its folders on Windows.
struct Build {
    command: &'static str,
    bundle: &'static str,
    windows: &'static str,
}

const BUILDS: &[Build] = &[
    Build { command: "code", bundle: "Visual Studio Code", windows: r"Microsoft VS Code\bin" },
    Build {
        command: "code-insiders",
        bundle: "Visual Studio Code - Insiders",
        windows: r"Microsoft VS Code Insiders\bin",
    },
    Build { command: "codium", bundle: "VSCodium", windows: r"VSCodium\bin" },
    Build { command: "code-server", bundle: "", windows: "" },
    Build { command: "cursor", bundle: "Cursor", windows: r"cursor\resources\app\bin" },
    Build { command: "windsurf", bundle: "Windsurf", windows: r"Windsurf\bin" },
];

impl Editor for VsCode {
    fn name(&self) -> &'static str {
        "vscode"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["code", "codium", "vscodium", "code-server", "cursor", "windsurf"]
    }

    fn title(&self) -> &'static str {
        "VS Code"
    }

    fn programs(&self) -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = Vec::new();
        for build in BUILDS {
            let place =
                which::which(build.command).ok().or_else(|| elsewhere(build).into_iter().find(|it| it.is_file()));
            found.extend(place);
        }
        // One may be a link to another.
        let mut real: Vec<PathBuf> = Vec::new();
        found.retain(|path| {
            let path = path.canonicalize().unwrap_or_else(|_| path.clone());
            let new = !real.contains(&path);
            real.push(path);
            new
        });
        found
    }

    fn state(&self, request: &Request) -> Result<State> {
        if self.programs().is_empty() {
            return Ok(State::Absent);
        }
        let (editors, plan) = self.editors()?;
        let ours = env!("CARGO_PKG_VERSION");
        let mut version = ours;
        for (_, installed) in &editors {
            match installed.as_deref() {
                None => return Ok(State::Absent),
                Some(other) if other != ours => version = other,
                Some(_) => {}
            }
        }
        let version = version.to_owned();
        Ok(match install(&editors, plan, request) {
            Ok(plan) => State::of(Some(version), &plan),
            // Nothing newer can be had here.
            Err(_) if version == ours => State::Current(version),
            Err(_) => State::Behind(version),
        })
    }

    fn install(&self, request: &Request) -> Result<Plan> {
        let (editors, plan) = self.editors()?;
        install(&editors, plan, request)
    }

    fn undo(&self, _: &Request) -> Result<Plan> {
        let (editors, mut plan) = self.editors()?;
        for (program, installed) in editors {
            if installed.is_some() {
                let args = vec![OsString::from("--uninstall-extension"), EXTENSION.into()];
                plan.steps.push(Step::Run { program, args, folder: None });
            }
        }
        Ok(plan)
    }

    fn next(&self) -> &'static str {
        "open a Lua script and type redis.call(' in it; where a window is open, reload it first"
    }

    fn takes_vsix(&self) -> bool {
        true
    }
}

impl VsCode {
    /// The editors that answer, with the version of the extension that they have.
    fn editors(&self) -> Result<(Vec<Found>, Plan)> {
        let (mut editors, mut plan) = (Vec::new(), Plan::default());
        let programs = self.programs();
        if programs.is_empty() {
            bail!(
                "no VS Code is on the PATH (looked for {}): in VS Code run the command “Shell Command: Install 'code' command \
                 in PATH”, or install the .vsix from its Extensions view",
                BUILDS.iter().map(|build| build.command).collect::<Vec<_>>().join(", ")
            );
        }
        let only = programs.len() == 1;
        for program in programs {
            match installed(&program) {
                Ok(version) => editors.push((program, version)),
                Err(error) if only => return Err(error),
                Err(error) => plan.notices.push(format!("left out: {error:#}")),
            }
        }
        Ok((editors, plan))
    }
}

/// An editor's program, and the version of the extension that it has.
type Found = (PathBuf, Option<String>);

fn install(editors: &[Found], mut plan: Plan, request: &Request) -> Result<Plan> {
    let source = Source::find(request.vsix.as_deref())?;
    let mut missing: Vec<&Path> = Vec::new();
    for (program, installed) in editors {
        match &source {
            Source::Ready(packed) if has(program, installed.as_deref(), packed, &mut plan)? => {
                plan.steps.push(Step::Fine { what: format!("{EXTENSION} {} in {}", packed.version, shown(program)) });
            }
            _ => missing.push(program),
        }
    }
    if missing.is_empty() {
        return Ok(plan);
    }
    let vsix = match source {
        Source::Ready(packed) => {
            let carries = packed.carries_server();
            if let (Program::At(program), true) = (&request.program, request.named || !carries) {
                let program = serde_json::Value::from(program.to_string_lossy());
                let starts =
                    if carries { "the server that it carries" } else { "the redlua of the PATH or of ~/.cargo/bin" };
                plan.notices.push(format!(
                    "the extension starts {starts}; for another put \"redlua.server.path\": {program} into its settings"
                ));
            }
            packed.path
        }
        Source::Clone { folder, stale } => packed::pack(&mut plan, &folder, stale.as_deref(), request)?,
    };
    for program in missing {
        let args = vec![OsString::from("--install-extension"), vsix.clone().into_os_string(), "--force".into()];
        plan.steps.push(Step::Run { program: program.to_path_buf(), args, folder: None });
    }
    Ok(plan)
}

/// True if an editor has exactly this build of the extension. The version is not enough: those who follow the repository
/// have many builds of one version.
fn has(program: &Path, installed: Option<&str>, packed: &Packed, plan: &mut Plan) -> Result<bool> {
    if installed != Some(&packed.version) {
        return Ok(false);
    }
    let folder = located(program);
    if folder.is_none() {
        plan.notices.push(format!(
            "{} has {EXTENSION} {} but does not say where, so it is left as it is; for another build of it run --undo first",
            shown(program),
            packed.version
        ));
    }
    folder.map_or(Ok(true), |folder| packed.is_unpacked_in(&folder))
}

/// Folder of the extension, if the editor reports it: the option is not in `--help`.
fn located(program: &Path) -> Option<PathBuf> {
    // In the terminal of a remote window `code` knows fewer options, and takes a call without one that it knows as the
    // wish for a new window (seen in the `server-cli` of 1.139).
    if std::env::var_os("VSCODE_IPC_HOOK_CLI").is_some() {
        return None;
    }
    let output = Command::new(program).args(["--locate-extension", EXTENSION]).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    // Warnings may stand before it.
    text.lines().rev().map(|line| PathBuf::from(line.trim())).find(|path| path.is_absolute() && path.is_dir())
}

/// Folders where installers put a build without adding it to PATH.
fn elsewhere(build: &Build) -> Vec<PathBuf> {
    let mut places = Vec::new();
    if cfg!(target_os = "macos") && !build.bundle.is_empty() {
        let home = etcetera::home_dir().unwrap_or_default();
        for applications in [PathBuf::from("/Applications"), home.join("Applications")] {
            let bin = applications.join(format!("{}.app", build.bundle)).join("Contents/Resources/app/bin");
            // VSCodium's command is called as its bundle or as VS Code's, by its version.
            places.extend([build.command, "code"].map(|name| bin.join(name)));
        }
    }
    if cfg!(windows) && !build.windows.is_empty() {
        let local = std::env::var_os("LOCALAPPDATA").map(|folder| PathBuf::from(folder).join("Programs"));
        let all = std::env::var_os("ProgramFiles").map(PathBuf::from);
        for folder in local.into_iter().chain(all) {
            places.push(folder.join(build.windows).join(format!("{}.cmd", build.command)));
        }
    }
    places
}

/// The version of the extension that an editor has.
fn installed(program: &Path) -> Result<Option<String>> {
    let args = ["--list-extensions", "--show-versions"].map(OsString::from);
    let line = command_line(program, &args);
    let output = Command::new(program)
        .args(&args)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("`{line}` does not start"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
        bail!("`{line}` failed: {}", said[said.len().saturating_sub(3)..].join(" "));
    }
    Ok(version_in(&String::from_utf8_lossy(&output.stdout)))
}

/// Our version in a list of extensions.
fn version_in(list: &str) -> Option<String> {
    let entry = list.lines().filter_map(|line| line.trim().split_once('@'));
    entry.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(EXTENSION)).map(|(_, version)| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_version_in_a_list() {
        assert_eq!(version_in("a.b@1.0.0\nredlua.redlua@0.1.0\n").as_deref(), Some("0.1.0"));
        assert_eq!(version_in("Redlua.redlua@0.2.0\r\n").as_deref(), Some("0.2.0"));
        assert_eq!(version_in("redlua.redlua-more@0.1.0\n"), None);
        assert_eq!(version_in("Extensions installed on WSL:\n"), None);
    }
}
