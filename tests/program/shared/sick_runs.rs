//! Whatever a shared tier does, runs answer as without it, soon, and say how it is.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::servers::{Bucket, Redis, free_port};
use super::sick::{Sickness, server};
use super::{report_on, shared, through};
use crate::cli::desk::Desk;
use crate::kept::{desk, found};

/// The most that two threads lose that wait a second each, with room for a machine that is busy.
const MOST_LOST: f64 = 4.0;

/// What a run with a sick tier says of it, after its answers were held against those without it.
fn sick(desk: &Desk, alone: &Value, arguments: &[&str]) -> Value {
    let machine = format!("machine {}", free_port());
    let begun = Instant::now();
    let report = report_on(desk, &machine, arguments);
    let took = begun.elapsed();
    assert_eq!(found(&report), *alone, "{arguments:?}");
    let shared = shared(&report).clone();
    let lost = -shared["seconds_saved"].as_f64().unwrap();
    assert!(lost < MOST_LOST, "{lost} s lost: {shared}");
    assert!(took < Duration::from_mins(1), "{took:?}");
    let reasons = shared["miss_reasons"].as_object().unwrap().values();
    let reasons: u64 = reasons.map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(shared["misses"], reasons, "{shared}");
    shared
}

fn alone(desk: &Desk) -> Value {
    found(&report_on(desk, "alone", &["--no-disk-cache"]))
}

/// A Redis server that is down for a reason.
#[track_caller]
fn is_down(desk: &Desk, alone: &Value, port: u16, reason: &str) {
    let url = format!("redis://127.0.0.1:{port}");
    let shared = sick(desk, alone, &through(&url));
    assert_eq!(shared["state"], "down", "{shared}");
    let told = shared["reason"].as_str().unwrap();
    assert!(told.contains(reason), "{told}");
    assert_eq!(shared["hits"], 0);
    assert_eq!(shared["miss_reasons"]["tier_down"], shared["misses"]);
    assert_eq!(shared["writes"], 0);
}

#[test]
fn nobody_at_the_port() {
    let desk = desk();
    is_down(&desk, &alone(&desk), free_port(), "refused");
}

#[test]
fn somebody_who_says_nothing() {
    let desk = desk();
    let port = server(Sickness::Silent);
    is_down(&desk, &alone(&desk), port, "no answer within 1s");
}

#[test]
fn somebody_who_speaks_another_language() {
    let desk = desk();
    let alone = alone(&desk);
    for words in [
        &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
        b"\x00\xff\x17garbage\r\n",
        b"$99999999999999\r\n",
        b"*1000000000\r\n*1000000000\r\n",
    ] {
        is_down(&desk, &alone, server(Sickness::Says(words)), "");
    }
}

#[test]
fn answers_that_are_cut_off() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (desk, url) = (desk(), redis.url());
    report_on(&desk, "first", &through(&url));
    let alone = alone(&desk);
    for bytes in [0, 5, 300] {
        let port = server(Sickness::Cut(redis.port(), bytes));
        let url = format!("redis://127.0.0.1:{port}");
        let shared = sick(&desk, &alone, &through(&url));
        // Short answers come through, and then it is well for as long as that.
        assert!(
            shared["miss_reasons"]["tier_down"].as_u64() > Some(5),
            "{shared}"
        );
        assert_eq!(shared["hits"], 0, "{bytes}");
    }
}

#[test]
fn answers_that_come_too_late_to_save_anything() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let desk = desk();
    let slow = Sickness::Slow(redis.port(), Duration::from_millis(400));
    let url = format!("redis://127.0.0.1:{}", server(slow));
    let shared = sick(&desk, &alone(&desk), &["--shared-cache", &url]);
    assert_eq!(shared["hits"], 0);
    // Some are not asked for since they are cheaper to make, others since it is too slow by now.
    assert_eq!(shared["state"], "down", "{shared}");
}

#[test]
fn a_wrong_password() {
    let Some(redis) = Redis::start(&["--requirepass", "geheim"]) else {
        return;
    };
    let desk = desk();
    is_down(&desk, &alone(&desk), redis.port(), "password");
}

