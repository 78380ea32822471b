"""Who owns the memory under a tensor: others, several tensors, several processes; what a copy keeps; when it is freed."""

from __future__ import annotations

import copy
import gc
import io
import multiprocessing
import pickle
import tracemalloc
import weakref

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
import optim
from autograd import forward_ad
from autograd.autograd import graph
from autograd.graph import Node, Part
from autograd.modes import state
from autograd.utils.checkpoint import checkpoint
from autograd.utils.data import DataLoader, TensorDataset


def test_memory_of_others_is_shared_not_copied(tmp_path):
    array, buffer = np.zeros(3), bytearray(8)
    on_array, on_buffer = autograd.from_numpy(array), autograd.frombuffer(buffer, dtype=autograd.int32)
    on_dlpack = autograd.from_dlpack(array)
    on_array[0], on_buffer[1], on_dlpack[2] = 5, 7, 6
    assert array.tolist() == [5, 0, 6]
    assert buffer == bytes([0] * 4 + [7, 0, 0, 0])
    assert autograd.asarray(array).data_ptr() == array.ctypes.data
    assert autograd.asarray(array, copy=True).data_ptr() != array.ctypes.data
    assert np.asarray(on_array) is on_array.numpy() is array
    path = tmp_path / "numbers"
    np.arange(4, dtype=np.int16).tofile(path)
    mapped = autograd.from_file(str(path), size=4, dtype=autograd.int16)
    mapped[0] = 9
    assert np.fromfile(path, np.int16).tolist() == [0, 1, 2, 3]
    shared = autograd.from_file(str(path), shared=True, size=6, dtype=autograd.int16)
    shared[5] = 8
    assert np.fromfile(path, np.int16).tolist() == [0, 1, 2, 3, 0, 8]
    with pytest.raises(RuntimeError, match="smaller than the required"):
        autograd.from_file(str(path), size=7, dtype=autograd.int16)


