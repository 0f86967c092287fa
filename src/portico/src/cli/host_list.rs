//! Lists of hosts as files: Mastodon's CSV of blocked or allowed domains, or one domain per line.
//!
//! ```text
//! #domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate
//! spam.example,suspend,false,false,Spam,false
//! ```

use anyhow::{Context as _, bail};

use portico_domain::model::peer::{Host, Tier};
use portico_http::csv::{CsvFile, unguard};
use portico_service::moderation::{HostBlockInput, HostListAction, HostListEntry, HostSeverity, MOST_HOSTS};

/// The maximum size of a list, in bytes.
const LARGEST: usize = 8 * 1024 * 1024;
const HEAD: [&str; 6] =
    ["#domain", "#severity", "#reject_media", "#reject_reports", "#public_comment", "#obfuscate"];

/// Parses a list. `tier` is the tier of hosts for which the list states none. Errors name the line of the
/// file.
pub(super) fn read(text: &[u8], tier: Option<Tier>) -> anyhow::Result<Vec<HostListEntry>> {
    if text.len() > LARGEST {
        bail!("the list is larger than {LARGEST} bytes");
    }
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(text);
    let mut columns: Option<Vec<String>> = None;
    let mut wishes = Vec::new();
    for (number, record) in reader.records().enumerate() {
        let record = record.with_context(|| format!("line {}", number + 1))?;
        let line =
            record.position().map_or(number + 1, |at| usize::try_from(at.line()).unwrap_or(number + 1));
        let first = record.get(0).unwrap_or_default();
        if is_head(first) && wishes.is_empty() && columns.is_none() {
            let named = |name: &str| name.trim_start_matches('#').to_lowercase();
            columns = Some(record.iter().map(named).collect());
            continue;
        }
        // In a plain list, this is a comment.
        if first.is_empty() || first.starts_with('#') {
            continue;
        }
        let wish = wish(&record, columns.as_deref(), tier).with_context(|| format!("line {line}"))?;
        wishes.push(wish);
        if wishes.len() > MOST_HOSTS {
            bail!("the list contains more than {MOST_HOSTS} hosts");
        }
    }
    Ok(wishes)
}

fn is_head(first: &str) -> bool {
    matches!(first.to_lowercase().as_str(), "#domain" | "domain")
}

fn wish(
    record: &csv::StringRecord,
    columns: Option<&[String]>,
    tier: Option<Tier>,
) -> anyhow::Result<HostListEntry> {
    let column = |name: &str| {
        let at = columns?.iter().position(|column| column == name)?;
        record.get(at).filter(|text| !text.is_empty())
    };
    let domain = column("domain").or_else(|| record.get(0)).unwrap_or_default().to_owned();
    if domain.contains('*') {
        bail!("{domain} is obfuscated; ask the author of the list for the full name");
    }
    let limit = match (column("severity"), tier) {
        (Some(word), _) => Some(
            word.parse::<HostSeverity>()
                .ok()
                .with_context(|| format!("severity is {word:?}; it must be suspend, silence or noop"))?,
        ),
        (None, Some(Tier::Blocked)) => Some(HostSeverity::Suspend),
        (None, Some(Tier::Limited)) => Some(HostSeverity::Silence),
        (None, Some(Tier::Partner | Tier::Open)) => None,
        (None, Some(Tier::Company)) => bail!("the company's hosts are set in the configuration"),
        (None, None) => bail!("the list has no severity for {domain}; set a tier with --tier"),
    };
    let Some(limit) = limit else { return Ok(HostListEntry { domain, what: HostListAction::Allow }) };
    let new = HostBlockInput {
        limit: Some(limit),
        reject_media: flag(column("reject_media"))?,
        reject_reports: flag(column("reject_reports"))?,
        private_comment: None,
        public_comment: column("public_comment").map(|text| unguard(text).to_owned()),
        obfuscate: flag(column("obfuscate"))?,
    };
    Ok(HostListEntry { domain, what: HostListAction::Block(new) })
}

fn flag(text: Option<&str>) -> anyhow::Result<Option<bool>> {
    match text.map(str::to_lowercase).as_deref() {
        None => Ok(None),
        Some("true" | "1" | "yes") => Ok(Some(true)),
        Some("false" | "0" | "no") => Ok(Some(false)),
        Some(other) => bail!("{other:?} must be true or false"),
    }
}

/// Writes blocked hosts in Mastodon's format, without private comments.
pub(super) fn write_blocked(hosts: &[Host]) -> anyhow::Result<String> {
    let mut file = CsvFile::with_columns(&HEAD)?;
    for host in hosts {
        let flag = |set: bool| if set { "true" } else { "false" };
        file.write_row(&[
            host.domain.as_str(),
            HostSeverity::from_host(host).as_str(),
            flag(host.reject_media),
            flag(host.reject_reports),
            &host.public_note,
            flag(host.obfuscate),
        ])?;
    }
    Ok(String::from_utf8(file.into_bytes()?)?)
}

