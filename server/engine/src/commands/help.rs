//! The replies of `HELP`, in our own words.

use protocol::Reply;

use crate::{
    call::{Answer, Call},
    error::Error,
};

/// The subcommands of a container, each with what it does.
pub(super) fn reply(call: &Call<'_>, lines: &[(&str, &str)]) -> Answer {
    Ok(help(call.spec.name.split(' ').next().unwrap_or_default(), lines))
}

/// The reply of a container's `HELP`: a line with each subcommand's form, and one with what it does.
pub fn help(container: &str, lines: &[(&str, &str)]) -> Reply {
    let mut text = vec![format!("{container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:")];
    for (form, meaning) in lines.iter().copied().chain([("HELP", "This list.")]) {
        text.push(form.to_owned());
        text.push(format!("    {meaning}"));
    }
    Reply::array(text.into_iter().map(|line| Reply::Status(line.into_bytes())))
}

/// A container called without a subcommand.
pub(crate) fn container(call: &mut Call<'_>) -> Answer {
    call.wrong_count()
}

/// Error of containers that check the count of words themselves.
pub(super) fn unknown(call: &Call<'_>) -> Error {
    let container = call.spec.name.split(' ').next().unwrap_or_default();
    let begin = if call.since(7, 0) { "unknown" } else { "Unknown" };
    let word = String::from_utf8_lossy(call.word(1));
    format!("ERR {begin} subcommand or wrong number of arguments for '{word}'. Try {container} HELP.").into()
}
