//! Only `benches/interfaces.rs`: what the interfaces beside the global allocator cost.
