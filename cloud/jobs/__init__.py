"""What happens by itself: a thread ticks, a database lease says who works, rows say what is due."""
