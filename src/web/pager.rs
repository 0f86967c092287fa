//! Newer and older: the links at the end of a list.

use crate::model::page::{Page, PageRequest};

/// How many posts a page shows.
const POSTS: i64 = 20;

/// Where the neighbouring pages are.
pub(super) struct Pager {
    /// The first page, when this is not it.
    pub newest: Option<String>,
    /// The page after this one.
    pub older: Option<String>,
}

impl Pager {
    /// What a query asks for: `before` is the id that the page begins after.
    pub(super) fn request(query: Option<&str>) -> PageRequest {
        PageRequest { max_id: before(query), ..PageRequest::first(POSTS) }
    }

    /// The links of a page of the list at `path`.
    pub(super) fn of<T>(path: &str, query: Option<&str>, page: &Page<T>) -> Self {
        Self {
            newest: before(query).map(|_| path.to_owned()),
            older: page.oldest.filter(|_| page.full).map(|id| format!("{path}?before={id}")),
        }
    }

    /// Whether there is anything to show.
    pub(super) const fn is_needed(&self) -> bool {
        self.newest.is_some() || self.older.is_some()
    }
}

fn before(query: Option<&str>) -> Option<i64> {
    query?.split('&').find_map(|pair| pair.strip_prefix("before=")?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other() {
        assert_eq!(Pager::request(Some("x=1&before=42")).max_id, Some(42));
        assert_eq!(Pager::request(Some("before=x")).max_id, None);
        let full = Page { items: vec![(); 20], newest: Some(9), oldest: Some(5), full: true };
        let pager = Pager::of("/", Some("before=10"), &full);
        assert_eq!((pager.newest.as_deref(), pager.older.as_deref()), (Some("/"), Some("/?before=5")));
        let last = Page { full: false, ..full };
        assert!(!Pager::of("/", None, &last).is_needed());
    }
}
