//! Scripts typed into a client that asks at every letter and takes the first match on Enter, as editors do by default: the text is
//! what was typed. The editors themselves type the same scripts in `editors/vscode/test/typing.test.ts` and `tests/editors`.

use std::{fs, path::Path, sync::Arc};

use ide::{
    File, Project,
    completion::{Completion, TRIGGER_CHARACTERS, Trigger, completions},
};
use linter::Options;
use semantic::{Linked, Script};
use tests::root;

fn project(name: &str, text: &str) -> Project {
    let mut linked = vec![Linked {
        path: name.to_owned(),
        script: Script::new(text.as_bytes().into(), Some(name)),
        targets: Vec::new(),
    }];
    semantic::link(&mut linked);
    let file = linked.remove(0);
    let is_script = !ide::is_transcript(name) && file.script.is_redis_lua();
    Project::new(vec![Arc::new(File::new(file.path, file.script, is_script, Arc::new(Options::default())))], Vec::new())
}

/// A list of completions that is open.
struct List {
    start: usize,
    items: Vec<Completion>,
}

impl List {
    fn ask(name: &str, text: &str, trigger: Trigger) -> Option<Self> {
        let found = completions(&project(name, text), 0, text.len() as u32, trigger);
        (!found.items.is_empty()).then_some(Self { start: found.range.start as usize, items: found.items })
    }

    /// The items that what is typed leaves, as an editor filters them.
    fn matching(&self, typed: &str) -> Vec<&Completion> {
        let is_match = |item: &&Completion| {
            let filter = item.filter.as_deref().unwrap_or(&item.label).to_lowercase();
            let mut rest = filter.char_indices();
            let mut wanted = typed.chars().flat_map(char::to_lowercase);
            let Some(first) = wanted.next() else { return true };
            // The first letter begins a word; the others follow in their order.
            let begins = |at: usize| !filter[..at].ends_with(char::is_alphanumeric);
            rest.any(|(at, c)| c == first && begins(at)) && wanted.all(|letter| rest.any(|(_, c)| c == letter))
        };
        self.items.iter().filter(is_match).collect()
    }

    /// The text that Enter or Tab would write in the place of what is typed.
    fn accepted(&self, text: &str) -> Option<&str> {
        let typed = &text[self.start..];
        let matching = self.matching(typed);
        // Editors prefer an equal item, and taking that changes nothing.
        let is_equal = |item: &&Completion| !item.is_snippet && item.insert == typed;
        if matching.iter().any(is_equal) { None } else { Some(&matching.first()?.insert) }
    }
}

#[test]
fn enter_and_tab_take_nothing_that_was_not_asked_for() {
    let mut scripts = 0;
    let mut wrong = Vec::new();
    for entry in fs::read_dir(Path::new(root()).join("tests/editors/typed")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let script = fs::read_to_string(&path).unwrap();
        scripts += 1;
        let mut open: Option<List> = None;
        let mut text = String::new();
        for c in script.chars() {
            if matches!(c, '\n' | '\t')
                && let Some(accepted) = open.take().and_then(|list| list.accepted(&text).map(str::to_owned))
            {
                let line = text.lines().last().unwrap_or_default();
                wrong.push(format!("{name}: {line} → {accepted}"));
            }
            text.push(c);
            open = open.filter(|list| !list.matching(&text[list.start..]).is_empty());
            if TRIGGER_CHARACTERS.iter().any(|it| it.starts_with(c)) {
                open = List::ask(&name, &text, Trigger::Character).or(open);
            } else if open.is_none() && c.is_alphabetic() {
                open = List::ask(&name, &text, Trigger::Invoked);
            }
        }
    }
    assert!(scripts >= 10, "{scripts} scripts");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
