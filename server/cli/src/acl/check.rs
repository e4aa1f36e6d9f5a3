//! What a user lacks, by ACL DRYRUN of the server.

use commands::{CommandSpec, Target, spec::Begin};
use protocol::Reply;
use remote::{Connection, Error};

use super::grant::Grant;

/// Sentences on what a user may not do of what scripts need; none if the server is older than 7.0.
pub(super) fn lacking(connection: &mut Connection, user: &str, grant: &Grant) -> Result<Option<Vec<String>>, Error> {
    if !connection.identity().is_some_and(|it| it.since(7, 0)) {
        return Ok(None);
    }
    let target = connection.identity().and_then(remote::Identity::target).unwrap_or(Target::DEFAULT);
    let mut found = Vec::new();
    let keys: Vec<String> = grant.elements.iter().map(|it| instance(it)).collect();
    for entry in &grant.entries {
        let what = if entry.starts_with("fcall") { "f" } else { "return 1" };
        if keys.is_empty() {
            dry_run(connection, user, &[entry, what, "0"], &mut found)?;
        }
        for key in &keys {
            dry_run(connection, user, &[entry, what, "1", key], &mut found)?;
        }
    }
    for (name, spec) in &grant.commands {
        let patterns = grant.uses.iter().filter(|(command, _)| command == name).map(|(_, pattern)| instance(pattern));
        let mut instances: Vec<String> = patterns.collect();
        if instances.is_empty() {
            instances.push("x".to_owned());
        }
        for key in &instances {
            let words = call(spec, target, key);
            dry_run(connection, user, &words.iter().map(String::as_str).collect::<Vec<_>>(), &mut found)?;
        }
    }
    found.dedup();
    Ok(Some(found))
}

/// A key that fits a pattern.
fn instance(pattern: &str) -> String {
    let mut out = String::new();
    let mut all = pattern.chars();
    while let Some(it) = all.next() {
        match it {
            '*' => out.push('x'),
            '\\' => out.extend(all.next()),
            it => out.push(it),
        }
    }
    out
}

/// The shortest call of a command that has one key.
fn call(spec: &CommandSpec, target: Target, key: &str) -> Vec<String> {
    let mut words: Vec<String> = spec.name.split(' ').map(str::to_owned).collect();
    let least = usize::from(spec.arity(target).unwrap_or(2).unsigned_abs());
    words.resize(words.len().max(least), "1".to_owned());
    if matches!(spec.name, "PUBLISH" | "SPUBLISH")
        && let Some(channel) = words.get_mut(1)
    {
        key.clone_into(channel);
    }
    let specs = spec.facts(target.family).map_or(&[][..], |facts| facts.keys);
    for keys in specs {
        if let Begin::Index(at) = keys.begin
            && let Ok(at) = usize::try_from(at)
            && let Some(word) = words.get_mut(at)
            && !spec.name.contains(' ')
        {
            key.clone_into(word);
        }
    }
    words
}

/// Asks whether a user may do something; what else is wrong with the call is left aside.
fn dry_run(connection: &mut Connection, user: &str, words: &[&str], found: &mut Vec<String>) -> Result<(), Error> {
    let all: Vec<&str> = ["ACL", "DRYRUN", user].into_iter().chain(words.iter().copied()).collect();
    match connection.call(&all)? {
        // `User app has no permissions to run the 'set' command`, `… to access the 'k' key`
        Reply::Bulk(text) => {
            let text = String::from_utf8_lossy(&text).into_owned();
            if text.contains("permission") && !found.contains(&text) {
                found.push(text);
            }
            Ok(())
        }
        Reply::Error(text) if memchr::memmem::find(&text, b"not found").is_some() => {
            let told = format!("there is no user {user}");
            if !found.contains(&told) {
                found.push(told);
            }
            Ok(())
        }
        Reply::Error(text) if text.starts_with(b"NOPERM") => Err(connection.refused(&text, "ACL DRYRUN")),
        _ => Ok(()),
    }
}
