"""What crosses the wire between a home and the cloud. No I/O, no business."""
