//! The settings of a folder: its `redlua.toml`, or the nearest above it.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use config::{Config, table::EXCLUDED_FOLDERS};
use globset::{Glob, GlobSet, GlobSetBuilder};
use semantic::normalise;
use text::{LineCol, LineIndex};

use crate::relative;

/// Settings for the files of a folder.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The configuration.
    pub config: Config,
    /// The folder of the configuration; patterns and folders in it are relative to this.
    pub root: PathBuf,
    /// The configuration's file, if there is one.
    pub file: Option<PathBuf>,
    /// Files that are scripts whatever is in them.
    pub include: GlobSet,
    /// Files that are left alone.
    pub exclude: GlobSet,
    /// Files that are not searched for scripts in strings.
    pub host_exclude: GlobSet,
    /// Problems in the file; the rest of it counts.
    pub problems: Vec<Problem>,
}

/// A problem in a `redlua.toml`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Start of the range.
    pub start: LineCol,
    /// End of the range.
    pub end: LineCol,
    /// Message, in one sentence.
    pub message: String,
    /// The text that is most likely meant instead.
    pub meant: Option<String>,
}

impl Settings {
    /// The settings for `folder`: of `file`, or of the nearest `redlua.toml`, or the default ones.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read.
    pub fn load(folder: &Path, file: Option<&Path>) -> std::io::Result<Self> {
        let mut settings = Self { root: folder.to_path_buf(), ..Self::default() };
        match file.map(Path::to_path_buf).or_else(|| nearest(folder)) {
            Some(file) => {
                settings.parse(&String::from_utf8_lossy(&std::fs::read(&file)?));
                settings.root = file.parent().unwrap_or(folder).to_path_buf();
                settings.file = Some(file);
            }
            None => settings.root = project(folder).unwrap_or_else(|| folder.to_path_buf()),
        }
        Ok(settings)
    }

    /// Takes the configuration from the text of a `redlua.toml`.
    pub fn parse(&mut self, text: &str) {
        let (config, problems) = Config::parse(text);
        let index = LineIndex::new(text.as_bytes());
        let place = |at: usize| index.line_col(text.as_bytes(), at as u32);
        self.problems = problems
            .into_iter()
            .map(|it| Problem {
                start: place(it.range.start),
                end: place(it.range.end),
                message: it.message,
                meant: it.meant,
            })
            .collect();
        self.include = self.patterns(&config.include, text, &index);
        self.exclude = self.patterns(&config.exclude, text, &index);
        self.host_exclude = self.patterns(&config.hosts.exclude, text, &index);
        self.config = config;
    }

    /// The files that a program puts before a file to make one script, in order. Empty except for the last of a list under
    /// `[includes] join`.
    pub fn joined_before(&self, path: &Path) -> Vec<PathBuf> {
        let full = |file: &PathBuf| normalise(&self.root.join(file));
        let list = self.config.joins.iter().find(|list| list.last().is_some_and(|last| full(last) == path));
        list.map_or_else(Vec::new, |list| list[..list.len() - 1].iter().map(full).collect())
    }

    /// True if a file that was found below `searched` is left alone. The folders that are excluded by default are searched
    /// when they are named themselves, and files in them are taken that an `include` pattern names.
    pub fn is_excluded(&self, path: &Path, searched: &Path) -> bool {
        let relative = relative(path, &self.root);
        if self.exclude.is_match(relative) {
            return true;
        }
        let folder = path.strip_prefix(searched).ok().and_then(Path::parent);
        self.config.default_exclude
            && folder.is_some_and(|folder| folder.iter().any(is_excluded_name))
            && !self.include.is_match(relative)
    }

    /// True if the search leaves out a folder with all that is in it.
    pub fn skips_folder(&self, name: &OsStr) -> bool {
        // A pattern may name files in it.
        self.config.default_exclude && self.config.include.is_empty() && is_excluded_name(name)
    }

    fn patterns(&mut self, list: &[String], text: &str, index: &LineIndex) -> GlobSet {
        let mut set = GlobSetBuilder::new();
        for pattern in list {
            match Glob::new(pattern) {
                Ok(glob) => {
                    set.add(glob);
                }
                Err(error) => {
                    let at = text.find(pattern.as_str()).unwrap_or(0);
                    let place = |at: usize| index.line_col(text.as_bytes(), at as u32);
                    self.problems.push(Problem {
                        start: place(at),
                        end: place(at + pattern.len()),
                        message: format!("the pattern \"{pattern}\" is not valid: {}", error.kind()),
                        meant: None,
                    });
                }
            }
        }
        set.build().unwrap_or_default()
    }
}

fn is_excluded_name(name: &OsStr) -> bool {
    EXCLUDED_FOLDERS.iter().any(|excluded| name == *excluded)
}

/// The folder of the project that holds a folder: the repository's, else the package's, else the one above.
pub(crate) fn project(folder: &Path) -> Option<PathBuf> {
    const PACKAGES: [&str; 8] =
        ["package.json", "Cargo.toml", "pyproject.toml", "setup.py", "go.mod", "Gemfile", "composer.json", "pom.xml"];
    let has = |folder: &Path, names: &[&str]| names.iter().any(|name| folder.join(name).exists());
    let repository = folder.ancestors().find(|folder| has(folder, &[".git"]));
    let package = || folder.ancestors().find(|folder| has(folder, &PACKAGES));
    repository.or_else(package).or_else(|| folder.parent()).map(Path::to_path_buf)
}

/// The nearest `redlua.toml` in a folder or above it.
pub fn nearest(from: &Path) -> Option<PathBuf> {
    from.ancestors().map(|folder| folder.join("redlua.toml")).find(|file| file.is_file())
}
