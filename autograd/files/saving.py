"""`save`: an object to a file."""

from __future__ import annotations

import io
import os
import pickle
from typing import IO, Any

from autograd.files import legacy, npz, safe_tensors, torch_zip
from autograd.files.replacing import is_path, replacing

BY_SUFFIX = {".npz": npz.write, ".safetensors": safe_tensors.write}


def save(
    obj: Any,
    f: str | os.PathLike[str] | IO[bytes],
    pickle_module: Any = pickle,
    pickle_protocol: int = 2,
    _use_new_zipfile_serialization: bool = True,
    _disable_byteorder_record: bool = False,
) -> None:
    """Write an object to a file that `load` reads.

    The name of the file says how:

    - `.npz`: a dict of tensors, for NumPy;
    - `.safetensors`: a dict of tensors, for all that reads https://huggingface.co/docs/safetensors;
    - any other, and files that are open already: PyTorch's format, for anything that can be pickled. PyTorch reads
      it, with `weights_only=True`, if it holds tensors, parameters, numbers, strings, and lists, tuples, dicts and
      sets of those: a `state_dict`, a checkpoint. A whole module can be saved too, but who reads it must trust the
      file, and have the same classes: better save its `state_dict()`.

    Tensors that share memory share it again when they are loaded; all of that memory is written, also for a small
    view of it (`clone()` the view to avoid that). Graphs, gradients and hooks are not saved. A file that is there
    already is replaced when the new one is complete, at once: after a crash, one of the two is whole.

    Args:
        obj: what to save.
        f: the name of a file, or a file open for writing bytes.
        pickle_module: must be `pickle`.
        pickle_protocol: 2 is written, whatever is asked for: PyTorch reads no other with `weights_only=True`.
        _use_new_zipfile_serialization: False for the format from before PyTorch 1.6.
        _disable_byteorder_record: accepted, and changes nothing.

    Raises TypeError for what the format can't hold, AttributeError for a file without `write`, RuntimeError for a
    folder that is not there, and pickle's PicklingError for what can't be pickled, such as functions without a name.

    >>> import autograd, os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "point.pt")
    >>> autograd.save({"x": autograd.tensor([1.0, 2.0]), "step": 3}, path)
    >>> autograd.load(path)
    {'x': tensor([1., 2.]), 'step': 3}
    """
    if pickle_module is not pickle:
        raise ValueError(f"save: pickle_module must be pickle, not {pickle_module!r}: leave it out")
    if not 0 <= pickle_protocol <= pickle.HIGHEST_PROTOCOL:
        raise ValueError(f"save: pickle protocol must be <= {pickle.HIGHEST_PROTOCOL}, not {pickle_protocol}")
    write = torch_zip.write if _use_new_zipfile_serialization else legacy.write
    if is_path(f):
        suffix = os.path.splitext(os.fspath(f))[1].lower()  # type: ignore[arg-type]
        with replacing(f) as file:  # type: ignore[arg-type]
            BY_SUFFIX.get(suffix, write)(obj, file)
        return
    if not hasattr(f, "write"):
        raise AttributeError(
            f"expected 'f' to be string, path, or a file-like object with a 'write' attribute, not {type(f).__name__}"
        )
    complete = io.BytesIO()  # so that nothing is written unless all can be
    write(obj, complete)
    f.write(complete.getvalue())
