//! `redlua acl`: the permissions that scripts need, and what a user of a server lacks of them.

mod check;
mod grant;

use std::{io::Write as _, process::ExitCode};

use anyhow::Result;
use commands::Target;
use remote::Session;
use semantic::facts;

use self::grant::Grant;
use crate::{args::Acl, notice, on, sent::Scripts};

pub(crate) fn run(args: &Acl) -> Result<ExitCode> {
    let scripts = Scripts::read(&args.workspace.paths, args.workspace.config.as_deref())?;
    let mut grant = Grant::new(args.keys.clone(), args.read_only);
    for sent in &scripts.all {
        let path = scripts.shown(&sent.path);
        let all = facts::of(&[facts::Part::new(&path, &sent.script)], &[Target::DEFAULT]);
        grant.add(sent, &path, &all);
    }
    let Some(user) = &args.check else {
        writeln!(std::io::stdout(), "{}", grant.line(&args.name))?;
        grant.notes.iter().for_each(|note| notice::plain(note));
        return Ok(status(&scripts, 0));
    };
    let server = on::only(&args.on, &scripts.settings)?;
    let checked = Session::open(&server).and_then(|mut session| {
        let place = session.masters().remove(0);
        check::lacking(session.connection(&place)?, user, &grant)
    });
    match checked {
        Ok(None) => {
            notice::error(&format!("{} is older than 7.0 and has no ACL DRYRUN", server.name));
            Ok(ExitCode::from(2))
        }
        Ok(Some(lacking)) => {
            for text in &lacking {
                writeln!(std::io::stdout(), "{text}")?;
            }
            grant.notes.iter().for_each(|note| notice::plain(note));
            if lacking.is_empty() {
                notice::plain(&format!("{user} may run these scripts on {}", server.name));
            }
            Ok(status(&scripts, lacking.len()))
        }
        Err(error) => Ok(on::refused(&error, &scripts.settings)),
    }
}

fn status(scripts: &Scripts, lacking: usize) -> ExitCode {
    ExitCode::from(if scripts.failed > 0 { 2 } else { u8::from(lacking > 0) })
}
