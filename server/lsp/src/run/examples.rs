//! A run of a document's examples, on a keyspace of their own.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use ide::File;
use script::Cancel;
use spec::{Example, Options, Verdict};
use tower_lsp_server::ls_types::MessageType;

use crate::run::job::Job;
use requests::run::show;

/// Runs the examples of a document; each may take the budget of the settings, and no more time than `most`.
pub(crate) fn judge(job: &Job, most: Option<Duration>, cancel: &Cancel) -> Vec<Verdict> {
    let examples = show::examples(&job.file);
    if examples.is_empty() {
        return Vec::new();
    }
    let work = || {
        let options = Options {
            target: job.target(),
            cluster: job.cluster(),
            budget: job.budget(most),
            cancel: cancel.clone(),
            seed: job.seed()?,
        };
        // A transcript is about no script.
        let code = (!job.file.is_transcript()).then(|| job.flatten().code);
        spec::run(code.as_deref(), &examples, &options).map_err(|error| job.seed_problem(&error))
    };
    let judged = catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err("redlua failed while it ran these examples: please report the script".to_owned()));
    judged.unwrap_or_else(|why| broken(examples, &why))
}

/// The verdicts on examples that cannot be run.
pub(crate) fn not_run(file: &File, why: &str) -> Vec<Verdict> {
    broken(show::examples(file), why)
}

fn broken(examples: Vec<Example>, why: &str) -> Vec<Verdict> {
    let verdict = |example| Verdict { example, result: spec::Result::Broken(why.to_owned()) };
    examples.into_iter().map(verdict).collect()
}

/// The verdicts with the lines of the document: those of a script in a string are not the script's.
pub(crate) fn on_document_lines(job: &Job, verdicts: &[Verdict]) -> Vec<Verdict> {
    let mut out = verdicts.to_vec();
    if let Some((root, at)) = job.snapshot.find(&job.key) {
        let view = job.snapshot.view_at(root, at);
        for Verdict { example, .. } in &mut out {
            (example.line, example.last_line) = (view.line(example.line), view.line(example.last_line));
        }
    }
    out
}

/// Summarises the results of the examples in a sentence.
pub(crate) fn summary(job: &Job, verdicts: &[Verdict]) -> (MessageType, String) {
    let wrong: Vec<&Verdict> = verdicts.iter().filter(|verdict| verdict.result != spec::Result::Passed).collect();
    let count = verdicts.len();
    let plural = if count == 1 { "" } else { "s" };
    if count == 0 {
        let text = format!("{} has no examples: `--> EVAL . 1 key argument` begins one, `--= reply` follows", job.name);
        return (MessageType::INFO, text);
    }
    let passed = count - wrong.len();
    if wrong.is_empty() {
        return (MessageType::INFO, format!("{}: {count} example{plural}: {passed} ✓", job.name));
    }
    let lines: Vec<String> = wrong.iter().map(|verdict| verdict.example.line.to_string()).collect();
    let why = wrong.iter().find_map(|verdict| match &verdict.result {
        spec::Result::Broken(why) => Some(format!(": {why}")),
        result if show::is_stopped(result) => Some(": stopped".to_owned()),
        _ => None,
    });
    let word = if lines.len() == 1 { "line" } else { "lines" };
    let text = format!(
        "{}: {count} example{plural}: {passed} ✓, {} ✗ ({word} {}){}",
        job.name,
        wrong.len(),
        lines.join(", "),
        why.unwrap_or_default()
    );
    (MessageType::WARNING, text)
}
