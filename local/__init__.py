"""The one-machine run: embedded Postgres, processes, simulated publishers, the sample."""
