//! Function libraries: their registrations, and the code that runs while they load.

use rustc_hash::FxHashSet;
use syntax::{ExprId, FunctionId};

/// A function library.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// The calls of `redis.register_function`, in source order.
    pub registrations: Vec<Registration>,
    /// The registered functions.
    pub(crate) callbacks: FxHashSet<FunctionId>,
    /// The functions that run while the library loads; the chunk is one.
    pub(crate) at_load: FxHashSet<FunctionId>,
}

/// One call of `redis.register_function`.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The call.
    pub call: ExprId,
    /// The function's name, where it is constant.
    pub name: Option<String>,
    /// The expression that gives the name.
    pub name_expr: Option<ExprId>,
    /// The expression that gives the callback.
    pub callback_expr: Option<ExprId>,
    /// The callback, where it is a function of the file.
    pub callback: Option<FunctionId>,
    /// The constant flags; `None` if they are unknown.
    pub flags: Option<Vec<(String, ExprId)>>,
}

impl Library {
    /// Returns true if `function` is registered: its parameters are the keys and the arguments.
    pub fn is_callback(&self, function: FunctionId) -> bool {
        self.callbacks.contains(&function)
    }

    /// Returns true if `function` surely runs while the library loads.
    pub fn runs_at_load(&self, function: FunctionId) -> bool {
        self.at_load.contains(&function)
    }
}
