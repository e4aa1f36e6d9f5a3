//! Scripts and function libraries, run as a server runs them: on an [`Engine`](engine::Engine), in a Lua 5.1 with the
//! servers' sandbox and libraries.

mod invocation;
mod libs;
mod lua;
mod observer;
mod outcome;
mod server;

pub use invocation::{Budget, Cancel, Entry, Invocation};
pub use observer::{NoObserver, Observer};
pub use outcome::{Change, Cost, Failure, LogLine, Outcome, State, Traced};
pub use server::Server;
