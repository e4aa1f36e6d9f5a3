//! Function libraries.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
};

use sha1::{Digest as _, Sha1};

use crate::{lua::FunctionRef, shebang::Flags};

/// A function of a library.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) name: Vec<u8>,
    pub(crate) callback: FunctionRef,
    pub(crate) flags: Flags,
    pub(crate) description: Option<Vec<u8>>,
}

/// A library that is being loaded.
#[derive(Clone, Default, Debug)]
pub(crate) struct Loading {
    pub(crate) functions: Vec<Function>,
    /// Error whose text is complete, without the words that precede errors of Lua.
    pub(crate) refused: Option<String>,
}

/// A library.
#[derive(Clone, Debug)]
pub(crate) struct Library {
    pub(crate) code: Vec<u8>,
    pub(crate) functions: Vec<Function>,
}

/// The libraries of a server, by name; functions by their names in lower case.
#[derive(Clone, Default, Debug)]
pub(crate) struct Libraries {
    pub(crate) all: BTreeMap<Vec<u8>, Library>,
    owners: HashMap<Vec<u8>, Vec<u8>>,
}

impl Libraries {
    /// The function of a name, in any case of letters.
    pub(crate) fn function(&self, name: &[u8]) -> Option<&Function> {
        let lower = name.to_ascii_lowercase();
        let library = self.all.get(self.owners.get(&lower)?)?;
        library.functions.iter().find(|function| function.name.eq_ignore_ascii_case(name))
    }

    /// The library that a function belongs to.
    pub(crate) fn owner(&self, function: &[u8]) -> Option<&Vec<u8>> {
        self.owners.get(&function.to_ascii_lowercase())
    }

    pub(crate) fn insert(&mut self, name: Vec<u8>, library: Library) {
        for function in &library.functions {
            self.owners.insert(function.name.to_ascii_lowercase(), name.clone());
        }
        self.all.insert(name, library);
    }

    pub(crate) fn remove(&mut self, name: &[u8]) -> Option<Library> {
        let library = self.all.remove(name)?;
        for function in &library.functions {
            self.owners.remove(&function.name.to_ascii_lowercase());
        }
        Some(library)
    }

    pub(crate) fn functions(&self) -> usize {
        self.owners.len()
    }
}

/// The SHA-1 of a text in hexadecimal digits, by which scripts are known.
pub fn sha1_hex(text: &[u8]) -> String {
    let mut hex = String::with_capacity(40);
    for byte in Sha1::digest(text) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
