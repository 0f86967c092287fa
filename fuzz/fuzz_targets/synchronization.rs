#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| portico_activitystreams::fuzzing::synchronization(bytes));
