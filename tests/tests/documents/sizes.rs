//! Each size that a document names is that of the core's settings, or was measured.
//!
//! Documents are prose, so a phrase tells what a size is of: [`PHRASES`] has these, each with the names of figures in braces.
//! What figures are, `figures.cc` says, which is compiled with the core's headers. A size in a document that is in no phrase is
//! a fault: it needs a phrase, or, if nothing in the code decides it, a place among [`MEASURED`].
#![cfg(all(unix, target_pointer_width = "64"))]

use crate::{read, root};
use snmalloc_rs::{HugePages, IdlePurge, Options};
use std::collections::BTreeMap;
use std::env;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

/// What readers are told, but for tables of measurements.
const DOCUMENTS: &[&str] = &[
    "README.md",
    "DESIGN.md",
    "docs/failures.md",
    "docs/features.md",
    "docs/interfaces.md",
    "docs/security.md",
    "docs/tools.md",
    "docs/design/checks.md",
    "docs/design/platforms.md",
    "docs/design/profiler.md",
    "docs/design/ranges.md",
    "docs/design/threads.md",
    "snmalloc-rs/README.md",
    "snmalloc-rs/src/allocator.rs",
    "snmalloc-rs/src/configure.rs",
    "snmalloc-rs/src/heap.rs",
    "snmalloc-rs/src/in_place.rs",
    "snmalloc-rs/src/lib.rs",
    "snmalloc-rs/src/memory_stats.rs",
    "snmalloc-rs/src/region.rs",
    "snmalloc-sys/src/lib.rs",
    "snmalloc-sys/src/options.rs",
    "snmalloc-sys/src/region.rs",
    "snmalloc-sys/src/stats.rs",
    "snmalloc-profiler/README.md",
    "snmalloc-profiler/src/lib.rs",
    "upstream/README.md",
    "upstream/include/snmalloc.h",
    "upstream/include/snmalloc_libc.h",
    "upstream/include/snmalloc_profile.h",
    "upstream/include/snmalloc_region.h",
];

