"""Files: what programs compute, written to disk and read back. `autograd.save` and `autograd.load` are the two ways in.

A file is written beside the old one and takes its place in one step (`replacing`), so a crash leaves the old file
whole. Reading one never runs code from it: a pickle is a program for a small machine, and the machine in `machine`
knows how to build tensors, numbers and containers, and nothing else.

    saving, loading      save() and load(), which choose the format
    torch_zip, legacy    PyTorch's own formats: the zip archive of today, and the stream of pickles before it
    npz, safe_tensors    NumPy's archive, and safetensors: tensors by name, and nothing else
    writer, machine      what a .pt file's pickle says, written and read
    names                what things are called in a pickle: PyTorch's names, and ours
    storages, rebuilding memory in a file, and tensors on it
    archive, replacing   zip archives with limits, and files that change all at once
"""
