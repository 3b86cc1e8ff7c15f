//! What one machine has made, others find.

use serde_json::Value;

use super::servers::{Bucket, Redis};
use super::{large_desk, report_on, run_on, shard_on, shared, through};
use crate::kept::{ANSWERED, desk, found, kept, made};

/// The tiers that the outcomes of a run come from.
fn from(report: &Value) -> Vec<&str> {
    let tiers = ANSWERED.iter();
    let tiers = tiers.map(|name| report["dimensions"][name]["kept"]["tier"].as_str());
    tiers.flatten().collect()
}

#[test]
fn a_second_machine_finds_what_the_first_has_made() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (desk, url) = (desk(), redis.url());
    let first = report_on(&desk, "first", &through(&url));
    assert_eq!(shared(&first)["hits"], 0);
    assert_eq!(shared(&first)["state"], "ok");
    assert!(redis.entries().len() > ANSWERED.len());

    let second = report_on(&desk, "second", &["--shared-cache", &url]);
    assert_eq!(from(&second), ["shared"; 5]);
    assert_eq!(found(&second), found(&first));
    assert!(shared(&second)["hits"].as_u64() >= Some(5));
    assert_eq!(shared(&second)["misses"], 0);
    let models = made(&second)
        .into_iter()
        .filter(|name| name.starts_with("model:"));
    assert_eq!(models.count(), 0, "nothing is computed");

    // What it gave is on the disk now.
    let third = report_on(&desk, "second", &[]);
    assert_eq!(from(&third), ["disk"; 5]);
    assert_eq!(found(&third), found(&first));
    assert!(shared(&third).is_null());
}

#[test]
fn predictions_are_found_where_outcomes_are_not() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (desk, url) = (large_desk(), redis.url());
    let fairness = [&through(&url)[..], &["--dimensions", "fairness"]].concat();
    report_on(&desk, "first", &fairness);
    let other_seed = [&fairness[..], &["--seed", "7"]].concat();
    let second = report_on(&desk, "second", &other_seed);
    assert_eq!(kept(&second), [""; 0]);
    let is_scored = |name: &String| name.starts_with("predictions:");
    assert!(!made(&second).iter().any(is_scored), "{:?}", made(&second));
    assert!(shared(&second)["reads"].as_u64() >= Some(1));
}

#[test]
fn who_only_reads_writes_nothing() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (desk, url) = (desk(), redis.url());
    let first = report_on(&desk, "first", &["--shared-cache", &url]);
    assert!(shared(&first)["misses"].as_u64() >= Some(5));
    assert_eq!(shared(&first)["refused"], 0);
    assert_eq!(redis.entries(), [""; 0]);
}

#[test]
fn a_file_alone_makes_nobody_write_and_plants_nothing() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (desk, url) = (desk(), redis.url());
    let text = std::fs::read_to_string(desk.path("work/experiment.toml")).unwrap();
    let text = format!("{text}[cache.shared]\nurl = \"{url}\"\nmode = \"read-write\"\n");
    desk.write("work/experiment.toml", text);
    let outcome = run_on(&desk, "first", &[], &[]);
    outcome.report(0);
    assert!(outcome.stderr.contains("read only"), "{}", outcome.stderr);
    assert_eq!(redis.entries(), [""; 0]);

    let key = [("LAZYDEBUGGER_SHARED_CACHE_KEY", "ours")];
    let outcome = run_on(&desk, "second", &[], &key);
    let made = outcome.report(0);
    assert!(!outcome.stderr.contains("read only"), "{}", outcome.stderr);
    assert!(redis.entries().len() > ANSWERED.len());

    // It may be asked, but what it gives stays in the session.
    let third = run_on(&desk, "third", &[], &[]).report(0);
    assert_eq!(from(&third), ["shared"; 5]);
    assert_eq!(found(&third), found(&made));
    let fourth = run_on(&desk, "third", &["--shared-cache-mode", "off"], &[]).report(0);
    assert_eq!(from(&fourth), [""; 0]);
}

#[test]
fn what_others_have_sealed_is_passed_over_with_a_warning() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (desk, url) = (desk(), redis.url());
    let theirs = [("LAZYDEBUGGER_SHARED_CACHE_KEY", "theirs")];
    let first = run_on(&desk, "first", &through(&url), &theirs).report(0);
    let ours = [("LAZYDEBUGGER_SHARED_CACHE_KEY", "ours")];
    let second = run_on(&desk, "second", &["--shared-cache", &url], &ours);
    let report = second.report(0);
    assert_eq!(from(&report), [""; 0]);
    assert_eq!(found(&report), found(&first));
    assert!(shared(&report)["miss_reasons"]["corrupt_entry"].as_u64() >= Some(5));
    assert_eq!(second.stderr.matches("not sealed with our key").count(), 1);
    let third = run_on(&desk, "third", &["--shared-cache", &url], &theirs).report(0);
    assert_eq!(from(&third), ["shared"; 5]);
}

