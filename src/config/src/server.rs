//! The top of the file: the addresses of the process. The other tables hang below it.

use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::{Table, Value};

use crate::instance::InstanceSettings;
use crate::keys::{self, CheckContext, Section};
use crate::log::LogSettings;
use crate::network::NetworkSettings;
use crate::values::{Address, Seconds, seconds};

/// The settings of the process.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct Settings {
    /// The address and port for clients, browsers and peers. A reverse proxy that terminates TLS connects here.
    #[serde(default = "usual_listen", with = "Address")]
    pub listen: SocketAddr,
    /// The address and port of `/livez`, `/readyz` and `/metrics`. It must not be reachable from outside.
    #[serde(default, with = "Address")]
    pub admin_listen: Option<SocketAddr>,
    /// How long a shutdown waits for running requests and jobs, in seconds (1 to 3600).
    #[serde(default = "seconds::<20>", rename = "shutdown_seconds", with = "Seconds::<1, 3600>")]
    pub shutdown_limit: Duration,
    /// The network settings.
    #[serde(skip)]
    pub network: NetworkSettings,
    /// The log settings.
    #[serde(skip)]
    pub log: LogSettings,
    /// The instances; at least one.
    #[serde(skip)]
    pub instances: Vec<InstanceSettings>,
}

impl Section for Settings {
    const TABLE: &'static str = "";
}

fn usual_listen() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 8080).into()
}

/// Reports an `admin_listen` that equals `listen`. Compares the texts of the file, because the settings have the
/// default in place of a faulty address.
fn check_addresses(file: &Table, faults: &mut Vec<String>) {
    let address = |key: &str| file.get(key)?.as_str()?.parse::<SocketAddr>().ok();
    let listen = if file.contains_key("listen") { address("listen") } else { Some(usual_listen()) };
    if let Some(admin) = address("admin_listen")
        && listen == Some(admin)
        && admin.port() != 0
    {
        faults.push(format!("admin_listen is {admin}, the same as listen; the addresses must differ"));
    }
}

impl Settings {
    /// Reads every table of a file. The settings are valid only if `faults` stays empty.
    pub(crate) fn read(
        file: &Table,
        folder: &Path,
        variable: &dyn Fn(&str) -> Option<String>,
        faults: &mut Vec<String>,
    ) -> Self {
        let mut settings: Self = keys::read(file, faults);
        check_addresses(file, faults);
        let (nothing, none) = (Table::new(), Vec::new());
        let table = |name: &str| file.get(name).and_then(Value::as_table).unwrap_or(&nothing);
        settings.network = NetworkSettings::read(table("network"), folder, faults);
        settings.log = keys::read(table("log"), faults);
        let addresses = [("listen", Some(settings.listen)), ("admin_listen", settings.admin_listen)];
        settings.network.check_insecure(addresses, faults);

        let context = CheckContext { folder, variable, insecure_http: settings.network.insecure_http };
        let instances = file.get("instance").and_then(Value::as_array).unwrap_or(&none);
        // The reader of the file reports an `instance` that is no list.
        if instances.is_empty() && file.get("instance").is_none_or(Value::is_array) {
            faults.push(
                "there is no [[instance]]; the configuration needs at least one, with its domain".into(),
            );
        }
        for table in instances.iter().filter_map(Value::as_table) {
            settings.instances.push(InstanceSettings::read(table, &context, faults));
        }
        settings.check_shared(faults);
        settings
    }

    /// Reports domains and databases that several instances have. Instances without a domain are left out,
    /// because that fault is already reported.
    fn check_shared(&self, faults: &mut Vec<String>) {
        let instances: Vec<_> =
            self.instances.iter().filter(|instance| !instance.domain.is_empty()).collect();
        let mut seen = HashSet::new();
        for instance in &instances {
            if !seen.insert(&instance.domain) {
                faults.push(format!(
                    "domain {:?} is configured twice; each instance needs its own",
                    instance.domain
                ));
            }
        }
        let shared = instances.iter().enumerate().find_map(|(at, one)| {
            let other = instances.iter().take(at).find(|other| other.database == one.database)?;
            Some((&one.domain, &other.domain))
        });
        if let Some((one, other)) = shared {
            faults.push(format!("{one} has the same database as {other}; each instance needs its own"));
        }
    }
}
