//! Texts of runs that failed or were stopped.

use commands::Target;
use engine::Engine;

use crate::{
    Budget,
    budget::Stop,
    vm::{Failed, Purpose},
};

/// The line that a message of the compiler names.
pub(crate) fn place_in(text: &[u8]) -> Option<u32> {
    let text = String::from_utf8_lossy(text);
    ["user_script:", "user_function:"].iter().find_map(|mark| {
        let from = text.find(mark)? + mark.len();
        let digits: String = text[from..].chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    })
}

/// Message for a run that was stopped, with what a real server would have done.
pub(crate) fn stop_message(stop: Stop, line: u32, wrote: bool, budget: &Budget, engine: &Engine) -> String {
    let what = match stop {
        Stop::Time => format!("it took longer than its budget of {:?}", budget.time),
        Stop::Instructions => format!("it ran more than its budget of {} instructions", budget.instructions),
        Stop::Memory if meter::was_refused() || budget.memory == usize::MAX => {
            "the system has no more memory".to_owned()
        }
        Stop::Memory => format!("it took more memory than its budget of {} MiB", budget.memory / (1024 * 1024)),
        Stop::Cancelled | Stop::Killed => "it was cancelled".to_owned(),
        Stop::Loading => "it took longer than 500 ms to load".to_owned(),
    };
    let place = if line > 0 { format!(" at line {line}") } else { String::new() };
    let threshold = engine.config.get("busy-reply-threshold").or_else(|| engine.config.get("lua-time-limit"));
    let threshold = threshold.and_then(|millis| millis.parse::<u64>().ok()).unwrap_or(5000);
    let server = match (stop, wrote) {
        (Stop::Memory, _) => "a real server would take the memory until the system ends it".to_owned(),
        (_, false) => format!(
            "a real server answers everybody else with BUSY after {threshold} ms, until SCRIPT KILL ends the script"
        ),
        (_, true) => format!(
            "a real server answers everybody else with BUSY after {threshold} ms, and as the script has written, SCRIPT \
             KILL is refused (UNKILLABLE): only SHUTDOWN NOSAVE ends it"
        ),
    };
    format!("ERR stopped{place}: {what}; nothing that it did was kept. Here {server}.")
}

/// Error that a client receives for an error of a script.
pub(crate) fn error_text(target: Target, name: &str, failed: &Failed) -> Vec<u8> {
    let text = &failed.text;
    if !target.since(7, 0) {
        return [b"ERR Error running script (call to f_", name.as_bytes(), b"): ", text.as_slice()].concat();
    }
    let Some((source, line)) = &failed.place else { return text.clone() };
    let newest = target.valkey_since(9, 1);
    let by = if newest { String::new() } else { format!("{name}, ") };
    [text.as_slice(), b" script: ", by.as_bytes(), b"on ", source.as_slice(), format!(":{line}.").as_bytes()].concat()
}

/// Error raised in a script that is killed. Until Valkey 8.1 it names `SCRIPT KILL` for functions too.
pub(crate) fn kill_text(target: Target, purpose: Purpose) -> &'static str {
    match (target.valkey_since(8, 1), purpose) {
        (false, _) => "Script killed by user with SCRIPT KILL...",
        (true, Purpose::Scripts) => "Script killed by user with SCRIPT KILL.",
        (true, Purpose::Functions) => "Script killed by user with FUNCTION KILL.",
    }
}
