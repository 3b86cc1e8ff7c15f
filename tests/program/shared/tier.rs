//! The tier by itself: entries, bodies of any size, servers that come and go.

use std::sync::Arc;
use std::time::{Duration, Instant};

use lazydebugger::disk_cache::DiskCache;
use lazydebugger::engine::tier::{Lease, Leases, Tier, TierEntry, TierError};
use lazydebugger::experiment::SharedSettings;
use lazydebugger::shared_cache::{BucketKeys, Secrets, SharedCache};
use lazydebugger::vocabulary::{ContentId, SharedMode, TierState};

use super::servers::{Bucket, Redis, until};
use super::sick::{Sickness, server};

fn id(byte: u8) -> ContentId {
    ContentId::new([byte; 32])
}

fn entry(body: &[u8]) -> TierEntry {
    TierEntry {
        name: "toy".to_owned(),
        body_bytes: body.len() as u64,
        bytes: body.len() as u64,
        seconds: 5.0,
        stored_at: 1_700_000_000,
        exact: true,
        detail: "a few words".to_owned(),
        parts: vec![("model:forest".to_owned(), id(9))],
    }
}

fn body(length: usize, seed: u8) -> Vec<u8> {
    let bytes = (0..length as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8 ^ seed);
    bytes.collect()
}

fn open(url: Option<String>, bucket: Option<&Bucket>) -> Arc<SharedCache> {
    let settings = SharedSettings {
        url,
        bucket: bucket.map(Bucket::url),
        endpoint: bucket.map(|bucket| bucket.endpoint.clone()),
        mode: SharedMode::ReadWrite,
        ..SharedSettings::default()
    };
    let keys = BucketKeys {
        id: "testing".to_owned(),
        secret: "testing".to_owned(),
        token: None,
    };
    let secrets = Secrets {
        bucket: Some(keys),
        ..Secrets::default()
    };
    let opened = SharedCache::open(&settings, &secrets).unwrap();
    opened.cache.unwrap()
}

#[track_caller]
fn keeps(tier: &SharedCache, key: ContentId, bytes: &[u8]) {
    tier.write(key, &entry(bytes), bytes).unwrap();
    assert_eq!(tier.find(key).unwrap(), Some(entry(bytes)));
    assert!(tier.read(key).unwrap().unwrap() == bytes);
    // Without having found it first.
    assert!(tier.read(key).unwrap().unwrap() == bytes);
}

#[test]
fn bodies_of_any_size_come_back_as_they_were() {
    let (Some(redis), Some(bucket)) = (Redis::start(&[]), Bucket::make()) else {
        return;
    };
    let both = open(Some(redis.url()), Some(&bucket));
    let alone = open(None, Some(&bucket));
    for (seed, length) in [0, 1, 128 << 10, (128 << 10) + 1, 5 << 20]
        .into_iter()
        .enumerate()
    {
        let seed = seed as u8;
        keeps(&both, id(seed), &body(length, seed));
        keeps(&alone, id(seed), &body(length, seed));
    }
    assert_eq!(redis.entries().len(), 5);
    assert_eq!(bucket.names("cas").len(), 2, "the same bytes are one body");
    assert!(both.remove(id(0)).unwrap());
    assert_eq!(both.find(id(0)).unwrap(), None);
    assert!(!both.remove(id(0)).unwrap());
}

#[test]
fn without_a_bucket_large_bodies_are_not_shared_and_nothing_else_suffers() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let tier = open(Some(redis.url()), None);
    let large = body((128 << 10) + 1, 1);
    let refused = tier.write(id(1), &entry(&large), &large).unwrap_err();
    assert!(refused.to_string().contains("128 KB"), "{refused}");
    assert_eq!(tier.state().0, TierState::Ok);
    keeps(&tier, id(2), b"small");
}

#[test]
fn a_body_that_is_gone_is_a_miss_and_so_is_its_entry_then() {
    let (Some(redis), Some(bucket)) = (Redis::start(&[]), Bucket::make()) else {
        return;
    };
    let tier = open(Some(redis.url()), Some(&bucket));
    let large = body(1 << 20, 1);
    tier.write(id(1), &entry(&large), &large).unwrap();
    bucket.remove(&bucket.names("cas")[0]);
    assert!(tier.find(id(1)).unwrap().is_some());
    assert_eq!(tier.read(id(1)).unwrap(), None);
    assert_eq!(tier.find(id(1)).unwrap(), None);
    assert_eq!(tier.state().0, TierState::Ok);
}

