//! What was sampled, up to one moment.

use crate::pprof;
use crate::symbols::Symbols;
use inferno::flamegraph;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::{Duration, SystemTime};

/// How many objects and bytes there are, as far as samples tell.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Estimate {
    /// Number of objects.
    pub objects: f64,
    /// Bytes, as they were asked for.
    pub bytes: f64,
}

impl std::iter::Sum for Estimate {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self { objects: sum.objects + one.objects, bytes: sum.bytes + one.bytes })
    }
}

/// The allocations of one stack of calls.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Stack {
    /// Where each call returns to, the innermost first. The first few are the allocator's own.
    pub addresses: Box<[usize]>,
    /// Allocations that were sampled.
    pub samples: u64,
    /// What was allocated since the profile began.
    pub allocated: Estimate,
    /// What of it was not freed.
    pub in_use: Estimate,
}

/// What a flame graph or a list of collapsed stacks shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Value {
    /// Objects that were allocated since the profile began.
    AllocatedObjects,
    /// Bytes that were allocated since the profile began.
    AllocatedBytes,
    /// Objects that were allocated since the profile began, and are not freed.
    InUseObjects,
    /// Bytes of these objects.
    InUseBytes,
}

impl Value {
    fn of(self, stack: &Stack) -> u64 {
        let value = match self {
            Self::AllocatedObjects => stack.allocated.objects,
            Self::AllocatedBytes => stack.allocated.bytes,
            Self::InUseObjects => stack.in_use.objects,
            Self::InUseBytes => stack.in_use.bytes,
        };
        value.round() as u64
    }

    fn title(self) -> &'static str {
        match self {
            Self::AllocatedObjects => "Objects allocated",
            Self::AllocatedBytes => "Bytes allocated",
            Self::InUseObjects => "Objects in use",
            Self::InUseBytes => "Bytes in use",
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::AllocatedObjects | Self::InUseObjects => "objects",
            Self::AllocatedBytes | Self::InUseBytes => "bytes",
        }
    }
}

/// What was sampled from the start of a profile to one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub(crate) interval_bytes: usize,
    pub(crate) started_at: SystemTime,
    pub(crate) duration: Duration,
    pub(crate) stacks: Vec<Stack>,
}

impl Snapshot {
    /// All stacks of calls that samples were taken of, in no order.
    #[must_use]
    pub fn stacks(&self) -> &[Stack] {
        &self.stacks
    }

    /// What was allocated since the profile began and was not freed.
    #[must_use]
    pub fn in_use(&self) -> Estimate {
        self.stacks.iter().map(|stack| stack.in_use).sum()
    }

    /// What was allocated since the profile began.
    #[must_use]
    pub fn allocated(&self) -> Estimate {
        self.stacks.iter().map(|stack| stack.allocated).sum()
    }

    /// Writes the profile as pprof reads it, a gzipped `profile.proto`, with the values `alloc_objects`, `alloc_space`,
    /// `inuse_objects` and `inuse_space`.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_pprof(&self, writer: impl Write) -> io::Result<()> {
        pprof::write(self, writer)
    }

    /// Writes a flame graph, as SVG.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_flame_graph(&self, value: Value, writer: impl Write) -> io::Result<()> {
        let mut options = flamegraph::Options::default();
        options.title = value.title().into();
        options.count_name = value.unit().into();
        options.colors = flamegraph::color::Palette::Basic(flamegraph::color::BasicPalette::Mem);
        let mut collapsed = self.collapsed(value);
        if collapsed.is_empty() {
            collapsed.push(format!("nothing was sampled, once in {} bytes 1", self.interval_bytes));
        }
        flamegraph::from_lines(&mut options, collapsed.iter().map(String::as_str), writer)
    }

    /// Writes each stack whose value is not 0, one to a line: `outermost;…;innermost value`.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_collapsed(&self, value: Value, mut writer: impl Write) -> io::Result<()> {
        self.collapsed(value).iter().try_for_each(|line| writeln!(writer, "{line}"))
    }

    /// Sorted, each stack of names once.
    fn collapsed(&self, value: Value) -> Vec<String> {
        let mut symbols = Symbols::default();
        let mut values = BTreeMap::<String, u64>::new();
        for stack in self.stacks.iter().filter(|stack| value.of(stack) != 0) {
            let calls = symbols.calls_of(&stack.addresses);
            let names: Vec<_> = calls.iter().rev().flat_map(|call| call.functions.iter().rev()).collect();
            let names: Vec<_> = names.iter().map(|function| function.name.replace(';', ":")).collect();
            *values.entry(names.join(";")).or_default() += value.of(stack);
        }
        values.into_iter().map(|(stack, value)| format!("{stack} {value}")).collect()
    }
}
