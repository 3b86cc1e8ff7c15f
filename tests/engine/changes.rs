//! Files that change at an unlucky moment.

use lazydebugger::vocabulary::{MissReason, ReleaseCause};

use crate::toy::{ROOMY, d1, d2, file, name, node};
use crate::world::{Answer, World};

#[test]
fn waiters_of_an_overtaken_load_get_the_new_content() {
    let mut world = World::new(vec![node(&[]).with_file()], ROOMY);
    let early = world.ask(d1(), &[0]);
    world.compute(0);
    world.edit(0);
    let late = world.ask(d2(), &[0]);
    assert_eq!(
        world.last_miss(0),
        MissReason::InputChanged {
            part: name(file(0))
        }
    );
    assert_eq!(world.running(), [0, 0]);
    world.finish(0, false);
    assert!(world.answers.is_empty(), "the old content is for nobody");
    world.finish_all();
    let [a, b] = [early, late].map(|t| match &world.answers[&t] {
        Answer::Ready { hashes, .. } => hashes.clone(),
        Answer::Failed(failure) => panic!("{failure:?}"),
    });
    assert_eq!(a, b);
    assert_eq!(world.loads(0), 1);
}

#[test]
fn an_answer_never_mixes_old_and_new() {
    // 2 is made from the files 0 and 1. The first request has 0 already when 0 changes; the
    // second only asks for 0.
    let nodes = vec![node(&[]).with_file(), node(&[]).with_file(), node(&[0, 1])];
    let mut world = World::new(nodes, ROOMY);
    let all = world.ask(d1(), &[0, 2]);
    world.finish_key(0);
    world.edit(0);
    let only = world.ask(d2(), &[0]);
    world.finish_key(1);
    assert_eq!(world.running(), [0], "2 waits for the new 0");
    world.finish_all();
    assert!(
        world.is_ready(only) && world.is_ready(all),
        "{:?}",
        world.answers
    );
    assert_eq!(world.starts(2), 1, "nothing is made from the old 0");
}

#[test]
fn an_input_under_way_is_waited_for_once_by_an_overtaking_load() {
    // 2 needs 0 and 1. While both load, 1 changes: the new 2 joins the load of 0 a second time.
    let nodes = vec![node(&[]).with_file(), node(&[]).with_file(), node(&[0, 1])];
    let mut world = World::new(nodes, ROOMY);
    let early = world.ask(d1(), &[2]);
    world.edit(1);
    let late = world.ask(d2(), &[2]);
    world.finish_key(0);
    assert!(!world.running().contains(&2), "1 is still missing");
    world.finish_all();
    assert!(
        world.is_ready(early) && world.is_ready(late),
        "{:?}",
        world.answers
    );
}

#[test]
fn a_stale_value_is_not_served_because_somebody_still_reads_it() {
    // 1 is being made from 0, so 0's old value is alive when it is asked for after a change.
    let mut world = World::new(vec![node(&[]).with_file(), node(&[0])], ROOMY);
    let first = world.ask(d1(), &[1]);
    world.finish_key(0);
    assert_eq!(world.running(), [1]);
    world.cancel(first);
    world.edit(0);
    let second = world.ask(d2(), &[0]);
    assert_eq!(
        world.last_miss(0),
        MissReason::InputChanged {
            part: name(file(0))
        }
    );
    assert_eq!(
        world.release_causes(0),
        [ReleaseCause::Stale {
            part: name(file(0))
        }]
    );
    world.finish_all();
    assert!(world.is_ready(second));
}

#[test]
fn a_file_that_changes_while_it_is_loaded_is_an_error() {
    let mut world = World::new(vec![node(&[]).with_file(), node(&[0])], ROOMY);
    let ticket = world.ask(d1(), &[1]);
    world.edit(0);
    world.finish_all();
    let text = world.failure_in_words(ticket);
    assert!(
        text.contains("0.txt: changed while it was loaded: run again"),
        "{text}"
    );
    assert!(
        !world.is_resident(0),
        "it would be filed under the wrong id"
    );
    let again = world.ask(d1(), &[1]);
    world.finish_all();
    assert!(world.is_ready(again));
}

#[test]
fn an_unreadable_file_fails_what_needs_it_even_if_it_was_loaded_before() {
    let mut world = World::new(vec![node(&[]).with_file(), node(&[0]).cached()], ROOMY);
    world.ask(d1(), &[1]);
    world.finish_all();
    world.delete(0);
    let ticket = world.ask(d2(), &[1]);
    let text = world.failure_in_words(ticket);
    assert!(text.contains("0.txt: no such file"), "{text}");
    assert!(text.contains("toy:1 -> toy:0 -> file:0"), "{text}");
    assert!(!world.is_resident(1));
    world.write(0, "back");
    let again = world.ask(d2(), &[1]);
    world.finish_all();
    assert!(world.is_ready(again));
}
