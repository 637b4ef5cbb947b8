"""Models: everything that encodes and decodes (`Codec`), and the record of every choice (`RunSpec`).

The autoencoders are in `playground.models.autoencoder`, which is not imported here, so that PCA and the settings can be
used without waiting for torch.
"""

from playground.models.codec import Codec
from playground.models.mean import Mean
from playground.models.pca import PCA
from playground.models.spec import RunSpec

__all__ = ["PCA", "Codec", "Mean", "RunSpec"]
