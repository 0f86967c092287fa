//! Pagination: the links to newer and older posts below a list.

use portico_domain::model::page::{Page, PageRequest};

/// Number of posts on a page.
const POSTS: i64 = 20;

/// Links to other pages of a list.
pub(super) struct Pager {
    /// Path of the first page, unless this is the first page.
    pub newest: Option<String>,
    /// Path of the next page, with older posts.
    pub older: Option<String>,
}

impl Pager {
    /// Parses a query. `before` is an id: the page lists what is older.
    pub(super) fn request(query: Option<&str>) -> PageRequest {
        PageRequest { max_id: before(query), ..PageRequest::first(POSTS) }
    }

    /// Builds the links of a page of the list at `path`.
    pub(super) fn for_page<T>(path: &str, query: Option<&str>, page: &Page<T>) -> Self {
        Self {
            newest: before(query).map(|_| path.to_owned()),
            older: page.oldest.filter(|_| page.full).map(|id| format!("{path}?before={id}")),
        }
    }

    /// Whether there is any link to show.
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
        let pager = Pager::for_page("/", Some("before=10"), &full);
        assert_eq!((pager.newest.as_deref(), pager.older.as_deref()), (Some("/"), Some("/?before=5")));
        let last = Page { full: false, ..full };
        assert!(!Pager::for_page("/", None, &last).is_needed());
    }
}
