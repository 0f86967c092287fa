//! Passwords: hashed with Argon2id, verified in a time that tells nothing.
//!
//! One hash takes tens of milliseconds and 19 MiB, so it runs on a blocking thread, and no more run at
//! once than the [`Bench`] has places: a rush of sign-ins waits instead of filling the memory.

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization as _;

use super::{Error, Result};
use crate::instance::Instance;
use crate::store;

/// How many hashes are computed at once, in one instance.
const PLACES: usize = 2;

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
        let hash = hasher().hash_password(typed.as_bytes(), &salt).map_err(|error| fault(&error))?;
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
            Ok(hasher().verify_password(typed.as_bytes(), &hash).is_ok())
        }
        None => {
            let mut wasted = [0; 32];
            let _ = hasher().hash_password_into(typed.as_bytes(), b"the same for all", &mut wasted);
            Ok(false)
        }
    })
    .await
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