/// A phrase is the same wherever it stands. Names that begin with `check_` and `none_` are of these builds.
const PHRASES: &[&str] = &[
    // Chunks.
    "*chunk* | {chunk_bytes} of address space",
    "for each {chunk_bytes} of address space",
    "ampled object has {chunk_bytes} of address space",
    "of its own, {chunk_bytes} of address space at least",
    "at least {chunk_bytes} of address space, until it is freed",
    "It takes {chunk_bytes} of address space",
    "a chunk always has {chunk_bytes}",
    "units of {chunk_bytes}",
    "starts at a multiple of {chunk_bytes}",
    "whole chunks of {chunk_bytes}",
    "The largest object has {largest_bytes}, on 32 bits 2 GiB less 1 MiB",
    // Small objects, and slabs.
    "Up to {small_max_bytes} the request",
    "above {small_max_bytes} an object has pages of its own",
    "range to itself: more than {small_max_bytes}",
    "Objects of more than {small_max_bytes} are large",
    "an object of more than {small_max_bytes} in whole chunks",
    "bjects of more than {small_max_bytes}.",
    "bjects of more than {small_max_bytes} so far",
    "For an allocation of up to {small_max_bytes} it takes no lock",
    "An allocation of up to {small_max_bytes} can grow",
    "of more than {small_max_bytes} that stays above {small_max_bytes}",
    "size class: {slab_least_bytes} to {slab_most_bytes}",
    "slab, of {slab_least_bytes} to {slab_most_bytes}",
    "slab of {slab_least_bytes} to {slab_most_bytes} for each size class",
    "of {slab_least_bytes} to {slab_most_bytes}, or of {small_slab_least_bytes} to {small_slab_most_bytes} where the limit is below {small_slabs_below_bytes}",
    "Slabs have {usual_slab_bytes}, those of 8-byte objects {slab_least_bytes}, and those of more than 8 KiB an object 128 or {slab_most_bytes}. \
     Under a small memory limit they begin at {small_slab_least_bytes}",
    "charged with {slab_all_bytes}, or with {small_slab_all_bytes}, before",
    "Below a limit of {small_slabs_below_bytes} slabs are small",
    "slabs have {check_slab_least_bytes} at least",
    // What heaps keep and send.
    "at most {magazine_max_objects} objects, and {magazine_bytes} or {magazine_min_objects} objects",
    "up to {magazine_max_objects}, and {magazine_bytes} or {magazine_min_objects} objects",
    "these heaps took from slabs is no more than {parked_slab_bytes}",
    "so the {usual_slab_bytes} or more of a slab of which it used two pages",
    "class at most {cut_left_objects} objects, and at most {cut_left_bytes} or one object",
    "class up to {cut_left_objects}, and {cut_left_bytes} or one object",
    "may hold {magazines_all_bytes} of objects in its magazines",
    "its magazines keep: {magazines_all_bytes} of objects at most",
    "its depot keeps: {depot_max_bytes} of objects at most",
    "an array of {batch_objects} addresses",
    "whose objects hold {outbox_bytes}",
    "at most {held_few_bytes}, or {held_bytes} of thousands)",
    "not sent yet: at most {held_few_bytes}, or {held_bytes} if",
    "An outbox has {open_batches} places",
    "times as many places, at most {most_places}",
    "The first {open_batches} have room for {outbox_bytes} each",
    "have less: {room_1_bytes}, {room_2_bytes}, {room_3_bytes}, and with more than 1,024 open {room_4_bytes} bytes",
    "thread hold at most {held_bytes}, and those for up to {open_batches} owners at most {held_few_bytes}",
    "from {batch_bytes} down to {least_batch_bytes} bytes",
    "is bounded: {max_unread_batches} batches, at most {unread_bytes} of objects",
    "beyond {range_cache_bytes} of",
    "empty ranges of up to {range_cache_bytes}",
    "are not larger than {large_cache_max_bytes}",
    "eap takes {heap_bytes} for itself",
    "at most, by default {parked_bytes}; private heaps",
    "({check_heap_bytes} with `check`)",
    "(with checks {check_heap_bytes})",
    "({check_heap_bytes} with the feature `check`)",
    "Some {none_region_bytes}, and a 64th",
    "some {none_region_bytes} and a 64th",
    "The rest takes some {none_region_bytes}",
    // Address space, and memory that goes back.
    "one `mmap` of at least {reservation_min_bytes}",
    "The budget is {resident_budget_bytes}, or a {purge_live_share}th of what is in use",
    "its *base*: {resident_budget_bytes} (`resident_budget`), or a {purge_live_share}th of what is in use",
    "`resident_budget` | bytes | {resident_budget_bytes} |",
    "by the idle thread; by default {purge_delay_ms}",
    "seen to use again; by default {resident_budget_bytes}",
    "`purge_delay_ms` | milliseconds | {purge_delay_ms} |",
    "a single burst leaves {resident_budget_bytes}",
    "It grows, by up to {purge_learned_max_bytes}",
    "what it has *learned*, at most {purge_learned_max_bytes}",
    "as much as the second took again, up to {purge_learned_max_bytes}",
    "A slab of which less than {least_hole_bytes} would go",
    "all that the heap has in the block of {block_bytes}",
    "whole aligned pieces of {block_bytes}",
    "gives back {purge_slice_bytes} of it, or one piece of {block_bytes}",
    "Once {blocks_from_bytes} are in use",
    "the rest comes in blocks of {block_bytes}",
    "one touch must not bring {block_bytes} back",
    "memory comes in steps of {block_bytes}",
    "no blocks for {growth_pause_min_ms} ms",
    "pieces of {judged_piece_bytes} in its inner half",
    "from {move_pages_bytes} on by moving its pages",
    "Otherwise, from {move_pages_bytes} on, its pages move",
    "an object of {move_pages_bytes} or more grows",
    "the best of a few. From {mixed_bytes} on",
    "Dirty memory is cleared: below {purge_to_clear_bytes} by writing",
    "Zeroed objects of more than {zeroed_small_max_bytes} have a range to themselves",
    // Metadata.
    "Every range has {granule_bytes} bytes of metadata",
    "a *granule* is {granule_bytes} bytes",
    "Leaves of the page map ({leaf_bytes} for each GiB) and segments of slots ({slots_bytes})",
    "keep a slot each, of {slot_bytes} bytes",
    // With checks.
    "free within {window_bytes} of a slab",
    "free objects of the lowest {window_bytes} of a slab",
    // Profiles.
    "runs for {profile_leg_bytes} at most",
    "a thread joins a profile {profile_leg_bytes} late",
    "once they have allocated another {profile_leg_bytes}",
    "up to the first {profile_leg_bytes} of each thread",
    "One allocation per {interval_bytes} is sampled",
    "At an interval of {interval_bytes}",
    "one sample in {interval_bytes}",
    "By default {interval_bytes},",
    "at most 256. By default {max_frames}.",
];

