//! `redlua setup`: makes redlua work in an editor, and takes it out again.
//!
//! An editor, one file each, says what is to change (`Plan`). Here that is shown, asked for and done. A new editor is a
//! file with an `Editor`, and a line in the list.

mod block;
mod emacs;
mod embedded;
mod helix;
mod help_tags;
mod kate;
mod neovim;
mod plan;
mod record;
mod vim;
mod vscode;

use std::{
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result, bail};
use clap::builder::PossibleValue;

use self::plan::{Plan, shown};
use crate::{args::Setup, notice};

/// The editors, in the order of the overview.
const EDITORS: &[&dyn Editor] =
    &[&vscode::VsCode, &neovim::Neovim, &helix::Helix, &emacs::Emacs, &vim::Vim, &kate::Kate];

/// An editor that redlua can be set up in.
trait Editor: Sync {
    /// What it is called on the command line.
    fn name(&self) -> &'static str;
    /// Other names that the command line takes: those of its programs.
    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }
    /// What people call it.
    fn title(&self) -> &'static str;
    /// Its programs on this machine.
    fn programs(&self) -> Vec<PathBuf>;
    /// What redlua is in it at the moment.
    fn state(&self, request: &Request) -> Result<State>;
    /// What has to change for redlua to work in it.
    fn install(&self, request: &Request) -> Result<Plan>;
    /// What has to change for it to be as it was.
    fn undo(&self, request: &Request) -> Result<Plan>;
    /// What to do to see that it works.
    fn next(&self) -> &'static str;
    /// Whether it takes a `.vsix`.
    fn takes_vsix(&self) -> bool {
        false
    }
}

/// What the user asked for.
struct Request {
    /// The program that the editor shall start.
    program: Program,
    /// Whether it was named.
    named: bool,
    /// A packed extension.
    vsix: Option<PathBuf>,
}

/// The `redlua` that an editor shall start.
#[derive(Debug, PartialEq, Eq)]
enum Program {
    /// Whichever is on the PATH.
    OnPath,
    /// This one.
    At(PathBuf),
}

/// What redlua is in an editor.
enum State {
    Absent,
    /// This version is there, and nothing is to be done.
    Current(String),
    /// This version is there, and something is to be done.
    Behind(String),
}

impl State {
    fn of(version: Option<String>, plan: &Plan) -> Self {
        match version {
            None => Self::Absent,
            Some(version) if plan.is_nothing() => Self::Current(version),
            Some(version) => Self::Behind(version),
        }
    }
}

/// The names of the editors, for the command line; their programs' names are taken too.
pub(crate) fn names() -> Vec<PossibleValue> {
    EDITORS.iter().map(|editor| PossibleValue::new(editor.name()).aliases(editor.aliases())).collect()
}

/// The editor with a name or alias.
fn editor(name: &str) -> Option<&'static dyn Editor> {
    EDITORS.iter().copied().find(|editor| editor.name() == name || editor.aliases().contains(&name))
}

