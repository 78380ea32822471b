"""The files beside this one are programs, which tests/test_programs.py runs; pytest shall not import them."""

collect_ignore_glob = ["*.py"]
