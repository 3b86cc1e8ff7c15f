//! What only the cache still holds is made smaller, where that is asked for.

use lazydebugger::event::EventKind;
use lazydebugger::vocabulary::{Lookup, Owner};

use crate::toy::{ROOMY, d1, d2, node};
use crate::world::World;

fn world() -> World {
    World::new(
        vec![node(&[]).cached().packed_when_cold(), node(&[0])],
        ROOMY,
    )
}

fn packings(world: &World) -> usize {
    let packed = |kind: &&EventKind| matches!(kind, EventKind::Packed { .. });
    world.events.iter().filter(packed).count()
}

#[test]
fn what_grows_cold_is_packed_once_and_counts_what_it_takes() {
    let mut world = world();
    world.ask(d1(), &[0]);
    world.finish_all();
    assert_eq!(packings(&world), 0, "somebody works with it");
    world.release(&d1());
    world.finish_all();
    assert_eq!((packings(&world), world.engine.resident_bytes()), (1, 5));
    assert_eq!(world.ledger.cache().bytes, 5);
    assert_eq!(world.owners(0), [Owner::Cache]);
    world.ask(d2(), &[1, 0]);
    assert!(matches!(world.last_lookup(0), Lookup::Hit { .. }));
    world.finish_all();
    world.release(&d2());
    world.finish_all();
    assert_eq!(packings(&world), 1, "it has been packed");
}

#[test]
fn what_went_before_it_was_packed_is_left_alone() {
    let mut world = world();
    world.ask(d1(), &[0]);
    world.finish_key(0);
    world.release(&d1());
    assert_eq!(world.packing.len(), 1);
    world.clear_cache();
    world.ask(d1(), &[0]);
    world.finish_key(0);
    world.pack(0);
    assert_eq!((packings(&world), world.engine.resident_bytes()), (0, 10));
    world.release(&d1());
    world.finish_all();
    assert_eq!((packings(&world), world.engine.resident_bytes()), (1, 5));
}
