"""Compiling a function: run once and written down, then replayed as straight-line NumPy.

What happens at the first call, and in which file:

    outside     which Python values the function can see, and the test that they are still the same (guards)
    observing   which functions run meanwhile, and which of them can't be repeated blindly
    handled     functions of the library that a recording treats in a way of their own
    arguments   the tensors among the arguments of a call, and the test that another call's are alike
    recording   every operation on arrays, forward and back, as a list of instructions
    backward    the rules that ran in a backward pass, and the sums where gradients met
    leaves      which gradients leaves have at the start, where that matters
    returned    what the function returns, and
    graphs      the backward program of results that a gradient may flow back from
    program     the list: values, instructions, and which of them nobody needs
    inlining    the body of an op or a rule as plain statements, taken from its source by
    syntax      functions' source as syntax trees
    writing     the list as Python source
    running     what that source calls: gradients are added to leaves, results become tensors
    function    the function that users get: it looks for a program that fits, replays it, or records another
"""
