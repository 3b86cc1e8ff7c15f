//! Files are keys too: read like all else, kept by the session, and read again when in doubt.

use std::time::SystemTime;

use lazydebugger::engine::{Limits, LoadError, Recheck};
use lazydebugger::ledger::ResourceState;
use lazydebugger::vocabulary::{MissReason, Owner, Problem};

use crate::toy::{ROOMY, d1, d2, file, name, node};
use crate::world::World;

fn use_once(world: &mut World, key: usize) -> u64 {
    let ticket = world.ask(d1(), &[key]);
    world.finish_all();
    world.release(&d1());
    ticket
}

#[test]
fn a_file_is_read_once_and_the_session_keeps_what_it_holds() {
    let mut world = World::new(vec![node(&[]).with_file()], ROOMY);
    use_once(&mut world, 0);
    assert_eq!(world.owners(file(0)), [Owner::Session]);
    world.clear_all();
    assert_eq!(world.owners(file(0)), [Owner::Session]);
    use_once(&mut world, 0);
    assert_eq!((world.reads(0), world.loads(0)), (1, 2));
}

#[test]
fn files_are_read_on_lanes_like_all_else() {
    let nodes = (0..3).map(|_| node(&[]).with_file()).collect();
    let mut world = World::new(nodes, Limits { lanes: 2, ..ROOMY });
    let ticket = world.ask_only(d1(), &[0, 1, 2]);
    assert_eq!(world.identifying(), [0, 1]);
    assert_eq!(world.state(file(2)), ResourceState::Queued);
    world.identify(0);
    assert_eq!(world.identifying(), [1, 2]);
    assert!(world.running().is_empty(), "all files are read first");
    world.finish_all();
    assert!(world.is_ready(ticket));
}

#[test]
fn a_file_is_an_input_of_what_is_made_from_it() {
    let mut world = World::new(vec![node(&[]).with_file()], ROOMY);
    let ticket = world.ask(d1(), &[0, file(0)]);
    let owner = Owner::Load { load: name(0) };
    assert_eq!(world.owners(file(0)), [Owner::Session, owner, d1()]);
    world.finish_all();
    assert!(world.is_ready(ticket));
    assert_eq!(world.owners(file(0)), [Owner::Session, d1()]);
}

#[test]
fn a_touched_file_is_read_again_and_what_is_made_from_it_is_not() {
    let mut world = World::new(vec![node(&[]).with_file().cached()], ROOMY);
    world.write(0, "same");
    use_once(&mut world, 0);
    world.write(0, "same");
    use_once(&mut world, 0);
    assert_eq!((world.reads(0), world.loads(0)), (2, 1));
    use_once(&mut world, 0);
    assert_eq!(world.reads(0), 2);
}

#[test]
fn a_file_that_was_young_when_it_was_read_is_read_again() {
    let mut world = World::new(vec![node(&[]).with_file().cached()], ROOMY);
    world.write_at(0, "young", SystemTime::now());
    for reads in 1..4 {
        let ticket = use_once(&mut world, 0);
        assert!(world.is_ready(ticket));
        assert_eq!((world.reads(0), world.loads(0)), (reads, 1));
    }
    assert_eq!(world.hear_of(0), Recheck::Reading);
    world.finish_all();
}

#[test]
fn a_file_that_is_written_before_it_is_read_is_what_is_loaded() {
    let mut world = World::new(vec![node(&[]).with_file()], ROOMY);
    let ticket = world.ask_only(d1(), &[0]);
    world.write(0, "newer");
    world.finish_all();
    assert!(world.is_ready(ticket), "{:?}", world.answers);
    assert_eq!((world.reads(0), world.starts(0)), (1, 1));
}

#[test]
fn who_joins_a_read_is_not_answered_with_what_was_there_before() {
    let mut world = World::new(vec![node(&[]).with_file().cached()], ROOMY);
    world.write(0, "old");
    let first = world.ask_only(d1(), &[0]);
    world.read(0);
    world.write(0, "new");
    let second = world.ask_only(d2(), &[0]);
    assert_eq!(world.identifying(), [0], "one reader at a time");
    world.identify(0);
    assert_eq!(
        world.identifying(),
        [0],
        "it has read what was there before"
    );
    world.finish_all();
    assert_eq!(world.files.whole(0), "new");
    assert_eq!(world.hashes(first), world.hashes(second));
    // What came of it is filed under what it was made from.
    world.write(0, "old");
    let third = world.ask(d1(), &[0]);
    world.finish_all();
    assert_ne!(world.hashes(second), world.hashes(third));
}

