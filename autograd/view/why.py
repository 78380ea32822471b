"""stub"""


def reason_without_gradient(t):
    return ""
