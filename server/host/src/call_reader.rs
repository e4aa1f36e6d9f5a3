//! The parts from which calls are read.

use std::collections::HashMap;

use crate::{calls::Matched, names::Names, tokens::Tokens, words::WordReader};

/// Reads the calls of a file.
pub(crate) struct CallReader<'a> {
    pub tokens: &'a Tokens<'a>,
    pub names: &'a Names<'a>,
    pub matches: &'a [Matched<'a>],
    /// For each literal of a script the id of that.
    pub by_literal: HashMap<u32, &'a str>,
    pub reader: WordReader<'a>,
}
