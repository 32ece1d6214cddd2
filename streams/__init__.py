"""deskpulse: what happens in a contact centre, as it happens, as numbers."""
