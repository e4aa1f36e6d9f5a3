//! Real servers as the workspace names them: the tables of `[servers]`, their passwords, runs of scripts there, and what is told
//! of these to people and programs. The checker and the language server share it.

mod consent;
mod outcome;
mod password;
mod run;
mod settings;

pub use consent::{reads_only, writes};
pub use outcome::{advice, end_text, failure, in_files, json};
pub use password::find as password;
pub use run::{Request, TIME, library_name, run};
pub use settings::named;
