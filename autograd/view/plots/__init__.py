"""Plots a teacher reaches for. Each draws with matplotlib into `ax`, or a new figure, and returns the axes.

from autograd import plots

plots.activation(F.relu, F.elu, torch.tanh)
"""

from autograd.view.plots.boundary import decision_boundary
from autograd.view.plots.curves import GradientLog, activation
from autograd.view.plots.images import attention, feature_maps, filters
from autograd.view.plots.surface import loss_surface

__all__ = ["GradientLog", "activation", "attention", "decision_boundary", "feature_maps", "filters", "loss_surface"]
