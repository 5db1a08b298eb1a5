//! An inverted index over text files, built by threads that pass messages.
//!
//! The steps, in the order in which the data flows:
//!
//! | module       | what it does                                                  |
//! |--------------|---------------------------------------------------------------|
//! | [`scan`]     | directories → the files to read                               |
//! | [`pipeline`] | reader → tokenizer threads → merger threads → [`index::Index`] |
//! | [`words`]    | text → lower-case words                                       |
//! | [`index`]    | word → the files and places where it stands                   |
//! | [`memory`]   | what the system says this process used                        |
//!
//! The program itself is `index.rs` beside `src`; it chooses the allocator and prints.
#![warn(missing_docs)]

pub mod index;
pub mod memory;
pub mod pipeline;
pub mod scan;
pub mod words;
