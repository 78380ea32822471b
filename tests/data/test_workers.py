"""Worker processes: the same batches in the same order, exceptions that come through, and processes that end."""

import gc
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import autograd
from autograd.utils import data
from autograd.utils.data import worker

ROOT = Path(__file__).parent.parent.parent

pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create")  # where the machine is small


@pytest.fixture(autouse=True)
def no_processes_left():
    yield
    gc.collect()
    assert not multiprocessing.active_children()


class Squares(data.Dataset):
    """Squares, some of which take their time or never come."""

    def __init__(self, n=20, slow=(), broken=None, deadly=()):
        self.n, self.slow, self.broken, self.deadly = n, slow, broken, deadly

    def __len__(self):
        return self.n

    def __getitem__(self, index):
        if index in self.slow:
            time.sleep(0.1)
        if index in self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.broken and index == self.broken[0]:
            raise self.broken[1]
        return index, autograd.full((3,), float(index**2))


class Shared(data.IterableDataset):
    """Numbers, of which each worker yields its share."""

    def __init__(self, n):
        self.n = n

    def __iter__(self):
        info = data.get_worker_info()
        return iter(range(self.n)) if info is None else iter(range(info.id, self.n, info.num_workers))


def numbers(loader):
    return [batch[0].tolist() for batch in loader]


# -- batches ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 3])
def test_order_is_kept_though_some_are_slow(workers):
    loader = data.DataLoader(Squares(slow=(0, 9)), 3, num_workers=workers)
    batches = list(loader)
    assert [b[0].tolist() for b in batches] == [list(range(i, min(i + 3, 20))) for i in range(0, 20, 3)]
    assert batches[2][1].tolist() == [[36.0] * 3, [49.0] * 3, [64.0] * 3]


def test_order_may_be_given_up():
    loader = data.DataLoader(Squares(8, slow=(0,)), num_workers=2, in_order=False)
    found = numbers(loader)
    assert sorted(found) == [[i] for i in range(8)]
    assert found[0] != [0]


@pytest.mark.torch
@pytest.mark.parametrize("options", [{}, {"persistent_workers": True}, {"prefetch_factor": 5}], ids=str)
def test_passes_are_torchs(torch, options):
    def passes(library):
        library.default_generator.manual_seed(5)
        loader = library.utils.data.DataLoader(list(range(13)), 3, shuffle=True, num_workers=2, **options)
        return [([batch.tolist() for batch in loader], library.rand(1).item()) for _ in range(3)]

    assert passes(autograd) == passes(torch)


def draws(kind, index):
    """What a worker's generators give, as a sample."""
    library = sys.modules[kind]
    info = library.utils.data.get_worker_info()
    return index, info.id, info.num_workers, info.seed, random.random(), np.random.rand(), library.rand(1).item()


class Draws:
    def __init__(self, kind):
        self.kind = kind

    def __len__(self):
        return 6

    def __getitem__(self, index):
        return draws(self.kind, index)


@pytest.mark.torch
def test_workers_are_seeded_as_torchs(torch):
    found = []
    for library in (autograd, torch):
        library.default_generator.manual_seed(11)
        loader = library.utils.data.DataLoader(Draws(library.__name__), batch_size=None, num_workers=2)
        found.append(list(loader))
    assert found[0] == found[1]
    assert {(sample[1], sample[2]) for sample in found[0]} == {(0, 2), (1, 2)}


@pytest.mark.torch
def test_streams_are_torchs(torch):
    class Theirs(torch.utils.data.IterableDataset):
        def __iter__(self):
            info = torch.utils.data.get_worker_info()
            return iter(range(info.id, 11, info.num_workers)) if info.id != 1 else iter(())

    class Ours(data.IterableDataset):
        def __iter__(self):
            info = data.get_worker_info()
            return iter(range(info.id, 11, info.num_workers)) if info.id != 1 else iter(())

    for options in ({"batch_size": 2}, {"batch_size": None}, {"batch_size": 2, "drop_last": True}):
        mine = [np.asarray(b).tolist() for b in data.DataLoader(Ours(), num_workers=3, **options)]
        other = [np.asarray(b).tolist() for b in torch.utils.data.DataLoader(Theirs(), num_workers=3, **options)]
        assert mine == other


def test_streams_are_shared_out():
    loader = data.DataLoader(Shared(17), 2, num_workers=3, persistent_workers=True)
    for _ in range(2):
        assert sorted(i for batch in loader for i in batch.tolist()) == list(range(17))


def test_large_batches_and_large_indices():
    """More than a pipe holds, both ways at once."""
    dataset = data.TensorDataset(autograd.arange(100_000))
    batches = data.DataLoader(dataset, batch_sampler=[range(100_000)] * 4, num_workers=2, collate_fn=np.array)
    assert [batch.shape for batch in batches] == [(100_000, 1)] * 4


