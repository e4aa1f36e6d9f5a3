//! The packed extension: its place, its content, and how it is built.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use zip::ZipArchive;

use crate::setup::{
    editor::{Program, Request},
    plan::{Plan, Step, shown},
};

/// The extension's name.
pub(super) const EXTENSION: &str = "redlua.redlua";

/// The oldest Node that packs the extension.
const NODE: u32 = 22;

/// Command that packs it, in the extension's folder.
const HOW: &str = "npm ci && npm run package";

/// Source of the extension.
pub(super) enum Source {
    /// A packed extension.
    Ready(Packed),
    /// A folder of a clone that can pack it. `stale` is a packed file that is older than this program, so that its content may
    /// be out of date.
    Clone { folder: PathBuf, stale: Option<PathBuf> },
}

/// A packed extension.
pub(super) struct Packed {
    pub(super) path: PathBuf,
    pub(super) version: String,
    /// The files that the editor unpacks, by their names, with checksums.
    files: BTreeMap<String, u32>,
    manifest: serde_json::Value,
}

impl Source {
    /// Uses the file that the user names, else one beside the program, or the clone in which it was built.
    pub(super) fn find(named: Option<&Path>) -> Result<Self> {
        if let Some(path) = named {
            return Ok(Self::Ready(Packed::open(&std::path::absolute(path)?)?));
        }
        let here = std::env::current_exe().unwrap_or_default();
        let names = [file_name(), "redlua-any.vsix".to_owned()];
        let packed_in = |folder: &Path| names.iter().map(|name| folder.join(name)).find(|path| path.is_file());
        if let Some(path) = here.parent().and_then(packed_in) {
            return Ok(Self::Ready(Packed::open(&path)?));
        }
        let Some(folder) = clone(&here) else {
            bail!(
                "there is no packed extension: in a clone of redlua run `cd editors/vscode && {HOW}`, then pass the file with --vsix"
            );
        };
        match packed_in(&folder) {
            Some(path) if !is_older(&path, &here) => Ok(Self::Ready(Packed::open(&path)?)),
            stale => Ok(Self::Clone { folder, stale }),
        }
    }
}

/// True if a file is from before another one.
fn is_older(file: &Path, than: &Path) -> bool {
    let date = |path: &Path| path.metadata().and_then(|it| it.modified()).ok();
    matches!((date(file), date(than)), (Some(file), Some(than)) if file < than)
}

/// Name of the file that `npm run package` writes on this machine.
fn file_name() -> String {
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

/// `editors/vscode` of a clone: one that contains the program, else the one in which it was built.
fn clone(program: &Path) -> Option<PathBuf> {
    let program = program.canonicalize().unwrap_or_else(|_| program.to_path_buf());
    let built = Path::new(env!("CARGO_MANIFEST_DIR"));
    program
        .ancestors()
        .chain(built.ancestors())
        .map(|folder| folder.join("editors").join("vscode"))
        .find(|folder| folder.join("package.json").is_file() && folder.join("scripts/package.mjs").is_file())
}

/// Plans to pack the extension. Returns the path of the packed file.
pub(super) fn pack(plan: &mut Plan, folder: &Path, stale: Option<&Path>, request: &Request) -> Result<PathBuf> {
    let said = which::which("node").ok().and_then(|node| Command::new(node).arg("--version").output().ok());
    let said = said.map(|it| String::from_utf8_lossy(&it.stdout).trim().to_owned()).unwrap_or_default();
    let here = if said.is_empty() { "none is on the PATH".to_owned() } else { format!("here it is {said}") };
    let (Some(NODE..), Ok(npm)) = (major(&said), which::which("npm")) else {
        let why = match stale {
            Some(path) => format!("{} is older than this program (--vsix takes it all the same)", shown(path)),
            None => "the extension is not packed yet".to_owned(),
        };
        bail!(
            "{why}, and to pack it takes npm and Node {NODE} or later ({here}). With these: \
             `cd {} && {HOW}`, then this again",
            folder.display()
        );
    };
    let vsix = folder.join(file_name());
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

impl Packed {
    /// Looks into a file.
    fn open(path: &Path) -> Result<Self> {
        let name = shown(path);
        let file = File::open(path).with_context(|| format!("{name} cannot be read"))?;
        let mut archive = ZipArchive::new(file).with_context(|| format!("{name} is no .vsix"))?;
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
        let version = field("version");
        let mut files = BTreeMap::new();
        for index in 0..archive.len() {
            let entry = archive.by_index_raw(index).with_context(|| format!("{name} is broken"))?;
            if let Some(file) = entry.name()?.strip_prefix("extension/").filter(|_| entry.is_file()) {
                files.insert(file.to_owned(), entry.crc32());
            }
        }
        Ok(Self { path: path.to_path_buf(), version, files, manifest })
    }

    /// True if it has a server in it.
    pub(super) fn carries_server(&self) -> bool {
        self.files.keys().any(|name| name.starts_with("server/"))
    }

    /// True if an editor has unpacked this very build into a folder, and not another one of the same version.
    pub(super) fn is_unpacked_in(&self, folder: &Path) -> Result<bool> {
        let theirs = files_in(folder).with_context(|| format!("{} cannot be read", shown(folder)))?;
        if !theirs.keys().eq(self.files.keys()) {
            return Ok(false);
        }
        for (name, path) in &theirs {
            let same = match name.as_str() {
                MANIFEST => {
                    let manifest = fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
                    manifest.map(without_notes).as_ref() == Some(&self.manifest)
                }
                _ => self.files.get(name).copied() == Some(checksum(path)?),
            };
            if !same {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The extension's manifest. Editors rewrite it, with notes of their own.
const MANIFEST: &str = "package.json";

fn without_notes(mut manifest: serde_json::Value) -> serde_json::Value {
    if let Some(fields) = manifest.as_object_mut() {
        fields.remove("__metadata");
    }
    manifest
}

/// The files in a folder, by their names as a zip has them.
fn files_in(root: &Path) -> io::Result<BTreeMap<String, PathBuf>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![(String::new(), root.to_path_buf())];
    while let Some((prefix, folder)) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                folders.push((format!("{name}/"), entry.path()));
            } else if name != ".vsixmanifest" {
                found.insert(name, entry.path());
            }
        }
    }
    Ok(found)
}

/// The checksum that a zip has of a file.
fn checksum(path: &Path) -> Result<u32> {
    let mut file = File::open(path).with_context(|| format!("{} cannot be read", shown(path)))?;
    let mut hasher = crc32fast::Hasher::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.finalize()),
            read => hasher.update(buffer.get(..read).unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_node() {
        assert_eq!((major("v24.21.0"), major("v8"), major("")), (Some(24), Some(8), None));
    }

    #[test]
    fn the_clone_is_found() {
        assert!(clone(Path::new("/nowhere/redlua")).is_some_and(|folder| folder.ends_with("editors/vscode")));
    }
}
