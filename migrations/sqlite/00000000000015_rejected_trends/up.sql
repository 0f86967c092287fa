-- Posts and pages that moderators keep from trending: a status by its object id, a page by its address.

CREATE TABLE rejected_trends (
    subject TEXT NOT NULL PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT;
