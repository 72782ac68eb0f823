-- The audit is a file of its own: what the store had of it was never written to.
DROP TABLE audit;
