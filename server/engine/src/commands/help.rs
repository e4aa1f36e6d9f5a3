//! The replies of `HELP`, in our own words.

use protocol::Reply;

use crate::call::{Answer, Call};

/// The subcommands of a container, each with what it does.
pub(super) fn reply(call: &Call<'_>, lines: &[(&str, &str)]) -> Answer {
    let container = call.spec.name.split(' ').next().unwrap_or_default();
    let mut text = vec![format!("{container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:")];
    for (form, meaning) in lines.iter().copied().chain([("HELP", "This list.")]) {
        text.push(form.to_owned());
        text.push(format!("    {meaning}"));
    }
    Ok(Reply::Array(text.into_iter().map(|line| Reply::Status(line.into_bytes())).collect()))
}

/// A container called without a subcommand.
pub(crate) fn container(call: &mut Call<'_>) -> Answer {
    call.wrong_count()
}
