//! The configuration and the selected instance of a command.

use std::sync::Arc;

use anyhow::bail;

use super::Common;
use crate::fleet;
use portico_config::{InstanceSettings, Settings};
use portico_domain::model::random::Rng;
use portico_domain::model::time::Clock;
use portico_service::instance::Instance;

/// The common arguments, and the values derived from them.
pub(super) struct CliContext {
    pub(super) common: Common,
}

impl CliContext {
    pub(super) fn new(common: Common) -> Self {
        Self { common }
    }

    /// Whether to print JSON.
    pub(super) fn json(&self) -> bool {
        self.common.json
    }

    /// Loads and validates the configuration.
    pub(super) fn settings(&self) -> anyhow::Result<Settings> {
        Ok(portico_config::load(&self.common.config, |name| std::env::var(name).ok())?)
    }

    /// Returns the settings of the selected instance: that of `domain`, of `--instance`, or the only one.
    fn pick<'a>(&self, settings: &'a Settings, domain: Option<&str>) -> anyhow::Result<&'a InstanceSettings> {
        let known = || settings.instances.iter().map(|i| i.domain.as_str()).collect::<Vec<_>>().join(", ");
        match domain.or(self.common.instance.as_deref()) {
            Some(domain) => match settings.instances.iter().find(|instance| instance.domain == domain) {
                Some(instance) => Ok(instance),
                None => bail!("{domain} is not configured here; the instances are {}", known()),
            },
            None => match settings.instances.as_slice() {
                [one] => Ok(one),
                _ => bail!("select an instance with --instance; the instances are {}", known()),
            },
        }
    }

    /// Opens the selected instance.
    pub(super) async fn open(&self, domain: Option<&str>) -> anyhow::Result<Arc<Instance>> {
        let settings = self.settings()?;
        let chosen = self.pick(&settings, domain)?;
        Ok(fleet::open(chosen, &settings.network, Clock::System, Rng::System).await?)
    }

    /// Opens the instance of an account given as `NAME` or `NAME@DOMAIN`. Also returns the name.
    pub(super) async fn open_for(&self, account: &str) -> anyhow::Result<(Arc<Instance>, String)> {
        let account = account.trim_start_matches('@');
        // A mail address looks the same. If its domain is not an instance, it is kept as the whole name.
        if let Some((name, domain)) = account.split_once('@') {
            let settings = self.settings()?;
            if settings.instances.iter().any(|instance| instance.domain == domain) {
                return Ok((self.open(Some(domain)).await?, name.to_owned()));
            }
            if self.common.instance.is_none() && settings.instances.len() > 1 {
                self.pick(&settings, Some(domain))?;
            }
        }
        Ok((self.open(None).await?, account.to_owned()))
    }
}
