DROP TABLE word_grams;
DROP TABLE people_words;
DROP TABLE profiles;