#[test]
fn another_body_under_its_name_is_damage() {
    let (Some(redis), Some(bucket)) = (Redis::start(&[]), Bucket::make()) else {
        return;
    };
    let tier = open(Some(redis.url()), Some(&bucket));
    let (large, other) = (body(1 << 20, 1), body(1 << 20, 2));
    tier.write(id(1), &entry(&large), &large).unwrap();
    let name = bucket.names("cas").remove(0);
    bucket.put(&name, &other);
    assert!(matches!(tier.read(id(1)), Err(TierError::Corrupt(_))));
    bucket.put(&name, b"short");
    assert!(matches!(tier.read(id(1)), Err(TierError::Corrupt(_))));
    bucket.put(&name, &body((1 << 20) + 1, 1));
    assert!(matches!(tier.read(id(1)), Err(TierError::Corrupt(_))));
}

#[test]
fn a_server_that_is_started_anew_is_asked_again() {
    let Some(mut redis) = Redis::start(&[]) else {
        return;
    };
    let tier = open(Some(redis.url()), None);
    keeps(&tier, id(1), b"before");
    redis.stop();
    assert!(matches!(tier.find(id(1)), Err(TierError::Down(_))));
    assert_eq!(tier.state().0, TierState::Down);
    assert!(redis.begin());
    // Nobody waits for it, and it is found well all the same.
    let again = until("it is asked again", || tier.find(id(1)).ok());
    assert_eq!(again, None, "it has forgotten everything");
    keeps(&tier, id(2), b"after");
    assert_eq!(tier.state().0, TierState::Ok);

    // Between two questions nobody notices.
    redis.stop();
    assert!(redis.begin());
    keeps(&tier, id(3), b"later");
}

#[test]
fn a_server_that_says_nothing_costs_a_second_once() {
    let url = format!("redis://127.0.0.1:{}", server(Sickness::Silent));
    let tier = open(Some(url), None);
    let begun = Instant::now();
    for key in 0..200 {
        assert!(matches!(tier.find(id(key)), Err(TierError::Down(_))));
        assert!(tier.write(id(key), &entry(b"x"), b"x").is_err());
    }
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(900), "{took:?}");
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn every_cut_and_every_flipped_bit_of_an_entry_is_a_miss() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let tier = open(Some(redis.url()), None);
    tier.write(id(1), &entry(b"body"), b"body").unwrap();
    let name = redis.entries().remove(0);
    let whole = redis.value(&name);
    for length in 1..whole.len() {
        redis.set(&name, &whole[..length]);
        let read = tier.read(id(1));
        assert!(!matches!(read, Ok(Some(_))), "{length} bytes: {read:?}");
    }
    for bit in 0..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        redis.set(&name, &flipped);
        let read = tier.read(id(1));
        // Without a key, nothing looks at the seal.
        assert!(!matches!(read, Ok(Some(_))), "bit {bit}: {read:?}");
    }
    redis.set(&name, &whole);
    assert_eq!(tier.read(id(1)).unwrap().unwrap(), b"body");
}

/// Takes the lease of an entry eight times at once; those that were given.
fn at_once(leases: &(dyn Leases + Sync)) -> Vec<Arc<dyn Lease>> {
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| leases.take(id(1)).unwrap()))
            .collect();
        let all = all.into_iter().map(|taken| taken.join().unwrap());
        all.flatten().collect()
    })
}

#[test]
fn one_of_eight_has_the_lease_until_it_gives_it_back() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let disk = DiskCache::open(&folder.path().join("cache"), None).unwrap();
    let (first, second) = (open(Some(redis.url()), None), open(Some(redis.url()), None));
    for (leases, others) in [
        (&disk as &(dyn Leases + Sync), &disk as &dyn Leases),
        (&*first, &*second),
    ] {
        for _ in 0..10 {
            let taken = at_once(leases);
            assert_eq!(taken.len(), 1);
            taken[0].renew();
            assert!(others.take(id(1)).unwrap().is_none());
            assert!(
                others.take(id(2)).unwrap().is_some(),
                "another entry is free"
            );
            drop(taken);
        }
        assert!(others.take(id(1)).unwrap().is_some());
    }
}

#[test]
fn a_lease_that_nobody_renews_ends_and_is_not_given_back_for_another() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (first, second) = (open(Some(redis.url()), None), open(Some(redis.url()), None));
    let late = first.take(id(1)).unwrap().unwrap();
    let begun = Instant::now();
    let theirs = until("it ends", || second.take(id(1)).unwrap());
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    late.renew();
    drop(late);
    assert!(first.take(id(1)).unwrap().is_none(), "it is theirs");
    drop(theirs);
    assert!(first.take(id(1)).unwrap().is_some());
}
