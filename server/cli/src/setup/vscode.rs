//! VS Code and what is made of it: the packed extension, installed by the editor's own command.

use std::{
    ffi::OsString,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};

use super::{
    Editor, Program, Request, State,
    plan::{Plan, Step, command_line, shown},
};

pub(crate) struct VsCode;

/// The extension's name.
const EXTENSION: &str = "redlua.redlua";

/// The oldest Node that packs the extension.
const NODE: u32 = 22;

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

    fn state(&self, _: &Request) -> Result<State> {
        let ours = env!("CARGO_PKG_VERSION");
        let mut oldest: Option<String> = None;
        for program in self.programs() {
            match installed(&program)? {
                None => return Ok(State::Absent),
                Some(version) if version == ours => {}
                Some(version) => oldest = Some(version),
            }
        }
        Ok(match oldest {
            Some(version) => State::Behind(version),
            None if self.programs().is_empty() => State::Absent,
            None => State::Current(ours.to_owned()),
        })
    }

    fn install(&self, request: &Request) -> Result<Plan> {
        let (editors, mut plan) = self.editors()?;
        let source = source(request.vsix.as_deref())?;
        let version = match &source {
            Source::Ready { version, .. } | Source::Clone { version, .. } => version,
        };
        let missing: Vec<&Path> = editors
            .iter()
            .filter(|(_, installed)| installed.as_ref() != Some(version))
            .map(|(program, _)| program.as_path())
            .collect();
        for (program, _) in editors.iter().filter(|(_, installed)| installed.as_ref() == Some(version)) {
            plan.steps.push(Step::Fine { what: format!("{EXTENSION} {version} in {}", shown(program)) });
        }
        if missing.is_empty() {
            if request.vsix.is_some() {
                plan.notices.push(format!("{version} is there already; for another build of it run --undo first"));
            }
            return Ok(plan);
        }
        let vsix =
            match source {
                Source::Ready { path, carries, .. } => {
                    if request.vsix.is_none() && is_older(&path) {
                        plan.notices
                            .push(format!("{} is older than this program: remove it to have one packed", shown(&path)));
                    }
                    if let (Program::At(program), true) = (&request.program, request.named || !carries) {
                        let program = serde_json::Value::from(program.to_string_lossy());
                        plan.notices.push(format!(
                        "the extension starts {}; for another put \"redlua.server.path\": {program} into its settings",
                        if carries { "the server that it carries" } else { "the redlua of the PATH or of ~/.cargo/bin" }
                    ));
                    }
                    path
                }
                Source::Clone { folder, .. } => pack(&mut plan, &folder, request)?,
            };
        for program in missing {
            let args = vec![OsString::from("--install-extension"), vsix.clone().into_os_string(), "--force".into()];
            plan.steps.push(Step::Run { program: program.to_path_buf(), args, folder: None });
        }
        Ok(plan)
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

/// Where installers put a build without telling the PATH.
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

/// Where the extension comes from.
enum Source {
    /// It is packed. `carries`: with a server in it.
    Ready { path: PathBuf, version: String, carries: bool },
    /// This folder of a clone can pack it.
    Clone { folder: PathBuf, version: String },
}

fn source(named: Option<&Path>) -> Result<Source> {
    if let Some(path) = named {
        return ready(&std::path::absolute(path)?);
    }
    let here = std::env::current_exe().unwrap_or_default();
    let clone = clone(&here);
    let folders = here.parent().into_iter().chain(clone.as_deref());
    for folder in folders {
        for name in [packed(), "redlua-any.vsix".to_owned()] {
            let path = folder.join(name);
            if path.is_file() {
                return ready(&path);
            }
        }
    }
    let how = "cd editors/vscode && npm ci && npm run package";
    let Some(folder) = clone else {
        bail!("there is no packed extension: in a clone of redlua run `{how}`, then pass the file with --vsix");
    };
    let manifest: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("package.json"))?)?;
    let version = manifest["version"].as_str().unwrap_or_default().to_owned();
    Ok(Source::Clone { folder, version })
}

