//! `textDocument/codeAction` at calls.

use linter::Diagnostic;
use ls_types::{
    CodeAction, CodeActionContext, CodeActionKind, CodeActionOrCommand, CodeActionTriggerKind, Range, TextEdit,
};

use crate::{convert, snapshot::View};

/// The fixes of findings at calls of a program, as code actions.
pub fn actions(program: View<'_>, range: Range, context: &CodeActionContext) -> Vec<CodeActionOrCommand> {
    let wants = |kind: &CodeActionKind| {
        let fits = |it: &CodeActionKind| *it == CodeActionKind::EMPTY || kind.as_str().starts_with(it.as_str());
        context.only.as_ref().is_none_or(|only| only.iter().any(fits))
    };
    let wanted = wants(&CodeActionKind::QUICKFIX);
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
    let is_automatic = context.trigger_kind == Some(CodeActionTriggerKind::AUTOMATIC);
    let sends = by_sha(program, range).filter(|it| {
        it.kind.as_ref().is_some_and(|kind| wants(kind) && (*kind == CodeActionKind::QUICKFIX || !is_automatic))
    });
    let ignored = program.file().findings().iter().filter(|_| wanted && !is_automatic);
    let ignored = ignored.filter(|finding| touches(program.out(finding.range)));
    let ignored = ignored.filter_map(|finding| ignore(program, finding)).map(CodeActionOrCommand::CodeAction);
    offered.chain(ignored).chain(sends.map(CodeActionOrCommand::CodeAction)).collect()
}

/// The action that leaves a finding out by a comment above its line.
fn ignore(program: View<'_>, finding: &Diagnostic) -> Option<CodeAction> {
    let host = program.document().program.as_ref()?;
    let comment = host.document.language.bindings().comment.as_str();
    let before = &host.source[..finding.range.start as usize];
    let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    // Behind a line that goes on, as in a shell, no comment stands.
    if comment.is_empty() || before[..start].trim_ascii_end().ends_with(b"\\") {
        return None;
    }
    let indent: String =
        host.source[start..].iter().take_while(|it| matches!(it, b' ' | b'\t')).map(|it| char::from(*it)).collect();
    let line_break = if before[..start].ends_with(b"\r\n") { "\r\n" } else { "\n" };
    let new_text = format!("{indent}{comment} redlua: allow({}){line_break}", finding.code);
    let edit = TextEdit { range: program.out(text::TextRange::at(start as u32)), new_text };
    Some(CodeAction {
        title: format!("Ignore {} on this line", finding.code),
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![program.diagnostic(finding)]),
        edit: Some(convert::workspace_edit(vec![(program, vec![edit])])),
        ..CodeAction::default()
    })
}

/// The action that lets a call send the script's SHA1 instead of its text, in its client's own way.
fn by_sha(program: View<'_>, range: Range) -> Option<CodeAction> {
    let host = program.document().program.as_ref()?;
    let sites = program.file().script.sites.iter().enumerate();
    let mut here = sites.filter(|(_, site)| {
        let call = program.out(site.call.range);
        call.start <= range.end && range.start <= call.end
    });
    let name = host.path.file_name()?.to_str()?;
    let (nth, edits) = here.find_map(|(nth, _)| Some((nth, host.document.send_sha(name, &host.source, nth)?)))?;
    let call = program.out(program.file().script.sites[nth].call.range);
    let is_of_call = |it: &&Diagnostic| {
        let place = program.out(it.range);
        it.code == "script-in-loop" && call.start <= place.start && place.end <= call.end
    };
    let finding = program.file().findings().iter().find(is_of_call);
    let edits = edits.into_iter().map(|(range, new_text)| TextEdit { range: program.out(range), new_text }).collect();
    Some(CodeAction {
        title: "Send the SHA1 of the script, and its text only if the server asks".to_owned(),
        kind: Some(if finding.is_some() { CodeActionKind::QUICKFIX } else { CodeActionKind::REFACTOR_REWRITE }),
        diagnostics: finding.map(|it| vec![program.diagnostic(it)]),
        edit: Some(convert::workspace_edit(vec![(program, edits)])),
        ..CodeAction::default()
    })
}
