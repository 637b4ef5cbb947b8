"""Kernel PCA: the nonlinear relative of PCA that needs no network, as a fifth line to compare with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from playground.data.dataset import FloatArray
from playground.errors import SpecError
from playground.models.codec import Codec
from playground.models.mean import filled, mean_of

if TYPE_CHECKING:
    from sklearn.decomposition import KernelPCA as Fitted

MOST_ROWS = 2000  # it is fitted on; its cost grows with their cube
RIDGE = 0.01  # of the way back; scikit-learn's own 1 loses to PCA on digits and images
AT_ONCE = 1000  # samples whose kernel values are in memory


@dataclass(frozen=True, eq=False)
class KernelPCA(Codec):
    """Kernel PCA with a Gaussian kernel exp(-γ‖x − x'‖²), fitted on training rows; cannot exist unfitted.

    Encoding is PCA in the kernel's feature space (Schölkopf, Smola and Müller 1998,
    doi:10.1162/089976698300017467). There is no exact way back: the pre-image is learnt by kernel ridge regression
    from the codes to the training rows (Bakır, Weston and Schölkopf 2004), as scikit-learn does it.

    Attributes:
        fitted: scikit-learn's estimator.
        mean: of the training rows, float32 (n_features,); stands in for a missing entry (nan).
    """

    fitted: Fitted
    mean: FloatArray

    @classmethod
    def fit(cls, x: FloatArray, latent_dim: int, most_rows: int = MOST_ROWS) -> KernelPCA:
        """Fits on x (n_samples, n_features), or on `most_rows` of them drawn by a fixed seed where there are more.

        γ is 1 / (2 · total variance): two rows as far apart as two rows usually are have a kernel value of 1/e.

        Raises:
            SpecError: latent_dim is outside 1 to the number of rows that it is fitted on, less one.
        """
        from sklearn.decomposition import KernelPCA as Fitted  # no page waits for it that does not show it

        mean = mean_of(x)
        if len(x) > most_rows:
            x = x[np.sort(np.random.default_rng(0).choice(len(x), most_rows, replace=False))]
        if not 1 <= latent_dim < len(x):
            raise SpecError(f"latent_dim={latent_dim} must be between 1 and {len(x) - 1}, one less than the rows.")
        rows = mean + filled(x - mean)
        total = float(rows.var(axis=0).sum())
        fitted = Fitted(
            latent_dim,
            kernel="rbf",
            gamma=1 / (2 * total) if total > 0 else 1.0,
            fit_inverse_transform=True,
            alpha=RIDGE,
            random_state=0,
        )
        return cls(fitted.fit(rows), mean.astype(np.float32))

    @property
    def latent_dim(self) -> int:
        return int(self.fitted.eigenvalues_.size)

    @property
    def n_rows(self) -> int:
        """Training rows that it was fitted on, and has to keep."""
        return int(self.fitted.X_fit_.shape[0])

    @property
    def n_parameters(self) -> int:
        """The rows that it keeps, their weight in every unit of the code, and in the way back."""
        kept = (self.fitted.X_fit_, self.fitted.eigenvectors_, self.fitted.eigenvalues_, self.fitted.dual_coef_)
        return sum(int(array.size) for array in kept)

    def encode(self, x: FloatArray) -> FloatArray:
        rows = self.mean.astype(np.float64) + filled(x - self.mean)
        z = [self.fitted.transform(rows[at : at + AT_ONCE]) for at in range(0, len(x), AT_ONCE)]
        return np.concatenate(z or [np.zeros((0, self.latent_dim))]).astype(np.float32)

    def decode(self, z: FloatArray) -> FloatArray:
        x_hat = [self.fitted.inverse_transform(z[at : at + AT_ONCE]) for at in range(0, len(z), AT_ONCE)]
        return np.concatenate(x_hat or [np.zeros((0, self.mean.size))]).astype(np.float32)