class Speaker:
    """Another library's array, which speaks DLPack as it was before it told what is read-only."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **options):
        return self.array.__dlpack__()

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


def test_what_comes_by_dlpack_can_be_written():
    array = np.zeros(2)
    autograd.from_dlpack(array.__dlpack__())[0] = 1
    if autograd.exchange.ALL_READ_ONLY:  # then NumPy can't tell, and owners of this kind mostly mean memory to write to
        autograd.from_dlpack(Speaker(array))[1] = 2
        assert array.tolist() == [1, 2]
    assert array[0] == 1
    array.flags.writeable = False
    with pytest.raises(RuntimeError, match="read-only"):
        autograd.from_dlpack(array)[0] = 5
    assert autograd.from_dlpack(array, copy=True).fill_(3).tolist() == [3, 3]


def test_tensors_cross_to_pytorch_and_back(torch):
    x = autograd.arange(3.0)
    theirs = torch.from_dlpack(x)
    theirs[0] = 7
    assert x.tolist() == [7, 1, 2]
    assert autograd.from_dlpack(theirs).data_ptr() == x.data_ptr()
    assert autograd.from_dlpack(torch.utils.dlpack.to_dlpack(theirs)).tolist() == [7, 1, 2]


def test_what_can_not_be_written_is_not_written():
    x = autograd.frombuffer(b"abcd", dtype=autograd.uint8)
    with pytest.raises(RuntimeError, match="read-only"):
        x.fill_(0)
    assert x.tolist() == [97, 98, 99, 100]


def test_storages_are_equal_where_memory_is_shared():
    x = autograd.zeros(2, 3)
    for view in (x[1], x.t(), x.detach(), x[1].detach()):
        assert view.untyped_storage().data_ptr() == x.data_ptr()
    assert x.clone().untyped_storage().data_ptr() != x.data_ptr()


def test_set_shares_memory_and_counts_as_a_write():
    x, y = autograd.zeros(2), autograd.ones(3)
    count = x._version
    assert x.set_(y) is x
    assert (x.is_set_to(y), x.shape, x._version > count) == (True, (3,), True)
    y[0] = 4
    assert x.tolist() == [4, 1, 1]
    w = autograd.ones(2, requires_grad=True)
    z = w * 2
    product = z * z
    z.detach().set_(autograd.ones(2))
    with pytest.raises(RuntimeError, match="out of bounds for storage"):
        autograd.zeros(2).set_(y.untyped_storage(), 2, (2,))
    product.sum().backward()
    assert w.grad.tolist() == [8, 8]


def write_seven(x):
    x.fill_(7)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_shared_memory_is_seen_by_child_processes():
    x = autograd.zeros(2, 3)
    assert not x.is_shared()
    assert x.share_memory_() is x
    assert x.is_shared()
    assert x[1].is_shared()
    child = multiprocessing.get_context("fork").Process(target=write_seven, args=(x,))
    child.start()
    child.join()
    assert x.tolist() == [[7] * 3] * 2
    with pytest.raises(RuntimeError, match="is a view"):
        autograd.zeros(3)[1:].share_memory_()


def test_elementwise_functions_are_in_place_writes():
    x = autograd.ones(2, requires_grad=True)
    y = x * 2
    z = y * y
    y.detach().apply_(lambda v: v + 1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()
    t = autograd.ones(3)
    with pytest.raises(ZeroDivisionError):
        t.apply_(lambda v: 1 / (t[0].item() - v))
    assert t.tolist() == [1, 1, 1]


def test_diagonals_are_filled_with_gradients_cut_off():
    x = autograd.ones(3, 3, requires_grad=True)
    y = x * 2
    y.fill_diagonal_(5)
    y.sum().backward()
    assert x.grad.tolist() == [[0, 2, 2], [2, 0, 2], [2, 2, 0]]


@pytest.mark.parametrize("again", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))], ids=["deepcopy", "pickle"])
def test_copies_keep_what_a_tensor_is(again):
    x = autograd.tensor([[1.0, 2.0]], dtype=autograd.float64, requires_grad=True)
    x.label = "mine"
    twin = again(x)
    assert (twin.tolist(), twin.dtype, twin.requires_grad, twin.is_leaf) == ([[1, 2]], autograd.float64, True, True)
    assert twin.label == "mine"
    assert twin.data_ptr() != x.data_ptr()
    for other in (autograd.Size([2, 3]), autograd.float16, autograd.device("cpu"), autograd.Generator().manual_seed(3)):
        assert type(again(other)) is type(other)
    assert again(autograd.float16) is autograd.float16
    assert again(autograd.Size([2, 3])) == (2, 3)


def test_a_deep_copy_of_what_is_in_a_graph_is_refused():
    with pytest.raises(RuntimeError, match="detach"):
        copy.deepcopy(autograd.ones(1, requires_grad=True) * 2)


# -- freed at once, without the garbage collector ----------------------------------------------------------------


class Square(autograd.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 2 * x * g


class Exponential(autograd.autograd.Function):
    """Saves its own result, which leads to the node that holds it."""

    @staticmethod
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        return ctx.saved_tensors[0] * g


def small_cnn():
    return nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(), nn.Linear(12, 2)
    )


def step_of(model, *inputs, optimizer_class=optim.Adam, **options):
    """Two steps of training, the second of which is left half done."""
    optimizer = optimizer_class(model.parameters(), **options)
    for _ in range(2):
        optimizer.zero_grad()
        result = model(*inputs)
        (result[0] if isinstance(result, tuple) else result).square().mean().backward()
        optimizer.step()
    return model(*inputs)


def with_hooks():
    x = autograd.randn(300, requires_grad=True)
    y = x * 2
    y.retain_grad()
    y.register_hook(lambda g: g * 2)
    x.register_hook(lambda g: None)
    x.register_post_accumulate_grad_hook(lambda p: None)
    y.grad_fn.register_hook(lambda sent, arrived: None)
    y.grad_fn.register_prehook(lambda arrived: None)
    graph.register_multi_grad_hook([x, y], lambda grads: None)
    graph.register_multi_grad_hook([x * 2, y * 3], lambda grads: None, mode="any")
    y.exp().sum().backward()
    return y + 1


def with_module_hooks():
    model = nn.Sequential(nn.Linear(4, 300), nn.ReLU())
    model[0].register_forward_hook(lambda module, args, result: result * 1)
    model[0].register_forward_pre_hook(lambda module, args: None)
    model.register_full_backward_hook(lambda module, sent, arrived: None)
    model[1].register_full_backward_pre_hook(lambda module, arrived: None)
    return step_of(model, autograd.randn(2, 4, requires_grad=True))


def views_and_writes():
    x = autograd.randn(20, 20, requires_grad=True)
    y = x * 1
    row, flat = y[0], y.view(-1)
    row.mul_(2)
    y[1:3].add_(1)
    y.t()[0, 0] = 3.0
    flat[30:].zero_()
    parts = [*y.split(5), *y.unbind(1), *y.chunk(2)]
    y.exp().sum().backward()
    return parts, (x * 2).detach(), (x * 2).data, row.clone().relu_()


def second_derivatives():
    x = autograd.randn(300, requires_grad=True)
    model = nn.Sequential(nn.Conv1d(1, 2, 3), nn.Softplus(), nn.Flatten(), nn.Linear(596, 4), nn.LayerNorm(4))
    (g,) = autograd.grad(model(x.view(1, 1, -1)).square().sum(), x, create_graph=True)
    g.norm().backward()
    (x**3).sum().backward(create_graph=True)
    x.grad = None  # which leads back to x, in PyTorch too
    return g


def functions_of_functions():
    x, f = autograd.randn(300), lambda x: (x**3).sum()
    transforms = autograd.func
    returned, pull = transforms.vjp(f, x)
    pull(autograd.tensor(1.0))
    transforms.hessian(f)(x[:5])
    transforms.jvp(f, (x,), (x,))
    model = nn.Linear(300, 1)
    with forward_ad.dual_level():
        forward_ad.unpack_dual(forward_ad.make_dual(x, x).sin())
    return (
        returned,
        transforms.vmap(transforms.grad(f))(autograd.randn(4, 3)),
        transforms.functional_call(model, dict(model.named_parameters()), (x,)),
        autograd.autograd.functional.jacobian(lambda x: x**2, x[:5], create_graph=True),
    )


def computed_again():
    model, x = nn.Sequential(nn.Linear(4, 300), nn.Dropout()), autograd.randn(2, 4, requires_grad=True)
    with graph.saved_tensors_hooks(lambda t: t.clone(), lambda t: t):
        y = (x * x).exp()
    for use_reentrant in (True, False):
        checkpoint(model, x, use_reentrant=use_reentrant).sum().backward()
    return y, checkpoint(model, x, use_reentrant=False)


def errors_on_the_way():
    class Broken(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(4, 300)

        def forward(self, x):
            hidden = self.layer(x)
            return hidden @ hidden

    def refuse(g):
        raise ZeroDivisionError

    x = autograd.randn(300, requires_grad=True)
    y = x * 2
    y.register_hook(refuse)
    for run in (
        lambda: Broken()(x[:8].view(2, 4)),
        y.exp().sum().backward,
        lambda: y + x[:7],
        lambda: Square.apply(1, 2),
        lambda: anomalous(x),
    ):
        try:
            run()
        except (ZeroDivisionError, RuntimeError, TypeError):
            continue
        raise AssertionError
    return y


def anomalous(x):
    with autograd.autograd.detect_anomaly():
        (x.abs().neg().sqrt() * 0).sum().backward()


def compiled():
    f = autograd.compile(lambda x, w: (x @ w).relu().sum())
    x, w = autograd.randn(3, 300), autograd.randn(300, 2, requires_grad=True)
    for _ in range(3):
        f(x, w).backward()
    return f(x, w)


def copied_and_kept():
    model, buffer = small_cnn(), io.BytesIO()
    twin = copy.deepcopy(model)
    autograd.save(model.state_dict(), buffer)
    buffer.seek(0)
    twin.load_state_dict(autograd.load(buffer))
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    schedule = optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=5)
    batches = DataLoader(TensorDataset(autograd.randn(6, 1, 6, 6)), 2, shuffle=True)
    for (x,) in batches:
        model(x).sum().backward()
        optimizer.step()
        schedule.step()
    return twin(x), next(iter(batches)), optimizer.state_dict()


PROGRAMS = {
    "mlp": lambda: step_of(nn.Sequential(nn.Linear(4, 300), nn.Tanh(), nn.Linear(300, 2)), autograd.randn(3, 4)),
    "conv": lambda: step_of(small_cnn(), autograd.randn(2, 1, 6, 6)),
    "lstm": lambda: step_of(nn.LSTM(3, 20, 2, bidirectional=True), autograd.randn(5, 2, 3))[0],
    "gru": lambda: step_of(nn.GRU(3, 20), autograd.randn(5, 2, 3))[0],
    "transformer": lambda: step_of(nn.TransformerEncoderLayer(8, 2, 16), autograd.randn(5, 3, 8)),
    "embedding": lambda: step_of(nn.Sequential(nn.Embedding(50, 8), nn.GELU()), autograd.arange(40)),
    "loss": lambda: F.cross_entropy(autograd.randn(99, 5, requires_grad=True), autograd.arange(99) % 5),
    "custom Function": lambda: Exponential.apply(Square.apply(autograd.randn(300, requires_grad=True))),
    "every optimizer": lambda: [
        step_of(nn.Linear(20, 20, bias=False), autograd.randn(2, 20), optimizer_class=cls, lr=0.01)
        for cls in (optim.SGD, optim.NAdam, optim.RMSprop, optim.Rprop, optim.Adafactor, optim.Muon)
    ],
    "linear algebra": lambda: autograd.linalg.svd(autograd.randn(20, 20, requires_grad=True)),
    **{
        program.__name__: program
        for program in (
            with_hooks, with_module_hooks, views_and_writes, second_derivatives, functions_of_functions,
            computed_again, errors_on_the_way, compiled, copied_and_kept,
        )
    },
}  # fmt: skip


def holds_data(thing):
    """Whether this is a tensor or a node, or holds an array."""
    kinds = (autograd.Tensor, Node, Part, np.ndarray)
    return isinstance(thing, kinds) or any(isinstance(part, kinds) for part in gc.get_referents(thing))


@pytest.fixture
def without_collector():
    """What the garbage collector would have had to find in the end: a function that lists it."""

    def left():
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        gc.set_debug(0)
        found = [thing for thing in gc.garbage if holds_data(thing)]
        gc.garbage.clear()
        return [type(thing).__name__ for thing in found]

    gc.collect()
    gc.disable()
    yield left
    gc.set_debug(0)
    gc.enable()


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_cycle_holds_an_array(name, without_collector):
    """Whatever a program leaves for the collector, there is no array in it: those went when the last user did."""
    PROGRAMS[name]()
    without_collector()  # what was made on first use stays
    PROGRAMS[name]()
    assert without_collector() == []


def test_a_cycle_with_an_array_is_found(without_collector):
    x = autograd.randn(3)
    x.itself = x
    del x
    assert "Tensor" in without_collector()


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name not in ("errors_on_the_way", "copied_and_kept")])
def test_a_graph_dies_with_its_last_tensor(name, without_collector):
    """Nodes and tensors of the result's graph are gone as soon as the result is."""
    result = PROGRAMS[name]()
    nodes, waiting, dying = set(), [result], []
    while waiting:
        item = waiting.pop()
        if isinstance(item, (tuple, list)):
            waiting += item
        elif isinstance(item, autograd.Tensor):
            dying.append(weakref.ref(item))
            waiting += [item.node] if item.node is not None else []
        elif item not in nodes:
            nodes.add(item)
            waiting += [edge for edge in item.edges if edge is not None] if hasattr(item, "edges") else []
    dying += [weakref.ref(node) for node in nodes]
    assert len(dying) > 1 or name == "functions_of_functions"
    nodes.clear()
    waiting = result = item = None
    assert [ref() for ref in dying if ref() is not None] == []


