//! Passwords: hashed with Argon2id, verified in a time that tells nothing.
//!
//! One hash takes tens of milliseconds and 19 MiB, so it runs on a blocking thread, and no more run at
//! once than the [`Bench`] has places: a rush of sign-ins waits instead of filling the memory.

use argon2::password_hash::{self, Output, PasswordHash, Salt, SaltString};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization as _;

use super::{Error, Result};
use crate::instance::Instance;
use crate::store;

/// How many hashes are computed at once, in one instance.
const PLACES: usize = 2;

/// How many blocks are reserved for a hash at least: 40 MiB.
const RESERVED: usize = 40 * 1024 * 1024 / Block::SIZE;

/// Fewest characters of a password.
const SHORTEST: usize = 8;
/// Most bytes of a password: more would only keep the hasher busy.
const LONGEST: usize = 1024;

/// Where hashes are computed.
#[derive(Debug)]
pub struct Bench(Semaphore);

impl Default for Bench {
    fn default() -> Self {
        Self(Semaphore::new(PLACES))
    }
}

/// Checks that a new password does; the fault is a sentence for the person who typed it.
pub(super) fn check(password: &str, names: &[&str]) -> Result<()> {
    if password.chars().count() < SHORTEST {
        return Err(Error::invalid(format!("the password must have at least {SHORTEST} characters")));
    }
    if password.len() > LONGEST {
        return Err(Error::invalid(format!("the password must have at most {LONGEST} bytes")));
    }
    if names.iter().any(|name| name.eq_ignore_ascii_case(password)) {
        return Err(Error::invalid("the password must not be the name or the e-mail address"));
    }
    Ok(())
}

/// The hash of a password, as a PHC string.
pub(super) async fn hash(instance: &Instance, password: &str) -> Result<String> {
    let salt = SaltString::encode_b64(&instance.rng.bytes::<16>()).map_err(|error| fault(&error))?;
    let typed = normalised(password);
    at_bench(instance, move || {
        let hasher = hasher();
        let mut raw = [0; Params::DEFAULT_OUTPUT_LEN];
        let mut bytes = [0; Salt::MAX_LENGTH];
        let plain = salt.decode_b64(&mut bytes).map_err(|error| fault(&error))?;
        fill(&hasher, typed.as_bytes(), plain, &mut raw).map_err(|error| fault(&error))?;
        let hash = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: hasher.params().try_into().map_err(|error| fault(&error))?,
            salt: Some(salt.as_salt()),
            hash: Some(Output::new(&raw).map_err(|error| fault(&error))?),
        };
        Ok(hash.to_string())
    })
    .await
}

/// Whether this is the password. Without a hash (an unknown name, a user without a password) the answer
/// is no, and takes as long.
pub(super) async fn verify(instance: &Instance, password: &str, hash: Option<String>) -> Result<bool> {
    if password.len() > LONGEST {
        return Ok(false);
    }
    let typed = normalised(password);
    at_bench(instance, move || match hash {
        Some(hash) => {
            let hash = PasswordHash::new(&hash).map_err(|error| fault(&error))?;
            matches(typed.as_bytes(), &hash).map_err(|error| fault(&error))
        }
        None => {
            let mut wasted = [0; Params::DEFAULT_OUTPUT_LEN];
            let _ = fill(&hasher(), typed.as_bytes(), b"the same for all", &mut wasted);
            Ok(false)
        }
    })
    .await
}

/// Whether a password gives this hash again, with the parameters that it was made with. Compares in a time
/// that tells nothing.
fn matches(password: &[u8], hash: &PasswordHash<'_>) -> password_hash::Result<bool> {
    let (Some(salt), Some(wanted)) = (hash.salt, hash.hash) else { return Ok(false) };
    let algorithm = Algorithm::try_from(hash.algorithm)?;
    let version = hash.version.map_or(Ok(Version::V0x13), Version::try_from)?;
    let hasher = Argon2::new(algorithm, version, Params::try_from(hash)?);
    let mut bytes = [0; Salt::MAX_LENGTH];
    let salt = salt.decode_b64(&mut bytes)?;
    let mut raw = vec![0; wanted.len()];
    fill(&hasher, password, salt, &mut raw)?;
    Ok(Output::new(&raw)? == wanted)
}

/// Computes a hash in memory that goes back to the system afterwards. glibc keeps blocks of up to 32 MiB
/// for itself once one of that size was freed, in every thread that ever hashed; a larger reservation, of
/// which only what is needed is touched, it gives back.
fn fill(hasher: &Argon2<'_>, password: &[u8], salt: &[u8], raw: &mut [u8]) -> password_hash::Result<()> {
    let needed = hasher.params().block_count();
    let mut memory = Vec::with_capacity(needed.max(RESERVED));
    memory.resize(needed, Block::default());
    Ok(hasher.hash_password_into_with_memory(password, salt, raw, &mut memory)?)
}

async fn at_bench<T: Send + 'static>(
    instance: &Instance,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let _place = instance.bench.0.acquire().await.map_err(|error| fault(&error))?;
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(error) => Err(fault(&error)),
    }
}

/// Keyboards of different systems compose the same letter differently.
fn normalised(password: &str) -> zeroize::Zeroizing<String> {
    zeroize::Zeroizing::new(password.nfkc().collect())
}

/// Argon2id with OWASP's parameters: 19 MiB, two passes, one lane.
fn hasher() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

fn fault(error: &dyn std::fmt::Display) -> Error {
    Error::Internal(store::Error::Backend(format!("hashing a password: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameters_are_owasp_s() {
        let params = hasher().params().clone();
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (19 * 1024, 2, 1));
    }

    #[test]
    fn hashes_are_those_of_the_crate_itself() {
        use argon2::password_hash::PasswordHasher as _;
        let salt = SaltString::encode_b64(b"sixteen bytes ..").unwrap();
        let theirs = hasher().hash_password(b"correct horse battery", &salt).unwrap();
        assert!(matches(b"correct horse battery", &theirs).unwrap());
        assert!(!matches(b"incorrect horse battery", &theirs).unwrap());
        let weaker =
            Argon2::new(Algorithm::Argon2i, Version::V0x10, Params::new(64, 1, 1, Some(24)).unwrap());
        assert!(matches(b"old", &weaker.hash_password(b"old", &salt).unwrap()).unwrap());
    }

    #[test]
    fn weak_passwords_are_refused_with_a_sentence() {
        let names = ["alice", "alice@example.com"];
        for bad in ["", "short", "ALICE@example.com", &"x".repeat(2000)] {
            assert!(matches!(check(bad, &names), Err(Error::Invalid(_))), "{bad}");
        }
        assert!(check("correct horse battery", &names).is_ok());
        assert!(check("päßwörter", &names).is_ok());
    }

    #[test]
    fn letters_composed_differently_are_the_same_letters() {
        assert_eq!(*normalised("u\u{308}ber alles"), *normalised("über alles"));
    }
}
