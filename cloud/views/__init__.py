"""What pages show: read-only queries over all domains, gathered into plain values."""