#[test]
fn no_memory_left() {
    let Some(redis) = Redis::start(&["--maxmemory", "1", "--maxmemory-policy", "noeviction"])
    else {
        return;
    };
    let desk = desk();
    let shared = sick(&desk, &alone(&desk), &through(&redis.url()));
    assert_eq!(shared["state"], "degraded", "{shared}");
    assert_eq!(shared["writes"], 0);
    assert_eq!(shared["miss_reasons"]["tier_down"], Value::Null);
    assert_eq!(redis.entries(), [""; 0]);
}

#[test]
fn values_of_another_type_and_values_that_are_none() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (desk, url) = (desk(), redis.url());
    report_on(&desk, "first", &through(&url));
    let alone = alone(&desk);
    let entries = redis.entries();
    for (number, name) in entries.iter().enumerate() {
        let _: u64 = redis.ask(&["DEL", name]);
        if number % 2 == 0 {
            let _: u64 = redis.ask(&["LPUSH", name, "element"]);
        } else {
            let _: () = redis.ask(&["SET", name, "nothing of ours"]);
        }
    }
    let shared = sick(&desk, &alone, &through(&url));
    assert_eq!(shared["state"], "ok", "{shared}");
    assert_eq!(shared["hits"], 0);
    assert!(
        shared["miss_reasons"]["corrupt_entry"].as_u64() >= Some(5),
        "{shared}"
    );
    // What is there now was written in their place.
    let again = report_on(&desk, "last", &["--shared-cache", &url]);
    assert!(super::shared(&again)["hits"].as_u64() >= Some(5));
    assert_eq!(found(&again), alone);
}

#[test]
fn a_bucket_that_fails_is_closed_or_is_not_there() {
    let desk = desk();
    let alone = alone(&desk);
    let bare = |status: &'static [u8]| server(Sickness::Says(status));
    for (port, reason) in [
        (
            bare(b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n"),
            "it fails (500)",
        ),
        (
            bare(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"),
            "does not let us in (403)",
        ),
        (
            bare(b"HTTP/1.1 404 Not Found\r\ncontent-length: 12\r\n\r\nNoSuchBucket"),
            "no such bucket",
        ),
        (bare(b"+PONG\r\n"), ""),
        (server(Sickness::Silent), "no answer"),
        (free_port(), "refused"),
    ] {
        let endpoint = format!("http://127.0.0.1:{port}");
        let place = [
            "--shared-cache-bucket",
            "s3://cache",
            "--shared-cache-endpoint",
            &endpoint,
        ];
        let write = ["--shared-cache-mode", "read-write"];
        let shared = sick(&desk, &alone, &[&place[..], &write].concat());
        assert_eq!(shared["state"], "down", "{shared}");
        let told = shared["reason"].as_str().unwrap();
        assert!(told.contains(reason), "{told}, not {reason}");
        assert_eq!(shared["miss_reasons"]["tier_down"], shared["misses"]);
    }
}

#[test]
fn a_bucket_whose_entries_lead_nowhere() {
    let Some(bucket) = Bucket::make() else {
        return;
    };
    let desk = desk();
    let (name, endpoint) = (bucket.url(), bucket.endpoint.clone());
    let place = [
        "--shared-cache-bucket",
        &name,
        "--shared-cache-endpoint",
        &endpoint,
    ];
    let arguments = [&place[..], &["--shared-cache-mode", "read-write"]].concat();
    report_on(&desk, "first", &arguments);
    for entry in bucket.names("cas").iter().chain(&bucket.names("ac")) {
        bucket.remove(entry);
    }
    let shared = sick(&desk, &alone(&desk), &arguments);
    assert_eq!(shared["state"], "ok");
    assert_eq!(shared["hits"], 0);
}

#[test]
fn a_bucket_that_answers_too_late_to_save_anything() {
    let Some(bucket) = Bucket::make() else {
        return;
    };
    let desk = desk();
    let slow = Sickness::Slow(bucket.port(), Duration::from_millis(400));
    let endpoint = format!("http://127.0.0.1:{}", server(slow));
    let name = bucket.url();
    let place = [
        "--shared-cache-bucket",
        &name,
        "--shared-cache-endpoint",
        &endpoint,
    ];
    let shared = sick(&desk, &alone(&desk), &place);
    assert_eq!(shared["state"], "down", "{shared}");
    assert_eq!(shared["hits"], 0);
}
