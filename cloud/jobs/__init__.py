"""What happens by itself: a scheduler ticks, a database lease says who works, rows say what is due."""
