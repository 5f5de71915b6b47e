"""Tests: unit (needs nothing), integration (one real part), system (many), browser."""
