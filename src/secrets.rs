//! Where fusebox's own credentials live. Uses `model` alone.
