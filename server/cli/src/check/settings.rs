//! The settings of a check: `redlua.toml`, overridden by the command line.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use workspace::Settings;

use crate::{args::Check, notice};

/// Loads the settings for the paths of a check, and reports the problems of the file.
pub(crate) fn load(args: &Check) -> Result<Settings> {
    let here = std::env::current_dir().context("the current folder cannot be read")?;
    let file = args.config.as_ref().map(|path| here.join(path));
    let folder = start(args, &here);
    let mut settings = Settings::load(&folder, file.as_deref()).with_context(|| {
        let file = file.clone().or_else(|| workspace::nearest(&folder)).unwrap_or_default();
        format!("{} cannot be read", file.display())
    })?;
    if let Some(file) = &settings.file {
        let path = file.strip_prefix(&here).unwrap_or(file).display();
        for problem in &settings.problems {
            notice::error(&format!("{path}:{}:{}: {}", problem.start.line, problem.start.column, problem.message));
        }
    }
    let options = &mut settings.config.options;
    if !args.target.is_empty() {
        options.targets = args.target.iter().flat_map(|some| some.0.iter().copied()).collect();
        options.has_target = true;
        options.targets.sort();
        options.targets.dedup();
    }
    for code in &args.allow {
        if linter::registry::rule(code).is_none() {
            match linter::registry::suggest(code) {
                Some(meant) => bail!("--allow: there is no rule `{code}`: did you mean `{meant}`?"),
                None => bail!("--allow: there is no rule `{code}`: `redlua explain` lists them"),
            }
        }
        options.levels.insert(code.clone(), None);
    }
    options.judge = Some(engine::judge::refusal);
    options.cluster |= args.cluster;
    Ok(settings)
}

/// The folder where the search for `redlua.toml` starts: that of the first path.
fn start(args: &Check, here: &Path) -> PathBuf {
    let first = args.paths.first().filter(|path| path.as_os_str() != "-");
    let path = first.map_or_else(|| here.to_path_buf(), |path| here.join(path));
    let path = path.canonicalize().unwrap_or(path);
    if path.is_dir() { path } else { path.parent().unwrap_or(here).to_path_buf() }
}
