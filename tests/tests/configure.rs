//! What a program or its environment chooses is what the allocator does.
#![cfg(unix)]

use std::alloc::{GlobalAlloc, Layout};
use std::env;
use std::process::Command;
use std::ptr;
use std::thread;
use std::time::Duration;

use snmalloc_rs::SnMalloc;
use snmalloc_tests::process::{anonymous_bytes, mapping_field};
use snmalloc_tests::{isolated, isolated_with, with_options, MIB};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

snmalloc_rs::configure! {
    purge_delay_ms: 100,
    resident_budget: 32 << 20,
    memory_limit: 300 * MIB,
    huge_pages: Never,
}

const VARIABLE: &str = "SNMALLOC_OPTIONS";

/// Takes memory in such blocks until it is refused, and returns how much that was. Each block names the one before.
fn fill(block_bytes: usize) -> usize {
    let layout = Layout::from_size_align(block_bytes, 8).unwrap();
    let mut last = ptr::null_mut::<*mut u8>();
    let mut filled = 0;
    while let Some(block) = ALLOC.alloc_aligned(layout) {
        let block = block.as_ptr();
        // SAFETY: the block is ours, of that size and aligned.
        unsafe {
            block.write_bytes(1, block_bytes);
            block.cast::<*mut u8>().write(last.cast());
        }
        last = block.cast();
        filled += block_bytes;
        assert!(filled < 1000 * MIB, "there is no limit");
    }
    while !last.is_null() {
        // SAFETY: each block was allocated above, and is not used again.
        unsafe {
            let before = last.read();
            ALLOC.dealloc(last.cast(), layout);
            last = before.cast();
        }
    }
    filled
}

/// Up to the limit memory is granted, and not beyond; what was freed is granted again, in any sizes, by any thread.
fn check_limit(limit_bytes: usize) {
    for block_bytes in [20 * MIB, 112, 28 << 10, 10_000_000, 1024, MIB] {
        let filled = thread::spawn(move || fill(block_bytes)).join().unwrap();
        eprintln!("{filled} bytes in blocks of {block_bytes}");
        assert!(filled + limit_bytes / 16 + block_bytes > limit_bytes, "{filled} bytes in blocks of {block_bytes}");
        assert!(filled < limit_bytes, "{filled} bytes in blocks of {block_bytes}");
        assert!(ALLOC.memory_stats().peak_memory_usage <= limit_bytes);
    }
    assert!(anonymous_bytes() < limit_bytes + 4 * MIB);
}

#[test]
fn memory_limit_of_the_program() {
    isolated("memory_limit_of_the_program", || check_limit(300 * MIB));
}

#[test]
fn memory_limit_of_the_environment() {
    isolated_with("memory_limit_of_the_environment", with_options("memory_limit=150M"), || check_limit(150 * MIB));
}

/// A buffer grows in place up to the limit, and when that is refused it stays.
#[test]
fn buffers_grow_within_the_limit() {
    isolated_with("buffers_grow_within_the_limit", with_options("memory_limit=20M"), || {
        for _ in 0..3 {
            let mut buffer = Vec::<u8>::new();
            let mut granted = 0;
            while buffer.try_reserve_exact(MIB).is_ok() {
                granted += MIB;
                buffer.resize(granted, 7);
            }
            assert!((15 * MIB..20 * MIB).contains(&granted), "{granted} bytes were granted");
            assert!(buffer.iter().all(|&byte| byte == 7));
        }
        assert!(ALLOC.memory_stats().peak_memory_usage <= 20 * MIB);
    });
}

/// Of a small burst everything stays, and of a large one no more than the budget, which includes what slabs left.
fn check_budget(budget_bytes: usize) {
    let burst = |bytes: usize| {
        drop((0..bytes / MIB).map(|_| vec![1_u8; MIB]).collect::<Vec<_>>());
        ALLOC.stats().free_bytes
    };
    let small_bytes = budget_bytes - 2 * MIB;
    let kept = burst(small_bytes);
    assert!(kept >= small_bytes, "only {kept} of {small_bytes} bytes stay");
    let kept = burst(200 * MIB);
    assert!(kept <= budget_bytes + MIB, "{kept} bytes stay");
}

#[test]
fn budget_of_the_program() {
    isolated_with("budget_of_the_program", with_options("purge_delay_ms=100000"), || check_budget(32 * MIB));
}

