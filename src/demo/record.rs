//! A demo in a file: a first line that says so, then an event a line with the side that it is of.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::STRATEGIES;
use crate::event::{Event, SCHEMA, TOOL};
use crate::files;
use crate::vocabulary::{Problem, Strategy};

/// Longest first line that is looked for.
const HEADER_BYTES: u64 = 4 << 10;

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    schema: u32,
    tool: String,
    /// The strategies of the sides.
    demo: Vec<Strategy>,
}

#[derive(Serialize)]
struct Told<'a> {
    side: usize,
    event: &'a Event,
}

#[derive(Deserialize)]
struct Heard {
    side: usize,
    event: Event,
}

/// Writes what both sides have told to a file, in the order of its times.
pub fn write(path: &Path, sides: &[Vec<Event>]) -> Result<(), Problem> {
    let at = |error: String| Problem::new(error).in_file(path);
    let header = Header {
        schema: SCHEMA,
        tool: TOOL.to_owned(),
        demo: STRATEGIES.to_vec(),
    };
    let mut lines = Vec::new();
    line(&mut lines, &header).map_err(at)?;
    let mut all: Vec<Told<'_>> = Vec::new();
    for (side, events) in sides.iter().enumerate() {
        all.extend(events.iter().map(|event| Told { side, event }));
    }
    all.sort_by(|a, b| a.event.t.total_cmp(&b.event.t));
    for told in &all {
        line(&mut lines, told).map_err(at)?;
    }
    files::write_whole(path, &lines).map_err(|error| at(error.to_string()))
}

fn line(lines: &mut Vec<u8>, value: &impl Serialize) -> Result<(), String> {
    serde_json::to_writer(&mut *lines, value).map_err(|error| error.to_string())?;
    lines.push(b'\n');
    Ok(())
}

/// What a file holds, if it is a demo.
pub fn read(path: &Path) -> Result<Option<Vec<Vec<Event>>>, Problem> {
    let at = |error: String| Problem::new(error).in_file(path);
    let Ok(file) = files::open(path) else {
        // Whoever reads recordings says what is wrong with it.
        return Ok(None);
    };
    let mut source = BufReader::new(file);
    if header_of(&mut source).is_none() {
        return Ok(None);
    }
    let mut sides = vec![Vec::new(); STRATEGIES.len()];
    for (number, line) in source.lines().enumerate() {
        let line = line.map_err(|error| at(error.to_string()))?;
        let heard: Heard = serde_json::from_str(&line)
            .map_err(|error| at(format!("line {}: {error}", number + 2)))?;
        let side = sides.get_mut(heard.side);
        let side = side.ok_or_else(|| at(format!("line {}: no such side", number + 2)))?;
        side.push(heard.event);
    }
    Ok(Some(sides))
}

fn header_of(source: &mut BufReader<File>) -> Option<Header> {
    let mut line = Vec::new();
    let limited = &mut source.by_ref().take(HEADER_BYTES);
    limited.read_until(b'\n', &mut line).ok()?;
    let header: Header = serde_json::from_slice(&line).ok()?;
    (header.schema == SCHEMA && header.demo == STRATEGIES).then_some(header)
}
