//! The wire: ActivityStreams as peers write it, read with tolerance and written with care.
