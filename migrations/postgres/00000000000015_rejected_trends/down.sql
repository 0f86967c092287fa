DROP TABLE rejected_trends;
