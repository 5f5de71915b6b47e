"""Pages for customers and staff, and the REST API: server-rendered, working without JavaScript."""
