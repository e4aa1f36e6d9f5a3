//! Uses of the scripts of a file: whether calls that are known are all that is done with a script.

use std::{cell::OnceCell, collections::HashMap};

use text::TextRange;

use crate::{
    calls::Matched,
    constants,
    names::{Names, is_member},
    script_call::{Runs, ScriptCall},
    tokens::Tokens,
};

/// Steps from a script to the objects that are made of it.
const MAX_STEPS: u32 = 3;

/// Looks at what a file does with its scripts.
pub(crate) struct Uses<'a> {
    pub tokens: &'a Tokens<'a>,
    pub names: &'a Names<'a>,
    pub matches: &'a [Matched<'a>],
    pub calls: &'a [ScriptCall],
    /// The tokens that are a name, found when they are first asked for.
    pub mentions: OnceCell<HashMap<&'a [u8], Vec<usize>>>,
}

impl Uses<'_> {
    /// True if nothing but calls of `calls` runs a script, in this file or another: it stands in a call, or its name is one of the file's
    /// own and stands in calls alone.
    pub(crate) fn are_calls(&self, id: &str, range: TextRange, name: Option<TextRange>) -> bool {
        let calls: Vec<&ScriptCall> =
            self.calls.iter().filter(|it| matches!(&it.runs, Runs::Embedded(of) if of == id)).collect();
        match name {
            None => calls.iter().any(|it| it.what.contains_range(range)),
            Some(name) => {
                let all = &self.tokens.lexed.tokens;
                let at = all.binary_search_by_key(&name.start, |it| it.range.start);
                at.is_ok_and(|at| self.stands_in(&calls, at, 0))
            }
        }
    }

    /// True if a name that is declared at a token stands in calls alone, or in what makes an object of the script that does so.
    fn stands_in(&self, calls: &[&ScriptCall], declaration: usize, depth: u32) -> bool {
        let tokens = self.tokens;
        let text = tokens.text(declaration);
        if depth > MAX_STEPS || !self.is_own(declaration) {
            return false;
        }
        let is_accounted = |at: usize| {
            let range = tokens.range(at);
            calls.iter().any(|it| it.what.contains_range(range))
                || self.object_of(at).is_some_and(|object| self.stands_in(calls, object, depth + 1))
        };
        let all = self.mentions.get_or_init(|| tokens.mentions());
        all.get(text).into_iter().flatten().filter(|&&at| at != declaration).all(|&at| is_accounted(at))
    }

    /// The name of the script object that is made of the script with a name at a token.
    fn object_of(&self, at: usize) -> Option<usize> {
        let tokens = self.tokens;
        let made = self.matches.iter().find(|it| it.row.handle && it.name < at && at < it.end)?;
        let before = tokens.operand_start(made.name).checked_sub(1)?;
        let before =
            if tokens.is(before, "await") || tokens.is(before, "new") { before.checked_sub(1)? } else { before };
        tokens.is(before, "=").then(|| constants::assigned(tokens, before))?
    }

    /// True for a name that no other file can mean.
    fn is_own(&self, name: usize) -> bool {
        let tokens = self.tokens;
        let text = tokens.text(name);
        let is_member = is_member(tokens, name);
        let is_local = !is_member && self.names.scopes().functions_around(name).next().is_some();
        let first =
            (0..=name).rev().take_while(|&it| tokens.line_start(it) == tokens.line_start(name)).last().unwrap_or(name);
        let line_has = |word: &str| (first..name).any(|at| tokens.is(at, word));
        match tokens.language.name() {
            "Python" => is_local || text.starts_with(b"_"),
            "JavaScript" | "TypeScript" | "Vue or Svelte" => {
                let is_declared = ["const", "let", "var"].iter().any(|it| line_has(it));
                is_local && is_declared || is_declared && !is_member && !line_has("export") || line_has("private")
            }
            "Java" | "Kotlin" | "C#" => is_local || line_has("private"),
            "PHP" => is_local || line_has("private"),
            "Rust" => is_local || !is_member && !line_has("pub"),
            "Ruby" => {
                !is_member
                    && text.first().is_some_and(u8::is_ascii_lowercase)
                    && !(name > 0 && tokens.is(name - 1, "@"))
            }
            "Lua" => line_has("local"),
            _ => is_local,
        }
    }
}
