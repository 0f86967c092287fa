//! Writes a new `portico.toml`, for `portico init` and the demo.

use std::fmt::Write as _;

/// The settings of an instance in a new configuration.
#[derive(Debug, Clone)]
pub struct NewInstance {
    /// The domain.
    pub domain: String,
    /// The title.
    pub title: String,
    /// A description in one sentence.
    pub description: String,
    /// The database, as written to the file.
    pub database: String,
    /// The media folder, as written to the file.
    pub media: String,
    /// The company's other instances.
    pub company: Vec<String>,
    /// Whether visitors may see public posts.
    pub public_pages: bool,
}

/// Returns the text of a new configuration. `demo` is for loopback: plain HTTP between its own instances.
pub fn text(listen: &str, demo: bool, instances: &[NewInstance]) -> String {
    let mut text = format!(
        "# Portico's configuration. docs/operator/configuration.md explains every key.\nlisten = {listen:?}\n"
    );
    if demo {
        text.push_str("\n[network]\nallow_networks = [\"127.0.0.0/8\"]\ninsecure_http = true\n\n[log]\nfilter = \"warn\"\n");
    } else {
        text.push_str("# admin_listen = \"127.0.0.1:9090\"    # /metrics, /livez, /readyz\n");
    }
    for instance in instances {
        let _ = write!(
            text,
            "\n[[instance]]\ndomain = {:?}\ntitle = {:?}\ndescription = {:?}\ndatabase = {:?}\nmedia = {:?}\n\
             federation = \"allowlist\"    # closed (company only) | allowlist (company and partners) | open\n\
             default_reach = \"company\"\ncompany = {:?}\npublic_pages = {}\n",
            instance.domain,
            instance.title,
            instance.description,
            instance.database,
            instance.media,
            instance.company,
            instance.public_pages,
        );
    }
    text
}
