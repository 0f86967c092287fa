DROP TABLE praises;
DROP TABLE accepted_answers;
DROP TABLE delegated_posts;
DROP TABLE delegations;
DROP TABLE acknowledgements;
DROP TABLE must_reads;
