//! `languages.toml`: a block of ours, and redlua in the user's lists of servers.

use std::{collections::BTreeSet, path::Path};

use anyhow::{Context as _, Result, bail};

use super::{
    hosts::{self, Brought},
    names::{LANGUAGES, SERVER, language_name},
};
use crate::setup::{
    block::Marked,
    editor::Program,
    embedded,
    plan::{Plan, Step, read, shown},
    record::{Block, Hashes, Record},
};

/// The block, but for the languages of hosts.
fn base(program: &Program) -> Result<String> {
    let text = std::str::from_utf8(embedded::file("helix/languages.toml"))?.replace("\r\n", "\n");
    let Program::At(path) = program else { return Ok(text) };
    let path = path.to_str().with_context(|| format!("{} is no text, so Helix cannot have it", path.display()))?;
    let plain = "command = \"redlua\"";
    if !text.contains(plain) {
        bail!("editors/helix/languages.toml has no line `{plain}`");
    }
    Ok(text.replace(plain, &format!("command = {}", toml::Value::String(path.to_owned()))))
}

/// The block, where the user has lists for these languages.
fn content(program: &Program, brought: &Brought, listed: &BTreeSet<String>) -> Result<String> {
    Ok(base(program)? + &hosts::tables(brought, listed))
}

/// A change of `languages.toml`.
pub(super) struct Edit {
    pub(super) step: Option<Step>,
    pub(super) block: Block,
    pub(super) notice: Option<String>,
}

/// Plans the change of `languages.toml`.
pub(super) fn edit(path: &Path, program: &Program, brought: &Brought, old: Option<&Record>) -> Result<Edit> {
    let before = read(path)?;
    let text = as_text(path, before.as_deref())?;
    let marked = Marked::new(text, "#").with_context(|| shown(path))?;
    let known = old.and_then(|old| old.block.clone());
    let unended = match marked.inside {
        Some(_) => known.as_ref().is_some_and(|it| it.unended),
        None => marked.is_unended(),
    };
    let put = known.as_ref().map(|known| known.lists.clone()).unwrap_or_default();
    let others = marked.others(unended);
    let users = users(path, &others, &put)?;
    if let Some(name) = ours_in(&users) {
        bail!("{} has {name} already, outside of our marks: remove that, or keep it and do without setup", shown(path));
    }
    let joined = hosts::join(&others, &put)?;
    let content = content(program, brought, &joined.listed)?;
    if let (Some(inside), Some(known)) = (marked.inside, &known)
        && !known.hashes.has(unix(inside).as_bytes())
        && unix(inside) != content
    {
        let notice = format!("our part of {} was changed and stays as it is: remove it to get ours", shown(path));
        return Ok(Edit { step: None, block: known.clone(), notice: Some(notice) });
    }
    let block = Block {
        hashes: Hashes::new(content.as_bytes(), known.as_ref().map(|known| &known.hashes)),
        created: known
            .as_ref()
            .map_or(before.is_none(), |known| known.created && marked.inside.is_some() || before.is_none()),
        unended,
        lists: joined.put,
    };
    let changes = joined.changes.into_iter().map(|(range, new)| (marked.range(range), new)).collect();
    let after = Marked::new(&hosts::apply(text, changes), "#")?.with(&content, "#");
    let whole = toml::from_str::<toml::Table>(&after).with_context(|| {
        format!("{} would not be TOML any more with our part in it, so it stays as it is", shown(path))
    })?;
    same_but_ours(path, whole, &content, &block.lists, &users)?;
    let step = Step::Write { path: path.to_path_buf(), before, after: after.into_bytes(), users: true };
    Ok(Edit { step: Some(step), block, notice: None })
}

