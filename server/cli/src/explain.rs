//! `redlua explain`.

use std::{io::Write as _, process::ExitCode};

use anyhow::{Result, bail};
use ide::explain;
use linter::{Options, Rule, groups::Group, registry};

use crate::{
    args::Explain,
    terminal::{width, wrap},
};

pub(crate) fn run(args: &Explain) -> Result<ExitCode> {
    let mut out = anstream::stdout();
    let name = args.name.join(" ");
    if name.is_empty() {
        write!(out, "{}", list(width()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let targets = Options::default().targets;
    let Some(page) = explain::named(&name, &targets) else { bail!("{}", explain::unknown(&name, &targets)) };
    write!(out, "{}", terminal(&page.markdown, width()))?;
    Ok(ExitCode::SUCCESS)
}

/// The rules under the headings of their groups.
fn list(width: Option<usize>) -> String {
    let longest = linter::RULES.iter().map(|rule| rule.code.len()).max().unwrap_or(0);
    // What a rule finds stands beside its name, or below it where there is little room.
    let is_narrow = width.is_some_and(|width| width < longest + 60);
    let mut out = String::new();
    for &group in Group::ALL {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&format!("\u{1b}[1m{}\u{1b}[0m\n", group.title()));
        registry::of_group(group).for_each(|rule| out.push_str(&row(rule, longest, width, is_narrow)));
    }
    out
}

fn row(rule: &Rule, longest: usize, width: Option<usize>, is_narrow: bool) -> String {
    let head = format!("  {:longest$}  {:7}  ", rule.code, rule.level.as_str());
    if is_narrow {
        return format!("{}\n{}", head.trim_end(), wrap(&rule.summary(), width, "      ", "      "));
    }
    wrap(&rule.summary(), width, &head, &" ".repeat(head.len()))
}

/// A page for a terminal: headings are bold, paragraphs fill its width, fences are left out.
fn terminal(markdown: &str, width: Option<usize>) -> String {
    let (mut out, mut in_block) = (String::new(), false);
    let mut paragraph = String::new();
    let flush = |paragraph: &mut String, out: &mut String| {
        if !paragraph.is_empty() {
            let rest = if paragraph.starts_with("- ") { "    " } else { "  " };
            out.push_str(&wrap(paragraph, width, "  ", rest));
            paragraph.clear();
        }
    };
    for line in markdown.lines() {
        let is_fence = line.starts_with("```");
        let heading = line.strip_prefix("# ").or_else(|| line.strip_prefix("## ")).filter(|_| !in_block);
        // Lines of tables and items begin anew; other lines go on.
        let is_own = in_block || is_fence || line.is_empty() || heading.is_some() || line.starts_with(['|', '-']);
        if is_own || width.is_none() {
            flush(&mut paragraph, &mut out);
        }
        match heading {
            _ if is_fence => in_block = !in_block,
            Some(heading) => out.push_str(&format!("\u{1b}[1m{heading}\u{1b}[0m\n")),
            None if line.is_empty() => out.push('\n'),
            None if in_block => out.push_str(&format!("    {line}\n")),
            None if line.starts_with('|') => out.push_str(&format!("  {}\n", line.replace("**", ""))),
            None => {
                if !paragraph.is_empty() {
                    paragraph.push(' ');
                }
                paragraph.push_str(&line.trim_end().replace("**", ""));
            }
        }
    }
    flush(&mut paragraph, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_fits_the_terminal() {
        for width in [40, 80, 100] {
            let text = list(Some(width));
            let longest =
                text.lines().map(|line| line.replace("\u{1b}[1m", "").replace("\u{1b}[0m", "").chars().count()).max();
            assert!(longest.is_some_and(|longest| longest <= width), "{width}: {longest:?}");
        }
        assert_eq!(list(None).lines().filter(|line| line.starts_with("  ")).count(), linter::RULES.len());
    }

    #[test]
    fn pages_fill_the_width_and_keep_their_code() {
        let page = "# x\n\none two\nthree **four**\n\n- item one\n  more\n- two\n\n```lua\nlocal   a = 1\n```\n";
        assert_eq!(
            terminal(page, Some(16)),
            "\u{1b}[1mx\u{1b}[0m\n\n  one two three\n  four\n\n  - item one\n    more\n  - two\n\n    local   a = 1\n"
        );
        assert!(terminal(page, None).contains("  one two\n  three four\n"), "{}", terminal(page, None));
    }
}
