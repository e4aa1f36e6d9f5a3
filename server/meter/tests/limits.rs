//! Runs end where their limits are, and what is around them goes on.

use std::time::{Duration, Instant};

use meter::{Cancel, Limits, Stop, copy, grow, held, peak, push, reset_peak, tick, within};

const MIB: usize = 1024 * 1024;

fn memory(bytes: usize) -> Limits {
    Limits { memory: Some(bytes), ..Limits::default() }
}

#[test]
fn what_grows_ends_at_the_limit() {
    let before = held();
    reset_peak();
    let ended = within(&memory(8 * MIB), || {
        let mut items = Vec::new();
        loop {
            push(&mut items, vec![0u8; 1000]);
        }
    });
    assert_eq!(ended.map(|(): ()| ()), Err(Stop::Memory));
    assert!(peak() - before < 9 * MIB as isize, "{}", peak() - before);
    assert!(held() - before < MIB as isize, "what the run owned is freed");
}

#[test]
fn one_large_allocation_is_refused_before_it_is_made() {
    reset_peak();
    let before = held();
    let source = vec![1u8; 16 * MIB];
    assert_eq!(within(&memory(8 * MIB), || copy(&source)), Err(Stop::Memory));
    assert_eq!(within(&memory(8 * MIB), || grow(&mut vec![0u64; 3], usize::MAX / 4)), Err(Stop::Memory));
    assert!(peak() - before < 17 * MIB as isize);
    assert_eq!(within(&memory(20 * MIB), || copy(&source).len()), Ok(16 * MIB));
}

#[test]
fn a_list_that_has_no_room_to_double_still_takes_what_fits() {
    let filled = within(&memory(16 * MIB), || {
        let mut items: Vec<u8> = Vec::new();
        for _ in 0..10 * MIB {
            grow(&mut items, 1);
            items.push(0);
        }
        items.len()
    });
    assert_eq!(filled, Ok(10 * MIB));
}

#[test]
fn the_inner_run_is_bounded_by_the_outer_one() {
    let ended = within(&memory(4 * MIB), || {
        let inner = within(&memory(64 * MIB), || copy(&[0; 100]).len() + copy(&vec![0; 3 * MIB]).len());
        (inner, within(&memory(2 * MIB), || copy(&vec![0; 512 * 1024]).len()))
    });
    assert_eq!(ended, Ok((Err(Stop::Memory), Ok(512 * 1024))));
}

#[test]
fn time_and_cancellation() {
    let soon = Limits { deadline: Some(Instant::now() + Duration::from_millis(20)), ..Limits::default() };
    let endless = || -> () {
        loop {
            tick(1);
        }
    };
    assert_eq!(within(&soon, endless), Err(Stop::Time));
    let cancel = Cancel::default();
    cancel.cancel();
    let limits = Limits { cancel: Some(cancel), ..Limits::default() };
    assert_eq!(within(&limits, endless), Err(Stop::Cancelled));
    // Without limits a tick does nothing.
    (0..100_000).for_each(|_| tick(1));
}

#[test]
fn other_panics_go_on() {
    let caught = std::panic::catch_unwind(|| within(&Limits::default(), || std::panic::resume_unwind(Box::new(7))));
    assert_eq!(
        caught.map(|_: Result<(), Stop>| ()).map_err(|payload| payload.downcast_ref::<i32>().copied()),
        Err(Some(7))
    );
}
