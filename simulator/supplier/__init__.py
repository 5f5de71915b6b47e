"""A supplier to order from: lead times, refusals, silence, lost parcels. The same behind HTTP and in-process."""
