//! The queue `cards`: fetches the pages of links, and their pictures, for previews.

use std::sync::Arc;

use url::Url;

use portico_federation::{Error, Result};
use portico_html::link_preview::{self, ParsedPage};
use portico_jobs::{Attempt, Concurrency, Done, Job, JobError};
use portico_net::{DocumentKind, Net};
use portico_service::instance::Instance;
use portico_service::publishing::cards::{self as previews, CardLookup, FetchedPage};
use portico_store::CardFetch;

/// The number of attempts for a page that does not respond.
const TRIES: i64 = 2;

/// The context of these jobs.
pub(super) struct Cards {
    instance: Arc<Instance>,
    net: Net,
}

impl Cards {
    pub(super) fn new(instance: &Arc<Instance>) -> Result<Self> {
        let net = Net::new(&instance.network, instance.urls.origin())?;
        Ok(Self { instance: Arc::clone(instance), net })
    }

    /// Fetches a page and its picture. The page is kept even if the picture fails.
    async fn bring(&self, link: &Url) -> Result<FetchedPage> {
        let now = self.instance.now();
        let page = self.net.get(self.address(link).as_str(), DocumentKind::Page, None, now).await?;
        let reading = move || link_preview::read(&page.body, &page.content_type, &page.url);
        let ParsedPage { facts, image } = tokio::task::spawn_blocking(reading)
            .await
            .map_err(|error| Error::permanent(format!("the page cannot be read: {error}")))?;
        let picture = match image {
            Some(url) => {
                self.net.get(self.address(&url).as_str(), DocumentKind::Picture, None, now).await.ok()
            }
            None => None,
        };
        Ok(FetchedPage { facts: Some(facts), picture: picture.map(|picture| picture.body.to_vec()) })
    }

    fn address(&self, link: &Url) -> Url {
        if self.instance.network.insecure_http { link.clone() } else { by_https(link) }
    }

    async fn found(&self, attempt: Attempt, link: &Url) -> Result<FetchedPage, JobError> {
        match self.bring(link).await {
            Ok(brought) => Ok(brought),
            Err(error) if error.is_temporary() && attempt.earlier < TRIES => Err(JobError::retry(error)),
            Err(error) => {
                tracing::debug!(%error, "card.fetch_failed");
                Ok(FetchedPage::default())
            }
        }
    }
}

/// Replaces http by https, the only scheme used here: old links often still name http.
fn by_https(link: &Url) -> Url {
    let mut url = link.clone();
    if url.scheme() == "http" && url.port().is_none() {
        // This cannot fail between these two schemes; if it did, the guard would reject the link as it is.
        let _ = url.set_scheme("https");
    }
    url
}

impl Job<Cards> for CardFetch {
    const CONCURRENCY: Concurrency = Concurrency::UpTo(8);

    async fn run(&self, cards: &Arc<Cards>, attempt: Attempt) -> Result<Done, JobError> {
        let (instance, job, status) = (&cards.instance, attempt.job, self.status);
        match previews::look_up(instance, status).await? {
            None => previews::attach(instance, job, status, None, None).await?,
            Some(CardLookup::Known(link, card)) => {
                previews::attach(instance, job, status, link, card).await?;
            }
            Some(CardLookup::Fetch(link, old)) => {
                let brought = cards.found(attempt, &link).await?;
                previews::store(instance, job, status, link, brought, old).await?;
            }
        }
        Ok(Done::Removed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_asked_by_https() {
        for (link, asked) in [
            ("http://a.example/b?c", "https://a.example/b?c"),
            ("http://a.example:80/", "https://a.example/"),
            ("https://a.example/", "https://a.example/"),
            ("http://a.example:8080/", "http://a.example:8080/"),
        ] {
            assert_eq!(by_https(&Url::parse(link).unwrap()).as_str(), asked);
        }
    }
}
