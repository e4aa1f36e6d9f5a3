//! Functions in fields of the tables that locals hold, by local and name.

use rustc_hash::FxHashMap;
use syntax::FunctionId;

use crate::LocalId;

/// The functions in fields, by local and name.
#[derive(Debug, Default)]
pub(crate) struct Members {
    /// None for a field that is given several values, or something else.
    pub(crate) by_name: FxHashMap<LocalId, FxHashMap<Box<[u8]>, Option<FunctionId>>>,
    /// The locals with a field that is written by an unknown name.
    pub(crate) open: Vec<LocalId>,
    /// The fields that the functions are in.
    pub(crate) names: FxHashMap<FunctionId, (LocalId, Box<[u8]>)>,
}