def test_workers_may_persist():
    loader = data.DataLoader(Draws("autograd"), batch_size=None, num_workers=2, persistent_workers=True)
    pids = []
    for _ in range(3):
        assert [sample[0] for sample in loader] == list(range(6))
        pids.append(sorted(child.pid for child in multiprocessing.active_children()))
    assert pids[0] == pids[1] == pids[2]
    assert len(pids[0]) == 2
    first = iter(loader)
    next(first)
    assert [sample[0] for sample in loader] == list(range(6))  # another pass, though that one was not at its end
    with pytest.raises(RuntimeError, match="another one has begun with the same workers"):
        next(first)


def test_what_runs_first_in_a_worker():
    def init(number):
        random.seed(100 + number)

    loader = data.DataLoader(Draws("autograd"), batch_size=None, num_workers=2, worker_init_fn=init)
    found = list(loader)
    assert [found[0][4], found[1][4]] == [random.Random(100).random(), random.Random(101).random()]


def one_by_one(batch):
    return iter(batch) if 0 in batch else (x for x in batch)


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_other_ways_to_start(method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip("not on this platform")
    options = {"num_workers": 1, "multiprocessing_context": method}
    assert [b.tolist() for b in data.DataLoader(range(6), 4, **options)] == [[0, 1, 2, 3], [4, 5]]
    iterator = iter(data.DataLoader(range(4), 2, collate_fn=one_by_one, **options))
    assert list(next(iterator)) == [0, 1]
    with pytest.raises(
        TypeError, match="(?s)Caught TypeError in DataLoader worker process 0.*cannot pickle 'generator'"
    ):
        next(iterator)


def test_what_can_not_be_sent_to_a_process():
    loader = data.DataLoader(range(6), num_workers=1, multiprocessing_context="spawn", collate_fn=lambda x: x)
    with pytest.raises(Exception, match="pickle") as caught:
        iter(loader)
    assert "define classes and functions at the top level of a module" in caught.value.__notes__[0]


def test_threads_beside_do_not_matter():
    """Python 3.12 warns about a fork while other threads run."""
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert numbers(data.DataLoader(Squares(4), 2, num_workers=2)) == [[0, 1], [2, 3]]
    finally:
        stop.set()
        thread.join()


# -- exceptions ---------------------------------------------------------------------------------------------


class PickyError(Exception):
    def __init__(self, one, two):
        super().__init__(one, two)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ValueError("bad sample"), ValueError),
        (KeyError("bad sample"), KeyError),
        (PickyError("bad sample", 2), RuntimeError),
        (StopIteration("bad sample"), RuntimeError),
        (type("Local", (Exception,), {})("bad sample"), RuntimeError),
    ],
    ids=lambda value: type(value).__name__,
)
def test_exceptions_come_with_their_traceback(error, kind):
    loader = data.DataLoader(Squares(broken=(5, error)), 2, num_workers=2)
    found = []
    with pytest.raises(kind) as caught:
        for batch in loader:
            found.append(batch[0].tolist())
    assert found == [[0, 1], [2, 3]]
    text = str(caught.value)
    assert f"Caught {type(error).__name__} in DataLoader worker process 0.\nOriginal Traceback" in text
    assert "raise self.broken[1]" in text
    assert "bad sample" in text


def test_after_an_exception_the_pass_can_go_on():
    iterator = iter(data.DataLoader(Squares(8, broken=(2, ValueError())), 2, num_workers=2))
    found = [next(iterator)[0].tolist()]
    with pytest.raises(ValueError, match="Caught ValueError"):
        next(iterator)
    assert found + numbers(iterator) == [[0, 1], [4, 5], [6, 7]]


def test_exceptions_at_the_start():
    def init(number):
        raise OSError("no disk")

    class Closed(data.IterableDataset):
        def __iter__(self):
            raise OSError("no stream")

    with pytest.raises(OSError, match="(?s)Caught OSError in DataLoader worker process 0.*no disk"):
        next(iter(data.DataLoader(Squares(), num_workers=2, worker_init_fn=init)))
    with pytest.raises(OSError, match="(?s)Caught OSError in DataLoader worker process 0.*no stream"):
        next(iter(data.DataLoader(Closed(), num_workers=2)))


def test_batches_that_can_not_be_sent():
    w = autograd.ones(1, requires_grad=True)
    with pytest.raises(RuntimeError, match="refusing to serialize non-leaf tensor which requires_grad"):
        next(iter(data.DataLoader([1, 2], num_workers=1, collate_fn=lambda batch: w * 2)))


def test_a_worker_that_dies():
    iterator = iter(data.DataLoader(Squares(deadly=(2,)), num_workers=2))
    with pytest.raises(RuntimeError, match=r"DataLoader worker \(pid\(s\) \d+\) exited unexpectedly: .* signal 9"):
        list(iterator)
    assert not multiprocessing.active_children()


