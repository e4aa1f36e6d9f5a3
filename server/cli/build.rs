//! Lists the files of `editors/`, for `redlua setup` to carry them inside the program: whoever has it needs no clone.
#![allow(clippy::print_stdout, reason = "a build script speaks to Cargo that way")]

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

/// What is for people who read the repository.
const LEFT_OUT: &[&str] = &["README.md", "images", "test", "tests"];

fn main() -> Result<()> {
    let editors = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").context("no CARGO_MANIFEST_DIR")?)
        .join("../../editors")
        .canonicalize()
        .context("editors/ is not beside server/")?;
    println!("cargo:rerun-if-changed=build.rs");
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
