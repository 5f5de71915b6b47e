"""Everything at once on this machine, on one fast clock: broker, cloud, supplier, mail, and one household."""