/// Plans that ours goes out of `languages.toml`, and the file with it if there was none before.
pub(super) fn take_out(
    plan: &mut Plan,
    path: &Path,
    program: &Program,
    brought: &Brought,
    old: Option<&Record>,
) -> Result<()> {
    let Some(before) = read(path)? else { return Ok(()) };
    let text = as_text(path, Some(&before))?;
    let marked = Marked::new(text, "#").with_context(|| shown(path))?;
    let known = old.and_then(|old| old.block.as_ref());
    let put = known.map(|known| known.lists.clone()).unwrap_or_default();
    let others = marked.others(known.is_some_and(|known| known.unended));
    let users = users(path, &others, &put)?;
    let changes = hosts::part(&others, &put)?;
    if marked.inside.is_none() && changes.is_empty() {
        return Ok(());
    }
    let wanted = || content(program, brought, &hosts::join(&others, &put)?.listed);
    if let Some(inside) = marked.inside
        && known.is_some_and(|known| !known.hashes.has(unix(inside).as_bytes()))
        && unix(inside) != wanted()?
    {
        plan.notices.push(format!("our part of {} was changed since and stays", shown(path)));
        return Ok(());
    }
    // When it is broken with ours and whole without, nothing is wrong with taking ours out.
    if let Ok(whole) = toml::from_str::<toml::Table>(text) {
        same_but_ours(path, whole, marked.inside.unwrap_or_default(), &put, &users)?;
    }
    let after = hosts::apply(&others, changes);
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

/// Settings of the user, without ours in the lists.
fn users(path: &Path, others: &str, put: &BTreeSet<String>) -> Result<toml::Table> {
    let parse = |text: &str| {
        toml::from_str(text).with_context(|| {
            format!("{} is broken, and Helix does not read it either: mend it first; nothing was changed", shown(path))
        })
    };
    parse(others)?;
    parse(&hosts::apply(others, hosts::part(others, put)?))
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

/// Fails unless our part changes only our own keys: keys behind it could become part of it.
fn same_but_ours(
    path: &Path,
    mut whole: toml::Table,
    content: &str,
    put: &BTreeSet<String>,
    users: &toml::Table,
) -> Result<()> {
    let ours = toml::from_str::<toml::Table>(content).unwrap_or_default();
    if let Some(servers) = whole.get_mut("language-server").and_then(toml::Value::as_table_mut) {
        servers.remove(SERVER);
        if servers.is_empty() && !users.contains_key("language-server") {
            whole.remove("language-server");
        }
    }
    if let Some(languages) = whole.get_mut("language").and_then(toml::Value::as_array_mut) {
        for language in ours.get("language").and_then(toml::Value::as_array).into_iter().flatten() {
            if let Some(at) = languages.iter().position(|it| it == language) {
                languages.remove(at);
            }
        }
        hosts::take_from(languages, put);
        if languages.is_empty() && !users.contains_key("language") {
            whole.remove("language");
        }
    }
    if whole != *users {
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
        let text = content(&Program::OnPath, &hosts::usual(), &BTreeSet::new())?;
        let table: toml::Table = toml::from_str(&text)?;
        let server = &table["language-server"]["redlua"];
        assert_eq!(server["command"].as_str(), Some("redlua"));
        assert_eq!(server["config"]["redlua"]["hosts"].as_bool(), Some(true));
        let names: Vec<&str> = table["language"].as_array().into_iter().flatten().filter_map(language_name).collect();
        assert!(names.starts_with(LANGUAGES) && names.contains(&"python"), "{names:?}");
        same_but_ours(Path::new("languages.toml"), table, &text, &BTreeSet::new(), &toml::Table::new())
    }

    #[test]
    fn a_program_is_named_whatever_its_path() -> Result<()> {
        for path in [r"C:\Program Files\redlua.exe", "/opt/it's \"here\"/redlua", "/a'''b\"\"\"/redlua"] {
            let table: toml::Table = toml::from_str(&base(&Program::At(path.into()))?)?;
            assert_eq!(table["language-server"]["redlua"]["command"].as_str(), Some(path));
        }
        Ok(())
    }
}
