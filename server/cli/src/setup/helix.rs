//! Helix: a marked block in `languages.toml`, and queries below `runtime/`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};
use etcetera::BaseStrategy as _;

use super::{
    block::{self, Marked},
    editor::{Editor, Program, Request, State, home},
    embedded,
    plan::{Plan, Step, read, shown},
    record::{Block, Files, Hashes, Record},
};

pub(crate) struct Helix;

/// The names that our block gives.
const SERVER: &str = "redlua";
const LANGUAGES: &[&str] = &["redis-lua", "redis-transcript", "redlua-settings"];

impl Editor for Helix {
    fn name(&self) -> &'static str {
        "helix"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["hx"]
    }

    fn title(&self) -> &'static str {
        "Helix"
    }

    fn programs(&self) -> Vec<PathBuf> {
        // Some distributions have it by its long name.
        ["hx", "helix"].iter().find_map(|name| which::which(name).ok()).into_iter().collect()
    }

    fn state(&self, request: &Request) -> Result<State> {
        Ok(State::of(files(BTreeMap::new())?.version()?, &self.install(request)?))
    }

    fn install(&self, request: &Request) -> Result<Plan> {
        let mut plan = Plan::default();
        if self.programs().is_empty() {
            plan.notices.push("hx is not on the PATH; the files go to where it will look".to_owned());
        }
        let old = files(BTreeMap::new())?.load()?;
        let (files, old) = with_hosts(&mut plan, old, &self.programs())?;
        let mut record = files.put(&mut plan, old.as_ref())?;
        let content = content(&request.program)?;
        let edit = edit(&files.root.join("languages.toml"), &content, old.as_ref())?;
        record.block = Some(edit.block);
        plan.notices.extend(edit.notice);
        files.save(&mut plan, record)?;
        plan.steps.extend(edit.step);
        Ok(plan)
    }

    fn undo(&self, request: &Request) -> Result<Plan> {
        let mut plan = Plan::default();
        let old = files(BTreeMap::new())?.load()?;
        let (files, old) = with_hosts(&mut plan, old, &self.programs())?;
        // Files of the user are no news to who wants ours away.
        plan.notices.clear();
        take_out(&mut plan, &files.root.join("languages.toml"), &content(&request.program)?, old.as_ref())?;
        files.take_out(&mut plan, old.as_ref())?;
        Ok(plan)
    }

    fn next(&self) -> &'static str {
        "open a Lua script and type redis.call('HG, or press Space a on it; after an update of Helix do this again"
    }
}

fn root() -> Result<PathBuf> {
    home()?;
    Ok(etcetera::choose_base_strategy().context("the home folder is not known")?.config_dir().join("helix"))
}

fn files(wanted: BTreeMap<String, Vec<u8>>) -> Result<Files> {
    Ok(Files { root: root()?, own: "runtime/queries/redis-lua", wanted, generated: &[] })
}

/// Our files, with the queries of the languages that scripts are in the strings of.
///
/// A file of ours hides the editor's, so ours has both. Without the editor's the language is left alone, and so it is when
/// the user has a file there.
fn with_hosts(plan: &mut Plan, mut old: Option<Record>, programs: &[PathBuf]) -> Result<(Files, Option<Record>)> {
    let root = root()?;
    let mark = format!("; # {}\n", block::BEGIN);
    let mut wanted: BTreeMap<String, Vec<u8>> =
        embedded::below("helix/runtime").map(|(path, bytes)| (format!("runtime/{path}"), bytes.to_vec())).collect();
    // As Helix names them, on macOS too.
    let parser = format!("runtime/grammars/redis-transcript.{}", if cfg!(windows) { "dll" } else { "so" });
    match embedded::TRANSCRIPT_PARSER {
        [] => plan.notices.push("this build of redlua has no parser of transcripts, so they get no colours".to_owned()),
        bytes => drop(wanted.insert(parser, bytes.to_vec())),
    }
    let runtimes = runtimes(programs.first().map(PathBuf::as_path), &root);
    let (mut hosts, mut found) = (0, 0);
    for (path, ours) in embedded::below("helix/hosts") {
        hosts += 1;
        let name = format!("runtime/queries/{path}");
        let there = read(&root.join(&name))?;
        if there.as_ref().is_some_and(|bytes| !bytes.starts_with(mark.as_bytes())) {
            plan.notices.push(format!("{} is yours and stays as it is", shown(&root.join(&name))));
            if let Some(old) = &mut old {
                old.files.remove(&name);
            }
            found += 1;
            continue;
        }
        let theirs = runtimes.iter().find_map(|folder| std::fs::read(folder.join("queries").join(path)).ok());
        if let Some(theirs) = theirs {
            found += 1;
            let mut text = mark.clone().into_bytes();
            text.extend(&theirs);
            text.extend(if theirs.ends_with(b"\n") { "\n".as_bytes() } else { "\n\n".as_bytes() });
            text.extend(ours);
            wanted.insert(name, text);
        } else if let (None, Some(bytes)) = (&old, there) {
            // From before there was a record.
            wanted.insert(name, bytes);
        }
    }
    if found == 0 && hosts > 0 {
        plan.notices.push(
            "Helix' own queries are not found, so scripts in the strings of other languages get no colours: \
             HELIX_RUNTIME may say where they are"
                .to_owned(),
        );
    }
    Ok((files(wanted)?, old))
}

