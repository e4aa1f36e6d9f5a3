//! A home with nothing in it, and what is in it afterwards.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tests::{Run, redlua};

/// A home with nothing in it, and a PATH with nothing on it but what a test puts there.
pub(crate) struct Home {
    folder: tempfile::TempDir,
}

/// What is in a tree: files with their texts, folders and links.
pub(crate) type Tree = BTreeMap<PathBuf, String>;

pub(crate) fn ok<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}

impl Home {
    pub(crate) fn new() -> Self {
        let home = Self { folder: ok(tempfile::tempdir()) };
        ok(fs::create_dir_all(home.path("bin")));
        // What the scripts of tests call, and no editor that this machine may have.
        for tool in ["basename", "cat", "dirname", "mkdir", "rm", "script"] {
            let place =
                ["/usr/bin", "/bin"].map(|folder| Path::new(folder).join(tool)).into_iter().find(|it| it.exists());
            ok(symlink(place.unwrap_or_else(|| panic!("there is no {tool}")), home.path("bin").join(tool)));
        }
        // What Helix brings, for one language of the many.
        home.write("helix-runtime/queries/python/injections.scm", "; of Helix\n");
        home
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("home").join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        ok(fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))));
        ok(fs::write(path, text));
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A program on the PATH.
    pub(crate) fn program(&self, name: &str, text: &str) {
        self.write(&format!("bin/{name}"), text);
        ok(fs::set_permissions(self.path(&format!("bin/{name}")), fs::Permissions::from_mode(0o755)));
    }

    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("NO_COLOR", "1")
            .env("HOME", self.path(""))
            .env("PATH", self.path("bin"))
            .env("HELIX_RUNTIME", self.path("helix-runtime"))
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn setup(&self, args: &[&str]) -> Run {
        self.setup_with(Path::new(redlua().get_program()), args)
    }

    /// The same by another file that is the program.
    pub(crate) fn setup_with(&self, program: &Path, args: &[&str]) -> Run {
        let output = ok(self.command(program).arg("setup").args(args).output());
        Run {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The same, which must go well.
    pub(crate) fn fine(&self, args: &[&str]) -> Run {
        let done = self.setup(args);
        assert_eq!(done.status, 0, "{args:?}\n{}\n{}", done.stdout, done.stderr);
        done
    }

    pub(crate) fn tree(&self) -> Tree {
        let mut tree = Tree::new();
        walk(&self.path(""), &mut |path, what| {
            tree.insert(path.to_path_buf(), what);
        });
        tree
    }

    /// When each file was written, and which file it is.
    pub(crate) fn times(&self) -> BTreeMap<PathBuf, (i64, i64, u64)> {
        let mut times = BTreeMap::new();
        walk(&self.path(""), &mut |path, _| {
            let it = ok(fs::symlink_metadata(path));
            times.insert(path.to_path_buf(), (it.mtime(), it.mtime_nsec(), it.ino()));
        });
        times
    }
}

fn walk(folder: &Path, see: &mut impl FnMut(&Path, String)) {
    for entry in ok(fs::read_dir(folder)) {
        let path = ok(entry).path();
        if path.is_symlink() {
            see(&path, format!("→ {}", ok(fs::read_link(&path)).display()));
        } else if path.is_dir() {
            see(&path, "folder".to_owned());
            walk(&path, see);
        } else {
            let mode = ok(fs::metadata(&path)).permissions().mode() & 0o777;
            see(&path, format!("{mode:o} {}", String::from_utf8_lossy(&ok(fs::read(&path)))));
        }
    }
}
