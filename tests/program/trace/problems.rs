//! What is wrong with a trace, in words.

use std::fs;

use lazydebugger::log::file::{Recorder, read};

use crate::trace::{header, notices, recorded};

#[test]
fn what_is_no_trace_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let good = String::from_utf8(recorded(&notices(3))).unwrap();
    let lines: Vec<&str> = good.lines().collect();
    let join = |lines: &[&str]| lines.join("\n") + "\n";
    let other_schema = good
        .replacen("\"schema\":2", "\"schema\":9", 1)
        .replacen("0.1.0", "7.0.0", 1);
    let other_clock = good.replace("\"t\":2.0", "\"t\":0.5");
    let cases: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("empty.jsonl", Vec::new(), &["is empty", "--trace FILE"]),
        (
            "toml",
            b"name = \"x\"\n".to_vec(),
            &["not a trace: line 1", "--trace FILE"],
        ),
        (
            "report",
            b"{\n  \"schema\": 1\n}".to_vec(),
            &["not a trace"],
        ),
        ("binary", vec![0xff; 100_000], &["not a trace"]),
        (
            "header",
            lines[0].as_bytes()[..20].to_vec(),
            &["not a trace"],
        ),
        (
            "schema",
            other_schema.into(),
            &["has schema 9", "understands schema 2", "lazydebugger 7.0.0"],
        ),
        (
            "a.zst",
            b"anything".to_vec(),
            &["compressed", "decompress it first", "zstd -d"],
        ),
        ("magic", vec![0x28, 0xb5, 0x2f, 0xfd, 0], &["compressed"]),
        (
            "gap",
            join(&[lines[0], lines[1], lines[3]]).into(),
            &["gap, line 3", "expected event 1, found event 2"],
        ),
        (
            "double",
            join(&[lines[0], lines[1], lines[1]]).into(),
            &["line 3", "expected event 1, found event 0"],
        ),
        (
            "noise",
            join(&[lines[0], lines[1], "{\"seq\":1", lines[3]]).into(),
            &["noise, line 3: this is not an event: EOF while parsing"],
        ),
        (
            "last",
            join(&[lines[0], "{\"seq\":0,\"t\":0.0,\"kind\":\"party\"}"]).into(),
            &["line 2: this is not an event: unknown variant `party`"],
        ),
        (
            "blank",
            join(&[lines[0], "", lines[1]]).into(),
            &["line 2: this is not an event"],
        ),
        (
            "clock",
            other_clock.into(),
            &["line 4", "the clock goes back from 1 s to 0.5 s"],
        ),
    ];
    for (file, bytes, words) in cases {
        let path = folder.path().join(file);
        fs::write(&path, bytes).unwrap();
        let error = read(&path).unwrap_err().to_string();
        for word in words {
            assert!(error.contains(word), "{file}: `{word}` is not in: {error}");
        }
    }
    let missing = read(&folder.path().join("none.jsonl"))
        .unwrap_err()
        .to_string();
    assert!(
        missing.contains("none.jsonl: the trace cannot be read: No such file"),
        "{missing}"
    );
    let created = Recorder::create(&folder.path().join("no/folder"), &header()).unwrap_err();
    assert!(
        created
            .to_string()
            .contains("no/folder: the trace cannot be created")
    );
}