def test_memory_of_activations_is_freed_by_backward(without_collector):
    x = autograd.randn(300, requires_grad=True)
    hidden = x.exp()
    array, loss = weakref.ref(hidden.memory()), (hidden * hidden).sum()
    del hidden
    assert array() is not None
    loss.backward()
    assert array() is None
    assert loss.item() > 0


# -- no growth -----------------------------------------------------------------------------------------------------


def grown(step, steps, warmup):
    """How many bytes, and how many objects that the collector knows, there are more after so many steps."""
    tracemalloc.start()
    try:
        for i in range(warmup):
            step(i)
        gc.collect()
        objects, (before, _) = len(gc.get_objects()), tracemalloc.get_traced_memory()
        for i in range(steps):
            step(warmup + i)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        return after - before, len(gc.get_objects()) - objects
    finally:
        tracemalloc.stop()


class Training:
    """A program that trains, with all that programs use: a loader, hooks, an optimizer and its schedule."""

    def __init__(self):
        self.model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 3))
        self.model.register_forward_hook(lambda module, args, result: None)
        self.model[1].register_full_backward_hook(lambda module, sent, arrived: None)
        self.optimizer = optim.AdamW(self.model.parameters(), lr=1e-3)
        self.schedule = optim.lr_scheduler.CosineAnnealingLR(self.optimizer, 100)
        data = TensorDataset(autograd.randn(20, 4), autograd.arange(20) % 3)
        self.loader = DataLoader(data, 5, shuffle=True)
        self.batches = iter(())

    def step(self, i):
        """One batch."""
        batch = next(self.batches, None)
        if batch is None:
            self.batches = iter(self.loader)
            batch = next(self.batches)
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.model(batch[0]), batch[1])
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()


