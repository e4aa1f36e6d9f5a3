//! Helix: a marked block in `languages.toml`, redlua in the lists of servers there, and queries below `runtime/`.

mod hosts;
mod languages;
mod names;
mod queries;

use std::{collections::BTreeMap, env::consts::EXE_EXTENSION, path::PathBuf};

use anyhow::Result;

use super::{
    editor::{Editor, Request, State},
    plan::Plan,
};
use hosts::Brought;
use queries::{files, runtimes, with_hosts};

pub(crate) struct Helix;

impl Editor for Helix {
    fn name(&self) -> &'static str {
        "helix"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["hx"]
    }

    fn title(&self) -> &'static str {
        "Helix"
    }

    fn programs(&self) -> Vec<PathBuf> {
        // Some distributions have it by its long name.
        ["hx", "helix"].iter().find_map(|name| which::which(name).ok()).into_iter().collect()
    }

    fn state(&self, request: &Request) -> Result<State> {
        Ok(State::of(files(BTreeMap::new())?.version()?, &self.install(request)?))
    }

    fn install(&self, request: &Request) -> Result<Plan> {
        let mut plan = Plan::default();
        if self.programs().is_empty() {
            plan.notices.push("hx is not on the PATH; the files go to where it will look".to_owned());
        }
        let (runtimes, brought) = self.installed()?;
        let brought = brought.unwrap_or_else(|| {
            if !self.programs().is_empty() {
                plan.notices
                    .push("the servers that this Helix brings are not found; the lists have those of 25.01".to_owned());
            }
            hosts::usual()
        });
        let old = files(BTreeMap::new())?.load()?;
        let (files, old) = with_hosts(&mut plan, old, &runtimes)?;
        let mut record = files.put(&mut plan, old.as_ref())?;
        let edit = languages::edit(&files.root.join("languages.toml"), &request.program, &brought, old.as_ref())?;
        record.block = Some(edit.block);
        plan.notices.extend(edit.notice);
        files.save(&mut plan, record)?;
        plan.steps.extend(edit.step);
        Ok(plan)
    }

    fn undo(&self, request: &Request) -> Result<Plan> {
        let mut plan = Plan::default();
        let (runtimes, brought) = self.installed()?;
        let old = files(BTreeMap::new())?.load()?;
        let (files, old) = with_hosts(&mut plan, old, &runtimes)?;
        // Files of the user are no news to who wants ours away.
        plan.notices.clear();
        let path = files.root.join("languages.toml");
        languages::take_out(&mut plan, &path, &request.program, &brought.unwrap_or_else(hosts::usual), old.as_ref())?;
        files.take_out(&mut plan, old.as_ref())?;
        Ok(plan)
    }

    fn next(&self) -> &'static str {
        "open a Lua script and type redis.call('HG, or press Space a on it; after an update of Helix do this again"
    }
}

impl Helix {
    /// The folders with what Helix brings, and the servers that it brings for other languages.
    fn installed(&self) -> Result<(Vec<PathBuf>, Option<Brought>)> {
        let programs = self.programs();
        let runtimes = runtimes(programs.first().map(PathBuf::as_path))?;
        // What is on the PATH may be a script that starts the program beside its runtime.
        let beside = runtimes.iter().filter_map(|folder| folder.parent());
        let beside =
            beside.flat_map(|folder| ["hx", "helix"].map(|name| folder.join(name).with_extension(EXE_EXTENSION)));
        let all: Vec<PathBuf> = programs.iter().cloned().chain(beside).filter(|path| path.is_file()).collect();
        let brought = hosts::brought(&all);
        Ok((runtimes, brought))
    }
}
