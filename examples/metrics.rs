//! A service that tells how it uses memory: `/metrics` for Prometheus and its likes, and `/heap`, a heap profile for
//! `go tool pprof`, with the feature `profile`.
//!
//! ```text
//! cargo run --release --example metrics                                # asks itself once, and ends
//! cargo run --release --example metrics --features profile -- --serve  # serves until it is stopped
//! ```

use snmalloc_rs::{SnMalloc, Stats};
use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::{env, thread};
use tiny_http::{Header, Method, Request, Response, Server};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

fn respond(request: Request, media_type: &str, body: Vec<u8>) -> std::io::Result<()> {
    let header = Header::from_bytes("Content-Type", media_type).expect("a media type is ASCII");
    request.respond(Response::from_data(body).with_header(header))
}

fn answer(request: Request, heap: &Heap) -> std::io::Result<()> {
    match (request.method(), request.url()) {
        (Method::Get, "/metrics") => {
            let mut text = String::new();
            ALLOC.stats().write_openmetrics(&mut text).expect("a string takes all");
            respond(request, Stats::OPENMETRICS_TYPE, text.into_bytes())
        }
        (Method::Get, "/heap") if heap.is_taken() => {
            let profile = heap.write()?;
            respond(request, "application/octet-stream", profile)
        }
        _ => request.respond(Response::from_string("there are /metrics and /heap\n").with_status_code(404)),
    }
}

#[cfg(feature = "profile")]
struct Heap(snmalloc_profiler::Profiler);

#[cfg(feature = "profile")]
impl Heap {
    fn start() -> Result<Self, Box<dyn Error>> {
        Ok(Self(snmalloc_profiler::Profiler::start(snmalloc_profiler::ProfilerOptions::default())?))
    }

    fn is_taken(&self) -> bool {
        true
    }

    fn write(&self) -> std::io::Result<Vec<u8>> {
        let mut profile = Vec::new();
        self.0.snapshot().write_pprof(&mut profile)?;
        Ok(profile)
    }
}

#[cfg(not(feature = "profile"))]
struct Heap;

#[cfg(not(feature = "profile"))]
impl Heap {
    fn start() -> Result<Self, Box<dyn Error>> {
        Ok(Self)
    }

    fn is_taken(&self) -> bool {
        false
    }

    fn write(&self) -> std::io::Result<Vec<u8>> {
        unreachable!("no profile is taken")
    }
}

/// Fetches a page of this very server, and returns its head and its body.
fn fetch(address: SocketAddr, path: &str) -> Result<(String, Vec<u8>), Box<dyn Error>> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n")?;
    let mut page = Vec::new();
    stream.read_to_end(&mut page)?;
    let end = page.windows(4).position(|bytes| bytes == b"\r\n\r\n").ok_or("no head")?;
    let body = page.split_off(end + 4);
    Ok((String::from_utf8(page)?, body))
}

fn main() -> Result<(), Box<dyn Error>> {
    let server = Arc::new(Server::http("127.0.0.1:0").map_err(|error| error.to_string())?);
    let address = server.server_addr().to_ip().ok_or("no address")?;
    eprintln!("http://{address}/metrics");
    let heap = Heap::start()?;
    let serving = Arc::clone(&server);
    let thread = thread::spawn(move || {
        for request in serving.incoming_requests() {
            if let Err(error) = answer(request, &heap) {
                eprintln!("no answer: {error}");
            }
        }
    });
    if env::args().any(|argument| argument == "--serve") {
        return thread.join().map_err(|_| "the server panicked".into());
    }

    let (head, body) = fetch(address, "/metrics")?;
    assert!(head.starts_with("HTTP/1.0 200 ") && head.contains(Stats::OPENMETRICS_TYPE), "{head}");
    print!("{}", String::from_utf8(body)?);
    let (head, body) = fetch(address, "/heap")?;
    let is_taken = cfg!(feature = "profile");
    assert_eq!(head.starts_with("HTTP/1.0 200 ") && body.starts_with(&[0x1f, 0x8b]), is_taken, "{head}");
    server.unblock();
    thread.join().map_err(|_| "the server panicked".into())
}
