//! The figures in the text form of OpenMetrics, for whoever collects figures of many programs.

use crate::stats::{ClassStats, Stats};
use core::fmt::{Result, Write};

impl Stats {
    /// The media type of what [`write_openmetrics`](Self::write_openmetrics) writes, for the header `Content-Type`.
    pub const OPENMETRICS_TYPE: &'static str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// Writes the figures in the text form of [OpenMetrics] 1.0, which Prometheus and others read, with `# EOF` at the end.
    ///
    /// Each figure has its name here with `snmalloc_` before it. Those that only grow are counters, and end in `_total`. The
    /// figures of size classes begin with `snmalloc_class_` and have the label `object_bytes`. Their counts of allocations and
    /// frees are there only with the feature `stats`. It allocates nothing. An error is one of `out`.
    ///
    /// [OpenMetrics]: https://prometheus.io/docs/specs/om/open_metrics_spec/
    ///
    /// # Errors
    ///
    /// What `out` returns.
    pub fn write_openmetrics<W: Write>(&self, out: &mut W) -> Result {
        // So that no field is forgotten.
        let Self {
            held_bytes,
            peak_bytes,
            live_bytes,
            cached_bytes,
            slab_free_bytes,
            hole_bytes,
            free_bytes,
            purged_bytes,
            purging_bytes,
            reserved_bytes,
            metadata_bytes,
            large_live_bytes,
            large_allocations,
            large_frees,
            heaps_active,
            heaps_parked,
            batches_sent,
            remote_frees,
            purges,
            purged_ever_bytes,
            idle_purged_bytes,
            system_calls,
            counts_operations,
            ref classes,
        } = *self;
        gauge(out, "held_bytes", "Held from the system, for objects and metadata.", held_bytes)?;
        gauge(out, "peak_bytes", "The most that was held so far.", peak_bytes)?;
        gauge(out, "live_bytes", "In live objects.", live_bytes)?;
        gauge(out, "cached_bytes", "Free in the magazines of threads.", cached_bytes)?;
        gauge(out, "slab_free_bytes", "Free in slabs, beside live objects.", slab_free_bytes)?;
        gauge(out, "hole_bytes", "In pages of slabs in use that went back to the system.", hole_bytes)?;
        gauge(out, "free_bytes", "In free ranges that were used and not given back.", free_bytes)?;
        gauge(out, "purged_bytes", "In free ranges of which nothing is resident.", purged_bytes)?;
        gauge(out, "purging_bytes", "In free ranges on their way back to the system.", purging_bytes)?;
        gauge(out, "reserved_bytes", "Address space for objects.", reserved_bytes)?;
        gauge(out, "metadata_bytes", "In the data of the allocator itself.", metadata_bytes)?;
        gauge(out, "large_live_bytes", "In live large objects.", large_live_bytes)?;
        counter(out, "large_allocations", "Allocations of large objects.", large_allocations)?;
        counter(out, "large_frees", "Frees of large objects.", large_frees)?;
        gauge(out, "heaps_active", "Heaps of threads, and private ones.", heaps_active)?;
        gauge(out, "heaps_parked", "Heaps of threads that ended.", heaps_parked)?;
        counter(out, "batches_sent", "Messages with remote frees.", batches_sent)?;
        counter(out, "remote_frees", "Frees of memory of other heaps in these.", remote_frees)?;
        counter(out, "purges", "How often memory went back to the system.", purges)?;
        counter(out, "purged_ever_bytes", "How much went back to the system.", purged_ever_bytes)?;
        counter(out, "idle_purged_bytes", "How much of it the idle thread gave back.", idle_purged_bytes)?;
        counter(out, "system_calls", "Calls of the system.", system_calls)?;
        gauge(out, "counts_operations", "Whether each operation is counted.", counts_operations)?;
        write_classes(classes, counts_operations != 0, out)?;
        out.write_str("# EOF\n")
    }
}

/// What stands before the values of a figure.
fn head(out: &mut impl Write, kind: &str, name: &str, help: &str) -> Result {
    writeln!(out, "# TYPE snmalloc_{} {}", name, kind)?;
    if name.ends_with("_bytes") {
        writeln!(out, "# UNIT snmalloc_{} bytes", name)?;
    }
    writeln!(out, "# HELP snmalloc_{} {}", name, help)
}

fn gauge(out: &mut impl Write, name: &str, help: &str, value: usize) -> Result {
    head(out, "gauge", name, help)?;
    writeln!(out, "snmalloc_{} {}", name, value)
}

fn counter(out: &mut impl Write, name: &str, help: &str, value: usize) -> Result {
    head(out, "counter", name, help)?;
    writeln!(out, "snmalloc_{}_total {}", name, value)
}

/// Of one figure of a size class: what it is called, what it is, and where.
type Figure = (&'static str, &'static str, fn(&ClassStats) -> usize);

const GAUGES: [Figure; 4] = [
    ("class_slabs", "Slabs of a size class.", |class| class.slabs),
    ("class_live_objects", "Live objects of a size class.", |class| class.live_objects),
    ("class_cached_objects", "Free objects of a size class in magazines.", |class| class.cached_objects),
    ("class_free_objects", "Free objects of a size class in slabs.", |class| class.free_objects),
];

const COUNTERS: [Figure; 2] = [
    ("class_allocations", "Allocations of a size class.", |class| class.allocations),
    ("class_frees", "Frees of a size class.", |class| class.frees),
];

fn write_classes(classes: &[ClassStats], counts_operations: bool, out: &mut impl Write) -> Result {
    let counters = if counts_operations { &COUNTERS[..] } else { &[] };
    let families = GAUGES.iter().map(|of| (of, "gauge", "")).chain(counters.iter().map(|of| (of, "counter", "_total")));
    for ((name, help, value), kind, suffix) in families {
        head(out, kind, name, help)?;
        // Objects of size 0 have a class, too, which few programs use.
        for class in classes.iter().filter(|class| class.object_bytes != 0 || class.slabs != 0) {
            let bytes = class.object_bytes;
            writeln!(out, "snmalloc_{}{}{{object_bytes=\"{}\"}} {}", name, suffix, bytes, value(class))?;
        }
    }
    Ok(())
}
