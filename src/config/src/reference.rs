//! The reference page of the operator's guide, and the JSON schema of the file, both from the types of the sections.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use crate::catalogue::{self, Described, keys_of};

/// Generates the reference page of the operator's guide, in Markdown.
pub fn reference() -> String {
    let mut page = String::from(
        "# Configuration\n\n\
         Portico reads `portico.toml` (or the file given by `--config` or `PORTICO_CONFIG`), then environment variables,\n\
         which take precedence. It validates everything before it starts, and reports every error. The variables of\n\
         an instance apply if the file configures one instance or none.\n\n\
         `portico config schema` prints a JSON schema of the file, with which an editor completes and explains the keys:\n\
         [install.md](install.md#the-file-in-an-editor) shows how.\n",
    );
    for section in catalogue::sections() {
        let heading = match (section.table, section.title) {
            ("", _) => "## Top level".to_owned(),
            ("instance", "") => "## `[[instance]]`, one section per instance".to_owned(),
            (table, "") => format!("## `[{table}]`"),
            (_, title) => format!("### {title}"),
        };
        let _ = write!(
            page,
            "\n{heading}\n\n| key | variable | default | meaning |\n| --- | --- | --- | --- |\n"
        );
        for key in section.keys {
            let _ =
                writeln!(page, "| `{}` | `{}` | {} | {} |", key.name, key.variable, key.default, key.meaning);
        }
    }
    page
}

/// Returns the JSON schema of `portico.toml`.
pub fn schema() -> Json {
    let sections = catalogue::sections();
    let mut top = properties(&sections, "");
    for table in ["network", "log"] {
        top.insert(table.into(), table_schema(properties(&sections, table)));
    }
    // Without required keys: a variable may contain the domain.
    let instance = table_schema(properties(&sections, "instance"));
    top.insert("instance".into(), json!({ "type": "array", "items": instance }));
    let mut schema = table_schema(top);
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
        schema.insert("title".into(), "portico.toml".into());
    }
    schema
}

fn table_schema(properties: Map<String, Json>) -> Json {
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn properties(sections: &[Described], table: &str) -> Map<String, Json> {
    let keys = keys_of(sections, table);
    keys.map(|key| (key.name.to_owned(), key.schema.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_page_is_fresh() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operator/configuration.md");
        if std::env::var_os("PORTICO_TEST_WRITE_DOCS").is_some() {
            std::fs::write(file, reference()).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(file).unwrap(),
            reference(),
            "run with PORTICO_TEST_WRITE_DOCS=1 to regenerate it"
        );
    }

    #[test]
    fn the_schema_has_what_an_editor_offers() {
        let schema = schema();
        let key = |path: &str| schema.pointer(path).unwrap_or_else(|| panic!("{path} in {schema:#}"));
        let federation = key("/properties/instance/items/properties/federation");
        assert_eq!(federation["enum"], json!(["closed", "allowlist", "open"]));
        assert_eq!(federation["default"], "allowlist");
        assert!(federation["description"].as_str().unwrap().starts_with("Which hosts"));
        assert_eq!(key("/properties/shutdown_seconds")["maximum"], 3600);
        assert_eq!(key("/properties/network/properties/certificates")["type"], "array");
        assert_eq!(key("/properties/admin_listen")["type"], "string");
        assert_eq!(key("/properties/log/additionalProperties"), false);
        assert!(key("/properties/instance/items").get("required").is_none(), "PORTICO_DOMAIN may contain it");
    }
}