/// Writes hosts as a list of one column, with Mastodon's header or without any.
pub(super) fn write_names(hosts: &[Host], head: bool) -> String {
    let head = head.then_some("#domain").into_iter();
    head.chain(hosts.iter().map(|host| host.domain.as_str())).map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use portico_domain::model::{EntryId, Timestamp};

    fn read_error(text: &str, tier: Option<Tier>) -> String {
        format!("{:#}", read(text.as_bytes(), tier).unwrap_err())
    }

    #[test]
    fn mastodons_list_is_read() {
        let text = "\u{feff}#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\r\n\
                    spam.example,suspend,false,false,\"Spam, and more\",true\r\nloud.example,silence,TRUE,,,\r\n";
        let wishes = read(text.as_bytes(), None).unwrap();
        let block =
            |limit, media: bool, reports: Option<bool>, comment: Option<&str>, obfuscate: Option<bool>| {
                HostListAction::Block(HostBlockInput {
                    limit: Some(limit),
                    reject_media: Some(media),
                    reject_reports: reports,
                    private_comment: None,
                    public_comment: comment.map(Into::into),
                    obfuscate,
                })
            };
        let expected = [
            (
                "spam.example",
                block(HostSeverity::Suspend, false, Some(false), Some("Spam, and more"), Some(true)),
            ),
            ("loud.example", block(HostSeverity::Silence, true, None, None, None)),
        ];
        let expected = expected.map(|(domain, what)| HostListEntry { domain: domain.into(), what });
        assert_eq!(wishes, expected);
    }

    #[test]
    fn plain_lists_need_a_tier() {
        let text = "# what we block\nspam.example\n\nloud.example\n";
        assert!(read_error(text, None).contains("--tier"));
        assert!(read_error(text, Some(Tier::Company)).contains("configuration"));
        let wishes = read(text.as_bytes(), Some(Tier::Partner)).unwrap();
        assert_eq!(
            wishes.iter().map(|wish| wish.domain.as_str()).collect::<Vec<_>>(),
            ["spam.example", "loud.example"]
        );
        assert!(wishes.iter().all(|wish| wish.what == HostListAction::Allow));
        assert_eq!(read(b"#domain\na.example\n", Some(Tier::Open)).unwrap().len(), 1);
    }

    #[test]
    fn faults_name_their_line() {
        assert_eq!(
            read_error("#domain,#severity\na.example,ban\n", None),
            "line 2: severity is \"ban\"; it must be suspend, silence or noop"
        );
        assert!(
            read_error("b*.example\n", Some(Tier::Blocked)).starts_with("line 1: b*.example is obfuscated")
        );
        assert!(
            read_error("#domain,#severity,#obfuscate\na.example,noop,perhaps\n", None)
                .contains("true or false")
        );
    }

    fn host() -> impl Strategy<Value = Host> {
        let tier = prop::sample::select(vec![Tier::Blocked, Tier::Limited, Tier::Open]);
        ("[a-z]{1,9}\\.example", tier, "[ -&(-~é]{0,20}", any::<[bool; 3]>()).prop_map(
            |(domain, tier, note, [reject_media, reject_reports, obfuscate])| Host {
                domain,
                tier,
                created_at: Timestamp::from_millis(0),
                note: "for us alone".into(),
                id: EntryId(1),
                public_note: note.trim().to_owned(),
                reject_media,
                reject_reports,
                obfuscate,
            },
        )
    }

    proptest! {
        #[test]
        fn a_written_host_list_is_read_unchanged(hosts in prop::collection::vec(host(), 0..5)) {
            let text = write_blocked(&hosts).unwrap();
            prop_assert!(!text.contains("for us alone"));
            let wishes = read(text.as_bytes(), None).unwrap();
            prop_assert_eq!(wishes.len(), hosts.len());
            for (wish, host) in wishes.iter().zip(&hosts) {
                prop_assert_eq!(&wish.domain, &host.domain);
                let HostListAction::Block(new) = &wish.what else { panic!("{wish:?}") };
                prop_assert_eq!(new.limit, Some(HostSeverity::from_host(host)));
                prop_assert_eq!(new.reject_media, Some(host.reject_media));
                prop_assert_eq!(new.public_comment.as_deref().unwrap_or(""), &host.public_note);
            }
        }

        #[test]
        fn no_file_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes, Some(Tier::Blocked));
        }
    }
}
