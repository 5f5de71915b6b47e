"""What machines ask for: the REST API, suppliers' news, health."""
