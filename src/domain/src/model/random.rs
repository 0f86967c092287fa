//! Randomness, from the operating system or repeatable for tests.

use rand::{RngCore, SeedableRng};

/// Random bytes for secrets and noise: from the system, or seeded by a test.
#[derive(Debug)]
pub enum Rng {
    /// The operating system's generator.
    System,
    /// A repeatable generator, for tests.
    Seeded(Box<std::sync::Mutex<rand::rngs::StdRng>>),
}

impl Rng {
    /// Creates a repeatable generator.
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Box::new(std::sync::Mutex::new(rand::rngs::StdRng::seed_from_u64(seed))))
    }

    /// Returns `N` random bytes.
    #[expect(clippy::disallowed_methods, reason = "the one place that draws from the system's generator")]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match self {
            Self::System => rand::rng().fill_bytes(&mut bytes),
            Self::Seeded(rng) => {
                rng.lock().unwrap_or_else(std::sync::PoisonError::into_inner).fill_bytes(&mut bytes);
            }
        }
        bytes
    }

    /// Returns 32 random bits.
    pub fn noise(&self) -> u32 {
        u32::from_le_bytes(self.bytes())
    }

    /// Returns a new secret of 256 bits, in base64url without padding (43 characters).
    pub fn secret(&self) -> String {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(self.bytes::<32>())
    }
}