/// Sizes that nothing in the code decides: of the system, of an example, or measured.
const MEASURED: &[&str] = &[
    "some 40 KiB for each thread that is alive", // a heap, and some batches
    "54 to 76 MiB were measured",
    "page faults, and 14.3 → 7.5 MiB",
    "4 GiB (512 MiB on 32 bits)", // which is not the build that prints the figures
    "one free of 64 KiB took up to",
    "two bursts of 300 MiB, 292 MiB stayed",
    "alignments of 1 GiB",
    "objects of 128 bytes kept 247 MiB for 1 MiB of live objects",
    "Of the 247 MiB, 31 stay",
    "17 of 606 MiB went back, 412 of 496 MiB in huge pages broke",
    "pages of 4, 16 and 64 KiB",
    "200 with 4 KiB each load",
    "at one of 16 KiB, live memory doubles",
    "33 KiB take 48",
    "256 KiB become 512 KiB",
    "| 4 MiB | 315 µs",
    "some 5 µs together for 48 KiB",
    "a pair of 48 KiB: 11.8 → 5.3 µs",
    "Its root costs up to 2 MiB",
    "is charged with 2 MiB",
    "so that it takes 8 KiB for 16 MiB instead of 512",
    "49 MiB stay of half a gigabyte",
    "a control group of 64 MiB",
    "a page fault for every 4 KiB",
    "under a limit of 512 MiB a buffer that grows by 1 MiB gets 300 to 467 MiB instead of 233 MiB",
    "With pages of 64 KiB",
];

type Figures = BTreeMap<String, u64>;

#[test]
fn sizes_in_documents_are_those_of_the_code() {
    let figures = figures();
    let mut faults = Vec::new();
    let mut is_found = vec![false; PHRASES.len() + MEASURED.len()];
    for document in DOCUMENTS {
        let text = prose(document);
        let mut known = Vec::new();
        for (number, phrase) in PHRASES.iter().chain(MEASURED).enumerate() {
            for found in occurrences(phrase, &text) {
                is_found[number] = true;
                for (name, size) in &found.sizes {
                    let figure = *figures.get(*name).unwrap_or_else(|| panic!("`{phrase}`: there is no figure {name}"));
                    if !size.is(figure) {
                        let said = &text[found.start..found.end];
                        faults.push(format!("{document}: \"{said}\", but {name} is {figure}"));
                    }
                }
                known.push(found.start..found.end);
            }
        }
        for size in sizes(&text) {
            if !known.iter().any(|range| range.contains(&size)) {
                let start = text[..size].char_indices().rev().nth(40).map_or(0, |(at, _)| at);
                let end = text[size..].char_indices().nth(30).map_or(text.len(), |(at, _)| size + at);
                faults.push(format!("{document}: no phrase knows the size in \"…{}…\"", &text[start..end]));
            }
        }
    }
    let unused = PHRASES.iter().chain(MEASURED).zip(is_found).filter(|(_, is_found)| !is_found);
    faults.extend(unused.map(|(phrase, _)| format!("no document says any more: \"{phrase}\"")));
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn defaults_in_rust_are_those_of_the_core() {
    let figures = figures();
    let default = Options::DEFAULT;
    assert_eq!(default.purge_delay_ms as u64, figures["purge_delay_ms"]);
    assert_eq!(default.resident_budget as u64, figures["resident_budget_bytes"]);
    assert_eq!(default.memory_limit as u64, figures["memory_limit_bytes"]);
    assert_eq!((default.huge_pages, figures["huge_pages"]), (HugePages::System, HugePages::System as u64));
    assert_eq!((default.idle_purge, figures["idle_purge"]), (IdlePurge::Auto, IdlePurge::Auto as u64));
}

/// Of the usual build, of that with checks and that without a system; and of the profiler, which says them in its source.
fn figures() -> &'static Figures {
    static FIGURES: OnceLock<Figures> = OnceLock::new();
    FIGURES.get_or_init(print_figures)
}

