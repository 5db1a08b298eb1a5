//! What [`sn_read_stats`](crate::sn_read_stats) tells, and its printed form.

use core::fmt;

/// How many size classes there are at most.
pub const CLASS_COUNT: usize = 44;

/// The figures of one size class.
#[repr(C)]
#[non_exhaustive]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ClassStats {
    /// The size of every object, in bytes.
    pub object_bytes: usize,
    /// Slabs: runs of memory that are cut into objects of this class.
    pub slabs: usize,
    /// Live objects. Sampled.
    pub live_objects: usize,
    /// Objects that are free in the magazines of threads, where the next allocation finds them. Sampled.
    pub cached_objects: usize,
    /// Objects that are free in slabs.
    pub free_objects: usize,
    /// Allocations so far; 0 unless built with the feature `stats`.
    pub allocations: usize,
    /// Frees so far; 0 unless built with the feature `stats`.
    pub frees: usize,
}

/// The figures of the whole allocator, in bytes where their names say so; others count.
///
/// What a slow path changes is exact: slabs, what is free in them, ranges, large objects, heaps, and all that counts
/// events. What a fast path changes is read from the magazines of running threads, without a lock: those figures are
/// called *sampled* here. They are exact while no other thread allocates or frees, and of slightly different moments
/// otherwise. An object that another thread freed counts as live until its owner has it back: as long as it is in a batch
/// that is not full, or that the owner has not read.
///
/// With the feature `stats`, each allocation and each free is counted as it happens, and live objects are what remains:
/// they are exact for each operation then, and objects on their way home are not among them.
#[repr(C)]
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Stats {
    /// Held from the system, for objects and for metadata, and not given back: what is resident, and pages that were
    /// handed out or kept in slabs and never touched, or went back from slabs in use (`hole_bytes`). The system says what
    /// is resident.
    pub held_bytes: usize,
    /// The largest value of `held_bytes` so far.
    pub peak_bytes: usize,
    /// In live objects: small ones by their size class, large ones by their range. Sampled.
    pub live_bytes: usize,
    /// In objects that are free in the magazines of threads. Sampled.
    pub cached_bytes: usize,
    /// In objects that are free in slabs, beside live ones.
    pub slab_free_bytes: usize,
    /// In pages of slabs with live objects that went back to the system. They are part of `held_bytes`, and mostly of
    /// `slab_free_bytes`, for any allocation may take them again.
    pub hole_bytes: usize,
    /// In free ranges that were used and not given back. They are resident, but for pages that nobody ever touched.
    pub free_bytes: usize,
    /// In free ranges of which nothing is resident: given back to the system, or never used.
    pub purged_bytes: usize,
    /// In free ranges that are on their way back to the system at this moment.
    pub purging_bytes: usize,
    /// Address space for objects, used or not.
    pub reserved_bytes: usize,
    /// In the allocator's own data, touched or not: 8 bytes for each 16 KiB of address space among it.
    pub metadata_bytes: usize,
    /// In live objects of more than 32 KiB.
    pub large_live_bytes: usize,
    /// Allocations of objects of more than 32 KiB so far.
    pub large_allocations: usize,
    /// Frees of such objects so far.
    pub large_frees: usize,
    /// Heaps that threads own, and private ones.
    pub heaps_active: usize,
    /// Heaps of threads that ended, kept for the next.
    pub heaps_parked: usize,
    /// Messages with remote frees that were sent so far.
    pub batches_sent: usize,
    /// Remote frees in these: of memory that belongs to another thread's heap.
    pub remote_frees: usize,
    /// How often memory was given back to the system so far.
    pub purges: usize,
    /// How much that was, together.
    pub purged_ever_bytes: usize,
    /// Of these, what the idle thread gave back; but for pages of slabs, and of the heaps themselves.
    pub idle_purged_bytes: usize,
    /// Calls of the system so far: for memory, to fence, to sleep and to wake.
    pub system_calls: usize,
    /// 1 if every operation is counted: with the feature `stats`. Otherwise 0.
    pub counts_operations: usize,
    /// By size class, the smallest first. Where a build has fewer, the last are all 0.
    #[cfg_attr(feature = "serde", serde(serialize_with = "as_slice"))]
    pub classes: [ClassStats; CLASS_COUNT],
}

impl Default for Stats {
    fn default() -> Self {
        // SAFETY: all fields are numbers, for which all bits zero are a value.
        unsafe { core::mem::zeroed() }
    }
}

/// Arrays of that length are none of those that serde knows.
#[cfg(feature = "serde")]
fn as_slice<S: serde::Serializer>(classes: &[ClassStats; CLASS_COUNT], serializer: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&classes[..], serializer)
}

/// Bytes as a person reads them, in a column.
struct Bytes(usize);

impl fmt::Display for Bytes {
    #[allow(clippy::cast_precision_loss)] // one digit is shown behind the point
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kib = self.0 as f64 / 1024.0;
        if kib < 1000.0 {
            write!(f, "{kib:>9.1} KiB")
        } else if kib < 1000.0 * 1024.0 {
            write!(f, "{:>9.1} MiB", kib / 1024.0)
        } else {
            write!(f, "{:>9.1} GiB", kib / 1024.0 / 1024.0)
        }
    }
}

/// A table for people; its form may change. It allocates nothing.
impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "held            {}, at most {}", Bytes(self.held_bytes), Bytes(self.peak_bytes))?;
        writeln!(f, "  live          {}, large {}", Bytes(self.live_bytes), Bytes(self.large_live_bytes))?;
        writeln!(f, "  in magazines  {}", Bytes(self.cached_bytes))?;
        writeln!(f, "  free in slabs {}, given back {}", Bytes(self.slab_free_bytes), Bytes(self.hole_bytes))?;
        writeln!(f, "  free          {}", Bytes(self.free_bytes))?;
        writeln!(f, "  metadata      {}", Bytes(self.metadata_bytes))?;
        writeln!(f, "address space   {}, not held {}", Bytes(self.reserved_bytes), Bytes(self.purged_bytes))?;
        writeln!(f, "given back      {}, in {} purges", Bytes(self.purged_ever_bytes), self.purges)?;
        writeln!(f, "  while idle    {}", Bytes(self.idle_purged_bytes))?;
        writeln!(f, "heaps           {:>9} active, {} parked", self.heaps_active, self.heaps_parked)?;
        writeln!(f, "remote frees    {:>9} in {} batches", self.remote_frees, self.batches_sent)?;
        writeln!(f, "large objects   {:>9} allocated, {} freed", self.large_allocations, self.large_frees)?;
        writeln!(f, "system calls    {:>9}", self.system_calls)?;
        write!(f, "\n    size     slabs       live     cached       free")?;
        if self.counts_operations != 0 {
            write!(f, "    allocated        freed")?;
        }
        for class in self.classes.iter().filter(|class| class.slabs != 0 || class.allocations != 0) {
            let ClassStats { object_bytes, slabs, live_objects, cached_objects, free_objects, .. } = class;
            write!(f, "\n{object_bytes:>8} {slabs:>9} {live_objects:>10} {cached_objects:>10} {free_objects:>10}")?;
            if self.counts_operations != 0 {
                write!(f, " {:>12} {:>12}", class.allocations, class.frees)?;
            }
        }
        writeln!(f)
    }
}
