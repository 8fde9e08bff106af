"""Reading what is served: the latest, one memory's journey and page, the network of associations."""
