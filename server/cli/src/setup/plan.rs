//! Planned changes: a list that can be shown before it is applied.

use std::{
    ffi::OsString,
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};

/// Changes for an editor, in order, and notices for the user.
#[derive(Default, Debug)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    pub(crate) notices: Vec<String>,
}

/// One change.
#[derive(Debug)]
pub(crate) enum Step {
    /// Writes a file.
    Write {
        path: PathBuf,
        /// Current content; none if there is no file.
        before: Option<Vec<u8>>,
        after: Vec<u8>,
        /// True if the file is, or may be, the user's, who then wants to see the changes in it.
        users: bool,
    },
    /// Removes a file.
    Remove { path: PathBuf },
    /// Removes a folder if it is empty.
    RemoveFolder { path: PathBuf },
    /// Runs a program.
    Run { program: PathBuf, args: Vec<OsString>, folder: Option<PathBuf> },
    /// No change is needed.
    Fine { what: String },
}

impl Step {
    /// A file of ours gets a content.
    pub(crate) fn write(path: PathBuf, after: Vec<u8>) -> Result<Self> {
        Ok(Self::Write { before: read(&path)?, path, after, users: false })
    }

    /// True if nothing needs to be done.
    fn is_fine(&self) -> bool {
        match self {
            Self::Write { before, after, .. } => before.as_ref() == Some(after),
            Self::Fine { .. } => true,
            Self::Remove { .. } | Self::RemoveFolder { .. } | Self::Run { .. } => false,
        }
    }

    /// A word for the step, its colour, and the object of the step.
    fn line(&self) -> (&'static str, &'static str, String) {
        let green = "\u{1b}[32m";
        let yellow = "\u{1b}[33m";
        let red = "\u{1b}[31m";
        let dim = "\u{1b}[2m";
        match self {
            Self::Write { path, .. } if self.is_fine() => ("unchanged", dim, shown(path)),
            Self::Write { path, before: None, .. } => ("create", green, shown(path)),
            Self::Write { path, .. } => ("update", yellow, shown(path)),
            Self::Remove { path } => ("remove", red, shown(path)),
            Self::RemoveFolder { path } => {
                ("remove", red, format!("{} (the folder, if it is empty then)", shown(path)))
            }
            Self::Run { program, args, folder } => {
                let place = folder.as_ref().map_or(String::new(), |folder| format!(" (in {})", shown(folder)));
                ("run", green, format!("{}{place}", command_line(program, args)))
            }
            Self::Fine { what } => ("unchanged", dim, what.clone()),
        }
    }
}

impl Plan {
    /// True if nothing needs to be done.
    pub(crate) fn is_nothing(&self) -> bool {
        self.steps.iter().all(Step::is_fine)
    }

    /// Number of changes.
    pub(crate) fn changes(&self) -> usize {
        self.steps.iter().filter(|step| !step.is_fine()).count()
    }

    /// The plan for a terminal.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        for step in &self.steps {
            let (word, colour, what) = step.line();
            writeln!(out, "  {colour}{word:9}\u{1b}[0m  {what}").ok();
            if let Step::Write { before, after, users: true, .. } = step
                && !step.is_fine()
            {
                out.push_str(&diff(before.as_deref().unwrap_or_default(), after));
            }
        }
        out
    }

    /// Does it. A file is replaced whole or not at all.
    pub(crate) fn apply(&self) -> Result<()> {
        let all = self.changes();
        for (done, step) in self.steps.iter().filter(|step| !step.is_fine()).enumerate() {
            apply(step).with_context(|| match done {
                0 => "nothing was changed".to_owned(),
                _ => format!("{done} of {all} changes were made, and the same command goes on from there"),
            })?;
        }
        Ok(())
    }
}

fn apply(step: &Step) -> Result<()> {
    match step {
        Step::Write { path, before, after, .. } => {
            if read(path)? != *before {
                bail!("{} was changed by somebody else meanwhile: try again", shown(path));
            }
            write(path, after).map_err(|error| refused(path, "written", &error))
        }
        Step::Remove { path } => {
            let path = through_links(path);
            fs::remove_file(&path).or_else(gone_already).map_err(|error| refused(&path, "removed", &error))
        }
        Step::RemoveFolder { path } => match fs::remove_dir(path).or_else(gone_already) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
            other => other.map_err(|error| refused(path, "removed", &error)),
        },
        Step::Run { program, args, folder } => {
            let mut command = Command::new(program);
            command.args(args).stdin(Stdio::null());
            if let Some(folder) = folder {
                command.current_dir(folder);
            }
            let line = command_line(program, args);
            let status = command.status().with_context(|| format!("`{line}` does not start"))?;
            if !status.success() {
                bail!("`{line}` failed ({status}); what it said stands above");
            }
            Ok(())
        }
        Step::Fine { .. } => Ok(()),
    }
}