def test_waiting_has_an_end():
    loader = data.DataLoader(Squares(4, slow=(1,)), num_workers=1, timeout=0.03)
    with pytest.raises(RuntimeError, match="DataLoader timed out after 0.03 seconds"):
        list(loader)


# -- ends ---------------------------------------------------------------------------------------------------


def ended(pids, within=5.0):
    """Whether processes end in time; one that is another's zombie counts."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if not [pid for pid in pids if alive(pid)]:
            return True
        time.sleep(0.02)
    return False


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_pass_that_is_abandoned():
    for dataset in (Squares(1000), data.TensorDataset(autograd.zeros(200, 50_000))):  # the latter fills the pipes
        for _ in data.DataLoader(dataset, 2, num_workers=2):
            assert len(multiprocessing.active_children()) == 2
            start = time.monotonic()
            break
        assert not multiprocessing.active_children()
        assert time.monotonic() - start < 1.5  # they ended by themselves


def test_a_pass_that_is_over():
    iterator = iter(data.DataLoader(Squares(4), num_workers=2))
    assert len(list(iterator)) == 4
    assert not multiprocessing.active_children()
    assert list(iterator) == []


def test_a_worker_that_does_not_listen(monkeypatch):
    monkeypatch.setattr("autograd.utils.data.pool.PATIENCE", 0.1)

    class Stuck(list):
        def __getitem__(self, index):
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            time.sleep(60)

    iterator = iter(data.DataLoader(Stuck([1]), num_workers=1))
    start = time.monotonic()
    del iterator
    assert time.monotonic() - start < 3
    assert not multiprocessing.active_children()


def test_two_loaders_at_once():
    train, test = (data.DataLoader(Squares(6), 2, num_workers=1) for _ in range(2))
    pairs = [(a[0].tolist(), b[0].tolist()) for a, b in zip(train, test, strict=True)]
    assert pairs == [([0, 1], [0, 1]), ([2, 3], [2, 3]), ([4, 5], [4, 5])]
    first = iter(train)
    second = iter(test)  # its worker was forked while the other's pipes were open
    del first
    assert len(multiprocessing.active_children()) == 1
    assert len(numbers(second)) == 3


PROGRAM = """
    import os, signal, sys, time
    from autograd.utils import data

    signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background may not have it

    class Slow(list):
        def __getitem__(self, index):
            os.write(1, b"%d\\n" % os.getpid())
            time.sleep({nap})
            return index

    iterator = iter(data.DataLoader(Slow(range(100)), num_workers=2, persistent_workers={persistent}))
    {then}
"""


def start(then, nap=0.01, persistent=False):
    code = textwrap.dedent(PROGRAM.format(then=then, nap=nap, persistent=persistent))
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip


def pids_of(program, count=2):
    """The processes of the workers, as they tell them."""
    pids = set()
    while len(pids) < count:
        line = program.stdout.readline()
        assert line, program.stderr.read()
        pids.add(int(line))
    return pids


linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


@linux
@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.parametrize("then", ["next(iterator)", "next(iterator); sys.exit(3)", "next(iterator); 1 / 0"])
def test_a_program_that_ends(then, persistent):
    with start(then, persistent=persistent) as program:
        pids = pids_of(program)
        errors = program.communicate(timeout=30)[1]
    assert ended(pids)
    assert program.returncode == {"next(iterator)": 0, "next(iterator); sys.exit(3)": 3}.get(then, 1)
    assert ("ZeroDivisionError" in errors) == ("1 / 0" in then)
    assert "DataLoader" not in errors


@linux
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_program_that_is_killed(number):
    with start("time.sleep(60)", nap=60) as program:
        pids = pids_of(program)
        program.send_signal(number)
        program.communicate(timeout=30)
    assert ended(pids)


@linux
def test_a_program_that_is_interrupted():
    """Ctrl-C sends the signal to all processes of the terminal."""
    with start("[time.sleep(0.01) for _ in iterator]") as program:
        pids = pids_of(program)
        os.killpg(program.pid, signal.SIGINT)
        errors = program.communicate(timeout=30)[1]
    assert ended(pids)
    assert errors.count("KeyboardInterrupt") == 1  # the program's, and none of a worker


def test_a_forked_copy_ends_nothing():
    """What another process inherits of a pass is not its own."""
    iterator = iter(data.DataLoader(Squares(6), 2, num_workers=1))
    child = multiprocessing.get_context("fork").Process(target=iterator.pool.close)
    child.start()
    child.join()
    assert child.exitcode == 0
    assert len(numbers(iterator)) == 3


def test_what_a_worker_knows_of_itself():
    loader = data.DataLoader(Squares(2), num_workers=2, collate_fn=lambda batch: data.get_worker_info())
    infos = list(loader)
    assert [info.id for info in infos] == [0, 1]
    assert infos[1].seed == infos[0].seed + 1
    assert isinstance(infos[0].dataset, Squares)
    assert isinstance(infos[0], worker.WorkerInfo)
