"""When nobody is home: pauses, calendars and their feeds, exposure."""
