//! `portico serve` and `portico migrate`.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::context::CliContext;
use super::output;
use crate::fleet::{self, Fleet};
use crate::telemetry;

/// Runs every instance until SIGTERM or SIGINT.
pub(super) async fn run(context: &CliContext) -> anyhow::Result<()> {
    let settings = context.settings()?;
    telemetry::init(&settings.log);
    let untrusted = settings.network.formerly_trusted();
    if !untrusted.is_empty() {
        let advice = "proxies in allow_networks are not trusted; name them in [network] trusted_proxies";
        tracing::warn!(allow_networks = ?untrusted, trusted = "loopback", advice, "proxies.loopback_only");
    }
    let stop = stop_on_signal()?;
    let fleet = Fleet::open(&settings).await?;
    let domains: Vec<&str> = settings.instances.iter().map(|instance| instance.domain.as_str()).collect();
    let ready = || tracing::info!(listen = %settings.listen, instances = domains.join(", "), "server.ready");
    fleet::serve(&fleet, &settings, stop, ready).await?;
    tracing::info!("server.stopped");
    Ok(())
}

/// Returns a token that SIGTERM or SIGINT cancels; a second signal ends the process at once.
pub(super) fn stop_on_signal() -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stopping = stop.clone();
    tokio::spawn(async move {
        for _ in 0..2 {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if stopping.is_cancelled() {
                std::process::exit(1);
            }
            stopping.cancel();
        }
    });
    Ok(stop)
}

/// Opens every instance, which migrates its database.
pub(super) async fn migrate(context: &CliContext) -> anyhow::Result<()> {
    let settings = context.settings()?;
    let fleet = Fleet::open(&settings).await?;
    for instance in fleet.members() {
        output::message(format!("{}: the database is up to date", instance.settings.domain));
    }
    Ok(())
}