def plain_step():
    model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
    optimizer, x, y = optim.SGD(model.parameters(), lr=0.01), autograd.randn(8, 2), autograd.randn(8, 1)

    def step(i):
        optimizer.zero_grad()
        F.mse_loss(model(x), y).backward()
        optimizer.step()

    return step


def penalty_step():
    """The gradient of a gradient."""
    model, x = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1)), autograd.randn(8, 2, requires_grad=True)

    def step(i):
        (g,) = autograd.grad(model(x).sum(), x, create_graph=True)
        ((g.norm(dim=1) - 1) ** 2).mean().backward()
        model.zero_grad()
        x.grad = None

    return step


def failing_step():
    """Backward breaks off at another place each time: in hooks of tensors, leaves and nodes, and in custom Functions."""
    w = autograd.randn(30, requires_grad=True)

    class Refusing(autograd.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            raise ZeroDivisionError

    def refuse(*args):
        raise ZeroDivisionError

    def step(i):
        with pytest.raises(ZeroDivisionError):
            x = w * 1
            y = Refusing.apply(x) if i % 4 == 0 else x * 2
            if i % 4 == 1:
                x.register_hook(refuse)
            if i % 4 == 2:
                y.grad_fn.register_hook(refuse)
            handle = w.register_post_accumulate_grad_hook(refuse) if i % 4 == 3 else None
            try:
                y.sum().backward(create_graph=i % 8 > 3)
            finally:
                if handle:
                    handle.remove()
                w.grad = None
        assert state.walk is None

    return step


STEPS = {
    "plain": (plain_step, 10_000),
    "everything": (lambda: Training().step, 10_000),
    "create_graph": (penalty_step, 3_000),
    "failing": (failing_step, 1_000),
}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("part", [pytest.param(50, id="a part"), pytest.param(1, id="all", marks=pytest.mark.slow)])
def test_training_does_not_grow(name, part, monkeypatch):
    """What little there is comes from lists that have not come to their full size yet: no more for more steps."""
    monkeypatch.setattr(nn.modules.calls, "LATEST", 16)
    make, steps = STEPS[name]
    size, objects = grown(make(), steps // part, warmup=50)
    assert size < 5000
    assert objects < 20


def test_backward_that_broke_off_leaves_gradients_old_or_new():
    """What was half-way stays as it was: a gradient has been added whole or not at all, and one can go on."""
    a, b = (autograd.ones(3, requires_grad=True) for _ in range(2))

    def refuse(g):
        raise ZeroDivisionError

    (a * 2 + b * 3).sum().backward()
    middle = b * 3
    handle = middle.register_hook(refuse)
    loss = (a * 2 + middle).sum()
    with pytest.raises(ZeroDivisionError):
        loss.backward()
    assert a.grad.tolist() in ([2] * 3, [4] * 3)
    assert b.grad.tolist() == [3] * 3
    with pytest.raises(RuntimeError, match="second time"):  # it was on its way: part of it is freed
        loss.backward()
    handle.remove()
    a.grad = b.grad = None
    (a * 2 + middle).sum().backward()
    assert (a.grad.tolist(), b.grad.tolist()) == ([2] * 3, [3] * 3)
