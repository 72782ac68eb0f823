//! What was seen, kept: observations, folded states, verdicts, leases, audit. Uses `model` alone.
