//! The agent and its three transports. Uses `model` alone.
