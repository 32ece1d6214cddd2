"""What goes over a topic: events that come in, rows and records that go out."""
