//! Clients and what they wait for: state without behaviour, below all other files.

mod channels;
mod client;
mod core;
mod hub;
mod link;
mod pause;
mod queue;
mod running;
mod tracked;
mod waiting;

pub(crate) use channels::{Ids, Kind, count};
pub(crate) use client::{Client, Hold, Multi, Names, ReplyMode, Watched};
pub(crate) use core::Core;
pub(crate) use hub::{DeferredUpdate, Hub, OUT_OF_MEMORY};
pub(crate) use link::{BACKLOG, Link, Wrote};
pub(crate) use pause::Pause;
pub(crate) use queue::{Job, Words, cost};
pub(crate) use running::{Run, Running};
pub(crate) use tracked::Tracking;
pub(crate) use waiting::{Parked, Wish};
