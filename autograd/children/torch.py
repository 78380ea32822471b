"""What `import torch` finds in a process that a program run by `python -m autograd` has started.

Such a process begins afresh and runs the program's imports again, so `torch` has to come to mean this
library there too. The folder of this file is on the path that is handed down; on no other.
"""

import sys

import autograd

sys.modules[__name__] = autograd  # it is taken from there when this file has run

from autograd import as_torch  # noqa: E402 (it finds `torch` in its place, and adds the rest)

as_torch.install()
