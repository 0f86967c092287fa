DROP TABLE status_cards;
DROP TABLE cards;
DROP FUNCTION cards_gone();
