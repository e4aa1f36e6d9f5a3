//! Emacs: a package in the folder of packages, which Emacs activates by itself.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};

use super::{
    editor::{Editor, Program, Request, State, home},
    embedded,
    plan::{Plan, Step, shown},
    record::Files,
};

pub(crate) struct Emacs;

/// The package's folder below that of all packages. Emacs takes name and version from it.
const FOLDER: &str = concat!("redlua-", env!("CARGO_PKG_VERSION"));
/// Files that Emacs generates for the package.
const GENERATED: &[&str] = &["redlua-autoloads.el", "redlua.elc"];
/// The oldest version that the package is for.
const OLDEST: u32 = 30;

impl Editor for Emacs {
    fn name(&self) -> &'static str {
        "emacs"
    }

    fn title(&self) -> &'static str {
        "Emacs"
    }

    fn programs(&self) -> Vec<PathBuf> {
        which::which("emacs").into_iter().collect()
    }

    fn state(&self, request: &Request) -> Result<State> {
        let Some(program) = self.programs().into_iter().next() else { return Ok(State::Absent) };
        let packages = Told::by(&program)?.packages;
        let mut version = None;
        for root in ours(&packages) {
            version = files(root, None)?.version()?.or(version);
        }
        Ok(State::of(version, &self.install(request)?))
    }

    fn install(&self, request: &Request) -> Result<Plan> {
        let program = self.program()?;
        let told = Told::by(&program)?;
        let mut plan = Plan::default();
        if told.version < OLDEST {
            plan.notices.push(format!("this is Emacs {}; the package needs {OLDEST} or later", told.version));
        }
        let root = told.packages.join(FOLDER);
        for other in ours(&told.packages).into_iter().filter(|it| *it != root) {
            files(other, None)?.undo(&mut plan)?;
        }
        files(root.clone(), Some(&request.program))?.install(&mut plan)?;
        // What it makes is of the source that is there then.
        let is_made = GENERATED.iter().all(|name| root.join(name).is_file());
        if !plan.is_nothing() || !is_made {
            let form = format!(
                "(progn (require 'package) (package-generate-autoloads \"redlua\" {0}) \
                 (byte-compile-file (expand-file-name \"redlua.el\" {0})))",
                lisp_string(&root)?
            );
            plan.steps.push(Step::Run { program, args: batch(&form), folder: None });
        }
        Ok(plan)
    }

    fn undo(&self, _: &Request) -> Result<Plan> {
        let mut plan = Plan::default();
        for root in ours(&Told::by(&self.program()?)?.packages) {
            files(root, None)?.undo(&mut plan)?;
        }
        Ok(plan)
    }

    fn next(&self) -> &'static str {
        "open a Lua script and type C-c C-c, or redis.call('HG and C-M-i; where Emacs is open, start it anew first"
    }
}

impl Emacs {
    fn program(&self) -> Result<PathBuf> {
        let Some(program) = self.programs().into_iter().next() else {
            bail!("emacs is not on the PATH, and only it knows where its packages are");
        };
        Ok(program)
    }
}

/// Answers of Emacs about itself.
struct Told {
    version: u32,
    /// Folder of its packages.
    packages: PathBuf,
}

impl Told {
    fn by(program: &Path) -> Result<Self> {
        let form = "(progn (require 'package) (princ (format \"%d\\n%s\" emacs-major-version package-user-dir)))";
        let output = Command::new(program)
            .args(batch(form))
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("{} does not start", shown(program)))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let told = text.trim().split_once('\n').and_then(|(version, packages)| {
            let packages = match packages.strip_prefix("~/") {
                Some(rest) => home().ok()?.join(rest),
                None => PathBuf::from(packages),
            };
            Some(Self { version: version.parse().ok()?, packages })
        });
        told.filter(|told| told.packages.is_absolute()).with_context(|| {
            format!(
                "{} does not say where its packages are: {}",
                shown(program),
                String::from_utf8_lossy(&output.stderr)
            )
        })
    }
}

fn batch(form: &str) -> Vec<OsString> {
    ["--batch", "--eval", form].map(OsString::from).to_vec()
}

/// The folders of our package that setup made, whatever their version.
fn ours(packages: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(packages)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("redlua-")))
        .filter(|path| path.join(super::record::NAME).is_file())
        .collect();
    found.sort();
    found
}

/// Files of the package's folder. Without a program, none are wanted.
fn files(root: PathBuf, program: Option<&Program>) -> Result<Files> {
    let mut wanted = BTreeMap::new();
    if let Some(program) = program {
        wanted.insert("redlua.el".to_owned(), source(program)?.into_bytes());
        let description = format!(
            ";;; Written by `redlua setup emacs\'.  -*- no-byte-compile: t -*-\n\
             (define-package \"redlua\" \"{}\" \"Lua scripts of Redis and Valkey\" \'((emacs \"{OLDEST}.1\")))\n",
            env!("CARGO_PKG_VERSION")
        );
        wanted.insert("redlua-pkg.el".to_owned(), description.into_bytes());
    }
    Ok(Files { root, own: "", wanted, generated: GENERATED })
}

/// The package's source, which starts the program.
fn source(program: &Program) -> Result<String> {
    let text = std::str::from_utf8(embedded::file("emacs/redlua.el"))?.replace("\r\n", "\n");
    let Program::At(path) = program else { return Ok(text) };
    let plain = "(defcustom redlua-command '(\"redlua\" \"lsp\")";
    if !text.contains(plain) {
        bail!("editors/emacs/redlua.el has no line `{plain}`");
    }
    Ok(text.replace(plain, &format!("(defcustom redlua-command '({} \"lsp\")", lisp_string(path)?)))
}

fn lisp_string(path: &Path) -> Result<String> {
    let text = path.to_str().with_context(|| format!("{} is no text, so Emacs cannot have it", path.display()))?;
    Ok(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_named_whatever_its_path() -> Result<()> {
        let text = source(&Program::At(r#"/opt/my "tools"\redlua"#.into()))?;
        assert!(text.contains(r#"(defcustom redlua-command '("/opt/my \"tools\"\\redlua" "lsp")"#), "{text}");
        assert!(source(&Program::OnPath)?.contains("'(\"redlua\" \"lsp\")"));
        Ok(())
    }

    #[test]
    fn the_package_has_the_version_of_the_program() -> Result<()> {
        let head = format!("\n;; Version: {}\n", env!("CARGO_PKG_VERSION"));
        assert!(source(&Program::OnPath)?.contains(&head));
        Ok(())
    }
}
