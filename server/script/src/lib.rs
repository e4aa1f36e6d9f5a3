//! Scripts and function libraries, run as a server runs them: on an [`Engine`](engine::Engine), in a Lua 5.1 with the
//! servers' sandbox and libraries.

mod api;
mod budget;
mod call;
mod context;
mod convert;
mod eval;
mod execute;
mod failure;
mod functions;
mod gate;
mod invocation;
mod library;
mod libs;
mod lua;
mod observer;
mod outcome;
mod random;
mod run;
mod scripts;
mod server;
mod shebang;
mod state;
mod vm;
mod watch;
mod words;

pub use gate::OOM;
pub use invocation::{Budget, Cancel, Entry, Invocation, Running};
pub use library::sha1_hex;
pub use observer::{NoObserver, Observer};
pub use outcome::{Change, Cost, Failure, LogLine, Outcome, State, Traced};
pub use server::Server;
pub use shebang::line_rules;
