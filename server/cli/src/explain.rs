//! `redlua explain`.

use std::{io::Write as _, process::ExitCode};

use anyhow::{Result, bail};
use ide::explain;
use linter::Options;

use crate::args::Explain;

pub(crate) fn run(args: &Explain) -> Result<ExitCode> {
    let mut out = anstream::stdout();
    let name = args.name.join(" ");
    if name.is_empty() {
        let width = linter::RULES.iter().map(|rule| rule.code.len()).max().unwrap_or(0);
        for rule in linter::RULES {
            writeln!(out, "{:width$}  {:7}  {}", rule.code, rule.level.as_str(), rule.summary())?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let targets = Options::default().targets;
    let Some(page) = explain::named(&name, &targets) else { bail!("{}", explain::unknown(&name, &targets)) };
    write!(out, "{}", terminal(&page.markdown))?;
    Ok(ExitCode::SUCCESS)
}

/// A page for a terminal: headings are bold, the text is indented, fences are left out.
fn terminal(markdown: &str) -> String {
    let (mut out, mut in_block) = (String::new(), false);
    for line in markdown.lines() {
        if line.starts_with("```") {
            in_block = !in_block;
            continue;
        }
        let heading = line.strip_prefix("# ").or_else(|| line.strip_prefix("## ")).filter(|_| !in_block);
        match heading {
            Some(heading) => out.push_str(&format!("\u{1b}[1m{heading}\u{1b}[0m\n")),
            None if line.is_empty() => out.push('\n'),
            None if in_block => out.push_str(&format!("    {line}\n")),
            None => out.push_str(&format!("  {}\n", line.trim_end().replace("**", ""))),
        }
    }
    out
}
