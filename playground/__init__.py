"""The Autoencoder Playground: train small autoencoders, look into the bottleneck, compare with PCA.

The way of the data: file or name → `Dataset` → `Split` → `RunSpec` → runner → `Trainer` → `EpochEnd`… → run folder →
`Run` → figures → pages. Every word of it is in one file: `data.dataset`, `data.split`, `models.spec`, `runs.runner`,
`training.trainer`, `runs.store`, `runs.run`, `figures`, and the top-level folder `pages`.
"""
