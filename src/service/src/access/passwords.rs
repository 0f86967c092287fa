//! Password hashing with Argon2id, and verification in constant time.
//!
//! A hash takes tens of milliseconds and 19 MiB. So it runs on a blocking thread, and the
//! [`PasswordHasher`] limits how many run at once: a rush of sign-ins waits instead of filling the memory.

use argon2::password_hash::{self, Output, PasswordHash, Salt, SaltString};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization as _;

use crate::instance::Instance;
use crate::{Error, Result};

/// Maximum number of hashes computed at once, per instance.
const PLACES: usize = 2;

/// Minimum number of memory blocks reserved for a hash: 40 MiB.
const RESERVED: usize = 40 * 1024 * 1024 / Block::SIZE;

/// Minimum length of a password, in characters.
const SHORTEST: usize = 8;
/// Maximum length of a password, in bytes; more would only burden the hasher.
const LONGEST: usize = 1024;

/// A bounded pool for password hashing.
#[derive(Debug)]
pub struct PasswordHasher(Semaphore);

impl Default for PasswordHasher {
    fn default() -> Self {
        Self(Semaphore::new(PLACES))
    }
}

/// Validates a new password; the error is a sentence for the user.
pub(crate) fn check(password: &str, names: &[&str]) -> Result<()> {
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

/// Hashes a password, as a PHC string.
pub(crate) async fn hash(instance: &Instance, password: &str) -> Result<String> {
    let salt = SaltString::encode_b64(&instance.rng.bytes::<16>()).map_err(|error| fault(&error))?;
    let typed = normalise(password);
    run_in_pool(instance, move || {
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

/// Verifies a password. Without a hash (an unknown name, a user without a password) it returns false after
/// the same time.
pub(crate) async fn verify(instance: &Instance, password: &str, hash: Option<String>) -> Result<bool> {
    if password.len() > LONGEST {
        return Ok(false);
    }
    let typed = normalise(password);
    run_in_pool(instance, move || match hash {
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

/// Whether a password matches a hash, computed with the hash's own parameters. Compares in constant time.
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

/// Computes a hash in memory that is returned to the system afterwards. After a block of up to 32 MiB was
/// freed, glibc keeps blocks of that size, in every thread that ever hashed. It returns a larger reservation,
/// of which only the needed part is touched.
fn fill(hasher: &Argon2<'_>, password: &[u8], salt: &[u8], raw: &mut [u8]) -> password_hash::Result<()> {
    let needed = hasher.params().block_count();
    let mut memory = Vec::with_capacity(needed.max(RESERVED));
    memory.resize(needed, Block::default());
    Ok(hasher.hash_password_into_with_memory(password, salt, raw, &mut memory)?)
}

async fn run_in_pool<T: Send + 'static>(
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
fn normalise(password: &str) -> zeroize::Zeroizing<String> {
    zeroize::Zeroizing::new(password.nfkc().collect())
}

/// Creates a hasher with OWASP's parameters for Argon2id: 19 MiB, two passes, one lane.
fn hasher() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

fn fault(error: &dyn std::fmt::Display) -> Error {
    Error::Internal(portico_store::Error::Backend(format!("hashing a password: {error}")))
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
        assert_eq!(*normalise("u\u{308}ber alles"), *normalise("über alles"));
    }
}
