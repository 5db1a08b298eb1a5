//! How long SQLite takes for some work of many small objects, in seconds; without the default features, on the C library's
//! malloc. `ROUNDS` says how often, one line each.

use rusqlite::{params, Connection};
use std::time::Instant;

#[global_allocator]
static ALLOC: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;

fn work() -> rusqlite::Result<i64> {
    let database = Connection::open_in_memory()?;
    database.execute_batch(
        "CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT, length INTEGER);
         CREATE INDEX by_word ON words (word);",
    )?;
    let mut insert = database.prepare("INSERT INTO words (word, length) VALUES (?1, ?2)")?;
    for row in 0_u32..20_000 {
        let word = format!("{:x}{}", row.wrapping_mul(0x9e37_79b9), "-".repeat(row as usize % 50));
        insert.execute(params![word, word.len()])?;
    }
    drop(insert);
    let mut total = 0;
    for row in 0..20_000 {
        // Prepared anew each time, as many programs do.
        let mut select = database.prepare("SELECT word, length FROM words WHERE id = ?1")?;
        total += select
            .query_row([row + 1], |found| Ok(found.get::<_, String>(0)?.len() as i64 + found.get::<_, i64>(1)?))?;
    }
    let most: i64 = database.query_row(
        "SELECT max(number) FROM (SELECT count(*) AS number FROM words GROUP BY substr(word, 1, 4))",
        [],
        |found| found.get(0),
    )?;
    Ok(total + most)
}

fn main() {
    let rounds = std::env::var("ROUNDS").map_or(1, |rounds| rounds.parse().expect("a number of rounds"));
    for _ in 0..rounds {
        let start = Instant::now();
        let result = work().expect("SQLite works");
        assert!(result > 0);
        println!("{:.4}", start.elapsed().as_secs_f64());
    }
}
