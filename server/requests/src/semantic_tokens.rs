//! `textDocument/semanticTokens`: full, full/delta and range.

use std::{collections::HashMap, sync::Mutex};

use ls_types::{
    Range, SemanticToken, SemanticTokens, SemanticTokensDelta, SemanticTokensEdit, SemanticTokensFullDeltaResult,
    SemanticTokensRangeResult, SemanticTokensResult,
};
use text::TextRange;

use crate::snapshot::{View, key};

/// The last tokens that each file's client got, with their number.
#[derive(Default)]
pub struct Cache {
    last: HashMap<String, (String, Vec<SemanticToken>)>,
    next: u64,
}

/// Number of files whose tokens are kept.
const MOST_FILES: usize = 64;

impl Cache {
    fn keep(&mut self, name: String, tokens: Vec<SemanticToken>) -> String {
        if self.last.len() >= MOST_FILES && !self.last.contains_key(&name) {
            self.last.clear();
        }
        self.next += 1;
        let id = self.next.to_string();
        self.last.insert(name, (id.clone(), tokens));
        id
    }
}

fn tokens(view: View<'_>, range: TextRange) -> Vec<SemanticToken> {
    let mut last = ls_types::Position::default();
    ide::semantic_tokens::semantic_tokens(view.project(), view.at, range)
        .into_iter()
        .map(|token| {
            let place = view.out(token.range);
            let delta_line = place.start.line - last.line;
            let delta_start =
                if delta_line == 0 { place.start.character - last.character } else { place.start.character };
            last = place.start;
            SemanticToken {
                delta_line,
                delta_start,
                length: place.end.character - place.start.character,
                token_type: token.kind as u32,
                token_modifiers_bitset: token.modifiers.bits(),
            }
        })
        .collect()
}

fn whole(view: View<'_>) -> TextRange {
    TextRange::new(0, view.file().source().len() as u32)
}

/// Answers `textDocument/semanticTokens/full`.
pub fn full(view: View<'_>, cache: &Mutex<Cache>) -> SemanticTokensResult {
    let data = tokens(view, whole(view));
    let result_id = cache.lock().ok().map(|mut cache| cache.keep(key(view.uri()), data.clone()));
    SemanticTokensResult::Tokens(SemanticTokens { result_id, data })
}

/// Answers `textDocument/semanticTokens/full/delta`; all tokens if the `last` ones are not known any more.
pub fn delta(view: View<'_>, cache: &Mutex<Cache>, last: &str) -> SemanticTokensFullDeltaResult {
    let data = tokens(view, whole(view));
    let name = key(view.uri());
    let Ok(mut cache) = cache.lock() else {
        return SemanticTokensFullDeltaResult::Tokens(SemanticTokens { result_id: None, data });
    };
    let before = cache.last.get(&name).filter(|(id, _)| id == last).map(|(_, tokens)| tokens.clone());
    let result_id = Some(cache.keep(name, data.clone()));
    match before {
        Some(before) => SemanticTokensFullDeltaResult::TokensDelta(SemanticTokensDelta {
            result_id,
            edits: difference(&before, &data).into_iter().collect(),
        }),
        None => SemanticTokensFullDeltaResult::Tokens(SemanticTokens { result_id, data }),
    }
}

/// The edit that turns one list into the other: all between the common start and the common end. A token is five numbers.
fn difference(before: &[SemanticToken], after: &[SemanticToken]) -> Option<SemanticTokensEdit> {
    let start = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let (old, new) = (&before[start..], &after[start..]);
    let end = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);
    if old.is_empty() && new.is_empty() {
        return None;
    }
    Some(SemanticTokensEdit { start: start as u32 * 5, delete_count: old.len() as u32 * 5, data: Some(new.to_vec()) })
}

/// Answers `textDocument/semanticTokens/range`.
pub fn range(view: View<'_>, range: Range) -> SemanticTokensRangeResult {
    let range = view.inside(range);
    SemanticTokensRangeResult::Tokens(SemanticTokens { result_id: None, data: tokens(view, range) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_what_is_between() {
        let token = |length| SemanticToken { length, ..SemanticToken::default() };
        let list = |lengths: &[u32]| lengths.iter().map(|&length| token(length)).collect::<Vec<_>>();
        let edit = difference(&list(&[1, 2, 3, 4]), &list(&[1, 9, 4]));
        assert_eq!(edit.map(|it| (it.start, it.delete_count, it.data.map(|data| data.len()))), Some((5, 10, Some(1))));
        assert_eq!(difference(&list(&[1]), &list(&[1])), None);
    }
}
