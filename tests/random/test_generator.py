"""The stream itself: seeds, states, copies, and where it stands after each draw."""

from __future__ import annotations

import contextlib
import copy
import pickle

import pytest

import autograd
from autograd.random.generator import Generator


def test_the_twister():
    """ISO C++ [rand.predef]: the 10000th word of a mt19937 with its default seed, 5489, is 4123659995."""
    assert Generator().manual_seed(5489).words(10000)[-1] == 4123659995


def test_states_go_from_one_library_to_the_other_and_back(torch):
    theirs, ours = torch.Generator().manual_seed(9), Generator()
    torch.randn(3, generator=theirs)  # leaves a normal number in store
    ours.set_state(autograd.from_numpy(theirs.get_state().numpy()))
    assert ours.initial_seed() == 9
    assert autograd.randn(4, generator=ours).tolist() == torch.randn(4, generator=theirs).tolist()
    autograd.randn(5, generator=ours)
    theirs.set_state(torch.from_numpy(ours.get_state().numpy()))
    assert autograd.randn(30, generator=ours).tolist() == torch.randn(30, generator=theirs).tolist()
    assert Generator().manual_seed(5).get_state().tolist() == torch.Generator().manual_seed(5).get_state().tolist()


def test_seeds():
    g = Generator()
    assert g.initial_seed() == 67280421310721
    assert g.manual_seed(-1) is g
    assert g.initial_seed() == 2**64 - 1
    assert g.seed() == g.initial_seed()
    assert Generator("cpu").seed() != g.initial_seed()
    assert g.device == autograd.device("cpu")
    autograd.manual_seed(5.7)
    assert autograd.initial_seed() == 5
    assert autograd.seed() == autograd.initial_seed() == autograd.default_generator.initial_seed()


def test_a_state_brings_back_all_that_follows():
    autograd.randn(3)
    before = autograd.get_rng_state()
    assert (before.dtype, tuple(before.shape)) == (autograd.uint8, (5056,))
    first = [autograd.randn(2).tolist(), autograd.rand(700).tolist(), autograd.randn(1).tolist()]
    autograd.set_rng_state(before)
    assert [autograd.randn(2).tolist(), autograd.rand(700).tolist(), autograd.randn(1).tolist()] == first


TWINS = (Generator.clone_state, copy.copy, copy.deepcopy, lambda g: pickle.loads(pickle.dumps(g)))


@pytest.mark.parametrize("twin", TWINS)
def test_generators_can_be_copied(twin):
    g = Generator().manual_seed(3)
    autograd.randn(3, generator=g)
    other = twin(g)
    assert autograd.randn(5, generator=other).tolist() == autograd.randn(5, generator=g).tolist()
    assert other.initial_seed() == 3


def test_generators_are_independent():
    autograd.manual_seed(0)
    expected = autograd.rand(3).tolist()
    autograd.manual_seed(0)
    g = Generator().manual_seed(0)
    assert autograd.rand(3, generator=g).tolist() == expected
    autograd.zeros(5).normal_(generator=g)
    autograd.multinomial(autograd.ones(5), 2, generator=g)
    assert autograd.rand(3).tolist() == expected


def test_forking_leaves_no_trace():
    autograd.manual_seed(0)
    autograd.randn(1)
    before = autograd.get_rng_state().tolist()
    with autograd.random.fork_rng():
        autograd.manual_seed(5)
        autograd.randn(7)
    assert autograd.get_rng_state().tolist() == before
    with contextlib.suppress(KeyError), autograd.random.fork_rng():
        autograd.rand(1)
        raise KeyError
    assert autograd.get_rng_state().tolist() == before
    with autograd.random.fork_rng(enabled=False):
        autograd.rand(1)
    assert autograd.get_rng_state().tolist() != before


def test_numbers_one_by_one_are_the_stream():
    g, other = Generator().manual_seed(1), Generator().manual_seed(1)
    stream = g.uniform_one_by_one()
    taken = [next(stream) for _ in range(2345)]
    stream.close()
    assert taken == other.uniform64(2345).tolist()
    assert g.words(3).tolist() == other.words(3).tolist()