/// The folders with what Helix brings.
fn runtimes(program: Option<&Path>, config: &Path) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    folders.extend(std::env::var_os("HELIX_RUNTIME").map(PathBuf::from));
    if let Some(program) = program {
        // It knows best, and says so in one of the first lines. A folder that it misses it makes, even for this: so it gets
        // one of its own, for a plan changes nothing.
        let said = tempfile::tempdir().and_then(|folder| {
            let mut command = Command::new(program);
            command.arg("--health").env("XDG_CONFIG_HOME", folder.path()).env("XDG_CACHE_HOME", folder.path());
            command.stdin(Stdio::null()).output()
        });
        let said = said.map(|it| String::from_utf8_lossy(&it.stdout).into_owned()).unwrap_or_default();
        let line = said.lines().find_map(|line| line.strip_prefix("Runtime directories: "));
        folders.extend(line.into_iter().flat_map(|line| line.split(';')).map(|it| PathBuf::from(it.trim())));
        let real = program.canonicalize().unwrap_or_else(|_| program.to_path_buf());
        folders.extend(real.parent().map(|folder| folder.join("runtime")));
    }
    folders.extend(
        [
            "/usr/lib/helix/runtime",
            "/usr/lib/hx/runtime",
            "/usr/share/helix/runtime",
            "/opt/homebrew/opt/helix/libexec/runtime",
            "/usr/local/opt/helix/libexec/runtime",
        ]
        .map(PathBuf::from),
    );
    folders.retain(|folder| *folder != config.join("runtime"));
    folders
}

/// The block for `languages.toml`.
fn content(program: &Program) -> Result<String> {
    let text = std::str::from_utf8(embedded::file("helix/languages.toml"))?.replace("\r\n", "\n");
    let Program::At(path) = program else { return Ok(text) };
    let path = path.to_str().with_context(|| format!("{} is no text, so Helix cannot have it", path.display()))?;
    let plain = "command = \"redlua\"";
    if !text.contains(plain) {
        bail!("editors/helix/languages.toml has no line `{plain}`");
    }
    Ok(text.replace(plain, &format!("command = {}", toml::Value::String(path.to_owned()))))
}

struct Edit {
    step: Option<Step>,
    block: Block,
    notice: Option<String>,
}

/// The change of `languages.toml`.
fn edit(path: &Path, content: &str, old: Option<&Record>) -> Result<Edit> {
    let before = read(path)?;
    let text = as_text(path, before.as_deref())?;
    let marked = Marked::new(text, "#").with_context(|| shown(path))?;
    let known = old.and_then(|old| old.block.clone());
    let block = Block {
        hashes: Hashes::new(content.as_bytes(), known.as_ref().map(|known| &known.hashes)),
        created: known
            .as_ref()
            .map_or(before.is_none(), |known| known.created && marked.inside.is_some() || before.is_none()),
        unended: if marked.inside.is_some() {
            known.as_ref().is_some_and(|it| it.unended)
        } else {
            marked.is_unended()
        },
    };
    let others = parse(path, &marked.others(block.unended))?;
    if let Some(name) = ours_in(&others) {
        bail!("{} has {name} already, outside of our marks: remove that, or keep it and do without setup", shown(path));
    }
    if let (Some(inside), Some(known)) = (marked.inside, &known)
        && !known.hashes.has(unix(inside).as_bytes())
        && unix(inside) != content
    {
        let notice = format!("our part of {} was changed and stays as it is: remove it to get ours", shown(path));
        return Ok(Edit { step: None, block: known.clone(), notice: Some(notice) });
    }
    let after = marked.with(content, "#");
    let whole = toml::from_str::<toml::Table>(&after).with_context(|| {
        format!("{} would not be TOML any more with our part in it, so it stays as it is", shown(path))
    })?;
    same_but_ours(path, whole, &others)?;
    let step = Step::Write { path: path.to_path_buf(), before, after: after.into_bytes(), users: true };
    Ok(Edit { step: Some(step), block, notice: None })
}

