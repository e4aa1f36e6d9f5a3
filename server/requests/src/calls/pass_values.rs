//! The code action that passes values which a program pastes into a script as keys and arguments.

use host::{Passing, Pasted};
use linter::Edit;
use ls_types::{CodeAction, CodeActionDisabled, CodeActionKind, TextEdit};
use semantic::SiteTarget;
use text::TextRange;

use super::navigate::sites_of;
use crate::{convert, format_script::changed_lines, snapshot::View};

/// The action for a script in a string, at a part of it; or the reason for which it cannot be done, if the client shows that. None
/// for a script without such values.
pub fn pass_values(view: View<'_>, range: TextRange) -> Option<CodeAction> {
    let embedding = view.document().embedding.as_ref()?;
    let script = embedding.script();
    let is_value = |it: &&Pasted| expression(view, it.script);
    let mut values: Vec<&Pasted> = script.values.iter().filter(is_value).collect();
    // What is a constant or a setting stays, unless there is nothing else.
    if values.iter().any(|it| it.varies) && script.values.len() > 1 {
        let varying: Vec<&Pasted> = values.iter().copied().filter(|it| it.varies).collect();
        if new_program(view, &varying).is_ok() {
            values = varying;
        }
    }
    if values.is_empty() {
        return None;
    }
    let is_here = |it: &Pasted| it.script.start <= range.end && range.start <= it.script.end;
    let found = view.file().findings().iter().filter(|it| it.code == "interpolated-script");
    let findings: Vec<_> = found.filter(|it| values.iter().any(|value| value.script == it.range)).collect();
    let title = match &values[..] {
        [only] => {
            let text = String::from_utf8_lossy(only.expression.slice(&embedding.host.source)).into_owned();
            format!("Pass `{text}` to the script instead of pasting it")
        }
        _ => "Pass the values to the script instead of pasting them".to_owned(),
    };
    let (edits, reason) = match new_program(view, &values) {
        Ok(text) => (Some(edits(view, &embedding.host.source, &text)), None),
        Err(_) if !view.client.disabled_actions => return None,
        Err(reason) => (None, Some(reason)),
    };
    let is_fix = !findings.is_empty() && values.iter().any(|it| is_here(it));
    Some(CodeAction {
        title,
        kind: Some(if is_fix { CodeActionKind::QUICKFIX } else { CodeActionKind::REFACTOR_REWRITE }),
        diagnostics: is_fix.then(|| findings.into_iter().map(|it| view.diagnostic(it)).collect()),
        disabled: reason.map(|reason| CodeActionDisabled { reason }),
        is_preferred: (is_fix && edits.is_some()).then_some(true),
        edit: edits.map(|edits| convert::workspace_edit(vec![(view, edits)])),
        ..CodeAction::default()
    })
}

/// True if a part of the script is an expression by itself.
fn expression(view: View<'_>, range: TextRange) -> bool {
    view.file().script.tree().exprs().any(|(_, it)| it.range == range)
}

/// The program in which its call passes the values.
fn new_program(view: View<'_>, values: &[&Pasted]) -> Result<String, String> {
    let embedding = view.document().embedding.as_ref().ok_or("this is no script in a string")?;
    let script = &view.file().script;
    let tree = script.tree();
    let calls = sites_of(view, None);
    let [(program, nth)] = calls[..] else {
        return Err(match calls.len() {
            0 => "no call is known that runs this script".to_owned(),
            count => format!("{count} calls run this script"),
        });
    };
    if program.document().disk_path() != embedding.host.path {
        return Err("the call is in another file".to_owned());
    }
    let SiteTarget::Script { needs, .. } = &program.file().script.sites[nth].target else {
        return Err("the script of the call is not known".to_owned());
    };
    let passing = |value: &&Pasted| {
        let place = embedding.script().around_value(value);
        let is_word =
            |range: TextRange| script.calls.iter().any(|call| call.words.iter().any(|it| tree[*it].range == range));
        let is_key = script.calls.iter().any(|call| {
            let mut keys = call.binding.keys().filter_map(|(word, _)| call.words.get(word));
            keys.any(|it| tree[*it].range == place)
        });
        Passing { place, is_key, is_number: place == value.script && !is_word(place) }
    };
    let passings: Vec<Passing> = values.iter().map(passing).collect();
    let is_open = passings.iter().any(|it| if it.is_key { needs.all_keys } else { needs.all_args }.is_none());
    if is_open {
        return Err("the script goes over all its keys or arguments".to_owned());
    }
    let host = &embedding.host;
    let name = host.path.file_name().and_then(|it| it.to_str()).ok_or("the program has no name")?;
    let text = host.document.pass_values(name, &host.source, &embedding.script().id, nth, &passings)?;
    String::from_utf8(text).map_err(|_| "the program is no UTF-8".to_owned())
}

fn edits(view: View<'_>, source: &[u8], text: &str) -> Vec<TextEdit> {
    let edit = |it: Edit| TextEdit { range: view.host_range(it.range), new_text: it.text };
    changed_lines(source, text).into_iter().map(edit).collect()
}
