//! Pure rules over (fleet, settings, now). Uses `model` alone.
