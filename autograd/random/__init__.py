"""Random numbers: PyTorch's, number for number, for the same seed. Under `autograd.random`, what is in `torch.random`.

generator    one stream of random words; seeds and states
laws         how words become numbers that follow a law; boxmuller: normal numbers in blocks
parameters   what is checked before anything is drawn
in_place     normal_, uniform_, ...: filling tensors, and what that does to the graph
creation     rand, randn, randint, randperm, normal
sampling     bernoulli, multinomial, poisson, binomial: with probabilities in tensors
"""

from autograd.random.generator import (
    Generator,
    default_generator,
    fork_rng,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)

__all__ = ["Generator", "default_generator", "fork_rng", "get_rng_state", "initial_seed", "manual_seed", "seed",
           "set_rng_state"]  # fmt: skip
