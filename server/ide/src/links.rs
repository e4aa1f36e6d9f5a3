//! Links in a script: the files that it includes, and the pages of the commands that it calls.

use commands::{Family, bind::Role};
use text::TextRange;

use crate::{Project, at};

/// A link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// Range of the link.
    pub range: TextRange,
    /// Target of the link.
    pub target: Target,
    /// Tooltip of the link.
    pub tooltip: String,
}

/// Target of a link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// A file of the project.
    File(usize),
    /// A page on the web.
    Page(String),
}

/// The files that an include of a file pastes.
pub(crate) fn included(project: &Project, file: usize, nth: usize) -> Vec<usize> {
    project.included(file).get(nth).cloned().unwrap_or_default()
}

/// The links of a file.
pub fn links(project: &Project, file: usize) -> Vec<Link> {
    let it = &project.files[file];
    if !it.is_script {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (nth, include) in it.script.includes.iter().enumerate() {
        // A pattern names several files; its definitions list them.
        if let [one] = included(project, file, nth)[..] {
            found.push(Link {
                range: include.range,
                target: Target::File(one),
                tooltip: project.files[one].path.clone(),
            });
        }
    }
    for call in it.script.calls.iter().filter(|_| it.options.display.links) {
        let (Some(spec), Some(&first)) = (at::spec(call), call.words.first()) else { continue };
        if call.binding.roles.first() != Some(&Role::Command) {
            continue;
        }
        let range = it.script.tree()[first].range;
        // The word may be a local, or stand in the wrapper that this call goes through.
        let quoted = it.source().get(range.start as usize).is_some_and(|byte| matches!(byte, b'"' | b'\''));
        if quoted && range.len() > 2 && !found.iter().any(|link| link.range.start == range.start + 1) {
            found.push(Link {
                range: TextRange::new(range.start + 1, range.end - 1),
                target: Target::Page(page(spec.name, it.options.targets.last().map(|target| target.family))),
                tooltip: format!("{} on the web", spec.name),
            });
        }
    }
    found
}

/// The page of a command on its family's site.
pub fn page(name: &str, family: Option<Family>) -> String {
    let slug = name.to_ascii_lowercase().replace(' ', "-");
    match family {
        Some(Family::Valkey) => format!("https://valkey.io/commands/{slug}/"),
        _ => format!("https://redis.io/docs/latest/commands/{slug}/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::*;

    #[test]
    fn includes_and_commands_lead_somewhere() {
        let mut project =
            project("-- @include part.lua\nredis.call('xinfo', 'STREAM', KEYS[1])\n--- file: part.lua\nlocal x = 1");
        assert_eq!(links(&project, 0).len(), 1);
        let file = std::sync::Arc::get_mut(&mut project.files[0]).expect("one owner");
        std::sync::Arc::make_mut(&mut file.options).display.links = true;
        let links = links(&project, 0);
        assert_eq!(links.len(), 2);
        assert_eq!(links[0].target, Target::File(1));
        assert_eq!(links[1].target, Target::Page("https://redis.io/docs/latest/commands/xinfo-stream/".to_owned()));
        assert_eq!(project.files[0].text(links[1].range), "xinfo");
    }
}
