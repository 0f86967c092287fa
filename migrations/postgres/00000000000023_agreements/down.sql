DROP TABLE pacts;
DROP TABLE agreement_events;
DROP TABLE agreements;
