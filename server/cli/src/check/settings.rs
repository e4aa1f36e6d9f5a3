//! The settings of a check: `redlua.toml`, overridden by the command line.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use globset::{Glob, GlobSet, GlobSetBuilder};
use linter::config::Config;

use crate::{args::Check, notice};

/// What a check goes by.
pub(crate) struct Settings {
    /// The configuration with the command line's say.
    pub config: Config,
    /// The folder of the configuration; patterns and folders in it are relative to this.
    pub root: PathBuf,
    /// Files that are scripts whatever is in them.
    pub include: GlobSet,
    /// Files that are left alone.
    pub exclude: GlobSet,
    /// Whether the configuration has mistakes: the files are checked, and the exit status tells.
    pub broken: bool,
}

impl Settings {
    pub(crate) fn load(args: &Check) -> Result<Self> {
        let here = std::env::current_dir().context("the current folder cannot be read")?;
        let file = match &args.config {
            Some(path) => Some(here.join(path)),
            None => nearest(&start(args, &here)),
        };
        let mut broken = false;
        let mut config = Config::default();
        let mut root = start(args, &here);
        if let Some(file) = file {
            let bytes = std::fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
            let text = String::from_utf8_lossy(&bytes);
            let (read, problems) = Config::parse(&text);
            config = read;
            let index = text::LineIndex::new(text.as_bytes());
            for problem in problems {
                broken = true;
                let place = index.line_col(text.as_bytes(), problem.range.start as u32);
                let path = file.strip_prefix(&here).unwrap_or(&file).display();
                notice::error(&format!("{path}:{}:{}: {}", place.line, place.column, problem.message));
            }
            root = file.parent().unwrap_or(&here).to_path_buf();
        } else if let Some(project) = project(&root) {
            root = project;
        }
        if !args.target.is_empty() {
            config.options.targets = args.target.clone();
            config.options.targets.sort();
            config.options.targets.dedup();
        }
        config.options.cluster |= args.cluster;
        let include = patterns(&config.include, &mut broken);
        let exclude = patterns(&config.exclude, &mut broken);
        Ok(Self { config, root, include, exclude, broken })
    }
}

/// The folder where the search for `redlua.toml` starts: that of the first path.
fn start(args: &Check, here: &Path) -> PathBuf {
    let first = args.paths.first().filter(|path| path.as_os_str() != "-");
    let path = first.map_or_else(|| here.to_path_buf(), |path| here.join(path));
    let path = path.canonicalize().unwrap_or(path);
    if path.is_dir() { path } else { path.parent().unwrap_or(here).to_path_buf() }
}

/// The folder of the project that holds a folder: the repository's, else the package's, else the one above.
fn project(folder: &Path) -> Option<PathBuf> {
    const PACKAGES: [&str; 8] =
        ["package.json", "Cargo.toml", "pyproject.toml", "setup.py", "go.mod", "Gemfile", "composer.json", "pom.xml"];
    let has = |folder: &Path, names: &[&str]| names.iter().any(|name| folder.join(name).exists());
    let repository = folder.ancestors().find(|folder| has(folder, &[".git"]));
    let package = || folder.ancestors().find(|folder| has(folder, &PACKAGES));
    repository.or_else(package).or_else(|| folder.parent()).map(Path::to_path_buf)
}

fn nearest(from: &Path) -> Option<PathBuf> {
    from.ancestors().map(|folder| folder.join("redlua.toml")).find(|file| file.is_file())
}

fn patterns(list: &[String], broken: &mut bool) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for pattern in list {
        match Glob::new(pattern) {
            Ok(glob) => {
                set.add(glob);
            }
            Err(error) => {
                *broken = true;
                notice::error(&format!("redlua.toml: the pattern \"{pattern}\" is not valid: {}", error.kind()));
            }
        }
    }
    set.build().unwrap_or_default()
}