fn gone_already(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// Reads a file; none if it does not exist.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(refused(path, "read", &error)),
    }
}

/// The file that is meant: many keep their configuration elsewhere and have links to it, which must stay links.
fn through_links(path: &Path) -> PathBuf {
    let mut path = path.to_path_buf();
    // As many links as Linux follows.
    for _ in 0..40 {
        match fs::read_link(&path) {
            Ok(target) => path = path.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => break,
        }
    }
    path
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = through_links(path);
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".redlua-");
    let permissions = fs::metadata(&path).ok().map(|it| it.permissions());
    if permissions.as_ref().is_some_and(fs::Permissions::readonly) {
        // It could be replaced, but who took the right away did not want that.
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    #[cfg(unix)]
    if permissions.is_none() {
        use std::os::unix::fs::PermissionsExt as _;
        // What any program gives a new file; the user's mask is taken off.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}

/// An error of the file system, with what can be done.
fn refused(path: &Path, what: &str, error: &io::Error) -> anyhow::Error {
    let advice = match error.kind() {
        io::ErrorKind::PermissionDenied => ": give yourself the right to, or ask whoever it belongs to",
        io::ErrorKind::ReadOnlyFilesystem => ": if a tool makes your configuration, let that tool make the change",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ": make room and try again",
        io::ErrorKind::NotADirectory => ": something above it is a file and should be a folder",
        _ => "",
    };
    anyhow::anyhow!("{} cannot be {what} ({error}){advice}", shown(path))
}

/// A path as people write it.
pub(crate) fn shown(path: &Path) -> String {
    if let Ok(home) = etcetera::home_dir()
        && home.parent().is_some()
        && let Ok(rest) = path.strip_prefix(home)
        && !rest.as_os_str().is_empty()
    {
        return format!("~{}{}", std::path::MAIN_SEPARATOR, rest.display());
    }
    path.display().to_string()
}

/// A command as one would type it.
pub(crate) fn command_line(program: &Path, args: &[OsString]) -> String {
    let mut out = quoted(&shown(program));
    for arg in args {
        out.push(' ');
        out.push_str(&quoted(&arg.to_string_lossy()));
    }
    out
}

fn quoted(word: &str) -> String {
    if word.is_empty() || word.contains(|c: char| c.is_whitespace() || "'\"$&|;<>()*?".contains(c)) {
        format!("'{word}'")
    } else {
        word.to_owned()
    }
}

/// Difference of two texts, for a terminal.
fn diff(before: &[u8], after: &[u8]) -> String {
    let (before, after) = (String::from_utf8_lossy(before), String::from_utf8_lossy(after));
    let diff = similar::TextDiff::from_lines(before.as_ref(), after.as_ref());
    let mut out = String::new();
    for line in diff.unified_diff().context_radius(2).to_string().lines() {
        let colour = match line.as_bytes().first() {
            Some(b'+') => "\u{1b}[32m",
            Some(b'-') => "\u{1b}[31m",
            Some(b'@') => "\u{1b}[36m",
            _ => "\u{1b}[2m",
        };
        writeln!(out, "             {colour}{}\u{1b}[0m", line.trim_end_matches('\r')).ok();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_has_what_changes_and_little_else() {
        let text = diff(b"a\nb\nc\nd\ne\n", b"a\nb\nc\nd\ne\nf\n");
        assert!(text.contains("+f") && text.contains(" d") && !text.contains(" b"), "{text}");
    }

    #[test]
    fn a_command_can_be_typed_again() {
        let args = ["--install-extension".into(), "a b.vsix".into()];
        assert_eq!(command_line(Path::new("code"), &args), "code --install-extension 'a b.vsix'");
    }

    #[test]
    fn a_plan_of_files_that_are_right_is_nothing() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("deep/er/file");
        let mut plan = Plan::default();
        plan.steps.push(Step::write(path.clone(), b"x".to_vec())?);
        assert_eq!((plan.is_nothing(), plan.changes()), (false, 1));
        plan.apply()?;
        assert_eq!(fs::read(&path)?, b"x");
        let mut plan = Plan::default();
        plan.steps.push(Step::write(path, b"x".to_vec())?);
        assert!(plan.is_nothing());
        Ok(())
    }

    #[test]
    fn a_file_that_changes_behind_our_back_is_not_overwritten() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("file");
        let mut plan = Plan::default();
        plan.steps.push(Step::write(path.clone(), b"ours".to_vec())?);
        fs::write(&path, "theirs")?;
        assert!(plan.apply().is_err_and(|error| format!("{error:#}").contains("meanwhile")));
        assert_eq!(fs::read(&path)?, b"theirs");
        Ok(())
    }
}
