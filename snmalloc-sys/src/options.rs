//! What a program may choose: see [`Options`].

/// When the allocator asks for huge pages.
#[repr(usize)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HugePages {
    /// As the system is set up.
    System = 0,
    /// Never: small programs stay small.
    Never = 1,
    /// Wherever there is room for one: fewer misses, but memory comes in steps of 2 MiB.
    Always = 2,
}

/// Whether a thread of the allocator's own gives free memory back while the threads of the program sleep.
///
/// That thread is there only while there is something to give back. It gets no signals, and is named `snmalloc-idle`.
/// Windows has none.
#[repr(usize)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdlePurge {
    /// Where the program has more than one thread.
    Auto = 0,
    /// Nowhere.
    Never = 1,
    /// Also where it has one thread; but not in a child of `fork` before that has a second one.
    Always = 2,
}

/// Whether the allocator writes a line of its figures to stderr when the process exits.
///
/// It does so at the return from `main` and at `exit`, but not at `_exit` or at the end by a signal.
#[repr(usize)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatsLine {
    /// It writes nothing.
    Never = 0,
    /// One line: `docs/interfaces.md` in the repository says what is in it.
    Exit = 1,
}

/// What the allocator reads before its first allocation: a `static` of this type with the symbol name
/// `sn_configuration`, in the program or library that it is linked into, and then the variable `SNMALLOC_OPTIONS` of the
/// environment.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Free memory goes back to the system after this time, at a later call of the allocator, or see [`IdlePurge`].
    pub purge_delay_ms: usize,
    /// So many bytes of free memory may stay resident meanwhile, or a 16th of what is in use if that is more; and what the
    /// program was seen to use again.
    pub resident_budget: usize,
    /// The most bytes that may be held from the system. Allocations that would need more are refused, after all that is
    /// free, or on its way back, has made room. Small objects count by their slab, touched or not: each size class of each
    /// thread has one of its own, of 32 to 256 KiB, or of 16 to 256 KiB where the limit is below 512 MiB.
    pub memory_limit: usize,
    /// When to ask for huge pages.
    pub huge_pages: HugePages,
    /// Whether free memory goes back while no thread of the program calls the allocator.
    pub idle_purge: IdlePurge,
    /// Whether to write a line of figures when the process exits.
    pub stats: StatsLine,
}

impl Options {
    /// What holds unless something else is chosen.
    pub const DEFAULT: Self = Self {
        purge_delay_ms: 1000,
        resident_budget: 8 << 20,
        memory_limit: usize::MAX,
        huge_pages: HugePages::System,
        idle_purge: IdlePurge::Auto,
        stats: StatsLine::Never,
    };
}

impl Default for Options {
    fn default() -> Self {
        Self::DEFAULT
    }
}
