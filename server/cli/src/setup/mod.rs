//! `redlua setup`: installs redlua in an editor, and removes it again.
//!
//! Each editor has a file, which makes a `Plan` of changes. This module shows the plan, asks for consent and applies it. A
//! new editor is a file with an `Editor`, and a line in the list.

mod block;
mod editor;
pub(crate) mod editors;
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
    path::Path,
    process::ExitCode,
};

use anyhow::{Context as _, Result, bail};

use self::{
    editor::{Program, Request, State},
    editors::{EDITORS, editor},
    plan::{Plan, shown},
};
use crate::{args::Setup, notice};

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

/// Prints the plan's notices, after the output so far.
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

/// Prints the editors on this machine, and the state of redlua in each.
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