#[test]
fn budget_of_the_environment() {
    isolated_with("budget_of_the_environment", with_options("purge_delay_ms=100000,resident_budget=128M"), || {
        check_budget(128 * MIB)
    });
}

/// Free memory stays for the delay, and then goes, a slice at each visit.
fn check_delay(short_ms: u64, long_ms: u64) {
    let visit = || drop(vec![1_u8; 100_000]);
    drop(vec![1_u8; 5 * MIB]);
    thread::sleep(Duration::from_millis(short_ms));
    visit();
    let kept = ALLOC.stats().free_bytes;
    thread::sleep(Duration::from_millis(long_ms));
    (0..20).for_each(|_| visit());
    let left = ALLOC.stats().free_bytes;
    assert!(short_ms == 0 || kept >= 5 * MIB, "only {kept} bytes after {short_ms} ms");
    assert!(left < MIB, "{left} bytes after {long_ms} ms more");
}

#[test]
fn delay_of_the_program() {
    isolated("delay_of_the_program", || check_delay(0, 200));
}

#[test]
fn delay_of_the_environment() {
    isolated_with("delay_of_the_environment", with_options("purge_delay_ms=3000"), || check_delay(1500, 2500));
}

/// Whether the system was told so of the mapping that `block` lies in: `nh` or `hg` among its flags.
fn has_flag(block: &[u8], flag: &str) -> bool {
    mapping_field(block.as_ptr(), "VmFlags:").split(' ').any(|word| word == flag)
}

/// Also of memory that was moved and mapped afresh.
fn check_huge_pages(never: bool, always: bool) {
    let mut block = vec![1_u8; 2 * MIB];
    for _ in 0..5 {
        assert_eq!((has_flag(&block, "nh"), has_flag(&block, "hg")), (never, always));
        let barrier = vec![1_u8; 20_000];
        block.resize(block.len() * 2, 1);
        drop(barrier);
        ALLOC.trim();
    }
}

#[test]
fn huge_pages_of_the_program() {
    isolated("huge_pages_of_the_program", || check_huge_pages(true, false));
}

#[test]
fn huge_pages_of_the_environment() {
    isolated_with("huge_pages_of_the_environment", with_options("huge_pages=always"), || check_huge_pages(false, true));
}

#[test]
fn huge_pages_as_the_system_chooses() {
    isolated_with("huge_pages_as_the_system_chooses", with_options("huge_pages=system"), || {
        check_huge_pages(false, false)
    });
}

/// Runs a test of this program with these options, and returns what it writes to stderr.
fn errors_of(test: &str, options: &str) -> String {
    let mut command = Command::new(env::current_exe().unwrap());
    let output = command.args([test, "--exact"]).env(VARIABLE, options).output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{errors}");
    errors
}

