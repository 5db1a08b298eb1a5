//! What is written names the function that allocates, and can be read again.

use flate2::read::GzDecoder;
use prost::Message;
use snmalloc_profiler::{Profiler, ProfilerOptions, Snapshot, Value};
use snmalloc_rs::SnMalloc;
use std::hint::black_box;
use std::io::Read;
use std::sync::OnceLock;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

const COUNT: usize = 5_000;
const BYTES: usize = 2_000;

#[inline(never)]
fn allocating_function() -> Vec<Vec<u8>> {
    (0..COUNT).map(|_| black_box(vec![1; BYTES])).collect()
}

/// Of a profile in which half of that was freed.
fn snapshot() -> &'static Snapshot {
    static SNAPSHOT: OnceLock<Snapshot> = OnceLock::new();
    SNAPSHOT.get_or_init(|| {
        let options = ProfilerOptions { interval_bytes: 16 << 10, ..ProfilerOptions::default() };
        let profiler = Profiler::start(options).unwrap();
        let _kept = allocating_function();
        drop(allocating_function());
        profiler.snapshot()
    })
}

#[test]
fn collapsed_stacks_end_in_the_function() {
    let mut text = Vec::new();
    snapshot().write_collapsed(Value::InUseBytes, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    // The vector of vectors is in another one.
    let largest = |line: &&str| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap();
    let line = text.lines().filter(|line| line.contains("allocating_function")).max_by_key(largest);
    let line = line.unwrap_or_else(|| panic!("{text}"));
    let (stack, value) = line.rsplit_once(' ').unwrap();
    let value: f64 = value.parse().unwrap();
    assert!((5e6..15e6).contains(&value), "{line}");
    assert!(stack.contains("main") || stack.contains("test"), "{line}");
    // Neither the allocator's own functions nor ours.
    for own in ["snmalloc_rs", "snmalloc_sys", "sn_rust", "sn::", "on_sample", ";backtrace::", "__rust_alloc"] {
        assert!(!stack.contains(own), "{own}: {line}");
    }
}

#[test]
fn the_flame_graph_names_the_function() {
    let mut svg = Vec::new();
    snapshot().write_flame_graph(Value::AllocatedBytes, &mut svg).unwrap();
    let svg = String::from_utf8(svg).unwrap();
    assert!(svg.starts_with("<?xml") && svg.trim_end().ends_with("</svg>"));
    assert!(svg.contains("allocating_function") && svg.contains("Bytes allocated"));
}

/// What this test reads of pprof's format, as its definition numbers it.
#[derive(Clone, PartialEq, Message)]
struct Profile {
    #[prost(message, repeated, tag = "1")]
    sample_type: Vec<Pair>,
    #[prost(message, repeated, tag = "2")]
    sample: Vec<Sample>,
    #[prost(message, repeated, tag = "4")]
    location: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    function: Vec<Function>,
    #[prost(string, repeated, tag = "6")]
    string_table: Vec<String>,
    #[prost(int64, tag = "12")]
    period: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Pair {
    #[prost(int64, tag = "1")]
    first: i64,
    #[prost(int64, tag = "2")]
    second: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Sample {
    #[prost(uint64, repeated, tag = "1")]
    location_id: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    value: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct Location {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(uint64, tag = "3")]
    address: u64,
    #[prost(message, repeated, tag = "4")]
    line: Vec<Line>,
}

#[derive(Clone, PartialEq, Message)]
struct Line {
    #[prost(uint64, tag = "1")]
    function_id: u64,
    #[prost(int64, tag = "2")]
    line: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Function {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(int64, tag = "2")]
    name: i64,
    #[prost(int64, tag = "4")]
    filename: i64,
}

#[test]
fn pprof_can_be_read_again() {
    let mut written = Vec::new();
    snapshot().write_pprof(&mut written).unwrap();
    let mut bytes = Vec::new();
    GzDecoder::new(&written[..]).read_to_end(&mut bytes).unwrap();
    let profile = Profile::decode(&bytes[..]).unwrap();
    let text = |number: i64| profile.string_table[number as usize].as_str();
    assert_eq!(text(0), "");
    assert_eq!(profile.period, 16 << 10);
    let types: Vec<_> = profile.sample_type.iter().map(|kind| (text(kind.first), text(kind.second))).collect();
    let expected =
        [("alloc_objects", "count"), ("alloc_space", "bytes"), ("inuse_objects", "count"), ("inuse_space", "bytes")];
    assert_eq!(types, expected);

    let function = |id: u64| profile.function.iter().find(|function| function.id == id).unwrap();
    let location = |id: u64| profile.location.iter().find(|location| location.id == id).unwrap();
    let mut values = [0; 4];
    for sample in &profile.sample {
        let calls = sample.location_id.iter().map(|&id| location(id));
        let lines: Vec<_> = calls.flat_map(|location| &location.line).collect();
        let named = lines.iter().find(|line| text(function(line.function_id).name).contains("allocating_function"));
        let Some(named) = named else { continue };
        assert!(text(function(named.function_id).filename).ends_with("output.rs") && named.line > 0);
        values.iter_mut().zip(&sample.value).for_each(|(sum, value)| *sum += value);
    }
    let [allocated_objects, allocated, live_objects, live] = values;
    assert!((15_000_000..25_000_000).contains(&allocated), "{values:?}");
    assert!((7_000_000..13_000_000).contains(&live), "{values:?}");
    assert!((7_500..12_500).contains(&allocated_objects) && (3_500..6_500).contains(&live_objects), "{values:?}");
}

#[test]
fn nothing_sampled_can_be_written() {
    // Of the profile that is over there is nothing more; of none there is a graph that says so.
    let mut svg = Vec::new();
    let _ = snapshot();
    let profiler = Profiler::start(ProfilerOptions { interval_bytes: 1 << 40, ..ProfilerOptions::default() }).unwrap();
    let empty = profiler.snapshot();
    empty.write_flame_graph(Value::InUseObjects, &mut svg).unwrap();
    assert!(String::from_utf8(svg).unwrap().contains("nothing was sampled"));
    let mut written = Vec::new();
    empty.write_pprof(&mut written).unwrap();
    assert!(!written.is_empty());
}
