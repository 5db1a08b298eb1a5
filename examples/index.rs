//! Indexes the words of text files, and says what that took.
//!
//! ```text
//! cargo run --release --example index -- [--query WORD]... [PATH]...
//! ```

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};
use snmalloc_examples::index::{Index, PostingList};
use snmalloc_examples::memory::peak_resident_bytes;
use snmalloc_examples::pipeline::{build, Outcome, Threads};
use snmalloc_examples::scan::scan;
use snmalloc_rs::SnMalloc;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

/// Builds an inverted index of text files, with SnMalloc as the allocator.
#[derive(Parser)]
struct Arguments {
    /// Files and directories to index; this repository if none is given.
    paths: Vec<PathBuf>,

    /// Say where this word stands; may be given more than once.
    #[arg(short, long = "query", value_name = "WORD")]
    queries: Vec<String>,

    /// Threads that split text into words; half as many collect the results.
    #[arg(short, long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,

    /// How many of the most frequent words to print.
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    top: usize,
}

/// The phases of the work and how long each took.
struct Times {
    scan: Duration,
    index: Duration,
    release: Duration,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(code) => code,
        // The reader of our output has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: cannot print: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> io::Result<ExitCode> {
    let this_repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf);
    let roots =
        if arguments.paths.is_empty() { this_repository.into_iter().collect() } else { arguments.paths.clone() };
    let mut out = io::stdout().lock();

    let (found, scan_time) = timed(|| scan(&roots));
    found.unreadable.iter().for_each(|problem| eprintln!("error: {problem}"));
    let bar = progress_bar(found.files.iter().map(|file| file.size_bytes).sum());
    let (outcome, index_time) = timed(|| build(found.files, threads(arguments), |bytes| bar.inc(bytes)));
    bar.finish_and_clear();
    outcome.unreadable.iter().for_each(|problem| eprintln!("error: {problem}"));
    if outcome.index.documents.is_empty() {
        eprintln!("error: found no text to index");
        return Ok(ExitCode::FAILURE);
    }

    print_findings(&mut out, &outcome, arguments.top)?;
    for word in &arguments.queries {
        print_answer(&mut out, &outcome.index, word)?;
    }
    let held_bytes = ALLOC.memory_stats().current_memory_usage;
    let ((), release) = timed(|| drop(outcome));
    print_costs(&mut out, &Times { scan: scan_time, index: index_time, release }, held_bytes)?;
    Ok(ExitCode::SUCCESS)
}

fn threads(arguments: &Arguments) -> Threads {
    let tokenizers =
        arguments.threads.map_or_else(|| thread::available_parallelism().map_or(1, usize::from), usize::from);
    Threads { tokenizers, mergers: tokenizers.div_ceil(2) }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

/// Stays hidden where standard error is not a terminal.
fn progress_bar(total_bytes: u64) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{bar:40} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta}");
    ProgressBar::new(total_bytes).with_style(style.expect("the template is valid"))
}

fn print_findings(out: &mut impl Write, outcome: &Outcome, top: usize) -> io::Result<()> {
    let index = &outcome.index;
    let text_bytes = index.documents.iter().map(|document| document.size_bytes).sum();
    writeln!(out, "files        {}", HumanCount(index.documents.len() as u64))?;
    writeln!(out, "not text     {}", HumanCount(outcome.binary.len() as u64))?;
    writeln!(out, "text         {}", HumanBytes(text_bytes))?;
    writeln!(out, "words        {}", HumanCount(outcome.words))?;
    writeln!(out, "distinct     {}", HumanCount(index.words().count() as u64))?;
    for (word, files) in index.top(1, |list| list.postings.len()) {
        writeln!(out, "widest       {word} in {} files", HumanCount(files as u64))?;
    }
    let mut label = "frequent";
    for (word, times) in index.top(top, PostingList::occurrences) {
        writeln!(out, "{label:12} {word} {}", HumanCount(times as u64))?;
        label = "";
    }
    Ok(())
}

fn print_answer(out: &mut impl Write, index: &Index, word: &str) -> io::Result<()> {
    const FILES_SHOWN: usize = 5;
    let Some(list) = index.find(&word.to_lowercase()) else {
        return writeln!(out, "query        {word} stands nowhere");
    };
    let (times, files) = (HumanCount(list.occurrences() as u64), HumanCount(list.postings.len() as u64));
    writeln!(out, "query        {word} stands {times} times in {files} files")?;
    for posting in list.postings.iter().take(FILES_SHOWN) {
        let path = index.documents[posting.document as usize].path.display();
        writeln!(out, "             {path}: {} times, first as word {}", posting.places.len(), posting.places[0] + 1)?;
    }
    Ok(())
}

fn print_costs(out: &mut impl Write, times: &Times, held_bytes: usize) -> io::Result<()> {
    let after = ALLOC.memory_stats();
    let bytes = |bytes: usize| HumanBytes(bytes as u64);
    writeln!(out, "time         scan {:.2?}, index {:.2?}, release {:.2?}", times.scan, times.index, times.release)?;
    match peak_resident_bytes() {
        Some(peak) => writeln!(out, "resident     at most {}", HumanBytes(peak))?,
        None => writeln!(out, "resident     this system does not tell")?,
    }
    let (peak, now) = (after.peak_memory_usage, after.current_memory_usage);
    writeln!(out, "allocator    at most {}, {} with the index, {} after", bytes(peak), bytes(held_bytes), bytes(now))
}
