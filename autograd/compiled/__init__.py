"""Compiling a function: run once and written down, then replayed as straight-line NumPy.

What happens at the first call, and in which file:

    outside     which Python values the function can see, and the test that they are still the same (guards)
    observing   which functions run meanwhile, and which of them can't be repeated blindly
    recording   every operation on arrays, forward and back, as a list of instructions
    program     that list: values, instructions, and which of them nobody needs
    inlining    the body of an op or a rule as plain statements
    writing     the list as Python source
    running     what that source calls: gradients are added to leaves, results become tensors
    function    the function that users get: it looks for a program that fits, replays it, or records another
"""
