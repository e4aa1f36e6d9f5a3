//! Consent to writes on a real server: why it is needed, and the question that a client asks.

use commands::Target;
use config::ServerConfig;
use remote::{Identity, Refusal, Server};
use serde_json::{Value, json};

/// Reason why a run needs consent.
#[derive(Clone, Debug)]
pub(super) enum Need {
    /// The server refused a command of the run: where, in words.
    Refused(String),
    /// The server cannot promise that nothing is written.
    Old(Identity),
    /// The server has another library of the name, or none.
    Library(String, bool),
    /// The settings want the user to type the server's name.
    Confirm,
}

impl Need {
    /// Reads a refusal; none if consent would not help. Its place is that of the file already.
    pub(super) fn of(refusal: &Refusal) -> Option<Self> {
        match refusal {
            Refusal::WriteRefused(place) => {
                Some(Self::Refused(place.as_ref().map_or_else(|| "it".to_owned(), ToString::to_string)))
            }
            Refusal::NeedsConsent(identity) => Some(Self::Old(identity.clone())),
            Refusal::LibraryDiffers { library, absent } => Some(Self::Library(library.clone(), *absent)),
            _ => None,
        }
    }

    /// A sentence about the refusal, without a full stop.
    pub(super) fn reason(&self, server: &str) -> String {
        match self {
            Self::Refused(place) => format!("{place} writes; nothing was written on {server}"),
            Self::Old(identity) => format!(
                "{server} is {identity}, which cannot keep a script from writing (EVAL_RO came with Redis 7.0), and this one is \
                 not proved to read only"
            ),
            Self::Library(library, true) => {
                format!("{server} has no library {library}: to run its functions it must be loaded there")
            }
            Self::Library(library, false) => {
                format!(
                    "the library {library} on {server} is not this one: to run its functions it must be replaced there"
                )
            }
            Self::Confirm => format!("{server} wants to be confirmed by its name before anything is written there"),
        }
    }
}

/// Subject of a question.
pub(super) struct Subject<'a> {
    /// The script or function, as users know it.
    pub name: &'a str,
    /// The pasted code.
    pub code: &'a [u8],
    /// The function of a library.
    pub function: Option<&'a str>,
    /// The server.
    pub server: &'a Server,
    /// Its product and version, where known.
    pub identity: Option<&'a Identity>,
    /// Its settings.
    pub settings: Option<&'a ServerConfig>,
}

/// Returns `{"server", "script", "writes", "question", "confirm"?}`: what a client asks before it sends `write`.
pub(super) fn question(need: &Need, it: &Subject<'_>) -> Value {
    let target = it.identity.and_then(Identity::target).unwrap_or(Target::DEFAULT);
    let writes = servers::writes(it.code, it.function, target);
    let product = it.identity.map(|identity| format!(" ({identity})")).unwrap_or_default();
    let mut question = format!("Run {} on {}{product} and let it write?", it.name, it.server.name);
    match writes.as_slice() {
        [] => question.push_str(" Its text does not show by which commands it writes."),
        names => question.push_str(&format!(" It writes by {}.", names.join(", "))),
    }
    match need {
        Need::Library(library, true) => question.push_str(&format!(" The library {library} is loaded there.")),
        Need::Library(library, false) => {
            question.push_str(&format!(" The library {library} of the server is replaced by this one."));
        }
        _ => {}
    }
    let mut json = json!({ "server": &*it.server.name, "script": it.name, "writes": writes, "question": question });
    if let Some(confirm) = it.settings.and_then(|settings| settings.confirm.as_deref()) {
        json["confirm"] = json!(confirm);
    }
    json
}