#[test]
fn no_secret_is_in_a_report_a_trace_or_an_error() {
    let Some(redis) = Redis::start(&["--requirepass", "geheim"]) else {
        return;
    };
    let desk = desk();
    let with = |password: &str| format!("redis://:{password}@127.0.0.1:{}", redis.port());
    for password in ["geheim", "falsch"] {
        let secrets = [
            ("LAZYDEBUGGER_SHARED_CACHE_URL", &*with(password)),
            ("LAZYDEBUGGER_SHARED_CACHE_KEY", "sehr geheim"),
            ("AWS_SECRET_ACCESS_KEY", "auch geheim"),
        ];
        let traced = [
            "--trace",
            "trace.jsonl",
            "--shared-cache-mode",
            "read-write",
        ];
        let outcome = run_on(&desk, password, &traced, &secrets);
        let report = outcome.report(0);
        let state = if password == "geheim" { "ok" } else { "down" };
        assert_eq!(shared(&report)["state"], state);
        let trace = std::fs::read_to_string(desk.path("trace.jsonl")).unwrap();
        for text in [&outcome.stdout, &outcome.stderr, &trace] {
            assert!(
                !text.contains("geheim") && !text.contains("falsch"),
                "{text}"
            );
        }
    }
    let flags = ["--shared-cache", "redis://:geheim@127.0.0.1:1"];
    let refused = run_on(&desk, "third", &flags, &[]);
    refused.refuses("a password", &["LAZYDEBUGGER_SHARED_CACHE_URL"]);
    assert!(!refused.stderr.contains("geheim"), "{}", refused.stderr);
}

#[test]
fn a_bucket_alone_will_do_and_goes_with_a_redis_server() {
    let (Some(redis), Some(bucket)) = (Redis::start(&[]), Bucket::make()) else {
        return;
    };
    let (desk, url) = (desk(), redis.url());
    let (name, endpoint) = (bucket.url(), bucket.endpoint.clone());
    let place = [
        "--shared-cache-bucket",
        &name,
        "--shared-cache-endpoint",
        &endpoint,
    ];
    let alone = [&place[..], &["--shared-cache-mode", "read-write"]].concat();
    let first = report_on(&desk, "first", &alone);
    assert_eq!(shared(&first)["state"], "ok", "{}", shared(&first));
    assert!(bucket.names("ac").len() > ANSWERED.len());
    let second = report_on(&desk, "second", &alone);
    assert_eq!(from(&second), ["shared"; 5]);
    assert_eq!(found(&second), found(&first));

    let both = [&place[..], &through(&url)].concat();
    report_on(&desk, "third", &both);
    assert!(redis.entries().len() > ANSWERED.len());
    let fourth = report_on(&desk, "fourth", &both);
    assert_eq!(from(&fourth), ["shared"; 5]);
    assert_eq!(found(&fourth), found(&first));
}

#[test]
fn a_shard_that_reruns_elsewhere_opens_no_model() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (desk, url) = (large_desk(), redis.url());
    let fairness = [&through(&url)[..], &["--dimensions", "fairness"]].concat();
    let first = shard_on(&desk, "first", "1/2", &fairness);
    assert!(first.contains("model:"), "it is made there");
    let again = shard_on(&desk, "second", "1/2", &fairness);
    assert!(!again.contains("model:"), "{again}");
}

#[test]
fn after_shards_and_their_merge_a_run_elsewhere_computes_nothing() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let (desk, url) = (large_desk(), redis.url());
    for (machine, shard, part) in [("first", "1/2", "one.lzd"), ("second", "2/2", "two.lzd")] {
        shard_on(&desk, machine, shard, &through(&url));
        std::fs::rename(desk.path("part.lzd"), desk.path(part)).unwrap();
    }
    let merge = ["merge", "--format", "json", "one.lzd", "two.lzd"];
    let merged = desk.run_with(&[&merge[..], &through(&url)].concat(), |command| {
        command
            .env("LAZYDEBUGGER_CACHE_DIR", desk.path("third"))
            .env("LAZYDEBUGGER_DATA_DIR", desk.path("third data"));
    });
    let merged = merged.report(0);
    let elsewhere = report_on(&desk, "fourth", &through(&url));
    assert_eq!(from(&elsewhere), ["shared"; 5]);
    assert_eq!(found(&elsewhere), found(&merged));
}
