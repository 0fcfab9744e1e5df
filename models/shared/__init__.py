"""What several methods share: random numbers, integrators, optimisers, resources of the machine."""
