//! `FUNCTION` and `FCALL`.

use std::{collections::BTreeSet, time::Duration};

use engine::{
    glob,
    rdb::{self, Refused},
};
use protocol::Reply;

use crate::{
    Observer, Server,
    context::RunOptions,
    execute::keys_and_args,
    library::{Library, Loading},
    shebang::{self, Flags},
    vm::Purpose,
};

/// Time limit for loading a library.
const LOAD_TIME: Duration = Duration::from_millis(500);

impl Server {
    /// Number of libraries and functions.
    pub fn libraries(&self) -> (usize, usize) {
        (self.libraries.all.len(), self.libraries.functions())
    }

    pub(crate) fn fcall(
        &mut self,
        words: &[Vec<u8>],
        db: usize,
        resp3: bool,
        read_only: bool,
        observer: &mut dyn Observer,
    ) -> Reply {
        let Some(function) = self.libraries.function(&words[1]).cloned() else {
            return Reply::error("ERR Function not found");
        };
        let (keys, args) = match keys_and_args(words, "ERR Bad number of keys provided") {
            Ok(parts) => parts,
            Err(refused) => return refused,
        };
        let name = String::from_utf8_lossy(&function.name).into_owned();
        let run =
            RunOptions { keys, args, db, resp3, read_only, flags: function.flags, compatible: false, name: &name };
        self.execute(function.callback, Purpose::Functions, &run, observer)
    }

    pub(crate) fn function_load(&mut self, words: &[Vec<u8>], observer: &mut dyn Observer) -> Reply {
        let (mut replace, mut at) = (false, 2);
        while at + 1 < words.len() {
            if !words[at].eq_ignore_ascii_case(b"REPLACE") {
                let option = String::from_utf8_lossy(&words[at]).into_owned();
                return Reply::error(format!("ERR Unknown option given: {option}"));
            }
            replace = true;
            at += 1;
        }
        let Some(code) = words.get(at) else { return Reply::error("ERR Function code is missing") };
        match self.load_library(code, replace, observer) {
            Ok(name) => {
                self.engine.dirty += 1;
                Reply::Bulk(name)
            }
            Err(text) => Reply::Error(text),
        }
    }

    /// Loads a library from its code. Returns its name.
    pub(crate) fn load_library(
        &mut self,
        code: &[u8],
        replace: bool,
        observer: &mut dyn Observer,
    ) -> Result<Vec<u8>, Vec<u8>> {
        let parsed = shebang::library(code, self.engine.target)?;
        if !replace && self.libraries.all.contains_key(&parsed.name) {
            let name = String::from_utf8_lossy(&parsed.name).into_owned();
            return Err(format!("ERR Library '{name}' already exists").into_bytes());
        }
        let chunk = self
            .functions_vm()
            .compile(parsed.code, c"@user_function")
            .map_err(|text| [b"ERR Error compiling function: ".as_slice(), &text].concat())?;
        let (result, mut ended) = self.with_vm(Purpose::Functions, observer, |vm, context| {
            context.loading = Some(Loading::default());
            context.limits.limit_time(LOAD_TIME);
            context.limits.loading = true;
            vm.load(chunk, context)
        });
        self.functions_vm().forget(chunk);
        self.log = std::mem::take(&mut ended.log);
        if result.is_err() {
            self.failed_line = ended.raised_at.map(|line| Some(line).filter(|line| *line > 0));
        }
        let loading = ended.loading.take().unwrap_or_default();
        let failed = match result {
            _ if ended.limits.stopped.is_some() => {
                Some(b"ERR Error registering functions: ERR FUNCTION LOAD timeout".to_vec())
            }
            Err(failed) => Some(match loading.refused {
                Some(text) => text.into_bytes(),
                None => [b"ERR Error registering functions: ".as_slice(), &failed.text].concat(),
            }),
            Ok(()) if loading.functions.is_empty() => Some(b"ERR No functions registered".to_vec()),
            Ok(()) => loading
                .functions
                .iter()
                .find(|function| self.libraries.owner(&function.name).is_some_and(|owner| *owner != parsed.name))
                .map(|function| {
                    format!("ERR Function {} already exists", String::from_utf8_lossy(&function.name)).into_bytes()
                }),
        };
        if let Some(text) = failed {
            for function in loading.functions {
                self.functions_vm().forget(function.callback);
            }
            return Err(text);
        }
        self.remove_library(&parsed.name);
        self.libraries.insert(parsed.name.clone(), Library { code: code.to_vec(), functions: loading.functions });
        Ok(parsed.name)
    }

    fn remove_library(&mut self, name: &[u8]) -> bool {
        let Some(library) = self.libraries.remove(name) else { return false };
        for function in library.functions {
            self.functions_vm().forget(function.callback);
        }
        true
    }

    pub(crate) fn function_delete(&mut self, name: &[u8]) -> Reply {
        if !self.remove_library(name) {
            return Reply::error("ERR Library not found");
        }
        self.engine.dirty += 1;
        Reply::ok()
    }

