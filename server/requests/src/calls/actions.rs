//! `textDocument/codeAction` at calls.

use ls_types::{CodeAction, CodeActionContext, CodeActionKind, CodeActionOrCommand, Range};

use crate::{convert, snapshot::View};

/// The fixes of findings at calls of a program, as code actions.
pub fn actions(program: View<'_>, range: Range, context: &CodeActionContext) -> Vec<CodeActionOrCommand> {
    let wanted = context
        .only
        .as_ref()
        .is_none_or(|only| only.iter().any(|it| *it == CodeActionKind::QUICKFIX || *it == CodeActionKind::EMPTY));
    let touches = |it: Range| it.start <= range.end && range.start <= it.end;
    let findings = program.file().findings().iter().filter(|_| wanted);
    let offered = findings.filter(|finding| touches(program.out(finding.range))).filter_map(|finding| {
        let fix = finding.fix.as_ref()?;
        let edits = program.edits(&fix.edits)?;
        Some(CodeActionOrCommand::CodeAction(CodeAction {
            title: fix.title.clone(),
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![program.diagnostic(finding)]),
            edit: Some(convert::workspace_edit(vec![(program, edits)])),
            is_preferred: Some(true),
            ..CodeAction::default()
        }))
    });
    offered.collect()
}
