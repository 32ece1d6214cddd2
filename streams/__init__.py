"""deskpulse: live and exact figures of a contact centre, from a stream of its events."""
