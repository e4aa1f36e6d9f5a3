//! Lists the files of `editors/`, and makes the parser that Helix wants, for `redlua setup` to carry them inside the program:
//! whoever has it needs no clone and no compiler.
#![allow(clippy::print_stdout, reason = "a build script speaks to Cargo that way")]

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

/// What is for people who read the repository.
const LEFT_OUT: &[&str] = &["README.md", "images", "test", "tests"];

fn main() -> Result<()> {
    let editors = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").context("no CARGO_MANIFEST_DIR")?)
        .join("../../editors")
        .canonicalize()
        .context("editors/ is not beside server/")?;
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-env=REDLUA_VERSION={}", version());
    println!("cargo:rerun-if-changed={}", editors.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(&editors)? {
        let folder = entry?.path();
        // A package of npm is built, not copied.
        if folder.is_dir() && !folder.join("package.json").exists() {
            walk(&folder, &mut files)?;
        }
    }
    files.sort();
    let mut list = String::from("&[\n");
    for file in &files {
        let name = file.strip_prefix(&editors)?.to_string_lossy().replace('\\', "/");
        writeln!(list, "    ({name:?}, include_bytes!({:?})),", file.to_string_lossy())?;
    }
    list.push(']');
    let out = PathBuf::from(std::env::var_os("OUT_DIR").context("no OUT_DIR")?);
    fs::write(out.join("editors.rs"), list)?;
    let parser = out.join("transcript-parser");
    if let Err(error) = transcript_parser(&editors.join("../grammars/tree-sitter-redis/src"), &parser) {
        // The program is good without; setup says that it has none.
        println!("cargo:warning=no parser of transcripts for Helix: {error:#}");
        fs::write(&parser, "")?;
    }
    Ok(())
}

/// The version, with the commit where this is a clone.
fn version() -> String {
    let git = |args: &[&str]| {
        let done = Command::new("git").args(args).output().ok().filter(|done| done.status.success())?;
        Some(String::from_utf8_lossy(&done.stdout).trim().to_owned())
    };
    // A source package may lie in somebody else's repository.
    let ours = git(&["rev-parse", "--show-toplevel"])
        .is_some_and(|root| Path::new(&root).join("server/cli/build.rs").exists());
    // Every commit and checkout is written there.
    if let Some(log) = git(&["rev-parse", "--path-format=absolute", "--git-path", "logs/HEAD"]).filter(|_| ours) {
        println!("cargo:rerun-if-changed={log}");
    }
    match git(&["show", "--no-patch", "--format=%h %cs", "HEAD"]).filter(|_| ours) {
        Some(commit) => format!("{} ({commit})", env!("CARGO_PKG_VERSION")),
        None => env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// Compiles the grammar of transcripts to a library that editors load.
fn transcript_parser(source: &Path, into: &Path) -> Result<()> {
    // To a name without an extension mingw's gcc adds `.exe`.
    let library = into.with_extension(if std::env::var_os("CARGO_CFG_WINDOWS").is_some() { "dll" } else { "so" });
    if library.exists() {
        fs::remove_file(&library)?;
    }
    let parser = source.join("parser.c").canonicalize().context("parser.c of grammars/tree-sitter-redis")?;
    println!("cargo:rerun-if-changed={}", parser.display());
    let compiler = cc::Build::new().opt_level(2).pic(true).debug(false).cargo_metadata(false).try_get_compiler()?;
    let mut command = compiler.to_command();
    command.arg(parser);
    if compiler.is_like_msvc() {
        // It leaves an object file in the folder that it runs in.
        command.current_dir(into.parent().context("no folder")?).arg("/I").arg(source).arg("/LD");
        command.arg(format!("/Fe:{}", library.display()));
    } else {
        command.arg("-I").arg(source).args(["-shared", "-o"]).arg(&library);
    }
    let done = command.output().with_context(|| format!("{} does not start", compiler.path().display()))?;
    ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr).trim());
    ensure!(library.is_file(), "{} made no library", compiler.path().display());
    fs::rename(library, into)?;
    Ok(())
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    // A folder's own date tells Cargo of files that come and go.
    println!("cargo:rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if LEFT_OUT.contains(&name.as_str()) || name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            walk(&path, files)?;
        } else {
            println!("cargo:rerun-if-changed={}", path.display());
            files.push(path);
        }
    }
    Ok(())
}