#[test]
fn who_joins_a_read_that_fails_is_not_told_so_if_the_file_is_there_again() {
    let mut world = World::new(vec![node(&[]).with_file()], ROOMY);
    world.delete(0);
    let first = world.ask_only(d1(), &[0]);
    world.read(0);
    world.write(0, "back");
    let second = world.ask_only(d2(), &[0]);
    world.finish_all();
    assert!(world.is_ready(first) && world.is_ready(second));
}

#[test]
fn nothing_is_loaded_from_a_file_that_is_in_doubt() {
    // The only lane is busy when the file is heard of, and who asked for it again leaves.
    let nodes = vec![node(&[]).with_file().cached(), node(&[])];
    let mut world = World::new(nodes, Limits { lanes: 1, ..ROOMY });
    world.write(0, "old");
    let busy = world.ask(d1(), &[1]);
    let ticket = world.ask_only(d2(), &[0]);
    world.finish_key(1);
    assert!(world.is_ready(busy));
    world.ask(d1(), &[1]);
    world.identify(0);
    assert_eq!(world.running(), [0]);
    world.finish_all();
    world.clear_all();
    world.release(&d1());
    world.release(&d2());
    let busy = world.ask(d1(), &[1]);
    let again = world.ask(d2(), &[0]);
    assert_eq!(world.running(), [1], "0 is next");
    world.write(0, "new");
    let leaves = world.ask_only(Owner::User, &[0]);
    world.cancel(leaves);
    world.finish_all();
    assert!(world.is_ready(busy) && world.is_ready(ticket));
    assert!(world.is_ready(again), "{:?}", world.answers);
    assert_eq!(world.files.whole(0), "new");
}

#[test]
fn an_answer_never_mixes_a_file_and_what_it_was() {
    let nodes = vec![node(&[]).with_file(), node(&[]).with_file()];
    let mut world = World::new(nodes, ROOMY);
    world.ask(Owner::User, &[0]);
    world.finish_all();
    let ticket = world.ask_only(d1(), &[file(0), 0, file(1)]);
    assert_eq!(world.identifying(), [1]);
    world.write(0, "new");
    assert_eq!(world.hear_of(0), Recheck::Reading);
    world.identify(0);
    assert_eq!(world.identifying(), [0]);
    world.finish_all();
    assert!(world.is_ready(ticket));
    assert_eq!(world.loads(0), 2);
}

#[test]
fn a_file_that_cannot_be_read_fails_what_needs_it_and_nothing_else() {
    let nodes = vec![
        node(&[]).with_file(),
        node(&[0]),
        node(&[]).with_file(),
        node(&[1, 2]),
    ];
    let mut world = World::new(nodes, ROOMY);
    world.delete(0);
    let fails = world.ask(d1(), &[3]);
    let other = world.ask(d2(), &[2]);
    world.finish_all();
    let words = world.failure_in_words(fails);
    assert!(
        words.ends_with(
            "0.txt: no such file: check the path (while loading toy:3 -> toy:1 -> toy:0 -> file:0)"
        ),
        "{words}"
    );
    assert!(world.is_ready(other));
    assert!(matches!(world.state(file(0)), ResourceState::Failed(_)));
    assert_eq!(world.owners(file(0)), []);
    assert_eq!(world.starts(0), 0);
}

