"""Orders: from the wish to the doorstep, and what stands on the shelf."""
