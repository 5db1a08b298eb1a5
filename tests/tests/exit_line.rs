//! The line of figures that `stats=exit` asks for: when it comes, and what is in it.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::env;
use std::os::unix::process::CommandExt;
use std::process::Command;

use snmalloc_rs::SnMalloc;
use snmalloc_tests::plugin::{path, Plugin};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

const WAY: &str = "SNMALLOC_TESTS_WAY";
const OPTIONS: &str = "SNMALLOC_OPTIONS";

/// One line, by the names of its values.
type Line = BTreeMap<String, String>;

/// Runs this test in a process of its own that ends as told, and returns the number of that process and its lines.
fn lines_of(test: &str, way: &str, prepare: impl FnOnce(&mut Command)) -> (u32, Vec<Line>) {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(WAY, way).env(OPTIONS, "stats=exit");
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped());
    prepare(&mut command);
    let child = command.spawn().unwrap();
    let process = child.id();
    let errors = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
    eprint!("{way}: {errors}");
    let line = |rest: &str| {
        let pairs = rest.split(' ').map(|pair| pair.split_once('=').unwrap_or_else(|| panic!("no pair: {pair}")));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    (process, errors.lines().filter_map(|text| text.strip_prefix("snmalloc: stats ")).map(line).collect())
}

fn number(line: &Line, name: &str) -> usize {
    line[name].parse().unwrap_or_else(|_| panic!("{name}={}", line[name]))
}

/// What the process does that a test starts. Each may hold some memory.
fn end(way: &str) {
    let held = vec![1_u8; 10 << 20];
    // SAFETY: each is what a program may do at its end. A child does not return from here.
    unsafe {
        match way {
            "returns" => {}
            "exits" => std::process::exit(0),
            "exits_from_c" => libc::exit(0),
            "leaves" => libc::_exit(0),
            "aborts" => libc::abort(),
            "is_killed" => _ = libc::kill(libc::getpid(), libc::SIGKILL),
            "child_leaves" => fork(libc::_exit),
            "child_exits" => fork(libc::exit),
            "closes" => _ = libc::atexit(close_stderr),
            "replaces" => {
                let path = env::var("SNMALLOC_TESTS_FILE").unwrap();
                std::mem::forget(std::fs::File::create(path).unwrap());
            }
            "loads" => {
                let plugin = Plugin::load(&path());
                plugin.work(1000);
                std::mem::forget(plugin);
            }
            _ => panic!("{way}"),
        }
    }
    std::mem::forget(held);
}

extern "C" fn close_stderr() {
    // SAFETY: what the standard library finds closed, it leaves.
    unsafe { libc::close(2) };
}

/// Ends a child by that function, and waits for it.
///
/// # Safety
///
/// A child of a process with several threads may call the function.
unsafe fn fork(end: unsafe extern "C" fn(libc::c_int) -> !) {
    // SAFETY: the caller vouches for the child.
    unsafe {
        match libc::fork() {
            0 => end(0),
            child => assert_eq!(libc::waitpid(child, std::ptr::null_mut(), 0), child),
        }
    }
}

#[test]
fn the_line_comes_once_and_has_the_figures() {
    const TEST: &str = "the_line_comes_once_and_has_the_figures";
    if let Ok(way) = env::var(WAY) {
        return end(&way);
    }
    for way in ["returns", "exits", "exits_from_c", "closes", "child_leaves"] {
        let (process, lines) = lines_of(TEST, way, |_| ());
        assert_eq!(lines.len(), 1, "{way}: {lines:?}");
        let line = &lines[0];
        assert_eq!((line["copy"].as_str(), line["pid"].clone()), ("program", process.to_string()), "{way}");
        assert!(number(line, "large_live_bytes") >= 10 << 20, "{way}: {line:?}");
        assert!(number(line, "live_bytes") >= number(line, "large_live_bytes"), "{way}: {line:?}");
        assert!(number(line, "held_bytes") >= number(line, "live_bytes"), "{way}: {line:?}");
        assert!(number(line, "peak_bytes") >= number(line, "held_bytes"), "{way}: {line:?}");
        assert!(number(line, "large_allocations") > number(line, "large_frees"), "{way}: {line:?}");
        assert!(number(line, "heaps_active") >= 1 && number(line, "system_calls") > 0, "{way}: {line:?}");
        // Its names are those of the figures, in whole.
        let figures = format!("{:?}", ALLOC.stats());
        for name in line.keys().filter(|name| !["pid", "copy"].contains(&name.as_str())) {
            assert!(figures.contains(&format!(" {name}: ")), "{name} is no figure");
        }
    }
    for way in ["leaves", "aborts", "is_killed"] {
        assert_eq!(lines_of(TEST, way, |_| ()).1, Vec::<Line>::new(), "{way}");
    }
}

/// Of each process, and of each allocator in it.
#[test]
fn each_process_and_each_copy_names_itself() {
    const TEST: &str = "each_process_and_each_copy_names_itself";
    if let Ok(way) = env::var(WAY) {
        return end(&way);
    }
    let (process, lines) = lines_of(TEST, "child_exits", |_| ());
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0]["pid"] != lines[1]["pid"] && lines[1]["pid"] == process.to_string(), "{lines:?}");
    let (_, lines) = lines_of(TEST, "loads", |_| ());
    let mut copies: Vec<&str> = lines.iter().map(|line| line["copy"].as_str()).collect();
    copies.sort_unstable();
    assert_eq!(copies, ["libsnmalloc_tests_plugin.so", "program"]);
    assert_eq!(lines[0]["pid"], lines[1]["pid"]);
}

/// Where stderr is closed from the start, a file of the program's gets its number.
#[test]
fn no_file_gets_the_line() {
    const TEST: &str = "no_file_gets_the_line";
    if let Ok(way) = env::var(WAY) {
        return end(&way);
    }
    let file = env::temp_dir().join(format!("snmalloc-exit-line-{}", std::process::id()));
    let (_, lines) = lines_of(TEST, "replaces", |command| {
        command.env("SNMALLOC_TESTS_FILE", &file);
        // SAFETY: it calls nothing that allocates, and closes what nobody uses any more.
        unsafe {
            command.pre_exec(|| {
                libc::close(2);
                Ok(())
            });
        }
    });
    let written = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert_eq!((lines.len(), written.as_str()), (0, ""));
}