    pub(crate) fn function_flush(&mut self, call: &[Vec<u8>]) -> Reply {
        match &call[2..] {
            [] => {}
            [word] if word.eq_ignore_ascii_case(b"SYNC") || word.eq_ignore_ascii_case(b"ASYNC") => {}
            [_, _, ..] => return too_many_words(call),
            _ => return Reply::error("ERR FUNCTION FLUSH only supports SYNC|ASYNC option"),
        }
        self.reset_functions();
        self.engine.dirty += 1;
        Reply::ok()
    }

    pub(crate) fn function_list(&self, words: &[Vec<u8>]) -> Reply {
        let (mut with_code, mut pattern, mut at) = (false, None, 0);
        while at < words.len() {
            if words[at].eq_ignore_ascii_case(b"WITHCODE") && !with_code {
                with_code = true;
            } else if words[at].eq_ignore_ascii_case(b"LIBRARYNAME") && pattern.is_none() {
                at += 1;
                let Some(word) = words.get(at) else {
                    return Reply::error("ERR library name argument was not given");
                };
                pattern = Some(word);
            } else {
                return Reply::error(format!("ERR Unknown argument {}", String::from_utf8_lossy(&words[at])));
            }
            at += 1;
        }
        let shown = self
            .libraries
            .all
            .iter()
            .filter(|(name, _)| pattern.is_none_or(|pattern| glob::matches_any_case(pattern, name)));
        Reply::Array(shown.map(|(name, library)| describe(name, library, with_code)).collect())
    }

    pub(crate) fn function_stats(&self) -> Reply {
        let engine = Reply::Map(vec![
            (Reply::bulk("libraries_count"), Reply::Int(self.libraries.all.len() as i64)),
            (Reply::bulk("functions_count"), Reply::Int(self.libraries.functions() as i64)),
        ]);
        Reply::Map(vec![
            (Reply::bulk("running_script"), Reply::Nil),
            (Reply::bulk("engines"), Reply::Map(vec![(Reply::bulk("LUA"), engine)])),
        ])
    }

    pub(crate) fn function_dump(&mut self) -> Reply {
        let codes: Vec<&[u8]> = self.libraries.all.values().map(|library| library.code.as_slice()).collect();
        Reply::Bulk(rdb::dump_libraries(&codes, self.engine.target))
    }

    pub(crate) fn function_restore(&mut self, call: &[Vec<u8>], observer: &mut dyn Observer) -> Reply {
        let words = &call[2..];
        if words.len() > 2 {
            return too_many_words(call);
        }
        let (flush, replace) = match words.get(1).map(|word| word.to_ascii_uppercase()) {
            None => (false, false),
            Some(word) if word == b"APPEND" => (false, false),
            Some(word) if word == b"REPLACE" => (false, true),
            Some(word) if word == b"FLUSH" => (true, false),
            Some(_) => {
                return Reply::error(
                    "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.",
                );
            }
        };
        let codes = match rdb::read_libraries(&words[0], self.engine.target, &self.engine.config) {
            Ok(codes) => codes,
            Err(Refused::Footer) => return Reply::error("ERR DUMP payload version or checksum are wrong"),
            Err(Refused::Data) => return Reply::error("ERR given type is not a function"),
        };
        // All or nothing: what is there is put back where one of them fails.
        let before: Vec<Vec<u8>> = self.libraries.all.values().map(|library| library.code.clone()).collect();
        if flush {
            self.reset_functions();
        }
        let mut seen = BTreeSet::new();
        for code in &codes {
            let name = shebang::library(code, self.engine.target).map(|library| library.name).unwrap_or_default();
            let clash = !replace && !flush && self.libraries.all.contains_key(&name) || !seen.insert(name.clone());
            let failed = if clash {
                Some(format!("ERR Library {} already exists", String::from_utf8_lossy(&name)).into_bytes())
            } else {
                self.load_library(code, replace, observer).err()
            };
            if let Some(text) = failed {
                self.reset_functions();
                for code in &before {
                    let _ = self.load_library(code, true, observer);
                }
                return Reply::Error(text);
            }
        }
        self.engine.dirty += 1;
        Reply::ok()
    }
}

/// Error for a subcommand with more words than it takes.
fn too_many_words(call: &[Vec<u8>]) -> Reply {
    let word = String::from_utf8_lossy(&call[1]).into_owned();
    Reply::error(format!("ERR unknown subcommand or wrong number of arguments for '{word}'. Try FUNCTION HELP."))
}

fn describe(name: &[u8], library: &Library, with_code: bool) -> Reply {
    let functions = library.functions.iter().map(|function| {
        let flags =
            Flags::NAMES.iter().filter(|(_, flag)| function.flags.has(*flag)).map(|(name, _)| name.as_bytes().to_vec());
        Reply::Map(vec![
            (Reply::bulk("name"), Reply::bulk(&function.name)),
            (Reply::bulk("description"), function.description.as_ref().map_or(Reply::Nil, Reply::bulk)),
            (Reply::bulk("flags"), Reply::Set(flags.map(Reply::Status).collect())),
        ])
    });
    let mut fields = vec![
        (Reply::bulk("library_name"), Reply::bulk(name)),
        (Reply::bulk("engine"), Reply::bulk("LUA")),
        (Reply::bulk("functions"), Reply::Array(functions.collect())),
    ];
    if with_code {
        fields.push((Reply::bulk("library_code"), Reply::bulk(&library.code)));
    }
    Reply::Map(fields)
}
