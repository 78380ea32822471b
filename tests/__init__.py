"""The tests. They mirror the sources; those of the ops find the ops by themselves, in the registry."""
