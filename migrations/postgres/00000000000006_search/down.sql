DROP TABLE status_search;
DELETE FROM meta WHERE key = 'search_below';
