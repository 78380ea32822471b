"""How near vectors are: `autograd.cosine_similarity` and its kin."""

from autograd.ops.similarity import cosine_similarity, pairwise_distance, pdist

__all__ = ["cosine_similarity", "pairwise_distance", "pdist"]
