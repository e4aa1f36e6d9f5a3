//! `textDocument/diagnostic` and `workspace/diagnostic`: findings for clients that pull them.

use std::collections::HashMap;

use ls_types::{
    DocumentDiagnosticReport, DocumentDiagnosticReportResult, FullDocumentDiagnosticReport, PreviousResultId,
    RelatedFullDocumentDiagnosticReport, RelatedUnchangedDocumentDiagnosticReport, UnchangedDocumentDiagnosticReport,
    WorkspaceDiagnosticReport, WorkspaceDiagnosticReportResult, WorkspaceDocumentDiagnosticReport,
    WorkspaceFullDocumentDiagnosticReport, WorkspaceUnchangedDocumentDiagnosticReport,
};

use crate::{
    run::show,
    snapshot::{Snapshot, View, key},
};

fn id(view: View<'_>) -> String {
    let generation = view.document().generation;
    // What runs left changes without the text.
    if view.runs.has_findings(view.key()) {
        return format!("{generation}/{}", view.runs.revision);
    }
    generation.to_string()
}

/// Answers `textDocument/diagnostic`; unchanged if the client has the `last` result.
pub fn document(view: View<'_>, last: Option<String>) -> DocumentDiagnosticReportResult {
    let id = id(view);
    let report = if last.as_ref() == Some(&id) {
        DocumentDiagnosticReport::Unchanged(RelatedUnchangedDocumentDiagnosticReport {
            related_documents: None,
            unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport { result_id: id },
        })
    } else {
        full(Some(id), show::all_diagnostics(view))
    };
    DocumentDiagnosticReportResult::Report(report)
}

fn full(result_id: Option<String>, items: Vec<ls_types::Diagnostic>) -> DocumentDiagnosticReport {
    DocumentDiagnosticReport::Full(RelatedFullDocumentDiagnosticReport {
        related_documents: None,
        full_document_diagnostic_report: FullDocumentDiagnosticReport { result_id, items },
    })
}

/// The report of a file that is not known.
pub fn nothing() -> DocumentDiagnosticReportResult {
    DocumentDiagnosticReportResult::Report(full(None, Vec::new()))
}

/// Answers `workspace/diagnostic` for all files of the roots.
pub fn workspace(snapshot: &Snapshot, last: Vec<PreviousResultId>) -> WorkspaceDiagnosticReportResult {
    let last: HashMap<String, String> = last.into_iter().map(|it| (key(&it.uri), it.value)).collect();
    let items = snapshot
        .views()
        .map(|view| {
            let (uri, version) = (view.uri().clone(), view.document().version.map(i64::from));
            let id = id(view);
            if last.get(&key(&uri)) == Some(&id) {
                let unchanged_document_diagnostic_report = UnchangedDocumentDiagnosticReport { result_id: id };
                return WorkspaceDocumentDiagnosticReport::Unchanged(WorkspaceUnchangedDocumentDiagnosticReport {
                    uri,
                    version,
                    unchanged_document_diagnostic_report,
                });
            }
            let items = show::all_diagnostics(view);
            WorkspaceDocumentDiagnosticReport::Full(WorkspaceFullDocumentDiagnosticReport {
                uri,
                version,
                full_document_diagnostic_report: FullDocumentDiagnosticReport { result_id: Some(id), items },
            })
        })
        .collect();
    WorkspaceDiagnosticReportResult::Report(WorkspaceDiagnosticReport { items })
}
