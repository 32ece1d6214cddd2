"""`make bench`: what one worker does on a real Kafka, beside the bare client in the same run. No figure is asserted: machines differ."""
