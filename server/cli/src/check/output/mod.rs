//! Output formats. Findings are written as they come; totals come last.

pub(super) mod facts;
pub(super) mod github;
pub(super) mod human;
pub(super) mod json;
pub(super) mod junit;
pub(super) mod sarif;
mod statistics;
mod writer;

use self::writer::Output;
use crate::args::{Check, Format};

/// The output for the options of the command line.
pub(super) fn new(args: &Check) -> Box<dyn Output> {
    if args.statistics {
        return Box::new(statistics::Statistics::new(args.hints, args.format == Format::Json, args.quiet));
    }
    match args.format {
        Format::Human => Box::new(human::Human::new(args.hints, args.quiet)),
        Format::Json => Box::new(json::Json::new(args.summary, args.fix)),
        Format::Sarif => Box::new(sarif::Sarif::new()),
        Format::Github => Box::new(github::Github::new(args.hints)),
        Format::Junit => Box::new(junit::JUnit::new(args.hints)),
    }
}
