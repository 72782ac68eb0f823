//! Sign-in, REST client, wire types to model, error classes. Uses `model` alone.
