//! `EVAL` and `SCRIPT`.

use commands::{Family, Version};
use protocol::Reply;

use crate::{
    Observer, Server, context::RunOptions, execute::keys_and_args, failure::place_in, library::sha1_hex,
    scripts::Script, shebang, vm::Purpose,
};

/// Maximum number of scripts kept that came by `EVAL`, since 7.4.
const KEPT: usize = 500;

impl Server {
    pub(crate) fn eval(
        &mut self,
        words: &[Vec<u8>],
        db: usize,
        resp3: bool,
        read_only: bool,
        observer: &mut dyn Observer,
    ) -> Reply {
        let (keys, args) = match keys_and_args(words, "ERR value is not an integer or out of range") {
            Ok(parts) => parts,
            Err(refused) => return refused,
        };
        let sha = match &self.scripts.last {
            Some((code, sha)) if *code == words[1] => sha.clone(),
            _ => {
                let sha = sha1_hex(&words[1]);
                self.scripts.last = Some((words[1].clone(), sha.clone()));
                sha
            }
        };
        if let Err(refused) = self.define(&words[1], &sha, true) {
            if let Reply::Error(text) = &refused {
                self.failed_line = Some(place_in(text).or(Some(1)));
            }
            return refused;
        }
        self.run_script(&sha, keys, args, db, resp3, read_only, observer)
    }

    pub(crate) fn eval_sha(
        &mut self,
        words: &[Vec<u8>],
        db: usize,
        resp3: bool,
        read_only: bool,
        observer: &mut dyn Observer,
    ) -> Reply {
        let Ok(mut sha) = <[u8; 40]>::try_from(words[1].as_slice()) else { return self.no_script() };
        sha.make_ascii_lowercase();
        let (keys, args) = match keys_and_args(words, "ERR value is not an integer or out of range") {
            Ok(parts) => parts,
            Err(refused) => return refused,
        };
        let Ok(sha) = std::str::from_utf8(&sha) else { return self.no_script() };
        self.run_script(sha, keys, args, db, resp3, read_only, observer)
    }

    fn no_script(&self) -> Reply {
        let valkey = self.engine.target.valkey_since(8, 0);
        Reply::error(if valkey {
            "NOSCRIPT No matching script."
        } else {
            "NOSCRIPT No matching script. Please use EVAL."
        })
    }

    #[expect(clippy::too_many_arguments, reason = "they are the parts of one call")]
    fn run_script(
        &mut self,
        sha: &str,
        keys: &[Vec<u8>],
        args: &[Vec<u8>],
        db: usize,
        resp3: bool,
        read_only: bool,
        observer: &mut dyn Observer,
    ) -> Reply {
        let Some(script) = self.scripts.by_sha.get(sha) else { return self.no_script() };
        let (function, flags, compatible, by_eval) = (script.function, script.flags, script.compatible, script.by_eval);
        if by_eval && self.scripts.recent.len() > 1 && self.scripts.recent.back().is_some_and(|last| last != sha) {
            self.scripts.recent.retain(|other| other != sha);
            self.scripts.recent.push_back(sha.to_owned());
        }
        let run = RunOptions { keys, args, db, resp3, read_only, flags, compatible, name: sha };
        self.execute(function, Purpose::Scripts, &run, observer)
    }

    /// Puts a script into the cache.
    fn define(&mut self, code: &[u8], sha: &str, by_eval: bool) -> Result<(), Reply> {
        if let Some(script) = self.scripts.by_sha.get_mut(sha) {
            if !by_eval && script.by_eval {
                script.by_eval = false;
                self.scripts.recent.retain(|other| other != sha);
            }
            return Ok(());
        }
        let target = self.engine.target;
        let script = shebang::script(code, target).map_err(Reply::Error)?;
        let function = self.vm().compile(script.code, c"@user_script").map_err(|text| {
            let before = b"ERR Error compiling script (new function): ".as_slice();
            Reply::Error(crate::convert::clean_error([before, text.as_slice()].concat()))
        })?;
        // Before 7.4 all scripts are kept until somebody flushes them.
        let forgets = by_eval && since_lru(target);
        let script = Script {
            code: code.to_vec(),
            function,
            flags: script.flags,
            compatible: script.compatible,
            by_eval: forgets,
        };
        self.scripts.by_sha.insert(sha.to_owned(), script);
        self.engine.cached_scripts = self.scripts.by_sha.len();
        if forgets {
            self.scripts.recent.push_back(sha.to_owned());
            if self.scripts.recent.len() > KEPT
                && let Some(oldest) = self.scripts.recent.pop_front()
                && let Some(script) = self.scripts.by_sha.remove(&oldest)
            {
                self.vm().forget(script.function);
            }
        }
        Ok(())
    }

    pub(crate) fn script_load(&mut self, code: &[u8]) -> Reply {
        let sha = sha1_hex(code);
        match self.define(code, &sha, false) {
            Ok(()) => Reply::Bulk(sha.into_bytes()),
            Err(refused) => refused,
        }
    }

    pub(crate) fn script_exists(&self, shas: &[Vec<u8>]) -> Reply {
        let has = |sha: &Vec<u8>| {
            let sha = String::from_utf8_lossy(sha).to_ascii_lowercase();
            Reply::Int(i64::from(self.scripts.by_sha.contains_key(&sha)))
        };
        Reply::Array(shas.iter().map(has).collect())
    }

    pub(crate) fn script_flush(&mut self, words: &[Vec<u8>]) -> Reply {
        match words {
            [] => {}
            [word] if word.eq_ignore_ascii_case(b"SYNC") || word.eq_ignore_ascii_case(b"ASYNC") => {}
            _ => return Reply::error("ERR SCRIPT FLUSH only support SYNC|ASYNC option"),
        }
        self.reset_scripts();
        // 6.2 replicated it.
        self.engine.dirty += u64::from(!self.engine.since(7, 0));
        Reply::ok()
    }

    pub(crate) fn script_show(&self, sha: &[u8]) -> Reply {
        let sha = String::from_utf8_lossy(sha).to_ascii_lowercase();
        match self.scripts.by_sha.get(&sha) {
            Some(script) => Reply::bulk(&script.code),
            None => self.no_script(),
        }
    }

    pub(crate) fn script_debug(&self, word: &[u8]) -> Reply {
        if word.eq_ignore_ascii_case(b"NO") {
            Reply::ok()
        } else if word.eq_ignore_ascii_case(b"YES") || word.eq_ignore_ascii_case(b"SYNC") {
            Reply::error("ERR the embedded engine has no SCRIPT DEBUG: use redlua run --trace")
        } else {
            Reply::error("ERR Use SCRIPT DEBUG YES/SYNC/NO")
        }
    }

    /// Number of scripts in the cache.
    pub fn cached_scripts(&self) -> usize {
        self.scripts.by_sha.len()
    }
}

fn since_lru(target: commands::Target) -> bool {
    match target.family {
        Family::Redis => target.since(7, 4),
        Family::Valkey => target.version >= Version::new(8, 0),
    }
}
