//! Pages of a list, cut by id as the Mastodon API does.

/// The requested part of a list. All bounds are exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PageRequest {
    /// Only items older than this.
    pub max_id: Option<i64>,
    /// Only items newer than this, chosen from the newest.
    pub since_id: Option<i64>,
    /// Only items newer than this, chosen from the nearest, but returned newest first.
    pub min_id: Option<i64>,
    /// The maximum number of items; already clamped by the edge.
    pub limit: i64,
}

impl PageRequest {
    /// Requests the newest `limit` items.
    pub const fn first(limit: i64) -> Self {
        Self { max_id: None, since_id: None, min_id: None, limit }
    }

    /// Whether the rows must be read oldest first and then reversed.
    pub const fn is_ascending(&self) -> bool {
        self.min_id.is_some()
    }

    /// Returns the lower bound: `min_id`, or else `since_id`.
    pub const fn lower(&self) -> Option<i64> {
        match self.min_id {
            Some(id) => Some(id),
            None => self.since_id,
        }
    }
}

/// One page, newest first, with the cursors of both ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor id of the first item.
    pub newest: Option<i64>,
    /// The cursor id of the last item.
    pub oldest: Option<i64>,
    /// Whether the page is full, so that there may be more items.
    pub full: bool,
}

impl<T> Page<T> {
    /// Builds a page from rows that were read with `request.limit`, each with its cursor id, in reading
    /// order.
    pub fn from_rows(request: &PageRequest, mut rows: Vec<(i64, T)>) -> Self {
        if request.is_ascending() {
            rows.reverse();
        }
        Self {
            newest: rows.first().map(|(id, _)| *id),
            oldest: rows.last().map(|(id, _)| *id),
            full: i64::try_from(rows.len()).is_ok_and(|len| len >= request.limit),
            items: rows.into_iter().map(|(_, item)| item).collect(),
        }
    }

    /// Returns the same page with other items; the cursors stay.
    pub fn with_items<U>(&self, items: Vec<U>) -> Page<U> {
        Page { items, newest: self.newest, oldest: self.oldest, full: self.full }
    }
}