fn print_figures() -> Figures {
    let mut figures = Figures::new();
    for (prefix, define) in [("", "SN_NO_DEFINE"), ("check_", "SN_CHECK"), ("none_", "SN_NONE")] {
        let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{prefix}figures"));
        let compiler = env::var("CXX").unwrap_or_else(|_| "c++".into());
        let mut command = Command::new(&compiler);
        command.args(["-std=c++20", "-fno-access-control", "-Isrc", "-Iinclude"]).arg(format!("-D{define}=1"));
        command.arg("../tests/tests/documents/figures.cc").arg("-o").arg(&program).current_dir(root().join("upstream"));
        let output = command.output().unwrap_or_else(|error| panic!("{compiler}: {error}"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let output = Command::new(program).output().expect("what was built runs");
        for line in String::from_utf8(output.stdout).expect("figures are text").lines() {
            let (name, value) = line.split_once(' ').expect("a name and a value");
            figures.insert(format!("{prefix}{name}"), value.parse().expect(line));
        }
    }
    let source = read("snmalloc-profiler/src/lib.rs");
    let defaults = source.split_once("Self { interval_bytes: ").expect("the profiler's defaults").1;
    let (interval, frames) = defaults.split_once(" << 10, max_frames: ").expect("the interval in KiB");
    figures.insert("interval_bytes".into(), interval.parse::<u64>().expect(interval) << 10);
    figures.insert("max_frames".into(), frames.split(' ').next().unwrap().parse().expect(frames));
    figures
}

/// The text that readers see, in one line with single spaces.
fn prose(document: &str) -> String {
    let text = read(document);
    let is_rust = document.ends_with(".rs");
    let lines = text.lines().map(str::trim).filter_map(|line| {
        if is_rust {
            line.strip_prefix("///").or_else(|| line.strip_prefix("//!"))
        } else {
            Some(line.strip_prefix("* ").unwrap_or(line))
        }
    });
    lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// A number in a document: `1,024`, `1.4 MiB`, `64` of `64 to 256 KiB`.
#[derive(Debug, Clone, Copy)]
struct Size {
    value: f64,
    decimals: usize,
    unit: u64,
}

impl Size {
    /// Whether that is what a document says of the figure, as exactly as it says it.
    fn is(&self, figure: u64) -> bool {
        let scale = 10_f64.powi(i32::try_from(self.decimals).unwrap());
        let rounded = (figure as f64 / self.unit as f64 * scale).round() / scale;
        (rounded - self.value).abs() < 1e-9
    }
}

const UNITS: [(&str, u64); 4] = [(" KiB", 1 << 10), (" MiB", 1 << 20), (" GiB", 1 << 30), (" TiB", 1 << 40)];

/// A size at the start of the text, and how long it is there. The unit may stand behind a second number.
fn parse_size(text: &str) -> Option<(Size, usize)> {
    let mut length = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(text.len());
    length = text[..length].trim_end_matches(['.', ',']).len();
    let digits = text[..length].replace(',', "");
    let value = digits.parse().ok()?;
    let decimals = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let rest = &text[length..];
    if let Some((word, unit)) = UNITS.iter().find(|(word, _)| rest.starts_with(word)) {
        return Some((Size { value, decimals, unit: *unit }, length + word.len()));
    }
    let second = [" to ", " or ", " and "].iter().find_map(|joint| parse_size(rest.strip_prefix(joint)?));
    let unit = second.map_or(1, |(second, _)| second.unit);
    Some((Size { value, decimals, unit }, length))
}

/// Where numbers with a unit begin.
fn sizes(text: &str) -> Vec<usize> {
    let is_start = |&at: &usize| {
        text[at..].starts_with(|c: char| c.is_ascii_digit()) && {
            let before = text[..at].chars().next_back();
            !before.is_some_and(|c| c.is_ascii_digit() || c == '.' || c == ',')
        }
    };
    let starts = text.char_indices().map(|(at, _)| at).filter(is_start);
    starts.filter(|&at| parse_size(&text[at..]).is_some_and(|(size, _)| size.unit > 1)).collect()
}

struct Occurrence<'a> {
    start: usize,
    end: usize,
    /// By the names of the figures.
    sizes: Vec<(&'a str, Size)>,
}

/// Where the phrase stands in the text, with whatever numbers.
fn occurrences<'a>(phrase: &'a str, text: &str) -> Vec<Occurrence<'a>> {
    let first = &phrase[..phrase.find('{').unwrap_or(phrase.len())];
    let starts: Vec<usize> =
        if first.is_empty() { sizes(text) } else { text.match_indices(first).map(|(start, _)| start).collect() };
    starts.into_iter().filter_map(|start| match_at(phrase, text, start)).collect()
}

fn match_at<'a>(phrase: &'a str, text: &str, start: usize) -> Option<Occurrence<'a>> {
    let (mut left, mut end, mut sizes) = (phrase, start, Vec::new());
    while !left.is_empty() {
        if let Some(name) = left.strip_prefix('{') {
            let (name, after) = name.split_once('}').expect(phrase);
            let (size, length) = parse_size(&text[end..])?;
            sizes.push((name, size));
            (left, end) = (after, end + length);
        } else {
            let (literal, after) = left.split_at(left.find('{').unwrap_or(left.len()));
            text[end..].strip_prefix(literal)?;
            (left, end) = (after, end + literal.len());
        }
    }
    Some(Occurrence { start, end, sizes })
}
