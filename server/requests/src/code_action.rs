//! `textDocument/codeAction`

use ide::code_action::ActionKind;
use ls_types::{
    CodeAction, CodeActionContext, CodeActionKind, CodeActionOrCommand, CodeActionTriggerKind, Command, Range, TextEdit,
};

use crate::{calls, convert, format_script, move_script, run, snapshot::View};

fn kind(kind: ActionKind) -> CodeActionKind {
    match kind {
        ActionKind::QuickFix => CodeActionKind::QUICKFIX,
        ActionKind::Extract => CodeActionKind::REFACTOR_EXTRACT,
        ActionKind::Inline => CodeActionKind::REFACTOR_INLINE,
        ActionKind::Rewrite => CodeActionKind::REFACTOR_REWRITE,
        ActionKind::FixAll => CodeActionKind::SOURCE_FIX_ALL,
        ActionKind::Source => CodeActionKind::SOURCE,
    }
}

/// The kind of the actions that run scripts, so that clients can leave them out or ask for them alone.
pub const RUN_KIND: CodeActionKind = CodeActionKind::new("redlua.run");

/// Answers `textDocument/codeAction`.
pub fn answer(view: View<'_>, range: Range, context: &CodeActionContext) -> Vec<CodeActionOrCommand> {
    let file = view.file();
    let Some(range) = view.covered(range) else { return Vec::new() };
    let wanted = |kind: &CodeActionKind| {
        context.only.as_ref().is_none_or(|only| {
            only.iter().any(|it| {
                kind.as_str() == it.as_str()
                    || *it == CodeActionKind::EMPTY
                    || kind.as_str().starts_with(&format!("{}.", it.as_str()))
            })
        })
    };
    let is_automatic = context.trigger_kind == Some(CodeActionTriggerKind::AUTOMATIC);
    let action = |command: Command, kind: CodeActionKind| {
        CodeActionOrCommand::CodeAction(CodeAction {
            title: command.title.clone(),
            kind: Some(kind),
            command: Some(command),
            ..CodeAction::default()
        })
    };
    let mut told = Vec::new();
    if wanted(&CodeActionKind::QUICKFIX) {
        told.extend(run::update::actions(view, range));
    }
    // What the client asks for to light its bulb is only what mends something.
    if wanted(&RUN_KIND) && !is_automatic {
        let offers = run::offer::offers(view, run::offer::Place::Action).into_iter();
        // In a library the functions of other lines are left to their lenses.
        let line = |offset: u32| file.lines.line(offset);
        let here = offers.filter(|(at, _)| {
            file.script.library.is_none()
                || at.is_empty()
                || (line(range.start)..=line(range.end)).contains(&line(at.start))
        });
        let commands = here.map(|(_, command)| command).chain(run::offer::reset(view));
        told.extend(commands.map(|command| action(command, RUN_KIND)));
    }
    if wanted(&CodeActionKind::SOURCE) && !is_automatic {
        told.extend(run::offer::assembled(view).map(|command| action(command, CodeActionKind::SOURCE)));
    }
    if wanted(&CodeActionKind::REFACTOR_REWRITE) && !is_automatic {
        told.extend(format_script::action(view).map(CodeActionOrCommand::CodeAction));
    }
    if wanted(&CodeActionKind::REFACTOR_EXTRACT) && !is_automatic {
        told.extend(move_script::action(view).map(CodeActionOrCommand::CodeAction));
    }
    let passed = calls::pass_values(view, range);
    let passed = passed.filter(|it| {
        it.kind.as_ref().is_some_and(|it| wanted(it) && (*it == CodeActionKind::QUICKFIX || !is_automatic))
    });
    told.extend(passed.map(CodeActionOrCommand::CodeAction));
    // Of no kind: clients list these below all others.
    if wanted(&CodeActionKind::EMPTY) && !is_automatic {
        let commands = run::offer::explanations(view, range).into_iter();
        told.extend(commands.map(|command| action(command, CodeActionKind::EMPTY)));
    }
    ide::code_action::actions(view.project(), view.at, range)
        .into_iter()
        .map(|action| (kind(action.kind), action))
        .filter(|(kind, _)| wanted(kind))
        .filter_map(|(kind, action)| {
            let edits: Vec<TextEdit> = view.edits(&action.edits)?;
            let finding = action.finding.and_then(|nth| file.findings().get(nth));
            if finding.is_some_and(|finding| !view.is_told(finding)) {
                return None;
            }
            Some(CodeActionOrCommand::CodeAction(CodeAction {
                title: action.title,
                kind: Some(kind),
                diagnostics: finding.map(|finding| vec![view.diagnostic(finding)]),
                edit: Some(convert::workspace_edit(vec![(view, edits)])),
                is_preferred: action.preferred.then_some(true),
                ..CodeAction::default()
            }))
        })
        .chain(told)
        .collect()
}
