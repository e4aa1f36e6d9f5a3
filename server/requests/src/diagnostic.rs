//! `textDocument/diagnostic` and `workspace/diagnostic`: findings for clients that pull them.

use std::collections::HashMap;

use ls_types::{
    DocumentDiagnosticReport, DocumentDiagnosticReportResult, FullDocumentDiagnosticReport, PreviousResultId,
    RelatedFullDocumentDiagnosticReport, RelatedUnchangedDocumentDiagnosticReport, UnchangedDocumentDiagnosticReport,
    Uri, WorkspaceDiagnosticReport, WorkspaceDiagnosticReportResult, WorkspaceDocumentDiagnosticReport,
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

/// The id of the findings of a document; those in a file of another language move with the text around them.
fn id_of(views: &[View<'_>]) -> String {
    let [view] = views else {
        let version = views.first().and_then(|view| view.document().version).unwrap_or_default();
        let ids: Vec<String> = views.iter().map(|view| id(*view)).collect();
        return format!("{version}:{}", ids.join(","));
    };
    match view.document().host() {
        Some(_) => format!("{}:{}", view.document().version.unwrap_or_default(), id(*view)),
        None => id(*view),
    }
}

/// Findings of a document: of all scripts that are behind it.
fn all(views: &[View<'_>]) -> Vec<ls_types::Diagnostic> {
    views.iter().flat_map(|view| show::all_diagnostics(*view)).collect()
}

/// Answers `textDocument/diagnostic` for the scripts behind a document; unchanged if the client has the `last` result.
pub fn document(views: &[View<'_>], last: Option<String>) -> DocumentDiagnosticReportResult {
    let id = id_of(views);
    let report = if last.as_ref() == Some(&id) {
        return unchanged(id);
    } else {
        full(Some(id), all(views))
    };
    DocumentDiagnosticReportResult::Report(report)
}

/// The report of a file whose findings are to stay as they are.
pub fn unchanged(result_id: String) -> DocumentDiagnosticReportResult {
    DocumentDiagnosticReportResult::Report(DocumentDiagnosticReport::Unchanged(
        RelatedUnchangedDocumentDiagnosticReport {
            related_documents: None,
            unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport { result_id },
        },
    ))
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
    let mut documents: Vec<Vec<View<'_>>> = Vec::new();
    let mut hosts: HashMap<&Uri, usize> = HashMap::new();
    for view in snapshot.views() {
        match view.document().host().and_then(|_| hosts.get(view.uri())) {
            Some(&at) => documents[at].push(view),
            None => {
                if view.document().host().is_some() {
                    hosts.insert(view.uri(), documents.len());
                }
                documents.push(vec![view]);
            }
        }
    }
    let items = documents
        .iter()
        .map(|views| {
            let view = views[0];
            let (uri, version) = (view.uri().clone(), view.document().version.map(i64::from));
            let id = id_of(views);
            if last.get(&key(&uri)) == Some(&id) {
                let unchanged_document_diagnostic_report = UnchangedDocumentDiagnosticReport { result_id: id };
                return WorkspaceDocumentDiagnosticReport::Unchanged(WorkspaceUnchangedDocumentDiagnosticReport {
                    uri,
                    version,
                    unchanged_document_diagnostic_report,
                });
            }
            let items = all(views);
            WorkspaceDocumentDiagnosticReport::Full(WorkspaceFullDocumentDiagnosticReport {
                uri,
                version,
                full_document_diagnostic_report: FullDocumentDiagnosticReport { result_id: Some(id), items },
            })
        })
        .collect();
    WorkspaceDiagnosticReportResult::Report(WorkspaceDiagnosticReport { items })
}
