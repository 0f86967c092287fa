use std::io::Cursor;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::container::{self, Inspected};
use crate::fuzzing;
use crate::sniff::sniff;

/// A sound of the fuzzer's seeds: 0.3 s of 440 Hz with a title, an artist, a place, a comment and, in some, a picture.
fn sample(name: &str) -> Vec<u8> {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/recording");
    std::fs::read(seeds.join(name)).unwrap()
}

fn look(bytes: &[u8]) -> (Result<Inspected, Damaged>, Vec<u8>) {
    let mut file = Cursor::new(bytes.to_vec());
    let inspected = container::inspect(&mut file, sniff(bytes).unwrap());
    (inspected, file.into_inner())
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn tags_pictures_and_places_are_blanked_and_the_sound_stays() {
    for name in ["mp3", "flac", "vorbis", "opus", "speex", "ogg_flac", "wav", "m4a", "webm", "webm_live"] {
        let before = sample(name);
        assert!(holds(&before, "secret"), "{name}");
        let (inspected, after) = look(&before);
        assert!(inspected.unwrap().changed, "{name}");
        for text in ["secret", "52.52", "PNG"] {
            assert!(!holds(&after, text), "{name} still has {text}");
        }
        assert_eq!(after.len(), before.len(), "{name}");
        // The sound is where it was, and as it was.
        let tail = before.len()
            - if name == "mp3" {
                260
            } else if name == "wav" {
                40
            } else {
                0
            };
        if name != "m4a" && name != "webm" {
            assert_eq!(after[tail - 100..tail], before[tail - 100..tail], "{name}");
        }
        let (again, same) = look(&after);
        assert!(!again.unwrap().changed && same == after, "{name}");
    }
}

#[test]
fn the_length_and_the_codec_of_each_format_are_read() {
    for (name, codec, rate, millis) in [
        ("mp3", "mp3", 8000, 300..=600),
        ("aac", "aac", 8000, 300..=600),
        ("flac", "flac", 8000, 300..=300),
        ("vorbis", "vorbis", 8000, 300..=300),
        ("opus", "opus", 48_000, 295..=310),
        ("speex", "speex", 8000, 280..=340),
        ("wav", "pcm", 8000, 100..=100),
    ] {
        let facts = look(&sample(name)).0.unwrap().facts;
        let duration = facts.duration.unwrap();
        assert!(millis.contains(&duration), "{name}: {duration}");
        let sound = facts.sound;
        let read = (sound.codec.as_deref(), sound.sample_rate, sound.channels);
        assert_eq!(read, (Some(codec), Some(rate), Some(1)), "{name}");
        assert!(
            sound.bitrate.is_some_and(|bits| (1000..200_000).contains(&bits)),
            "{name}: {:?}",
            sound.bitrate
        );
    }
    let facts = look(&sample("m4a")).0.unwrap().facts;
    assert_eq!((facts.duration, facts.sound.channels), (Some(300), Some(1)));
    // lofty knows no FLAC in Ogg.
    let facts = look(&sample("ogg_flac")).0.unwrap().facts;
    assert_eq!((facts.duration, facts.sound.codec.as_deref()), (None, Some("flac")));
}

#[test]
fn metadata_between_and_after_the_sound_goes_too() {
    let mp3 = sample("mp3");
    let twice = [mp3.as_slice(), &mp3, b"secret trailer"].concat();
    let (inspected, after) = look(&twice);
    assert!(!holds(&after, "secret"));
    let (once, twice) = (look(&mp3).0.unwrap().facts.duration, inspected.unwrap().facts.duration);
    assert!(twice.unwrap() >= 2 * once.unwrap());
    // A second stream follows the first, with comments of its own.
    let chained = [sample("opus"), sample("vorbis"), b"secret trailer".to_vec()].concat();
    let (inspected, after) = look(&chained);
    assert!(inspected.is_ok() && !holds(&after, "secret") && !holds(&after, "52.52"));
}

#[test]
fn a_tag_inside_of_a_frame_that_was_cut_off_is_blanked() {
    let tag = |text: &[u8]| [text, &vec![0; 128 - text.len()]].concat();
    let (mp3, aac) = (sample("mp3"), sample("aac"));
    let end = mp3.windows(8).position(|window| window == b"APETAGEX").unwrap();
    for tag in [tag(b"TAGsecret"), tag(b"TAGa secret"), tag(b"ID3\x04\0\0\0\0\0\x76secret")] {
        for cut in 0..140 {
            for sound in [&mp3[..end - cut], &aac[..aac.len() - cut]] {
                let (inspected, after) = look(&[sound, &tag].concat());
                assert!(inspected.is_ok() && !holds(&after, "secret"), "{cut} bytes cut");
                assert_eq!(
                    after[sound.len() - 280..sound.len() - 240],
                    sound[sound.len() - 280..sound.len() - 240]
                );
            }
        }
    }
}

#[test]
fn all_tags_after_the_sound_of_flac_and_wav_are_blanked() {
    let mark = |flags: u8| {
        [b"APETAGEX\xd0\x07\0\0\x26\0\0\0\x01\0\0\0\0\0\0".as_slice(), &[flags], &[0; 8]].concat()
    };
    let tags = [
        b"LYRICSBEGINsecret lyrics000024LYRICS200".to_vec(),
        [mark(0xa0), b"secret".to_vec(), mark(0x80)].concat(),
        [b"TAGsecret".as_slice(), &[0; 119]].concat(),
        b"ID3\x04\0\x10\0\0\0\x06secret3DI\x04\0\x10\0\0\0\x06".to_vec(),
    ];
    let wav = sample("wav");
    let data = wav.windows(4).position(|window| window == b"data").unwrap();
    // A recorder that was cut off leaves such lengths.
    let cut = |length: u32| [&wav[..data + 4], &length.to_le_bytes(), &wav[data + 8..data + 808]].concat();
    for sound in [sample("flac"), cut(0), cut(0xffff_fff0)] {
        let (_, alone) = look(&sound);
        for first in 0..tags.len() {
            let mut tags = tags.clone();
            tags.rotate_left(first);
            let (inspected, after) = look(&[sound.clone(), tags.concat()].concat());
            assert!(inspected.is_ok() && !holds(&after, "secret"));
            assert_eq!(after[..sound.len()], alone);
        }
    }
    let many = [sample("flac"), b"000000LYRICS200".repeat(1000)].concat();
    assert!(look(&many).0.is_err());
}

#[test]
fn webm_files_are_read_to_their_end() {
    let live = sample("webm_live");
    for cut in 0..400 {
        assert!(look(&live[..live.len() - cut]).0.is_ok(), "{cut} bytes cut");
    }
    let tags = [b"\x12\x54\xc3\x67\x94".as_slice(), b"secret secret secret"].concat();
    let (inspected, after) = look(&[live.as_slice(), &tags].concat());
    assert!(inspected.is_ok() && !holds(&after, "secret"));
    // No element, and elements of unknown length.
    for bytes in [b"\0".as_slice(), b"\xec\xff", b"\x12\x54\xc3\x67\xff"] {
        assert!(look(&[live.as_slice(), bytes, &tags].concat()).0.is_err(), "{bytes:?}");
    }
}

#[test]
fn files_without_sound_are_refused() {
    // A tag of another format's file, whose sound the first bytes do not promise.
    assert!(look(&sample("aac_id3")).0.is_err());
    for bytes in [
        b"ID3\x04\0\0\0\0\0\0".as_slice(),
        b"\xff\xfb\x90\x00 no frame follows",
        b"fLaC",
        b"fLaC\x84\0\0\x01x",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"RIFF\0\0\0\0WAVEdata\x01\0\0\0x",
        b"OggS OpusHead",
        b"\xff\xf1\0\0\0\0\0\0",
    ] {
        assert!(look(bytes).0.is_err(), "{bytes:?}");
    }
}

#[test]
fn large_metadata_is_blanked_in_time() {
    let begun = std::time::Instant::now();
    let mut mp3 = sample("mp3");
    // Nothing but what looks like headers of frames.
    mp3.extend(b"\xff\xfb\x90\x00".repeat(2 * 1024 * 1024));
    assert!(look(&mp3).0.is_ok());
    let mut ogg = sample("opus");
    ogg.extend(b"OggS".repeat(1024 * 1024));
    assert!(look(&ogg).0.is_ok());
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn spoilt_sounds_never_panic(which in 0_usize..12, at in any::<usize>(), byte in any::<u8>(), cut in 0_usize..4000) {
        let names = ["mp3", "aac", "flac", "vorbis", "opus", "speex", "ogg_flac", "wav", "m4a", "aac_id3", "webm", "webm_live"];
        let mut bytes = sample(names[which]);
        let place = at % bytes.len();
        bytes[place] = byte;
        fuzzing::recording(&bytes);
        bytes.truncate(cut);
        fuzzing::recording(&bytes);
    }
}