/// Plans that our part of `languages.toml` goes away, and the file with it if there was none before.
fn take_out(plan: &mut Plan, path: &Path, content: &str, old: Option<&Record>) -> Result<()> {
    let Some(before) = read(path)? else { return Ok(()) };
    let text = as_text(path, Some(&before))?;
    let marked = Marked::new(text, "#").with_context(|| shown(path))?;
    let Some(inside) = marked.inside else { return Ok(()) };
    let known = old.and_then(|old| old.block.as_ref());
    if known.is_some_and(|known| !known.hashes.has(unix(inside).as_bytes())) && unix(inside) != content {
        plan.notices.push(format!("our part of {} was changed since and stays", shown(path)));
        return Ok(());
    }
    let after = marked.others(known.is_some_and(|known| known.unended));
    let others = parse(path, &after)?;
    // When it is broken with ours and whole without, nothing is wrong with taking ours out.
    if let Ok(whole) = toml::from_str::<toml::Table>(text) {
        same_but_ours(path, whole, &others)?;
    }
    let step = if after.is_empty() && known.is_none_or(|known| known.created) {
        Step::Remove { path: path.to_path_buf() }
    } else {
        Step::Write { path: path.to_path_buf(), before: Some(before), after: after.into_bytes(), users: true }
    };
    plan.steps.push(step);
    Ok(())
}

fn as_text<'b>(path: &Path, bytes: Option<&'b [u8]>) -> Result<&'b str> {
    std::str::from_utf8(bytes.unwrap_or_default())
        .with_context(|| format!("{} is no UTF-8, so it is no TOML: mend it first; nothing was changed", shown(path)))
}

/// A text with the line ends that ours has.
fn unix(text: &str) -> String {
    text.replace("\r\n", "\n")
}

fn parse(path: &Path, text: &str) -> Result<toml::Table> {
    toml::from_str(text).with_context(|| {
        format!("{} is broken, and Helix does not read it either: mend it first; nothing was changed", shown(path))
    })
}

/// Finds a table of the file that uses one of our names, and returns its title.
fn ours_in(table: &toml::Table) -> Option<String> {
    if table.get("language-server").and_then(|it| it.get(SERVER)).is_some() {
        return Some(format!("[language-server.{SERVER}]"));
    }
    let languages = table.get("language").and_then(toml::Value::as_array)?;
    let name = languages.iter().filter_map(language_name).find(|name| LANGUAGES.contains(name))?;
    Some(format!("a [[language]] with the name \"{name}\""))
}

fn language_name(language: &toml::Value) -> Option<&str> {
    language.get("name")?.as_str()
}

/// Fails unless our part changes only our own keys: keys behind it could become part of it.
fn same_but_ours(path: &Path, mut whole: toml::Table, others: &toml::Table) -> Result<()> {
    if let Some(servers) = whole.get_mut("language-server").and_then(toml::Value::as_table_mut) {
        servers.remove(SERVER);
        if servers.is_empty() && !others.contains_key("language-server") {
            whole.remove("language-server");
        }
    }
    if let Some(languages) = whole.get_mut("language").and_then(toml::Value::as_array_mut) {
        languages.retain(|language| !language_name(language).is_some_and(|name| LANGUAGES.contains(&name)));
        if languages.is_empty() && !others.contains_key("language") {
            whole.remove("language");
        }
    }
    if whole != *others {
        bail!(
            "{}: what stands behind `# <<< redlua` belongs to the table above it, so our part cannot be changed or taken out \
             alone: move that above `# >>> redlua`; nothing was changed",
            shown(path)
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_is_what_helix_reads() -> Result<()> {
        let table: toml::Table = toml::from_str(&content(&Program::OnPath)?)?;
        assert_eq!(table["language-server"]["redlua"]["command"].as_str(), Some("redlua"));
        let names: Vec<&str> = table["language"].as_array().into_iter().flatten().filter_map(language_name).collect();
        assert_eq!(names, LANGUAGES);
        same_but_ours(Path::new("languages.toml"), table, &toml::Table::new())
    }

    #[test]
    fn a_program_is_named_whatever_its_path() -> Result<()> {
        for path in [r"C:\Program Files\redlua.exe", "/opt/it's \"here\"/redlua", "/a'''b\"\"\"/redlua"] {
            let table: toml::Table = toml::from_str(&content(&Program::At(path.into()))?)?;
            assert_eq!(table["language-server"]["redlua"]["command"].as_str(), Some(path));
        }
        Ok(())
    }
}