/// Whether a file is from before this program was built, so that what it carries may be old.
fn is_older(path: &Path) -> bool {
    let date = |path: &Path| path.metadata().and_then(|it| it.modified()).ok();
    let program = std::env::current_exe().ok().and_then(|program| date(&program));
    matches!((date(path), program), (Some(file), Some(program)) if file < program)
}

/// What `npm run package` calls its file on this machine.
fn packed() -> String {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let machine = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        "x86" => "ia32",
        other => other,
    };
    format!("redlua-{system}-{machine}.vsix")
}

/// `editors/vscode` of the clone that this program was built in: it lies there, or it remembers.
fn clone(program: &Path) -> Option<PathBuf> {
    let program = program.canonicalize().unwrap_or_else(|_| program.to_path_buf());
    let built = Path::new(env!("CARGO_MANIFEST_DIR"));
    program
        .ancestors()
        .chain(built.ancestors())
        .map(|folder| folder.join("editors").join("vscode"))
        .find(|folder| folder.join("package.json").is_file() && folder.join("scripts/package.mjs").is_file())
}

/// Plans that the extension is packed, and tells into which file.
fn pack(plan: &mut Plan, folder: &Path, request: &Request) -> Result<PathBuf> {
    let said = which::which("node").ok().and_then(|node| Command::new(node).arg("--version").output().ok());
    let said = said.map(|it| String::from_utf8_lossy(&it.stdout).trim().to_owned()).unwrap_or_default();
    let here = if said.is_empty() { "none is on the PATH".to_owned() } else { format!("here it is {said}") };
    let (Some(NODE..), Ok(npm)) = (major(&said), which::which("npm")) else {
        bail!(
            "the extension is not packed yet, and that takes npm and Node {NODE} or later ({here}). With these: \
             `cd {} && npm ci && npm run package`, then this again",
            folder.display()
        );
    };
    let vsix = folder.join(packed());
    let mut step = |args: &[&str], last: &[OsString]| {
        let args = args.iter().map(OsString::from).chain(last.iter().cloned()).collect();
        plan.steps.push(Step::Run { program: npm.clone(), args, folder: Some(folder.to_path_buf()) });
    };
    step(&["ci", "--no-audit", "--no-fund"], &[]);
    let mut more = vec![OsString::from("--out"), vsix.clone().into_os_string()];
    // A program that was built for use goes into the extension; else one is built, which takes minutes.
    match &request.program {
        Program::At(program) if request.named => more.extend(["--server".into(), program.clone().into_os_string()]),
        _ if !cfg!(debug_assertions) => more.extend(["--server".into(), std::env::current_exe()?.into_os_string()]),
        _ => {}
    }
    step(&["run", "package", "--"], &more);
    Ok(vsix)
}

/// `v24.1.0` is 24.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Looks into a packed extension.
fn ready(path: &Path) -> Result<Source> {
    let name = shown(path);
    let file = File::open(path).with_context(|| format!("{name} cannot be read"))?;
    let mut archive = zip::ZipArchive::new(file).with_context(|| format!("{name} is no .vsix"))?;
    let mut text = String::new();
    archive
        .by_name("extension/package.json")
        .map_err(anyhow::Error::from)
        .and_then(|entry| Ok(entry.take(1 << 20).read_to_string(&mut text)?))
        .with_context(|| format!("{name} is no extension of VS Code"))?;
    let manifest: serde_json::Value = serde_json::from_str(&text).with_context(|| format!("{name} is broken"))?;
    let field = |field: &str| manifest[field].as_str().unwrap_or_default().to_owned();
    let id = format!("{}.{}", field("publisher"), field("name"));
    if id != EXTENSION {
        bail!("{name} is the extension {id}, not {EXTENSION}");
    }
    let carries = archive.file_names().flatten().any(|entry| entry.starts_with("extension/server/"));
    Ok(Source::Ready { path: path.to_path_buf(), version: field("version"), carries })
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

    #[test]
    fn versions_of_node() {
        assert_eq!((major("v24.21.0"), major("v8"), major("")), (Some(24), Some(8), None));
    }

    #[test]
    fn the_clone_is_found() {
        assert!(clone(Path::new("/nowhere/redlua")).is_some_and(|folder| folder.ends_with("editors/vscode")));
    }
}
