DROP TABLE status_cards;
DROP TABLE cards;