/// What makes no sense is named, once, with what may have been meant, and the rest is heeded.
#[test]
fn nonsense_is_named_and_ignored() {
    const TEST: &str = "nonsense_is_named_and_ignored";
    const NAMES: &str = "known: purge_delay_ms, resident_budget, memory_limit, huge_pages, idle_purge, stats, help";
    const NONSENSE: [(&str, &str, &str); 20] = [
        ("memory_limits=3", "option `memory_limits`", "did you mean `memory_limit`?"),
        ("purge_dely=5", "option `purge_dely`", "did you mean `purge_delay_ms`?"),
        ("hugepages=never", "option `hugepages`", "did you mean `huge_pages`?"),
        ("IDLE_PURGE=never", "option `IDLE_PURGE`", "did you mean `idle_purge`?"),
        (" stats=exit", "option ` stats`", "did you mean `stats`?"),
        ("halp", "option `halp`", "did you mean `help`?"),
        ("help=", "option `help`", "did you mean `help`?"),
        ("background_thread:true", "option `background_thread:true`", NAMES),
        ("=", "option ``", NAMES),
        ("line\nbreak=1", "option `line?break`", NAMES),
        ("purge_delay_ms", "value ``", "known: MILLISECONDS"),
        ("purge_delay_ms=", "value ``", "known: MILLISECONDS"),
        ("purge_delay_ms=1s", "value `1s`", "known: MILLISECONDS"),
        ("memory_limit=12m", "value `12m`", "known: BYTES[K|M|G]|none"),
        ("memory_limit=99999999999999999999999", "value `99999999999999999999999`", "known: BYTES[K|M|G]|none"),
        ("resident_budget=-1", "value `-1`", "known: BYTES[K|M|G]"),
        ("resident_budget=none", "value `none`", "known: BYTES[K|M|G]"),
        ("huge_pages=Never", "value `Never`", "did you mean `never`?"),
        ("huge_pages=2", "value `2`", "known: system|never|always"),
        ("stats=exits", "value `exits`", "did you mean `exit`?"),
    ];
    if env::var(VARIABLE).is_ok() {
        return check_budget(6 * MIB);
    }
    let all = NONSENSE.map(|(text, ..)| text).join(",,");
    let errors = errors_of(TEST, &format!("resident_budget=6M,purge_delay_ms=100000,{all},huge_pages=system"));
    assert_eq!(errors.lines().count(), NONSENSE.len(), "{errors}");
    for (line, (text, unknown, hint)) in errors.lines().zip(NONSENSE) {
        let text = text.replace('\n', "?");
        assert_eq!(line, format!("snmalloc: SNMALLOC_OPTIONS: ignored {text}: unknown {unknown}; {hint}"));
    }
    let long = "x".repeat(470);
    let errors = errors_of(TEST, &format!("{long},resident_budget=6M,purge_delay_ms=100000"));
    let shown = format!("{}...", &long[..80]);
    assert_eq!(errors, format!("snmalloc: SNMALLOC_OPTIONS: ignored {shown}: unknown option `{shown}`; {NAMES}\n"));
    // Here the test fails, for the budget is not chosen.
    let output =
        Command::new(env::current_exe().unwrap()).args([TEST, "--exact"]).env(VARIABLE, "x".repeat(513)).output();
    let errors = String::from_utf8(output.unwrap().stderr).unwrap();
    assert!(errors.starts_with("snmalloc: SNMALLOC_OPTIONS: ignored, longer than 512 bytes\n"), "{errors}");
}

/// The program goes on with what is chosen, which the help says; it has each option of `configure!`, and no other.
#[test]
fn help_shows_every_option() {
    const TEST: &str = "help_shows_every_option";
    if env::var(VARIABLE).is_ok() {
        return check_budget(6 * MIB);
    }
    let errors = errors_of(TEST, "resident_budget=6M,help,purge_delay_ms=100000,memory_limit=none,idle_purge=always");
    let rows: Vec<Vec<&str>> = errors.lines().skip(2).map(|line| line.split_whitespace().take(4).collect()).collect();
    let expected = [
        ["purge_delay_ms", "MILLISECONDS", "1000", "100000"],
        ["resident_budget", "BYTES[K|M|G]", "8M", "6M"],
        ["memory_limit", "BYTES[K|M|G]|none", "none", "none"],
        ["huge_pages", "system|never|always", "system", "never"],
        ["idle_purge", "auto|never|always", "auto", "always"],
        ["stats", "never|exit", "never", "never"],
        ["help", "show", "this,", "and"],
    ];
    assert_eq!(rows, expected, "{errors}");
    assert!(errors.lines().skip(1).all(|line| line.len() <= 120 && line.split_whitespace().count() >= 5), "{errors}");
    // Each field once, as Rust shows them.
    let fields = format!("{:?}", snmalloc_rs::Options::DEFAULT);
    let fields = fields.split([' ', ',']).filter_map(|word| word.strip_suffix(':'));
    assert!(fields.eq(expected.iter().map(|row| row[0]).filter(|&name| name != "help")));
}

/// As numbers go in, they come out; of several the last one counts.
#[test]
fn help_shows_bytes_as_they_can_be_written() {
    const TEST: &str = "help_shows_bytes_as_they_can_be_written";
    if env::var(VARIABLE).is_ok() {
        return;
    }
    for (written, shown) in [
        ("0", "0"),
        ("1", "1"),
        ("1023", "1023"),
        ("1024", "1K"),
        ("1536K", "1536K"),
        ("3072M", "3G"),
        ("4096G", "4096G"),
    ] {
        let errors = errors_of(TEST, &format!("resident_budget=1,resident_budget={written},help"));
        let row = errors.lines().find(|line| line.starts_with("resident_budget ")).expect("a row");
        assert_eq!(row.split_whitespace().nth(3), Some(shown), "{errors}");
    }
}
