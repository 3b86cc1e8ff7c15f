//! Memory pools: each has a budget, an eviction and a refusal of its own, here on simulated devices.

use lazydebugger::engine::Limits;
use lazydebugger::vocabulary::MemoryPool::{Device, Host};
use lazydebugger::vocabulary::{MissReason, Owner, ReleaseCause};

use crate::toy::{ROOMY, d1, d2, name, node};
use crate::world::World;

fn budgets(host: u64, device: u64) -> Limits {
    Limits {
        memory_budget: Some(host),
        device_budget: Some(device),
        ..ROOMY
    }
}

#[test]
fn what_lies_on_a_device_takes_nothing_of_the_hosts_budget() {
    let nodes = vec![
        node(&[]).bytes(20),
        node(&[]).bytes(25).on(Device(0)),
        node(&[]).bytes(25).on(Device(1)),
    ];
    let mut world = World::new(nodes, budgets(30, 30));
    world.hold(d1(), &[0, 1, 2]);
    let held = [Host, Device(0), Device(1)].map(|pool| world.engine.resident_bytes_in(pool));
    assert_eq!(held, [20, 25, 25]);
    assert_eq!(world.engine.resident_bytes(), 70);
    assert_eq!(world.ledger.estimated_bytes(), 20);
}

#[test]
fn room_is_made_where_it_is_short_and_nowhere_else() {
    // 0 and 1 are cached in the host's memory, 2 and 3 are kept by the strategy on two devices.
    let nodes = vec![
        node(&[]).cached(),
        node(&[]).cached(),
        node(&[]).on(Device(0)),
        node(&[]).on(Device(1)),
        node(&[]).bytes(25).on(Device(0)),
    ];
    let mut world = World::new(nodes, budgets(30, 30));
    world.hold(d1(), &[0, 1]);
    world.release(&d1());
    world.hold(Owner::Strategy, &[2, 3]);
    world.hold(d2(), &[4]);
    let resident: Vec<usize> = (0..5).filter(|key| world.is_resident(*key)).collect();
    assert_eq!(resident, [0, 1, 3, 4]);
    let (policy, for_name) = ("memory budget".to_owned(), name(4));
    assert_eq!(
        world.release_causes(2),
        [ReleaseCause::Evicted {
            policy: policy.clone(),
            for_name: for_name.clone()
        }]
    );
    world.release(&d2());
    world.hold(d1(), &[2]);
    assert_eq!(world.last_miss(2), MissReason::Evicted { policy, for_name });
}

#[test]
fn what_runs_on_a_device_is_not_moved_out_of_it() {
    // 1 is made from 0, which lies on the device while 1 is made; 2 would need its place.
    let nodes = vec![
        node(&[]).bytes(20).on(Device(0)),
        node(&[0]).bytes(5),
        node(&[]).bytes(20).on(Device(0)),
    ];
    let mut world = World::new(nodes, budgets(30, 30));
    let (first, second) = (world.ask(d1(), &[1]), world.ask(d2(), &[2]));
    world.finish_key(0);
    assert_eq!(
        world.running(),
        [1],
        "2 waits for the room that 0 will leave"
    );
    assert!(world.is_resident(0));
    world.finish_all();
    assert!(world.is_ready(first) && world.is_ready(second));
    assert!(!world.is_resident(0));
}

#[test]
fn a_load_needs_room_where_it_works_too() {
    // 1 lies in the host's memory and is computed on the device, which 0 fills.
    let nodes = vec![
        node(&[]).bytes(20).on(Device(0)),
        node(&[]).bytes(5).working_on(Device(0), 15),
    ];
    let mut world = World::new(nodes, budgets(30, 30));
    world.hold(d1(), &[0]);
    let refused = world.ask(d2(), &[1]);
    let text = world.failure_in_words(refused);
    assert!(
        text.starts_with(
            "needs about 15 B, but 20 B of the memory budget of device 0 of 30 B are in use (toy:0 20 \
             B by robustness): raise the budget"
        ),
        "{text}"
    );
    world.release(&d1());
    let ticket = world.ask(d2(), &[1]);
    assert_eq!(world.running(), [1]);
    assert_eq!(world.engine.working_bytes_in(Device(0)), 15);
    assert_eq!(world.engine.working_bytes_in(Host), 0);
    world.finish_all();
    assert!(world.is_ready(ticket));
    assert_eq!(world.engine.working_bytes_in(Device(0)), 0);
}

#[test]
fn what_no_device_can_hold_is_refused_at_once() {
    let nodes = vec![node(&[]).bytes(40).on(Device(1))];
    let mut world = World::new(nodes, budgets(100, 30));
    let ticket = world.ask(d1(), &[0]);
    assert_eq!(
        world.failure_in_words(ticket),
        "needs about 40 B, more than the whole memory budget of device 1 of 30 B: raise the budget \
         (while loading toy:0)"
    );
}
