//! `redlua explain`.

use std::{io::Write as _, process::ExitCode};

use anyhow::{Result, bail};
use linter::{FixKind, Rule, registry};

use crate::args::Explain;

pub(crate) fn run(args: &Explain) -> Result<ExitCode> {
    let mut out = anstream::stdout();
    let Some(code) = &args.rule else {
        let width = linter::RULES.iter().map(|rule| rule.code.len()).max().unwrap_or(0);
        for rule in linter::RULES {
            writeln!(out, "{:width$}  {:7}  {}", rule.code, rule.level.as_str(), rule.summary())?;
        }
        return Ok(ExitCode::SUCCESS);
    };
    let Some(rule) = registry::rule(code) else {
        match registry::suggest(code) {
            Some(meant) => bail!("there is no rule `{code}`: did you mean `{meant}`?"),
            None => bail!("there is no rule `{code}`: `redlua explain` lists them"),
        }
    };
    write!(out, "{}", text(rule))?;
    Ok(ExitCode::SUCCESS)
}

/// A rule's documentation for a terminal.
fn text(rule: &Rule) -> String {
    let mut out = format!("\u{1b}[1m{}\u{1b}[0m ({})\n\n", rule.code, rule.level);
    for line in rule.docs.lines() {
        let line = line.strip_prefix(' ').unwrap_or(line);
        match line.strip_prefix("## ") {
            Some(heading) => out.push_str(&format!("\u{1b}[1m{heading}\u{1b}[0m\n")),
            None if line.starts_with("```") => {}
            None => {
                out.push_str("  ");
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    match rule.fix {
        FixKind::None => {}
        FixKind::Offered => out.push_str("\nEditors offer to mend it.\n"),
        FixKind::Safe => out.push_str("\n`redlua check --fix` mends it where that is safe.\n"),
    }
    out.push_str(&format!(
        "\nTo switch it off: `-- redlua: allow({0})` in the script, or `{0} = \"allow\"` under [lints] in redlua.toml.\n",
        rule.code
    ));
    out
}
