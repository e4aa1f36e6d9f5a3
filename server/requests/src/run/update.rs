//! The fix of an example that differs: the reply that the engine gives, written in its place.

use ls_types::{CodeAction, CodeActionKind, CodeActionOrCommand, Diagnostic, TextEdit, WorkspaceEdit};
use spec::{Result as Verdicted, Verdict};
use text::TextRange;

use crate::{
    convert,
    run::show::{difference, is_stopped, line_range},
    snapshot::View,
};

/// The fixes of the examples that a range touches, and of all.
pub fn actions(view: View<'_>, range: TextRange) -> Vec<CodeActionOrCommand> {
    let wrong: Vec<(&Verdict, TextEdit)> = wrong(view).collect();
    let touched = |verdict: &Verdict| {
        let all = line_range(view, verdict.example.line).cover(line_range(view, verdict.example.last_line));
        all.start <= range.end && range.start <= all.end
    };
    let action = |title: &str, edits: Vec<TextEdit>, diagnostics: Option<Vec<Diagnostic>>| {
        CodeActionOrCommand::CodeAction(CodeAction {
            title: title.to_owned(),
            kind: Some(CodeActionKind::QUICKFIX),
            is_preferred: diagnostics.is_some().then_some(true),
            diagnostics,
            edit: Some(convert::workspace_edit(vec![(view, edits)])),
            ..CodeAction::default()
        })
    };
    let mut found: Vec<CodeActionOrCommand> = wrong
        .iter()
        .filter(|(verdict, _)| touched(verdict))
        .map(|(verdict, edit)| {
            let place = difference(view, verdict).map(|(range, _)| view.out(range));
            let own = crate::run::show::diagnostics(view)
                .into_iter()
                .filter(|finding| Some(finding.range) == place)
                .collect();
            action("Update the example", vec![edit.clone()], Some(own))
        })
        .collect();
    if !found.is_empty() && wrong.len() > 1 {
        found.push(action("Update all examples", wrong.into_iter().map(|(_, edit)| edit).collect(), None));
    }
    found
}

/// The lines of the examples whose reply can be written, counted from 1.
pub fn lines(view: View<'_>) -> Vec<u32> {
    wrong(view).map(|(verdict, _)| verdict.example.line).collect()
}

/// The edit that updates the example at a line.
pub fn at_line(view: View<'_>, line: u32) -> Option<WorkspaceEdit> {
    let (_, edit) = wrong(view).find(|(verdict, _)| verdict.example.line == line)?;
    Some(convert::workspace_edit(vec![(view, vec![edit])]))
}

/// The examples that differ, with the edits that update them.
fn wrong(view: View<'_>) -> impl Iterator<Item = (&Verdict, TextEdit)> {
    let judged = view.runs.judged(view.key());
    let verdicts = judged.into_iter().flat_map(|judged| &judged.verdicts);
    verdicts.filter_map(move |verdict| Some((verdict, edit(view, verdict)?)))
}

/// The edit that writes the reply which came. What was stopped has none.
fn edit(view: View<'_>, verdict: &Verdict) -> Option<TextEdit> {
    let Verdicted::Differs { got, .. } = &verdict.result else { return None };
    if is_stopped(&verdict.result) {
        return None;
    }
    let source = view.file().source();
    let mark = match view.file().is_transcript() {
        false => "--= ",
        true if line_range(view, verdict.example.line).slice(source).starts_with(b"> ") => "",
        // There each line is a command.
        true => return None,
    };
    let command = line_range(view, verdict.example.line);
    let indent: String = command
        .slice(source)
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .map(|&byte| byte as char)
        .collect();
    let ending = if source[command.end as usize..].starts_with(b"\r\n") { "\r\n" } else { "\n" };
    let reply: String =
        got.lines().map(|line| format!("{ending}{indent}{mark}{line}").trim_end_matches(' ').to_owned()).collect();
    let range = TextRange::new(command.end, line_range(view, verdict.example.last_line).end);
    view.typed(range, &reply)
}
