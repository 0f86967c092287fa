//! Pages of a list, cut by id as the Mastodon API does.

/// Which part of a list is asked for. All bounds are exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PageRequest {
    /// Only older than this.
    pub max_id: Option<i64>,
    /// Only newer than this; the newest first.
    pub since_id: Option<i64>,
    /// Only newer than this; the nearest to it first chosen, then shown newest first.
    pub min_id: Option<i64>,
    /// At most so many; already clamped by the edge.
    pub limit: i64,
}

impl PageRequest {
    /// The newest `limit` items.
    pub const fn first(limit: i64) -> Self {
        Self { max_id: None, since_id: None, min_id: None, limit }
    }

    /// Whether the rows must be read oldest first and turned round.
    pub const fn is_ascending(&self) -> bool {
        self.min_id.is_some()
    }

    /// The lower bound, whichever was given.
    pub const fn lower(&self) -> Option<i64> {
        match self.min_id {
            Some(id) => Some(id),
            None => self.since_id,
        }
    }
}

/// One page, newest first, with the cursors of its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// The cursor id of the first item.
    pub newest: Option<i64>,
    /// The cursor id of the last item.
    pub oldest: Option<i64>,
    /// Whether it is as long as was asked for, so that there may be more.
    pub full: bool,
}

impl<T> Page<T> {
    /// Makes a page of rows that were read with `request.limit`, each with its cursor id, in reading order.
    pub fn of(request: &PageRequest, mut rows: Vec<(i64, T)>) -> Self {
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

    /// The same page with other items in place of these; the cursors stay.
    pub fn with_items<U>(&self, items: Vec<U>) -> Page<U> {
        Page { items, newest: self.newest, oldest: self.oldest, full: self.full }
    }
}
