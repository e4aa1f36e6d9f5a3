//! Results of runs that stay visible, by document. The main loop owns them; a snapshot has those of its own texts.

use std::{collections::BTreeMap, sync::Arc};

use spec::Verdict;

use crate::run::inputs::Inputs;

/// Generations of the texts of a run, its own and those of its includes, sorted.
pub type Stamp = Vec<u64>;

/// Result of a run.
#[derive(Clone, Debug)]
pub struct Ran {
    /// Texts that were run.
    pub stamp: Stamp,
    /// Inputs of the run.
    pub inputs: Inputs,
    /// Offset in the document behind which the reply is shown.
    pub at: u32,
    /// The reply, shortened.
    pub label: String,
    /// The whole reply, with what the run changed and cost, in Markdown.
    pub tooltip: String,
    /// The failure, if it failed.
    pub failed: Option<Failed>,
}

/// Location and message of a failed run.
#[derive(Clone, Debug)]
pub struct Failed {
    /// The file, as snapshots name it.
    pub key: String,
    /// The line there, counted from 1.
    pub line: u32,
    /// The message.
    pub message: String,
}

/// Results of a document's examples.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Texts that were run.
    pub stamp: Stamp,
    /// The examples with their results.
    pub verdicts: Vec<Verdict>,
}

/// The results of one document.
#[derive(Clone, Default, Debug)]
struct DocumentResults {
    /// The last inputs given, one a function.
    inputs: Vec<Inputs>,
    /// The last runs, one a function.
    ran: Vec<Arc<Ran>>,
    judged: Option<Arc<Judged>>,
}

/// Results of runs, by document.
#[derive(Clone, Default, Debug)]
pub struct Runs {
    documents: BTreeMap<String, DocumentResults>,
    /// Another number after each change.
    pub revision: u64,
}

impl Runs {
    /// The inputs that were last given for a function or for the script.
    pub fn last_inputs(&self, key: &str, function: Option<&str>) -> Option<&Inputs> {
        self.documents.get(key)?.inputs.iter().find(|inputs| inputs.function.as_deref() == function)
    }

    /// The last runs of a document.
    pub fn ran(&self, key: &str) -> impl Iterator<Item = &Ran> {
        self.documents.get(key).into_iter().flat_map(|results| results.ran.iter().map(AsRef::as_ref))
    }

    /// Results of a document's examples.
    pub fn judged(&self, key: &str) -> Option<&Judged> {
        self.documents.get(key)?.judged.as_deref()
    }

    /// The failures in a file, be it of its own run or of a script that includes it.
    pub fn failures<'a>(&'a self, key: &'a str) -> impl Iterator<Item = (&'a Ran, &'a Failed)> {
        self.documents
            .values()
            .flat_map(|results| results.ran.iter())
            .filter_map(move |ran| Some((ran.as_ref(), ran.failed.as_ref().filter(|failed| failed.key == key)?)))
    }

    /// True if a file has results of examples, or a failure of a run.
    pub fn has_findings(&self, key: &str) -> bool {
        self.judged(key).is_some() || self.failures(key).next().is_some()
    }

    /// Remembers given inputs. Returns true if they are new.
    pub fn remember(&mut self, key: &str, inputs: Inputs) -> bool {
        let results = self.documents.entry(key.to_owned()).or_default();
        if results.inputs.contains(&inputs) {
            return false;
        }
        results.inputs.retain(|known| known.function != inputs.function);
        results.inputs.push(inputs);
        self.revision += 1;
        true
    }

    /// Stores the result of a run in place of the one before. Returns the files whose diagnostics change.
    pub fn put_ran(&mut self, key: &str, ran: Ran) -> Vec<String> {
        let results = self.documents.entry(key.to_owned()).or_default();
        let mut touched = Vec::new();
        results.ran.retain(|known| {
            touched.extend(known.failed.iter().map(|failed| failed.key.clone()));
            known.failed.is_none() && known.inputs.function != ran.inputs.function
        });
        touched.extend(ran.failed.iter().map(|failed| failed.key.clone()));
        results.ran.push(Arc::new(ran));
        self.revision += 1;
        touched
    }

    /// Stores the results of a document's examples.
    pub fn put_judged(&mut self, key: &str, judged: Judged) {
        self.documents.entry(key.to_owned()).or_default().judged = Some(Arc::new(judged));
        self.revision += 1;
    }

    /// True if any result is of other texts than `now` returns for its document.
    pub fn is_stale(&self, now: &dyn Fn(&str) -> Option<Stamp>) -> bool {
        self.documents.iter().any(|(key, results)| {
            let shown = results.ran.iter().map(|ran| &ran.stamp).chain(results.judged.iter().map(|it| &it.stamp));
            let mut shown = shown.peekable();
            shown.peek().is_some() && {
                let now = now(key);
                shown.any(|stamp| now.as_ref() != Some(stamp))
            }
        })
    }

    /// Removes the results of other texts than `now` returns. Returns the files whose diagnostics change.
    pub fn prune(&mut self, now: &dyn Fn(&str) -> Option<Stamp>) -> Vec<String> {
        let mut touched = Vec::new();
        for (key, results) in &mut self.documents {
            if results.ran.is_empty() && results.judged.is_none() {
                continue;
            }
            let now = now(key);
            results.ran.retain(|ran| {
                let keep = now.as_ref() == Some(&ran.stamp);
                if !keep {
                    touched.extend(ran.failed.iter().map(|failed| failed.key.clone()));
                }
                keep
            });
            if results.judged.as_ref().is_some_and(|judged| now.as_ref() != Some(&judged.stamp)) {
                results.judged = None;
                touched.push(key.clone());
            }
        }
        self.revision += 1;
        touched
    }
}