pub(crate) fn run(args: &Setup) -> Result<ExitCode> {
    let request =
        Request { program: program(args.with.as_deref())?, named: args.with.is_some(), vsix: args.vsix.clone() };
    let Some(editor) = args.editor.as_deref().and_then(editor) else {
        return overview(&request);
    };
    if args.vsix.is_some() && !editor.takes_vsix() {
        bail!("--vsix is for VS Code; {} has no use for it", editor.title());
    }
    let plan = if args.undo { editor.undo(&request)? } else { editor.install(&request)? };
    let title = editor.title();
    let mut out = anstream::stdout();
    if plan.is_nothing() {
        let so = if args.undo { format!("redlua is not in {title}") } else { format!("redlua is set up in {title}") };
        writeln!(out, "nothing to do: {so}")?;
        tell(&mut out, &plan)?;
        return Ok(ExitCode::SUCCESS);
    }
    match (&request.program, args.undo) {
        (_, true) => writeln!(out, "\u{1b}[1m{title}\u{1b}[0m, without redlua:\n")?,
        // An extension carries its program.
        _ if editor.takes_vsix() => writeln!(out, "\u{1b}[1m{title}\u{1b}[0m:\n")?,
        (Program::OnPath, false) => {
            writeln!(out, "\u{1b}[1m{title}\u{1b}[0m, with the program `redlua` of the PATH:\n")?
        }
        (Program::At(path), false) => writeln!(out, "\u{1b}[1m{title}\u{1b}[0m, with the program {}:\n", shown(path))?,
    }
    write!(out, "{}", plan.text())?;
    writeln!(out)?;
    tell(&mut out, &plan)?;
    if args.dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    if !args.yes {
        if !io::stdin().is_terminal() {
            bail!("nothing was changed, for there is no terminal to ask on: pass --yes to have it done");
        }
        if !asked()? {
            writeln!(out, "nothing was changed")?;
            return Ok(ExitCode::from(1));
        }
    }
    plan.apply()?;
    match args.undo {
        true => writeln!(out, "done: redlua is out of {title}")?,
        false => writeln!(out, "done: {}", editor.next())?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Says what the user should know, behind what was written so far.
fn tell(out: &mut impl io::Write, plan: &Plan) -> Result<()> {
    out.flush()?;
    plan.notices.iter().for_each(|text| notice::warning(text));
    Ok(())
}

fn asked() -> Result<bool> {
    let mut out = anstream::stderr();
    write!(out, "Do it? [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).context("the answer cannot be read")?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Which editors are here, and what redlua is in them.
fn overview(request: &Request) -> Result<ExitCode> {
    let mut out = anstream::stdout();
    let width = EDITORS.iter().map(|editor| editor.title().len()).max().unwrap_or(0);
    for editor in EDITORS {
        let programs = editor.programs();
        let here = match programs.as_slice() {
            [] => "not on this machine".to_owned(),
            some => some.iter().map(|path| shown(path)).collect::<Vec<_>>().join(", "),
        };
        let command = format!("redlua setup {}", editor.name());
        let state = match editor.state(request) {
            Ok(State::Current(version)) => format!("set up (\u{1b}[32m{version}\u{1b}[0m)"),
            Ok(State::Behind(version)) => {
                format!("set up ({version}), \u{1b}[33mto be brought up to date\u{1b}[0m: {command}")
            }
            Ok(State::Absent) if programs.is_empty() => "not set up".to_owned(),
            Ok(State::Absent) => format!("not set up: {command}"),
            Err(error) => format!("\u{1b}[31m{error:#}\u{1b}[0m"),
        };
        writeln!(out, "\u{1b}[1m{:width$}\u{1b}[0m  {here}\n{:width$}  {state}", editor.title(), "")?;
    }
    writeln!(
        out,
        "\n`redlua setup EDITOR` shows what it would change and asks; --dry-run only shows, --undo takes it out again."
    )?;
    Ok(ExitCode::SUCCESS)
}

/// The program that editors are to start: the one that runs now, by its plain name where that finds it.
fn program(with: Option<&Path>) -> Result<Program> {
    let Some(with) = with else {
        let here = std::env::current_exe().context("where this program is cannot be told: pass --with")?;
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        return Ok(match which::which("redlua") {
            Ok(found) if real(&found) == real(&here) => Program::OnPath,
            _ => Program::At(here),
        });
    };
    if with == Path::new("redlua") {
        return Ok(Program::OnPath);
    }
    let found = which::which(with).with_context(|| format!("--with {}: there is no such program", with.display()))?;
    Ok(Program::At(std::path::absolute(found)?))
}

/// The user's home, which must be known: nothing may be put anywhere else instead.
fn home() -> Result<PathBuf> {
    match etcetera::home_dir() {
        Ok(home) if home.is_absolute() => Ok(home),
        _ => bail!("the home folder is not known: set HOME to an absolute path"),
    }
}
