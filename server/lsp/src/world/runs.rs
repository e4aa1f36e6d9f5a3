//! Runs in the main loop: stores their results, and runs the examples when the user stops typing.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use script::Cancel;

use super::{
    World,
    examples::{AT_ONCE, Running},
};
use crate::{
    event::Event,
    outbox::Message,
    run::{self, examples, job::Job},
};
use requests::run::{
    inputs::Inputs,
    results::{Judged, Ran, Stamp},
};

/// Pause in typing before the examples of a document run.
const PAUSE: Duration = Duration::from_millis(300);
/// Time limit of all the examples of a document together.
const MOST: Duration = Duration::from_secs(1);
impl World {
    /// Stores the result of a run.
    pub(super) fn ran(&mut self, key: &str, ran: Ran, remember: Option<Inputs>) {
        let runs = Arc::make_mut(&mut self.runs);
        if let Some(inputs) = remember
            && runs.remember(key, inputs)
            && self.abilities.refreshes_lenses
        {
            self.outbox.put(Message::RefreshLenses);
        }
        if self.snapshot.stamp(key).as_ref() == Some(&ran.stamp) {
            self.touched.extend(runs.put_ran(key, ran));
        }
        self.runs_changed = true;
    }

    /// Stores the results of examples.
    pub(super) fn judged(&mut self, key: &str, judged: Judged, own: bool) {
        if own {
            self.examples.running.remove(key);
        }
        if self.snapshot.stamp(key).as_ref() != Some(&judged.stamp) {
            return;
        }
        // Somebody had them run meanwhile.
        if self.examples.waiting.get(key).is_some_and(|(_, stamp)| *stamp == judged.stamp) {
            self.examples.waiting.remove(key);
        }
        Arc::make_mut(&mut self.runs).put_judged(key, judged);
        self.touched.insert(key.to_owned());
        self.runs_changed = true;
    }

    /// Drops the results of old texts, and schedules the examples of changed ones.
    pub(super) fn review_runs(&mut self) {
        let snapshot = Arc::clone(&self.snapshot);
        let now = |key: &str| snapshot.stamp(key);
        if self.runs.is_stale(&now) {
            self.touched.extend(Arc::make_mut(&mut self.runs).prune(&now));
            self.runs_changed = true;
        }
        let documents: Vec<String> = self.documents().map(|open| open.key()).collect();
        for key in documents {
            let Some((root, at)) = snapshot.find(&key) else { continue };
            let view = snapshot.view_at(root, at);
            let file = view.file();
            if self.abilities.no_runs
                || view.root.settings.config.run.no_examples
                || !requests::run::show::may_have_examples(file)
            {
                self.examples.forget(&key);
                continue;
            }
            let stamp = view.root.stamp(view.at);
            if self.runs.judged(&key).is_some_and(|judged| judged.stamp == stamp) {
                continue;
            }
            if let Some(running) = self.examples.running.get(&key) {
                if running.stamp == stamp {
                    continue;
                }
                running.cancel.cancel();
            }
            let waits = self.examples.waiting.get(&key).is_some_and(|(_, waiting)| *waiting == stamp);
            if !waits {
                self.examples.waiting.insert(key, (Instant::now() + PAUSE, stamp));
            }
        }
        let open: HashSet<String> = self.open.values().map(|open| open.key()).collect();
        let closed: Vec<String> = self.examples.waiting.keys().filter(|key| !open.contains(*key)).cloned().collect();
        closed.iter().for_each(|key| self.examples.forget(key));
    }

    /// Ends examples that take too long, and begins those whose time has come.
    pub(super) fn run_examples(&mut self) {
        let now = Instant::now();
        for running in self.examples.running.values().filter(|running| running.until <= now) {
            running.cancel.cancel();
        }
        while self.examples.running.len() < AT_ONCE {
            let running = &self.examples.running;
            let due = |(key, (when, _)): &(&String, &(Instant, Stamp))| *when <= now && !running.contains_key(*key);
            let Some(key) = self.examples.waiting.iter().find(due).map(|(key, _)| key.clone()) else { return };
            self.examples.waiting.remove(&key);
            self.begin_examples(key, now);
        }
    }

    fn begin_examples(&mut self, key: String, now: Instant) {
        let Some(open) = self.documents().find(|open| open.key() == key) else { return };
        let Ok(job) = Job::new(&self.snapshot, &open.uri) else { return };
        let cancel = Cancel::default();
        let running = Running { cancel: cancel.clone(), until: now + MOST, stamp: job.stamp.clone() };
        let (sender, name) = (self.sender.clone(), key.clone());
        let (stamp, file) = (job.stamp.clone(), job.file.clone());
        let begun = run::spawn("redlua-examples", move || {
            let verdicts = examples::judge(&job, Some(MOST), &cancel);
            let judged = Judged { stamp: job.stamp.clone(), verdicts };
            sender.send(Event::Judged { key: name, judged, own: true }).ok();
        });
        match begun {
            Ok(()) => _ = self.examples.running.insert(key, running),
            Err(error) => {
                let verdicts = examples::not_run(&file, &format!("no thread to run it: {error}"));
                self.judged(&key, Judged { stamp, verdicts }, false);
            }
        }
    }

    /// Shows what runs left, where it is other than before.
    pub(super) fn show_runs(&mut self) {
        if !std::mem::take(&mut self.runs_changed) {
            return;
        }
        Arc::make_mut(&mut self.snapshot).runs = Arc::clone(&self.runs);
        if self.abilities.refreshes_hints {
            self.outbox.put(Message::RefreshHints);
        }
        if self.abilities.refreshes_lenses && self.abilities.applies_edits {
            self.outbox.put(Message::RefreshLenses);
        }
        let touched = std::mem::take(&mut self.touched);
        if self.abilities.pulls {
            if !touched.is_empty() && self.abilities.refreshes {
                self.outbox.put(Message::RefreshDiagnostics);
            }
            return;
        }
        self.find_later(touched.iter().filter_map(|key| self.snapshot.find(key)).collect());
    }
}