#[test]
fn a_file_that_could_not_be_read_is_tried_again_at_the_next_request() {
    let mut world = World::new(vec![node(&[]).with_file()], ROOMY);
    world.fail_loads_of(file(0), true);
    for tries in 1..3 {
        let ticket = world.ask(d1(), &[0]);
        world.finish_all();
        let failure = world.failure(ticket);
        assert_eq!(failure.chain, [name(0), name(file(0))]);
        assert_eq!(failure.error, LoadError::Failed(Problem::new("boom")));
        assert_eq!(world.starts(file(0)), tries);
    }
    // Its stamp is what it was.
    world.fail_loads_of(file(0), false);
    let ticket = world.ask(d1(), &[0]);
    assert_eq!(world.last_miss(file(0)), MissReason::RetryAfterError);
    world.finish_all();
    assert!(world.is_ready(ticket));
}

#[test]
fn a_file_that_is_gone_is_not_answered_with_what_it_held() {
    let mut world = World::new(vec![node(&[]).with_file()], ROOMY);
    world.ask(Owner::User, &[0, file(0)]);
    world.finish_all();
    world.delete(0);
    let ticket = world.ask(d1(), &[file(0)]);
    world.finish_all();
    assert_eq!(world.failure(ticket).chain, [name(file(0))]);
    assert!(!world.is_resident(file(0)));
    world.write(0, "back");
    let ticket = world.ask(d1(), &[file(0)]);
    world.finish_all();
    assert!(world.is_ready(ticket));
    assert_eq!(world.owners(file(0)), [Owner::Session, d1()]);
}

#[test]
fn a_file_that_is_there_again_is_an_input_again() {
    // 1 waits for 0 when its file, which could not be read, can.
    let nodes = vec![node(&[]), node(&[0]).with_file(), node(&[1])];
    let mut world = World::new(nodes, ROOMY);
    world.delete(1);
    let first = world.ask(d1(), &[2]);
    assert_eq!(world.running(), [0]);
    world.write(1, "back");
    let second = world.ask(d2(), &[file(1)]);
    world.finish_all();
    assert!(world.is_ready(second));
    assert!(world.is_ready(first), "{:?}", world.answers);
}

#[test]
fn a_file_that_changes_and_changes_back_is_what_it_was() {
    let mut world = World::new(vec![node(&[]).with_file(), node(&[0]).cached()], ROOMY);
    world.write(0, "old");
    let first = use_once(&mut world, 1);
    world.write(0, "new");
    world.write(0, "old");
    let second = use_once(&mut world, 1);
    assert_eq!(world.hashes(first), world.hashes(second));
    assert_eq!((world.reads(0), world.loads(1)), (2, 1));
    world.write(0, "new");
    assert_eq!(world.hear_of(0), Recheck::Reading);
    world.finish_all();
    assert!(world.is_stale(1));
    world.write(0, "old");
    assert_eq!(world.hear_of(0), Recheck::Reading);
    world.finish_all();
    assert!(!world.is_stale(1));
    use_once(&mut world, 1);
    assert_eq!(world.loads(1), 1);
}

#[test]
fn a_file_changes_back_while_what_is_made_from_it_waits() {
    let nodes = vec![node(&[]), node(&[0]).with_file().cached()];
    let mut world = World::new(nodes, ROOMY);
    world.write(1, "old");
    let first = world.ask(d1(), &[1]);
    for text in ["new", "old"] {
        world.write(1, text);
        world.hear_of(1);
        while world.identify(0) {}
    }
    world.finish_all();
    assert!(world.is_ready(first));
    assert_eq!(world.starts(1), 1);
    // It is filed under what it is.
    world.write(1, "new");
    let second = world.ask(d2(), &[1]);
    world.finish_all();
    assert_ne!(world.hashes(first), world.hashes(second));
    assert_eq!(world.loads(1), 2);
}

#[test]
fn a_read_that_nobody_waits_for_any_more_is_stopped() {
    let mut world = World::new(vec![node(&[]).with_file()], ROOMY);
    let tickets = [d1(), d2()].map(|owner| world.ask_only(owner, &[0]));
    world.cancel(tickets[0]);
    assert!(world.stopping().is_empty());
    world.cancel(tickets[1]);
    assert_eq!(world.stopping(), [file(0)]);
    // Whoever comes next gets a new one.
    let third = world.ask_only(d1(), &[0]);
    assert_eq!(world.identifying(), [0, 0]);
    world.finish_all();
    assert!(world.is_ready(third));
    assert_eq!(world.answers.len(), 1);
}
