//! Shrinks a sequence that shows a difference.

use anyhow::Result;

use super::session::{Difference, Session};

type Calls = Vec<Vec<Vec<u8>>>;

/// Number of times a sequence is tried.
const TRIES: usize = 400;

/// The shortest sequence found that still shows a difference of the same command, and that difference.
pub(super) fn shrink(session: &mut Session, calls: Calls, first: Difference) -> Result<(Calls, Difference)> {
    let mut best = (calls, first);
    // What comes behind the difference has no part in it.
    best.0.truncate(best.1.nth + 1);
    let mut tries = 0;
    let mut size = best.0.len() / 2;
    while size >= 1 && tries < TRIES {
        let mut at = 0;
        while at < best.0.len() && tries < TRIES {
            let mut shorter = best.0.clone();
            shorter.drain(at..(at + size).min(shorter.len()));
            tries += 1;
            if !keep(session, shorter, &mut best)? {
                at += size;
            }
        }
        size /= 2;
    }
    shorten_calls(session, &mut best, &mut tries)?;
    Ok(best)
}

/// Leaves words of long calls out, many at once first.
fn shorten_calls(session: &mut Session, best: &mut (Calls, Difference), tries: &mut usize) -> Result<()> {
    for nth in (0..best.0.len()).rev() {
        let mut size = best.0.get(nth).map_or(0, Vec::len) / 2;
        while size >= 1 && *tries < 2 * TRIES {
            let mut at = 1;
            while best.0.get(nth).is_some_and(|call| at + size <= call.len()) && *tries < 2 * TRIES {
                let mut shorter = best.0.clone();
                shorter[nth].drain(at..at + size);
                *tries += 1;
                if !keep(session, shorter, best)? {
                    at += size;
                }
            }
            size /= 2;
        }
    }
    Ok(())
}

fn keep(session: &mut Session, calls: Calls, best: &mut (Calls, Difference)) -> Result<bool> {
    match session.run(&calls)? {
        Some(difference) if difference.signature() == best.1.signature() => {
            *best = (calls, difference);
            best.0.truncate(best.1.nth + 1);
            Ok(true)
        }
        _ => Ok(false),
    }
}
