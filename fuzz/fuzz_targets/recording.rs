#![no_main]

use std::panic::{set_hook, take_hook};

libfuzzer_sys::fuzz_target!(
    init: {
        // The fuzzer's hook aborts at every panic. The server catches those of lofty, and so must the target.
        let abort = take_hook();
        set_hook(Box::new(move |panic| {
            let file = panic.location().map(|location| location.file()).unwrap_or_default();
            if !["lofty", "ogg_pager"].iter().any(|name| file.contains(name)) {
                abort(panic);
            }
        }));
    },
    |bytes: &[u8]| portico_media::fuzzing::recording(bytes)
);
