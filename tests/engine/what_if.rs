//! Recorded accesses through every policy: against what a cache simulator makes of the same accesses
//! (`tests/reference/README.md`), and LRU's one pass against playing it.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use lazydebugger::vocabulary::{CachePolicy, Choice};
use lazydebugger::what_if::{Accesses, Enough, read_table};
use proptest::prelude::*;
use serde_json::Value;

fn reference(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/cache");
    folder.join(name)
}

fn recorded(name: &str) -> Accesses {
    let file = File::open(reference(&format!("{name}.csv"))).unwrap();
    read_table(BufReader::new(file)).unwrap()
}

fn expected() -> Value {
    serde_json::from_str(&fs::read_to_string(reference("expected.json")).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<u64> {
    let numbers = value.as_array().unwrap().iter();
    numbers.map(|number| number.as_u64().unwrap()).collect()
}

#[test]
fn every_hit_is_that_of_the_simulator() {
    for (name, trace) in expected()["traces"].as_object().unwrap() {
        let accesses = recorded(name);
        let totals = accesses.totals();
        assert_eq!(totals.requests, trace["requests"]);
        assert_eq!(totals.entries, trace["entries"]);
        assert_eq!(totals.footprint, trace["footprint"]);
        let capacities = numbers(&trace["capacities"]);
        let policies = [CachePolicy::Lru, CachePolicy::Lfu, CachePolicy::Gdsf];
        let mut outcomes = accesses.play_all(&policies, &capacities).into_iter();
        for policy in policies {
            let rows = trace[policy.name()].as_array().unwrap();
            for (row, capacity) in rows.iter().zip(&capacities) {
                let outcome = outcomes.next().unwrap();
                assert_eq!((outcome.policy, outcome.capacity), (policy, *capacity));
                let found = [outcome.hits, outcome.hit_bytes, outcome.hit_cost];
                let wanted =
                    ["hits", "hit_bytes", "hit_cost"].map(|key| row[key].as_u64().unwrap());
                assert_eq!(found, wanted, "{name}, {policy}, {capacity} bytes");
            }
        }
        assert_eq!(outcomes.next(), None);
    }
}

#[test]
fn one_pass_is_enough_for_lru_at_every_capacity() {
    let accesses = recorded("zipf_unit");
    let expected = &expected()["traces"]["zipf_unit"]["lru_hits"];
    for (capacity, hits) in expected.as_object().unwrap() {
        let capacity: u64 = capacity.parse().unwrap();
        let outcome = accesses.play_all(&[CachePolicy::Lru], &[capacity])[0];
        assert_eq!(outcome.hits, hits.as_u64().unwrap(), "{capacity} entries");
    }
}

#[test]
fn who_knows_the_plan_is_never_worse_off_with_equal_entries() {
    // Five entries by turns through a cache of four: LRU finds nothing, a plan all but the newest.
    let cycle = || (0..5_u64).cycle().take(100).map(|key| (key, 10, 1));
    let accesses = Accesses::of(cycle());
    let hits = |policy| accesses.play(policy, 40).hits;
    assert_eq!(hits(CachePolicy::Lru), 0);
    assert!(hits(CachePolicy::Plan) >= 70, "{}", hits(CachePolicy::Plan));
    // A plan that sees no further than one access knows nothing.
    let starts: Vec<usize> = (0..100).collect();
    let blind = Accesses::of(cycle()).planned_by_run(&starts);
    assert!(blind.play(CachePolicy::Plan, 40).hits < hits(CachePolicy::Plan));
}

#[test]
fn a_larger_cache_may_save_less_and_that_is_shown() {
    // At 44 MB large tables are kept that a smaller cache lets pass, and they flush all else.
    let accesses = recorded("ml_validation");
    let hits = |capacity| accesses.play(CachePolicy::Lru, capacity).hits;
    assert!(hits(44_121_500) < hits(17_648_600));
}

#[test]
fn enough_is_the_smallest_of_which_more_is_not_worth_it() {
    let accesses = recorded("ml_validation");
    let all = accesses.totals().footprint;
    let capacities = accesses.capacities();
    assert_eq!((capacities.len(), capacities.last()), (20, Some(&all)));
    let enough = Enough::find(&accesses, CachePolicy::Gdsf, &capacities, 1.0).unwrap();
    let saved = |capacity| accesses.play(CachePolicy::Gdsf, capacity).hit_cost as f64 / 1e6;
    let worth = |capacity: u64| saved(capacity + 100_000_000) - saved(capacity);
    assert!(enough.more_seconds < 1.0);
    let smaller = capacities
        .iter()
        .take_while(|c| **c < enough.outcome.capacity);
    assert!(smaller.clone().count() > 0);
    assert!(smaller.into_iter().all(|capacity| worth(*capacity) >= 1.0));
    let everything = Enough::find(&accesses, CachePolicy::Lru, &capacities, 0.0);
    assert_eq!(everything, None, "nothing is worth less than nothing");
}

#[test]
fn what_is_wrong_with_a_table_is_said_with_its_line() {
    let error = |text: &str| read_table(text.as_bytes()).unwrap_err().to_string();
    assert!(error("").contains("line 1 is not `t,key,bytes,cost_us`"));
    assert!(error("key,bytes\n").contains("line 1"));
    let begun = "t,key,bytes,cost_us\n1,a,10,5\n";
    assert!(error(&format!("{begun}2,b,10\n")).contains("line 3: expected four fields"));
    let words = error(&format!("{begun}\n2,b,-1,5\n"));
    assert_eq!(
        words,
        "line 4: `bytes` is a whole number from 0 to 2^64 - 1, found \"-1\""
    );
    let most = u64::MAX;
    assert!(error(&format!("{begun}2,b,1,{most}\n")).contains("line 3: `cost_us` add up"));
}

fn accesses() -> impl Strategy<Value = Vec<(u8, u64, u64)>> {
    let sizes = prop::collection::vec((0..60_u64, 0..1000_u64), 12);
    let asked = prop::collection::vec(0..12_u8, 0..200);
    (sizes, asked).prop_map(|(sizes, asked)| {
        let access = |key: u8| (key, sizes[usize::from(key)].0, sizes[usize::from(key)].1);
        asked.into_iter().map(access).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lru_in_one_pass_is_lru_played(accesses in accesses(), capacity in 0..300_u64) {
        let accesses = Accesses::of(accesses);
        let by_distance = accesses.play_all(&[CachePolicy::Lru], &[capacity]);
        prop_assert_eq!(by_distance, vec![accesses.play(CachePolicy::Lru, capacity)]);
    }

    #[test]
    fn a_cache_for_everything_misses_first_touches_only(accesses in accesses()) {
        let accesses = Accesses::of(accesses);
        let totals = accesses.totals();
        for policy in [CachePolicy::Lru, CachePolicy::Lfu, CachePolicy::Gdsf] {
            let outcome = accesses.play(policy, totals.footprint.max(1));
            prop_assert_eq!(outcome.hits, totals.requests - totals.entries);
        }
    }

    #[test]
    fn no_cache_finds_more_than_was_asked_for_again(accesses in accesses(), capacity in 0..300_u64) {
        let accesses = Accesses::of(accesses);
        let totals = accesses.totals();
        for policy in CachePolicy::ALL {
            let outcome = accesses.play(*policy, capacity);
            prop_assert!(outcome.hits <= totals.requests - totals.entries);
            prop_assert!(outcome.hit_bytes <= totals.bytes);
        }
    }
}
