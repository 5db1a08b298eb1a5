//! The profile in pprof's format: <https://github.com/google/pprof/blob/main/proto/profile.proto>, of which this has what is
//! written.

use crate::snapshot::{Estimate, Snapshot};
use crate::symbols::{Call, Function, Symbols};
use flate2::{write::GzEncoder, Compression};
use prost::Message;
use std::collections::HashMap;
use std::io::{self, Write};
use std::time::UNIX_EPOCH;

#[derive(Clone, PartialEq, Message)]
struct Profile {
    #[prost(message, repeated, tag = "1")]
    sample_type: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    sample: Vec<Sample>,
    #[prost(message, repeated, tag = "4")]
    location: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    function: Vec<FunctionEntry>,
    #[prost(string, repeated, tag = "6")]
    string_table: Vec<String>,
    #[prost(int64, tag = "9")]
    time_nanos: i64,
    #[prost(int64, tag = "10")]
    duration_nanos: i64,
    #[prost(message, optional, tag = "11")]
    period_type: Option<ValueType>,
    #[prost(int64, tag = "12")]
    period: i64,
    #[prost(int64, tag = "14")]
    default_sample_type: i64,
}

#[derive(Clone, PartialEq, Message)]
struct ValueType {
    #[prost(int64, tag = "1")]
    r#type: i64,
    #[prost(int64, tag = "2")]
    unit: i64,
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
struct FunctionEntry {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(int64, tag = "2")]
    name: i64,
    #[prost(int64, tag = "3")]
    system_name: i64,
    #[prost(int64, tag = "4")]
    filename: i64,
}

/// In the order of a sample's values.
const VALUES: [(&str, &str); 4] =
    [("alloc_objects", "count"), ("alloc_space", "bytes"), ("inuse_objects", "count"), ("inuse_space", "bytes")];

/// A profile on its way, and the numbers that its parts have. Those of locations and functions begin with 1.
struct Builder {
    profile: Profile,
    strings: HashMap<String, i64>,
    functions: HashMap<(i64, i64), u64>,
    /// By address and how many functions: of the innermost call, some may be left out.
    locations: HashMap<(usize, usize), u64>,
}

impl Builder {
    fn string(&mut self, text: &str) -> i64 {
        if let Some(&number) = self.strings.get(text) {
            return number;
        }
        let number = self.profile.string_table.len() as i64;
        self.profile.string_table.push(text.into());
        self.strings.insert(text.into(), number);
        number
    }

    fn value_type(&mut self, (name, unit): (&str, &str)) -> ValueType {
        ValueType { r#type: self.string(name), unit: self.string(unit) }
    }

    fn function(&mut self, function: &Function) -> u64 {
        let name = self.string(&function.name);
        let filename = function.file.as_ref().map_or(0, |file| self.string(&file.to_string_lossy()));
        let entries = &mut self.profile.function;
        *self.functions.entry((name, filename)).or_insert_with(|| {
            let id = entries.len() as u64 + 1;
            entries.push(FunctionEntry { id, name, system_name: name, filename });
            id
        })
    }

    fn location(&mut self, call: &Call) -> u64 {
        let key = (call.address, call.functions.len());
        if let Some(&id) = self.locations.get(&key) {
            return id;
        }
        let line = |function: &Function| Line {
            function_id: self.function(function),
            line: function.line.map_or(0, i64::from),
        };
        let line = call.functions.iter().map(line).collect();
        let id = self.profile.location.len() as u64 + 1;
        self.profile.location.push(Location { id, address: call.address as u64, line });
        self.locations.insert(key, id);
        id
    }
}

fn build(snapshot: &Snapshot) -> Profile {
    let mut builder = Builder {
        profile: Profile::default(),
        strings: HashMap::new(),
        functions: HashMap::new(),
        locations: HashMap::new(),
    };
    builder.string(""); // must be the first
    for value in VALUES {
        let value_type = builder.value_type(value);
        builder.profile.sample_type.push(value_type);
    }
    let mut symbols = Symbols::default();
    for stack in snapshot.stacks() {
        let calls = symbols.calls_of(&stack.addresses);
        let location_id = calls.iter().map(|call| builder.location(call)).collect();
        let value = [stack.allocated, stack.in_use].into_iter().flat_map(values_of).collect();
        builder.profile.sample.push(Sample { location_id, value });
    }
    let since_epoch = snapshot.started_at.duration_since(UNIX_EPOCH).unwrap_or_default();
    builder.profile.time_nanos = since_epoch.as_nanos() as i64;
    builder.profile.duration_nanos = snapshot.duration.as_nanos() as i64;
    builder.profile.period_type = Some(builder.value_type(("space", "bytes")));
    builder.profile.period = snapshot.interval_bytes as i64;
    builder.profile.default_sample_type = builder.string("inuse_space");
    builder.profile
}

fn values_of(estimate: Estimate) -> [i64; 2] {
    [estimate.objects.round() as i64, estimate.bytes.round() as i64]
}

pub fn write(snapshot: &Snapshot, writer: impl Write) -> io::Result<()> {
    let mut encoder = GzEncoder::new(writer, Compression::default());
    encoder.write_all(&build(snapshot).encode_to_vec())?;
    encoder.finish()?.flush()
}
